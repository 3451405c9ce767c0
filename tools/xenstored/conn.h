/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One client of the store: a domain or a process in dom0. Bytes come in,
 * requests are handled, bytes go out; who moves them is not known here.
 *
 *   while (conn_ready(c) && (room = conn_input_room(c, &p))) {
 *       n = read(..., p, room);
 *       if (conn_input_add(c, n) > 0) proto_handle(c);
 *   }
 *   while ((n = conn_output(c, &p))) conn_output_done(c, write(..., p, n));
 */
#ifndef CONN_H
#define CONN_H

#include <errno.h>                      /* before xs_wire.h, for its table of errors */

#include <sys/uio.h>

#include "rate.h"
#include "store.h"
#include <public/io/xs_wire.h>

struct watch;
struct txn;
struct out_message;

struct conn {
    struct conn *next, **link;          /* list of the store's connections */
    struct store *store;
    struct cred cred;
    bool failed;                        /* broke the protocol or a limit: close it */

    struct watch *watches;
    unsigned int nr_watches;
    struct txn *txns;
    unsigned int nr_txns;
    size_t txn_bytes;                   /* what they keep: uses, changes, nodes of their own */
    size_t snapshot_bytes;              /* nodes that left the store and are kept for them */

    struct xsd_sockmsg hdr;             /* the request coming in */
    char payload[XENSTORE_PAYLOAD_MAX + 1];
    size_t in_have;                     /* bytes of header and payload */

    struct out_message *reserve;        /* the next reply, if it is short */
    struct out_message *spare;          /* to say ENOMEM with; NULL while that waits to go out */
    struct out_message *out, **out_tail;
    bool busy;                          /* a request of its is being handled: */
    struct out_message *held, **held_tail;  /* events wait for its reply */
    size_t out_bytes;                   /* queued and not yet taken */
    unsigned int out_replies;           /* replies among them */
    struct smap unread;                 /* a guest's events that it has not begun to read */
    unsigned int complaints;            /* logged of it */
    struct rate rate;                   /* a guest's time */
};

/* Privileged: dom0's. */
struct conn *conn_new(struct store *s, unsigned int domid, bool privileged);
/* Its watches and transactions go too. */
void conn_free(struct conn *c);
/* As new: no watches, no transactions, nothing half received or sent. */
void conn_reset(struct conn *c);

/* Whether another request may be taken: not failed, answers not piling up. */
bool conn_ready(const struct conn *c);
/* Where the next bytes go and how many are wanted. */
size_t conn_input_room(struct conn *c, void **where);
/* n bytes were put there. 1: a request is complete; -EPROTO: it is too long. */
int conn_input_add(struct conn *c, size_t n);

/* The bytes of the oldest message that are to go out, 0: there is none. */
size_t conn_output(const struct conn *c, const void **bytes);
/* The same of up to max messages; returns how many. */
size_t conn_output_several(const struct conn *c, struct iovec *iov, size_t max);
/* n bytes went out, of one or several messages. */
void conn_output_done(struct conn *c, size_t n);

/*
 * Around the handling of a request: its reply goes before the events it made. -ENOMEM: it must not
 * be handled, since the reply might have no memory then. After 0 a short reply cannot fail, and a
 * long one turns into ENOMEM; only requests that change nothing have long ones.
 */
int conn_begin_request(struct conn *c);
void conn_end_request(struct conn *c);

void conn_send_reply(struct conn *c, uint32_t type, const void *body,
                     size_t len);
void conn_send_error(struct conn *c, int error);    /* a negative errno */
void conn_send_event(struct conn *c, const char *path, const char *token);

/* Logs what it does wrong; not as often as it likes. */
void conn_complain(struct conn *c, const char *what);

#endif /* CONN_H */
