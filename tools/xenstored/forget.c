/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a domain: its nodes and all rights that it was given end with it, so that the next
 * domain with its id begins with nothing.
 *
 *   its nodes                       removed, or dom0's from now on (keep)
 *   entries in others' permissions  struck, the root's too
 *   permissions of special paths    struck
 *   other domains' target           none
 *   open transactions of others     end in a conflict where they would grant it something
 *   its connection                  freed by the caller, with watches and transactions
 *
 * Changing a node that a snapshot shares takes memory. Where there is none, all snapshots are taken
 * away and the tree is changed in place, which takes none.
 */
#include "conn.h"
#include "path.h"
#include "txn.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

/* A path to work on, collected before the tree is changed. */
struct found {
    struct found *next;
    char path[];
};

struct forget {
    unsigned int domid;
    bool keep;
    bool no_memory;                     /* something was not collected or not done */
    struct found *owned;                /* topmost nodes to be removed */
    struct found *named;                /* nodes to strike the domain from */
    char path[2 * XENSTORE_ABS_PATH_MAX];
    struct change *removal;             /* with room for such a path */
};

static const struct cred dom0 = { 0, NO_DOMAIN, true };

struct forget *forget_new(void)
{
    struct forget *f = calloc(1, sizeof(*f) + sizeof(*f->removal) + sizeof(f->path));

    if (f)
        f->removal = (struct change *)(f + 1);
    return f;
}

/* ---- with copies of what is shared ------------------------------------------------------ */

static void collect(struct forget *f, struct found **list, size_t len)
{
    struct found *found = malloc(sizeof(*found) + len + 1);

    if (!found) {
        f->no_memory = true;
        return;
    }
    memcpy(found->path, f->path, len);
    found->path[len] = '\0';
    found->next = *list;
    *list = found;
}

static bool is_to_go(const struct forget *f, const struct node *n)
{
    return !f->keep && n->perms[0].id == f->domid;
}

/* Appends a child's name to the path of len bytes. Returns the new length, 0 if it does not fit. */
static size_t path_add(struct forget *f, size_t len, const struct node *child)
{
    size_t all = len + 1 + child->name_len;

    if (all >= sizeof(f->path))
        return 0;                       /* no client can have made it */
    f->path[len] = '/';
    memcpy(f->path + len + 1, child->name, child->name_len + 1);
    return all;
}

static void search_below(struct forget *f, const struct node *n, size_t len)
{
    for (unsigned int i = 0; i < n->nr_children; i++) {
        const struct node *child = n->children[i];
        size_t all = path_add(f, len, child);

        if (!all)
            continue;
        if (is_to_go(f, child)) {
            collect(f, &f->owned, all);
            continue;
        }
        if (node_names(child, f->domid))
            collect(f, &f->named, all);
        search_below(f, child, all);
    }
}

/* Moves a node of this owner, if it is the domain and its node is kept, to dom0's account. */
static void move_account(struct store *s, const struct forget *f, unsigned int owner)
{
    if (owner != f->domid)
        return;
    store_charge(s, f->domid, -1);
    store_charge(s, 0, 1);
}

static void strike(struct store *s, struct forget *f, const char *path)
{
    struct tree_call call = store_call(s, &dom0, 0);
    unsigned int owner = tree_find(s->root, path)->perms[0].id;

    if (tree_strike(&s->root, &call, path, f->domid))
        f->no_memory = true;
    else
        move_account(s, f, owner);
}

static void remove_tree(struct store *s, struct forget *f, const char *path)
{
    struct tree_call call = store_call(s, &dom0, 0);
    struct change *change;

    if (tree_remove(&s->root, &call, path, &change))
        f->no_memory = true;
    else if (change)
        store_commit(s, change);
}

/* Does the work for each of the list and frees it. */
static void found_each(struct store *s, struct forget *f, struct found **list,
                       void (*work)(struct store *, struct forget *, const char *))
{
    struct found *found;

    while ((found = *list)) {
        *list = found->next;
        work(s, f, found->path);
        free(found);
    }
}

/* ---- in place --------------------------------------------------------------------------- */

static void strike_here(struct store *s, struct forget *f, struct node *n)
{
    if (!node_names(n, f->domid))
        return;
    move_account(s, f, n->perms[0].id);
    node_strike(n, f->domid);
    n->changed = ++s->counter;
}

/* Takes the child at f->path out of n. */
static void remove_here(struct store *s, struct forget *f, struct node *n, unsigned int at)
{
    struct change *c = f->removal;

    memset(c, 0, sizeof(*c));
    c->kind = CHANGE_REMOVE;
    strcpy(c->path, f->path);
    n->children_changed = ++s->counter;
    c->before = node_take_child(n, at);
    change_visit_owners(c, store_charge, s);
    watch_fire_change(s, c);
    node_put(c->before);
}

static void purge_below(struct store *s, struct forget *f, struct node *n, size_t len)
{
    for (unsigned int i = n->nr_children; i--; ) {
        struct node *child = n->children[i];
        size_t all = path_add(f, len, child);

        if (!all)
            continue;
        if (is_to_go(f, child)) {
            remove_here(s, f, n, i);
        } else {
            strike_here(s, f, child);
            purge_below(s, f, child, all);
        }
    }
}

void store_forget_domain(struct store *s, unsigned int domid, bool keep)
{
    struct forget *f = s->forget;

    f->domid = domid;
    f->keep = keep;
    f->no_memory = false;
    for (int i = 0; i < NR_SPECIALS; i++)
        node_strike(s->specials[i], domid);
    for (struct conn *c = s->conns; c; c = c->next)
        if (c->cred.target == domid)
            c->cred.target = NO_DOMAIN;
    txn_forget_domain(s, domid);
    if (node_names(s->root, domid)) {
        strcpy(f->path, "/");
        collect(f, &f->named, 1);
    }
    search_below(f, s->root, 0);
    found_each(s, f, &f->named, strike);
    found_each(s, f, &f->owned, remove_tree);
    if (f->no_memory) {
        txn_drop_snapshots(s);
        strike_here(s, f, s->root);
        purge_below(s, f, s->root, 0);
    }
    txn_trim_snapshots(s);
}
