/* SPDX-License-Identifier: GPL-2.0-only */
/* The wire protocol: from one request's bytes to its reply. */
#ifndef PROTO_H
#define PROTO_H

#include "conn.h"
#include "txn.h"

/* A request being handled. Arguments point into the connection's payload. */
struct request {
    struct conn *conn;
    struct txn *txn;                    /* NULL: outside of a transaction */
    const char *args;                   /* len bytes, a NUL behind them */
    size_t len;
    char reply[XENSTORE_PAYLOAD_MAX];   /* what goes back ... */
    size_t reply_len;                   /* ... and how much of it */
    struct watch *new_watch;            /* to be fired after the reply */
};

#define MAX_ARGS 8

/*
 * Splits the arguments into strings. Returns how many, -EINVAL when there are
 * more than max or the last lacks its NUL.
 */
int request_split(const struct request *r, const char *out[], int max);
/* A decimal number up to limit; -EINVAL otherwise. */
int request_number(const char *text, unsigned long limit, unsigned long *out);
void request_reply_string(struct request *r, const char *text);
void request_reply_ok(struct request *r);

/* Handles the request that conn_input_add() said is complete. */
void proto_handle(struct conn *c);

/* Each returns 0, with the reply filled, or a negative errno. */
int proto_introduce(struct request *r);
int proto_release(struct request *r);
int proto_get_domain_path(struct request *r);
int proto_is_domain_introduced(struct request *r);
int proto_resume(struct request *r);
int proto_set_target(struct request *r);
int proto_control(struct request *r);

#endif /* PROTO_H */
