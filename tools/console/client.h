/* SPDX-License-Identifier: GPL-2.0-only */
/* The client between this terminal and a guest's console. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>

struct client {
    int domid, num;
    bool serial;
    int wait_s, linger_s;               /* linger: -1 for ever */
    int escape;                         /* character code, -1: none */
    int notify_fd;                      /* -1: none */
};

/* Exit status: 0 left or guest ended, 1 with a message otherwise. */
int client_run(const struct client *c);

#endif /* CLIENT_H */
