/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nodes of the store's tree: reference counted, and shared between the store
 * and the snapshots of transactions.
 *
 * Invariant: a node with more than one reference is never changed. Who wants
 * to change a node first makes its whole path its own, from the root down, with
 * node_own(); that copies only what somebody else still looks at.
 */
#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenstore_lib.h>

struct node {
    unsigned int refs;
    unsigned int nr_perms;              /* >= 1: entry 0 is the owner */
    unsigned int nr_children, room;     /* in children[] */
    unsigned int len;                   /* of value, bytes */
    unsigned int name_len;
    /*
     * Numbers of the store-wide change counter, never used twice: when this
     * node came to be, when its value or permissions changed last, when a child
     * came or went last.
     */
    uint64_t born, changed, children_changed;
    uint64_t made;                      /* the store's epoch when this copy was made, see txn.h */
    struct xs_permissions *perms;
    struct node **children;             /* sorted by name */
    void *value;
    char name[];                        /* last component of the path */
};

/* A node with one reference, no value, no children, a copy of those permissions. */
struct node *node_new(const char *name, size_t name_len,
                      const struct xs_permissions *perms, unsigned int nr_perms);
struct node *node_get(struct node *n);
void node_put(struct node *n);          /* NULL is allowed */

/* Bytes of memory: of the node without its children, and of all nodes of the process. */
size_t node_bytes(const struct node *n);
size_t node_memory(void);

/* Makes *slot a node with no other reference: itself or a copy. */
bool node_own(struct node **slot);

/* The child of that name; *at (may be NULL) is where it is or would be. */
struct node *node_child(const struct node *n, const char *name, size_t len,
                        unsigned int *at);

/* These need an owned node. Reserving first makes the insertion unable to fail. */
bool node_reserve_child(struct node *n);
void node_insert_child(struct node *n, unsigned int at, struct node *child);
struct node *node_take_child(struct node *n, unsigned int at);
bool node_set_value(struct node *n, const void *data, unsigned int len);
bool node_set_perms(struct node *n, const struct xs_permissions *perms,
                    unsigned int nr);

/* Whether the permissions name the domain, as owner or otherwise. */
bool node_names(const struct node *n, unsigned int domid);
/* Strikes the domain from an owned node's permissions; what it owned is dom0's. Needs no memory. */
void node_strike(struct node *n, unsigned int domid);

#endif /* NODE_H */
