/* SPDX-License-Identifier: GPL-2.0-only */
/* All consoles: finding the guests that come and go, and one turn of waiting and serving. */
#ifndef SERVER_H
#define SERVER_H

#include "console.h"

struct server {
    struct host host;
    struct console *consoles;
    struct hvlog *hvlog;                /* NULL: the hypervisor's console is not logged */
    struct pollfd *fds;
    size_t room;                        /* of fds */
    bool missed;                        /* there was no memory for a guest's console */
    int64_t retry_at;                   /* milliseconds; 0: no console lacks anything */
};

/* Memory for the start; the host is the caller's to fill. */
int server_open(struct server *s);
void server_close(struct server *s);
/* Waits for something to do and does it. 0 or a negative errno: the daemon cannot go on. */
int server_turn(struct server *s);
void server_reopen_logs(struct server *s);

#endif /* SERVER_H */
