/* SPDX-License-Identifier: GPL-2.0-only */
/* Text from outside (names, messages of drivers and scripts) on its way to a terminal or a log. */
#ifndef TOOLS_LIB_TEXT_H
#define TOOLS_LIB_TEXT_H

#include <stdbool.h>

/*
 * Replaces each byte that a terminal could take as a command by '?': C0 controls, DEL, C1 controls (also as UTF-8), and
 * bytes that are not UTF-8. Newlines and tabs stay if @lines is set, and so does the carriage return before a newline.
 * Returns @text.
 */
char *text_clean(char *text, bool lines);

#endif
