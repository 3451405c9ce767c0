/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store as a whole: tree, accounts, connections; no input or output.
 *
 * All of it belongs to one thread. Whoever does the input and output (a
 * domain's ring, a socket, a test) feeds requests to a connection and takes
 * its answers, see conn.h.
 */
#ifndef STORE_H
#define STORE_H

#include "rate.h"
#include "smap.h"
#include "tree.h"

#define DOMIDS 0x7ff0U                  /* ordinary domain ids lie below */

struct conn;
struct forget;
struct store;
struct txn;

/* What the store asks of its surroundings. Each returns 0 or a negative errno. */
struct store_host {
    int (*introduce)(void *ctx, unsigned int domid, unsigned long gfn,
                     unsigned int port);
    int (*release)(void *ctx, unsigned int domid);
    int (*resume)(void *ctx, unsigned int domid);
    /* The domain's connection, NULL if it was not introduced. */
    struct conn *(*find)(void *ctx, unsigned int domid);
    /*
     * A right is to be given to the domain. 0: it exists, and store_forget_domain() will be called
     * at its end. -ENOENT: there is no such domain. NULL: all domains exist.
     */
    int (*names)(void *ctx, unsigned int domid);
    void (*log)(void *ctx, const char *line);
};

enum special { SPECIAL_INTRODUCE, SPECIAL_RELEASE, NR_SPECIALS };

struct store {
    struct node *root;
    uint64_t counter;                   /* last change number given out */
    uint32_t next_tx;                   /* last transaction id given out */
    uint64_t epoch;                     /* snapshots taken so far */
    struct txn *snapshots;              /* transactions that hold one, newest first */
    bool over_snapshots;                /* a connection's keep more than they may */
    struct quota quota;
    unsigned int nodes_used[DOMIDS];    /* nodes that each domain owns */
    struct smap watch_points;           /* watches by path, see watch.c */
    struct node *specials[NR_SPECIALS]; /* hold the special paths' permissions */
    struct conn *conns;                 /* all connections */
    uint64_t received;                  /* times that something was received from one of them */
    struct rate guests;                 /* time of all guests together */
    struct forget *forget;              /* see forget.c */
    const struct store_host *host;
    void *host_ctx;
    bool trace;                         /* log every request */
};

/* An empty tree with the nodes that every store starts with. */
struct store *store_new(const struct store_host *host, void *ctx);
/* All connections are gone by then. */
void store_free(struct store *s);

extern const struct quota store_default_quota;

/* For a change of s->root on behalf of cred, whose domain owns that many nodes. */
struct tree_call store_call(struct store *s, const struct cred *cred, long nodes_used);

/*
 * Runs a change that was made to s->root: keeps the accounts, fires watches.
 * Frees the list.
 */
void store_commit(struct store *s, struct change *changes);

/* Adds to owner's number of nodes; for change_visit_owners(), with the store as context. */
void store_charge(void *ctx, unsigned int owner, long by);
/* Fires "@introduceDomain" or "@releaseDomain". */
void store_fire_special(struct store *s, enum special which);
/* The node that holds a special path's permissions; NULL: no such path. */
struct node **store_special(struct store *s, const char *path);

/*
 * Forgets a domain that no longer exists, before its id can be given to another: ends all rights
 * that it was given, and removes the nodes that it owned; keep: they become dom0's. Never fails,
 * see forget.c.
 */
void store_forget_domain(struct store *s, unsigned int domid, bool keep);
/* The memory for that, which is reserved when the store is made. */
struct forget *forget_new(void);

void store_log(struct store *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* STORE_H */
