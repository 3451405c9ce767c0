/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access to nodes, directly or inside a transaction.
 *
 * A transaction works on a snapshot: its own root, which at its start is the
 * store's. It notes which nodes it used and what it changed. At its end, if no
 * node it used was changed by others, its changes are made again on the store's
 * tree as one step; else it fails with -EAGAIN and has done nothing.
 *
 * A snapshot shares its nodes with the store and costs nothing until others
 * change them. Each node that leaves the store's tree is charged to the
 * connections of the transactions that keep it: those with a snapshot taken
 * since the node was made, which struct node's epoch tells. When the account of
 * a connection exceeds quota.snapshot_bytes, its transactions lose their
 * snapshots. The next request in such a transaction moves it onto the store's
 * present state if no node that it used has changed; its client cannot tell
 * that from a later start. Otherwise the transaction is lost, as its end could
 * only have been a conflict: it goes on with the present state and its own
 * changes, and its end answers -EAGAIN. Clients know that answer of the end only.
 */
#ifndef TXN_H
#define TXN_H

#include "conn.h"

enum edit_kind { EDIT_WRITE, EDIT_MAKE, EDIT_REMOVE, EDIT_PERMS };

struct edit {
    enum edit_kind kind;
    const char *path;                   /* absolute */
    const void *data;                   /* WRITE: value; PERMS: the entries */
    unsigned int len;                   /* WRITE: bytes; PERMS: entries */
};

/* What of a node was used, and must not have changed. */
#define USED_EXISTS   0x1U              /* that it is this node */
#define USED_NODE     0x2U              /* its value or permissions */
#define USED_CHILDREN 0x4U              /* the names of its children */

int txn_start(struct conn *c, uint32_t *id);
/* -ENOENT: no such transaction of this connection. */
int txn_find(struct conn *c, uint32_t id, struct txn **out);
/* The transaction is gone whatever is returned. */
int txn_end(struct conn *c, struct txn *t, bool commit);
void txn_abort_all(struct conn *c);

/* For tree_call.dropped, with the store as context. */
void txn_node_dropped(void *ctx, const struct node *n);
/*
 * Takes away the snapshots of connections that exceed their account. Call when a change of the
 * store is complete.
 */
void txn_trim_snapshots(struct store *s);

/* Takes all snapshots, dom0's too: the store's nodes have no other reference afterwards. */
void txn_drop_snapshots(struct store *s);
/* Transactions with changes that would grant the domain something end in a conflict. */
void txn_forget_domain(struct store *s, unsigned int domid);

/* t == NULL: outside of a transaction. */
int view_get(struct conn *c, struct txn *t, const char *path,
             unsigned int want, unsigned int used, struct node **out);
int view_edit(struct conn *c, struct txn *t, const struct edit *edit);

#endif /* TXN_H */
