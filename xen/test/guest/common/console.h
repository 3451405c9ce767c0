/* SPDX-License-Identifier: GPL-2.0-only */
/* The console that the result goes to; see report.h. */
#ifndef TEST_CONSOLE_H
#define TEST_CONSOLE_H

/* After memory_init(). */
void console_init(void);
void console_write(const char *text, unsigned n);
/* Waits until all is read, as far as somebody reads. */
void console_flush(void);

#endif
