/* SPDX-License-Identifier: GPL-2.0-only */
/* Transactions: snapshot, note of what was used, conflict check, replay. */
#include "txn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A node the transaction used, as it was at its start. */
struct use {
    struct smap_entry entry;
    unsigned int what;                  /* USED_* */
    bool existed;
    uint64_t born, changed, children_changed;
    char path[];
};

/* A change to make again at the end. data follows the path. */
struct kept_edit {
    struct kept_edit *next;
    struct edit edit;
    char text[];
};

struct txn {
    struct txn *next;
    uint32_t id;
    struct node *base, *root;           /* the store's at its start; its own */
    struct smap uses;
    struct kept_edit *edits, **edits_tail;
    unsigned int nr_edits;
    size_t bytes;                       /* of uses and edits, part of the client's */
    long balance;                       /* nodes more that the client owns in it */
};

static bool free_use(struct smap_entry *e, void *ctx)
{
    free(e);
    return true;
}

static void txn_free(struct txn *t)
{
    struct kept_edit *k;

    node_put(t->base);
    node_put(t->root);
    smap_visit(&t->uses, free_use, NULL);
    smap_clear(&t->uses);
    while ((k = t->edits)) {
        t->edits = k->next;
        free(k);
    }
    free(t);
}

int txn_start(struct conn *c, uint32_t *id)
{
    struct store *s = c->store;
    struct txn *t, *other;

    if (!c->cred.privileged && c->nr_txns >= s->quota.transactions)
        return -ENOSPC;
    t = calloc(1, sizeof(*t));
    if (!t)
        return -ENOMEM;
    do {
        t->id = ++s->next_tx;
    } while (!t->id || !txn_find(c, t->id, &other));
    t->base = node_get(s->root);
    t->root = node_get(s->root);
    t->edits_tail = &t->edits;
    t->next = c->txns;
    c->txns = t;
    c->nr_txns++;
    *id = t->id;
    return 0;
}

int txn_find(struct conn *c, uint32_t id, struct txn **out)
{
    for (*out = c->txns; *out; *out = (*out)->next)
        if ((*out)->id == id)
            return 0;
    return -ENOENT;
}

/* Room for so many bytes more that the transaction keeps. */
static int txn_charge(struct conn *c, struct txn *t, size_t bytes)
{
    if (!c->cred.privileged && c->txn_bytes + bytes > c->store->quota.transaction_bytes)
        return -ENOSPC;
    c->txn_bytes += bytes;
    t->bytes += bytes;
    return 0;
}

static void txn_refund(struct conn *c, struct txn *t, size_t bytes)
{
    c->txn_bytes -= bytes;
    t->bytes -= bytes;
}

/* ---- noting -------------------------------------------------------------------------- */

static int note_use(struct conn *c, struct txn *t, const char *path, size_t len,
                    unsigned int what)
{
    struct use *u = (void *)smap_find(&t->uses, path, len);
    size_t bytes = sizeof(*u) + len + 1;
    struct node *n;

    if (u) {
        u->what |= what;
        return 0;
    }
    if (!c->cred.privileged && t->uses.nr >= c->store->quota.transaction_nodes)
        return -ENOSPC;
    if (txn_charge(c, t, bytes))
        return -ENOSPC;
    u = calloc(1, bytes);
    if (!u)
        goto no_memory;
    memcpy(u->path, path, len);
    u->entry.key = u->path;
    u->entry.len = len;
    u->what = what;
    n = tree_find(t->base, u->path);
    if (n) {
        u->existed = true;
        u->born = n->born;
        u->changed = n->changed;
        u->children_changed = n->children_changed;
    }
    if (smap_insert(&t->uses, &u->entry))
        return 0;
    free(u);
no_memory:
    txn_refund(c, t, bytes);
    return -ENOMEM;
}

/* Notes the node and, where it does not exist, the closest one above. */
static int note_path(struct conn *c, struct txn *t, const char *path,
                     unsigned int what)
{
    size_t len = strlen(path), existing = tree_existing(t->base, path);
    int rc = note_use(c, t, path, len, what);

    if (rc || existing == len)
        return rc;
    return note_use(c, t, path, existing, USED_EXISTS);
}

/* Notes everything below a node that is to be removed. path has room to grow. */
static int note_subtree(struct conn *c, struct txn *t, char *path, size_t len,
                        const struct node *n)
{
    int rc = note_use(c, t, path, len, USED_NODE | USED_CHILDREN);

    for (unsigned int i = 0; i < n->nr_children && !rc; i++) {
        size_t name_len = strlen(n->children[i]->name);

        if (len + 1 + name_len >= 2 * XENSTORE_ABS_PATH_MAX)
            return -E2BIG;
        path[len] = '/';
        memcpy(path + len + 1, n->children[i]->name, name_len);
        rc = note_subtree(c, t, path, len + 1 + name_len, n->children[i]);
        path[len] = '\0';
    }
    return rc;
}

static int note_edit(struct conn *c, struct txn *t, const struct edit *edit)
{
    char path[2 * XENSTORE_ABS_PATH_MAX];
    struct node *n;

    switch (edit->kind) {
    case EDIT_WRITE:
    case EDIT_PERMS:
        return note_path(c, t, edit->path, USED_NODE);
    case EDIT_MAKE:
        return note_path(c, t, edit->path, USED_EXISTS);
    case EDIT_REMOVE:
        n = tree_find(t->root, edit->path);
        if (!n)
            return note_path(c, t, edit->path, USED_EXISTS);
        strcpy(path, edit->path);
        return note_subtree(c, t, path, strlen(path), n);
    }
    return -EINVAL;
}

static size_t edit_bytes(const struct edit *e)
{
    return e->kind == EDIT_PERMS ? e->len * sizeof(struct xs_permissions)
                                 : e->len;
}

static size_t kept_bytes(const struct edit *e)
{
    return sizeof(struct kept_edit) + edit_bytes(e) + strlen(e->path) + 1;
}

/* An own copy of the edit: data first, for its alignment, then the path. */
static struct kept_edit *keep_edit(const struct edit *edit)
{
    struct kept_edit *k = calloc(1, kept_bytes(edit));
    size_t data_len = edit_bytes(edit);

    if (!k)
        return NULL;
    k->edit = *edit;
    if (data_len)
        memcpy(k->text, edit->data, data_len);
    strcpy(k->text + data_len, edit->path);
    k->edit.data = k->text;
    k->edit.path = k->text + data_len;
    return k;
}

/* ---- reading and changing -------------------------------------------------------------- */

static int apply_edit(struct node **root, const struct tree_call *call,
                      const struct edit *e, struct change **out)
{
    *out = NULL;
    switch (e->kind) {
    case EDIT_WRITE:
        return tree_write(root, call, e->path, e->data, e->len, out);
    case EDIT_MAKE:
        return tree_make(root, call, e->path, out);
    case EDIT_REMOVE:
        return tree_remove(root, call, e->path, out);
    case EDIT_PERMS:
        return tree_set_perms(root, call, e->path, e->data, e->len, out);
    }
    return -EINVAL;
}

static struct tree_call call_of(struct conn *c, long balance)
{
    struct store *s = c->store;
    long used = c->cred.domid < DOMIDS ? s->nodes_used[c->cred.domid] : 0;

    return (struct tree_call){ &c->cred, &s->quota, used + balance,
                               &s->counter };
}

int view_get(struct conn *c, struct txn *t, const char *path,
             unsigned int want, unsigned int used, struct node **out)
{
    int rc;

    if (t) {
        rc = note_path(c, t, path, used);
        if (rc)
            return rc;
    }
    return tree_get(t ? t->root : c->store->root, &c->cred, path, want, out);
}

static int edit_in_txn(struct conn *c, struct txn *t, const struct edit *edit)
{
    struct tree_call call = call_of(c, t->balance);
    size_t bytes = kept_bytes(edit);
    struct change *change = NULL;
    struct kept_edit *kept;
    int rc = note_edit(c, t, edit);

    if (rc)
        return rc;
    /* One node can be changed any number of times, and each is kept. */
    if (!c->cred.privileged && t->nr_edits >= c->store->quota.transaction_nodes)
        return -ENOSPC;
    if (txn_charge(c, t, bytes))
        return -ENOSPC;
    kept = keep_edit(edit);
    rc = kept ? apply_edit(&t->root, &call, edit, &change) : -ENOMEM;
    if (rc || !change) {
        txn_refund(c, t, bytes);
        free(kept);
        return rc;
    }
    t->balance += change_balance(change, c->cred.domid);
    change_free(change);
    *t->edits_tail = kept;
    t->edits_tail = &kept->next;
    t->nr_edits++;
    return 0;
}

int view_edit(struct conn *c, struct txn *t, const struct edit *edit)
{
    struct tree_call call = call_of(c, 0);
    struct change *change;
    int rc;

    if (t)
        return edit_in_txn(c, t, edit);
    rc = apply_edit(&c->store->root, &call, edit, &change);
    if (!rc && change)
        store_commit(c->store, change);
    return rc;
}

/* ---- ending -------------------------------------------------------------------------------- */

struct check {
    struct node *root;                  /* the store's, now */
    bool conflict;
};

static bool check_use(struct smap_entry *e, void *ctx)
{
    struct use *u = (struct use *)e;
    struct check *check = ctx;
    const struct node *n = tree_find(check->root, u->path);

    if (!n || !u->existed)
        check->conflict = n || u->existed;
    else
        check->conflict = n->born != u->born ||
            ((u->what & USED_NODE) && n->changed != u->changed) ||
            ((u->what & USED_CHILDREN) &&
             n->children_changed != u->children_changed);
    return !check->conflict;
}

/* Makes all kept edits on a copy of the store's tree, then puts that in place. */
static int replay(struct conn *c, struct txn *t)
{
    struct store *s = c->store;
    struct node *root = node_get(s->root);
    struct change *changes = NULL, **tail = &changes;
    struct tree_call call = call_of(c, 0);
    int rc = 0;

    for (struct kept_edit *k = t->edits; k && !rc; k = k->next) {
        rc = apply_edit(&root, &call, &k->edit, tail);
        if (!rc && *tail) {
            call.nodes_used += change_balance(*tail, c->cred.domid);
            tail = &(*tail)->next;
        }
    }
    if (rc) {
        change_free(changes);
        node_put(root);
        return rc == -ENOMEM ? rc : -EAGAIN;
    }
    node_put(s->root);
    s->root = root;
    store_commit(s, changes);
    return 0;
}

static void txn_unlink(struct conn *c, struct txn *t)
{
    struct txn **link = &c->txns;

    while (*link != t)
        link = &(*link)->next;
    *link = t->next;
    c->nr_txns--;
    c->txn_bytes -= t->bytes;
}

int txn_end(struct conn *c, struct txn *t, bool commit)
{
    struct check check = { .root = c->store->root };
    int rc = 0;

    txn_unlink(c, t);
    /* Only reads: what it saw was one state of the store, nothing to check. */
    if (commit && t->edits) {
        smap_visit(&t->uses, check_use, &check);
        /* The snapshot goes first, so that the replay need not copy for it. */
        node_put(t->base);
        node_put(t->root);
        t->base = t->root = NULL;
        rc = check.conflict ? -EAGAIN : replay(c, t);
    }
    txn_free(t);
    return rc;
}

void txn_abort_all(struct conn *c)
{
    while (c->txns)
        txn_end(c, c->txns, false);
}
