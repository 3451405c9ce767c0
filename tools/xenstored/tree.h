/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations on a tree of nodes, with permissions and quotas.
 *
 * They work on any root: the store's own or a transaction's. An operation
 * that fails has changed nothing. One that changes something describes it in a
 * struct change, from which accounts are kept and watches fired.
 */
#ifndef TREE_H
#define TREE_H

#include "node.h"

#define NO_DOMAIN 0xffffU

/* On whose behalf: a domain, with another's rights too if it has a target. */
struct cred {
    unsigned int domid;
    unsigned int target;                /* NO_DOMAIN: none */
    bool privileged;                    /* bound by no permission or quota */
};

struct quota {
    unsigned int nodes, watches, transactions, outstanding;
    unsigned int value_bytes, perms, depth, transaction_nodes, transaction_bytes, snapshot_bytes;
};

/* What an operation is to know beside its arguments. */
struct tree_call {
    const struct cred *cred;
    const struct quota *quota;
    long nodes_used;                    /* by cred->domid, in this view */
    uint64_t *counter;                  /* store-wide change counter */
    uint64_t epoch;                     /* for new nodes and copies, see struct node */
    /* Called with each node that is replaced or removed. NULL: the tree is not the store's. */
    void (*dropped)(void *ctx, const struct node *n);
    void *ctx;
};

enum change_kind { CHANGE_WRITE, CHANGE_PERMS, CHANGE_REMOVE };

struct change {
    struct change *next;
    enum change_kind kind;
    unsigned int created;               /* WRITE: nodes made, all of one owner */
    unsigned int owner;                 /* WRITE: theirs; PERMS: the new one */
    struct node *before;                /* PERMS, REMOVE: as it was, a reference */
    char path[];
};

void change_free(struct change *c);     /* frees the whole list */
/* What the change does to the number of nodes that domid owns. */
long change_balance(const struct change *c, unsigned int domid);
/* Calls visit for every owner whose account the change moves. */
void change_visit_owners(const struct change *c,
                         void (*visit)(void *ctx, unsigned int owner, long by),
                         void *ctx);

/* Node at an absolute path, no questions asked. */
struct node *tree_find(struct node *root, const char *path);

/* XS_PERM_* of that node for cred. */
unsigned int tree_rights(const struct cred *cred, const struct node *n);
bool tree_readable(const struct cred *cred, const struct node *n);

/*
 * The node, if cred has the wanted right on it. Where it does not exist:
 * -ENOENT if cred has that right on the closest node above, else -EACCES.
 */
int tree_get(struct node *root, const struct cred *cred, const char *path,
             unsigned int want, struct node **out);
/* Length of the longest part of path that names an existing node. */
size_t tree_existing(struct node *root, const char *path);

/*
 * The four that change. *out receives the change, NULL if nothing changed.
 * write creates the node and its parents; make does only that.
 */
int tree_write(struct node **root, const struct tree_call *call,
               const char *path, const void *data, unsigned int len,
               struct change **out);
int tree_make(struct node **root, const struct tree_call *call,
              const char *path, struct change **out);
int tree_remove(struct node **root, const struct tree_call *call,
                const char *path, struct change **out);
int tree_set_perms(struct node **root, const struct tree_call *call,
                   const char *path, const struct xs_permissions *perms,
                   unsigned int nr, struct change **out);

/* Strikes a domain from the permissions of a node that exists, see node_strike(). */
int tree_strike(struct node **root, const struct tree_call *call, const char *path,
                unsigned int domid);

#endif /* TREE_H */
