/* SPDX-License-Identifier: GPL-2.0-only */
/* Clients in dom0: the Unix socket and the processes connected to it. */
#ifndef SOCK_H
#define SOCK_H

#include <poll.h>

#include "store.h"

struct clients;

/* Makes the listening socket; a dead predecessor's is replaced. */
int clients_open(struct clients **out, struct store *s, const char *path);
/* Closes everything and removes the socket. */
void clients_close(struct clients *cs);

/* How many descriptors clients_poll_set() fills in. */
size_t clients_count(const struct clients *cs);
void clients_poll_set(struct clients *cs, struct pollfd *fds);
/* Takes what poll() found: fds as filled in before. */
void clients_service(struct clients *cs, const struct pollfd *fds);
/* Sends what is queued, drops who is gone. Call before waiting. */
void clients_flush(struct clients *cs);
/* After that, for poll(): 0 if requests are left that need no further input. */
int clients_timeout(const struct clients *cs);

#endif /* SOCK_H */
