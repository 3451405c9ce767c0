/* SPDX-License-Identifier: GPL-2.0-only */
/* The connection object of libxenstore and the message exchange, for the library's own files. */
#ifndef XS_PRIVATE_H
#define XS_PRIVATE_H

#include "xenstore.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/uio.h>

/* A message from the daemon. body is followed by a NUL that len does not count. */
struct xs_message {
    struct xs_message *next;
    struct xsd_sockmsg hdr;
    char body[];
};

/*
 * Locks: `request` is taken first and held from sending requests until their
 * replies are there, so one thread's are under way at a time. `state` guards
 * all fields below it. Nobody holds `state` while blocked in a read: the reading
 * thread sets `reading` and drops it.
 */
struct xs_handle {
    int fd;                             /* fixed from open to close */
    bool is_socket;
    bool filter_unwatched;              /* XS_UNWATCH_FILTER */

    pthread_mutex_t request;
    pthread_mutex_t state;
    pthread_cond_t arrived;             /* a message was filed, or reading ended */
    bool reading;                       /* a thread reads from fd, and has in and in_have */
    int dead;                           /* errno that ended the connection, or 0 */
    uint32_t next_id;
    unsigned int replies_wanted;        /* requests under way without one yet */
    struct xs_message *replies, **replies_tail;
    struct xs_message *events, **events_tail;
    int poll_fd, wake_fd;               /* what xs_fileno() gives out; -1 until then */
    bool awake;                         /* wake_fd is readable */
    size_t in_have;                     /* received, but no whole message yet */
    char in[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
};

#define XS_MAX_PIECES 4

/*
 * Sends one request made of nr pieces and returns its reply (free() it), or
 * NULL with errno: what the daemon answered, or why it could not be asked.
 */
struct xs_message *xs_exchange(struct xs_handle *h, enum xsd_sockmsg_type type,
                               xs_transaction_t t, const struct iovec *pieces,
                               unsigned int nr);

/* As above where the reply says nothing but OK. */
bool xs_exchange_ok(struct xs_handle *h, enum xsd_sockmsg_type type,
                    xs_transaction_t t, const struct iovec *pieces,
                    unsigned int nr);

/*
 * The parts of an exchange, `request` held: announces nr requests and returns
 * the id of the first, or 0 with errno when the connection is over; sends nr
 * pieces, of that many requests (false with errno: none of them is under way);
 * takes the reply to the oldest request (NULL with errno: the connection is over, or
 * what the daemon answered).
 */
uint32_t xs_exchange_announce(struct xs_handle *h, unsigned int nr);
bool xs_exchange_send(struct xs_handle *h, struct iovec *iov, unsigned int nr,
                      unsigned int requests);
struct xs_message *xs_exchange_reply(struct xs_handle *h,
                                     enum xsd_sockmsg_type type, uint32_t id);

/* The reply's body, NUL behind it, as a block of its own; takes the message over. NULL for NULL. */
void *xs_take_body(struct xs_message *m, unsigned int *len);

/* The words of a list of permissions, each with its NUL; false with errno. */
bool xs_perms_to_text(const struct xs_permissions *perms, unsigned int nr,
                      char *text, size_t room, size_t *len);

/*
 * With `state` held: reads what there is and files its messages as replies or events,
 * or waits until another thread did. With wait == false it returns at once when
 * nothing has arrived. False when nothing was read.
 */
bool xs_receive_locked(struct xs_handle *h, bool wait);

/* Events: file one; take the oldest; drop those of a watch that is gone. `state` held. */
void xs_event_file_locked(struct xs_handle *h, struct xs_message *m);
struct xs_message *xs_event_take_locked(struct xs_handle *h);
void xs_event_drop_locked(struct xs_handle *h, const char *path,
                          const char *token);

/* Makes xs_fileno()'s descriptor readable while events wait or the connection is over: before `state`, held, is given up. */
void xs_event_wake_locked(struct xs_handle *h);

/* A piece that holds a string and the NUL behind it. */
struct iovec xs_piece_string(const char *s);

#endif /* XS_PRIVATE_H */
