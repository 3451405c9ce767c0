/* SPDX-License-Identifier: GPL-2.0-only */
/* A listening socket whose server may run out of file descriptors. */
#ifndef LISTENER_H
#define LISTENER_H

#include <stdbool.h>
#include <stdint.h>

struct listener {
    int fd;
    bool full;                          /* no descriptor was left */
    bool told;                          /* the caller knows, nothing was accepted since */
    int64_t retry_at;                   /* monotonic milliseconds */
};

/*
 * A connection's descriptor, close-on-exec and non-blocking, or a negative errno. -EAGAIN: none
 * was waiting, or the listener is still full. Another one: the listener has become full, which
 * the caller logs.
 */
int listener_accept(struct listener *l);
/*
 * For poll(). -1 while the listener is full, because a connection that cannot be taken stays
 * readable. It is tried again once a second: another process may hold what is missing.
 */
int listener_poll_fd(struct listener *l);
/* Milliseconds until then, -1 if it is not full. */
int listener_timeout(const struct listener *l);
/* One of the caller's descriptors was closed: the next connection is tried. */
void listener_retry(struct listener *l);

/*
 * Removes the socket that a server which was killed left at @path. What is no socket stays, and bind() then says that the
 * address is in use.
 */
void listener_remove_left(const char *path);

/* Raises the soft limit of open files to the hard one. */
void listener_raise_files(void);

#endif /* LISTENER_H */
