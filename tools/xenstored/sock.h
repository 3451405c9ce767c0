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

/*
 * What to poll() for, *nr entries, valid until clients_service(). The first is left to the caller.
 * It is never short of memory: a client that has no place in it is not accepted.
 */
struct pollfd *clients_poll_set(struct clients *cs, size_t *nr);
/* Takes what poll() found there. */
void clients_service(struct clients *cs);
/* Sends what is queued, drops who is gone. Call before waiting. */
void clients_flush(struct clients *cs);
/* After that, for poll(): 0 if requests are left that need no further input. */
int clients_timeout(const struct clients *cs);

#endif /* SOCK_H */
