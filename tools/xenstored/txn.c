/* SPDX-License-Identifier: GPL-2.0-only */
/* Transactions: snapshot and its account, note of what was used, conflict check, replay. */
#include "txn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that malloc() adds to a block, on average. */
#define NOTE_OVERHEAD 16

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
    struct txn *newer, *older;          /* in the store's list of snapshots */
    struct conn *conn;
    uint32_t id;
    bool lost;                          /* can only end with -EAGAIN */
    struct node *base, *root;           /* snapshot, its own tree; both NULL: taken away */
    uint64_t epoch;                     /* the snapshot's number */
    size_t kept;                        /* part of conn->snapshot_bytes */
    size_t own;                         /* nodes of its tree alone, part of conn->txn_bytes */
    struct smap uses;
    struct kept_edit *edits, **edits_tail;
    unsigned int nr_edits;
    size_t bytes;                       /* of uses and edits, part of the client's */
    long balance;                       /* nodes more that the client owns in it */
};

/* ---- snapshots ------------------------------------------------------------------------ */

static void snapshot_take(struct store *s, struct txn *t)
{
    t->base = node_get(s->root);
    t->root = node_get(s->root);
    t->epoch = ++s->epoch;
    t->newer = NULL;
    t->older = s->snapshots;
    if (t->older)
        t->older->newer = t;
    s->snapshots = t;
}

static void snapshot_drop(struct store *s, struct txn *t)
{
    if (!t->root)
        return;
    node_put(t->base);
    node_put(t->root);
    t->base = t->root = NULL;
    t->conn->snapshot_bytes -= t->kept;
    t->conn->txn_bytes -= t->own;
    t->kept = t->own = 0;
    *(t->newer ? &t->newer->older : &s->snapshots) = t->older;
    if (t->older)
        t->older->newer = t->newer;
}

static bool over_snapshots(const struct conn *c)
{
    return !c->cred.privileged && c->snapshot_bytes > c->store->quota.snapshot_bytes;
}

void txn_node_dropped(void *ctx, const struct node *n)
{
    struct store *s = ctx;
    size_t bytes = node_bytes(n);

    for (struct txn *t = s->snapshots; t && t->epoch > n->made; t = t->older) {
        t->kept += bytes;
        t->conn->snapshot_bytes += bytes;
        s->over_snapshots |= over_snapshots(t->conn);
    }
}

void txn_trim_snapshots(struct store *s)
{
    struct txn *t = s->over_snapshots ? s->snapshots : NULL;

    while (t) {
        struct conn *c = t->conn;

        t = t->older;
        if (!over_snapshots(c))
            continue;
        for (struct txn *own = c->txns; own; own = own->next)
            snapshot_drop(s, own);
        t = s->snapshots;
    }
    s->over_snapshots = false;
}

void txn_drop_snapshots(struct store *s)
{
    while (s->snapshots)
        snapshot_drop(s, s->snapshots);
}

/* ---- beginnings ----------------------------------------------------------------------- */

static bool free_use(struct smap_entry *e, void *ctx)
{
    free(e);
    return true;
}

static void txn_free(struct txn *t)
{
    struct kept_edit *k;

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
    t->conn = c;
    snapshot_take(s, t);
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
    size_t charge = bytes + 2 * sizeof(void *) + NOTE_OVERHEAD;
    struct node *n;

    if (u) {
        u->what |= what;
        return 0;
    }
    if (!c->cred.privileged && t->uses.nr >= c->store->quota.transaction_nodes)
        return -ENOSPC;
    if (txn_charge(c, t, charge))
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
    txn_refund(c, t, charge);
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

/* For a removal of a node that is not there: its answer depends on whether the parent is. */
static int note_absence(struct conn *c, struct txn *t, const char *path)
{
    size_t parent = (size_t)(strrchr(path, '/') - path);
    int rc = note_path(c, t, path, USED_EXISTS);

    return rc || !parent ? rc : note_use(c, t, path, parent, USED_EXISTS);
}

/* Notes everything below a node that is to be removed. path has room to grow. */
static int note_subtree(struct conn *c, struct txn *t, char *path, size_t len,
                        const struct node *n)
{
    int rc = note_use(c, t, path, len, USED_NODE | USED_CHILDREN);

    for (unsigned int i = 0; i < n->nr_children && !rc; i++) {
        size_t name_len = n->children[i]->name_len;

        if (len + 1 + name_len >= 2 * XENSTORE_ABS_PATH_MAX)
            return -E2BIG;
        path[len] = '/';
        memcpy(path + len + 1, n->children[i]->name, name_len);
        rc = note_subtree(c, t, path, len + 1 + name_len, n->children[i]);
        path[len] = '\0';
    }
    return rc;
}

/* -EACCES is what the edit would answer, and it must not be noted then. */
static int may_edit(struct conn *c, struct txn *t, const struct edit *edit)
{
    unsigned int want = edit->kind == EDIT_PERMS ? XS_PERM_OWNER : XS_PERM_WRITE;
    struct node *n;

    return tree_get(t->root, &c->cred, edit->path, want, &n) == -EACCES ? -EACCES : 0;
}

static int note_edit(struct conn *c, struct txn *t, const struct edit *edit)
{
    char path[2 * XENSTORE_ABS_PATH_MAX];
    struct node *n;

    if (may_edit(c, t, edit))
        return -EACCES;
    switch (edit->kind) {
    case EDIT_WRITE:
    case EDIT_PERMS:
        return note_path(c, t, edit->path, USED_NODE);
    case EDIT_MAKE:
        return note_path(c, t, edit->path, USED_EXISTS);
    case EDIT_REMOVE:
        n = tree_find(t->root, edit->path);
        if (!n)
            return note_absence(c, t, edit->path);
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

static long nodes_used(const struct conn *c)
{
    return c->cred.domid < DOMIDS ? c->store->nodes_used[c->cred.domid] : 0;
}

/* Makes an edit in the transaction's own tree, and charges the nodes that it made. */
static int edit_own_tree(struct txn *t, const struct edit *edit, bool *changed)
{
    struct conn *c = t->conn;
    struct tree_call call = store_call(c->store, &c->cred, nodes_used(c) + t->balance);
    size_t before = node_memory(), grown;
    struct change *change = NULL;
    int rc;

    call.dropped = NULL;
    rc = apply_edit(&t->root, &call, edit, &change);
    *changed = change != NULL;
    if (change)
        t->balance += change_balance(change, c->cred.domid);
    change_free(change);
    grown = node_memory() - before;     /* modulo its range: less is possible, too */
    t->own += grown;
    c->txn_bytes += grown;
    return rc;
}

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

/* Whether others changed something that the transaction has used. */
static bool in_conflict(struct txn *t)
{
    struct check check = { .root = t->conn->store->root };

    smap_visit(&t->uses, check_use, &check);
    return check.conflict;
}

/*
 * Gives a transaction whose snapshot was taken away another one, of the present, with its own
 * changes in it. Where a node that it used has changed, or where its changes cannot be made any
 * more, it is lost from now on: its end will say so.
 */
static int snapshot_renew(struct txn *t)
{
    bool changed;

    t->lost = t->lost || in_conflict(t);
    snapshot_take(t->conn->store, t);
    t->balance = 0;
    for (struct kept_edit *k = t->edits; k; k = k->next) {
        int rc = edit_own_tree(t, &k->edit, &changed);

        if (rc == -ENOMEM) {
            snapshot_drop(t->conn->store, t);
            return rc;
        }
        t->lost = t->lost || rc;
    }
    return 0;
}

int view_get(struct conn *c, struct txn *t, const char *path,
             unsigned int want, unsigned int used, struct node **out)
{
    int rc, noted;

    if (!t)
        return tree_get(c->store->root, &c->cred, path, want, out);
    rc = t->root ? 0 : snapshot_renew(t);
    if (rc)
        return rc;
    rc = tree_get(t->root, &c->cred, path, want, out);
    /* A use that was refused is none: the end would tell whether the node has changed. */
    noted = rc == -EACCES ? 0 : note_path(c, t, path, used);
    return noted ? noted : rc;
}

static int edit_in_txn(struct conn *c, struct txn *t, const struct edit *edit)
{
    size_t bytes = kept_bytes(edit);
    struct kept_edit *kept;
    bool changed;
    int rc = t->root ? 0 : snapshot_renew(t);

    if (!rc)
        rc = note_edit(c, t, edit);
    if (rc)
        return rc;
    /* One node can be changed any number of times, and each is kept. */
    if (!c->cred.privileged && t->nr_edits >= c->store->quota.transaction_nodes)
        return -ENOSPC;
    if (txn_charge(c, t, bytes))
        return -ENOSPC;
    kept = keep_edit(edit);
    changed = false;
    rc = kept ? edit_own_tree(t, edit, &changed) : -ENOMEM;
    if (rc || !changed) {
        txn_refund(c, t, bytes);
        free(kept);
        return rc;
    }
    *t->edits_tail = kept;
    t->edits_tail = &kept->next;
    t->nr_edits++;
    return 0;
}

int view_edit(struct conn *c, struct txn *t, const struct edit *edit)
{
    struct tree_call call = store_call(c->store, &c->cred, nodes_used(c));
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

/*
 * Tells the snapshots of the nodes in one tree that the other, which takes its place, does not
 * share. now == NULL: all of them.
 */
static void drop_replaced(struct store *s, const struct node *before, const struct node *now)
{
    unsigned int at = 0;                /* in now's children */

    txn_node_dropped(s, before);
    for (unsigned int i = 0; i < before->nr_children; i++) {
        const struct node *child = before->children[i], *other = NULL;

        if (now && at < now->nr_children && now->children[at] == child) {
            at++;
            continue;
        }
        if (now)
            other = node_child(now, child->name, child->name_len, &at);
        if (other != child)
            drop_replaced(s, child, other);
    }
}

/*
 * Makes all kept edits on a copy of the store's tree, then puts that in place. Until then nothing
 * has left the store, and no snapshot is charged.
 */
static int replay(struct conn *c, struct txn *t)
{
    struct store *s = c->store;
    struct node *root = node_get(s->root);
    struct change *changes = NULL, **tail = &changes;
    struct tree_call call = store_call(s, &c->cred, nodes_used(c));
    int rc = 0;

    call.dropped = NULL;
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
    if (s->snapshots && changes)
        drop_replaced(s, s->root, root);
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
    int rc = 0;

    txn_unlink(c, t);
    /* The snapshot goes first, so that the replay need not copy for it. */
    snapshot_drop(c->store, t);
    /* Only reads: what it saw was one state of the store, nothing to check. */
    if (commit && (t->lost || (t->edits && in_conflict(t))))
        rc = -EAGAIN;
    else if (commit && t->edits)
        rc = replay(c, t);
    txn_free(t);
    return rc;
}

void txn_abort_all(struct conn *c)
{
    while (c->txns)
        txn_end(c, c->txns, false);
}

static bool grants(const struct txn *t, unsigned int domid)
{
    for (const struct kept_edit *k = t->edits; k; k = k->next) {
        const struct xs_permissions *perms = k->edit.data;

        for (unsigned int i = 0; k->edit.kind == EDIT_PERMS && i < k->edit.len; i++)
            if (perms[i].id == domid)
                return true;
    }
    return false;
}

void txn_forget_domain(struct store *s, unsigned int domid)
{
    for (struct conn *c = s->conns; c; c = c->next)
        for (struct txn *t = c->txns; t; t = t->next)
            if (grants(t, domid)) {
                snapshot_drop(s, t);
                t->lost = true;
            }
}
