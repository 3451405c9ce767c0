/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon of this tree, without a hypervisor, on a socket of the test's own. */
#ifndef DAEMON_H
#define DAEMON_H

#include "xenstore.h"

/* Starts it, and returns a connection; further ones by xs_open(). NULL: it does not start. */
struct xs_handle *daemon_start(void);
/* Ends it and removes its folder. 0, or what the removal's command has returned. */
int daemon_end(void);

/* The same around a group of tests, which share one connection. */
extern struct xs_handle *xs;
int daemon_set_up(void **state);
int daemon_tear_down(void **state);

#endif /* DAEMON_H */
