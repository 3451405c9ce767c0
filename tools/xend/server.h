/* SPDX-License-Identifier: GPL-2.0-only */
/* xend's socket: connections, who is behind them, requests in, answers out. All of it runs in the loop. */
#ifndef XEND_SERVER_H
#define XEND_SERVER_H

#include <poll.h>
#include <stddef.h>

#include "../lib/listener.h"
#include "worker.h"

#define SERVER_CONNECTIONS_MAX 128
#define SERVER_POLL_MAX (SERVER_CONNECTIONS_MAX + 1)

/* The socket at path, listening, that every user may connect to (operations have their own privileges). fd or -errno. */
int server_listen(const char *path);
/* Fills fds (room for SERVER_POLL_MAX) with what to wait for; returns how many. */
size_t server_poll_fill(struct listener *listener, struct pollfd *fds);
/* Acts on what poll() has put there. */
void server_poll_act(struct xend *x, struct listener *listener, const struct pollfd *fds, size_t count);
/* Sends the answer of a job to the connection that asked, if it is still there. */
void server_job_done(struct xend *x, struct worker_job *job);
/* Answers those who wait for a domain that is gone now. */
void server_check_waits(struct xend *x);
void server_close_all(void);

#endif
