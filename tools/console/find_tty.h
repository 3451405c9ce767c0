/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting in the store for a console's pseudo terminal. */
#ifndef FIND_TTY_H
#define FIND_TTY_H

#include "client.h"

#include <stddef.h>
#include <xenstore.h>

/* 0 with its path, or 1 having said what is missing. The watch stays set. */
int find_tty(struct xs_handle *xs, const struct client *c, char *path,
             size_t room);
/* Whether the node that names that terminal is still there. */
bool tty_still_named(struct xs_handle *xs, const struct client *c,
                     const char *path);

#endif /* FIND_TTY_H */
