/* SPDX-License-Identifier: GPL-2.0-only */
/* The store's beginnings, the accounts of what domains own, and a domain's end. */
#include "store.h"
#include "../lib/text.h"
#include "path.h"
#include "txn.h"
#include "watch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The field's figures, where it has one. */
const struct quota store_default_quota = {
    .nodes = 1000, .watches = 128, .transactions = 10, .outstanding = 20,
    .value_bytes = 2048, .perms = 5, .depth = 32, .transaction_nodes = 1024,
    .transaction_bytes = 1000000, .snapshot_bytes = 1000000,
};

static const char *const special_paths[NR_SPECIALS] = {
    [SPECIAL_INTRODUCE] = "@introduceDomain",
    [SPECIAL_RELEASE] = "@releaseDomain",
};

static const struct xs_permissions dom0_only = { 0, XS_PERM_NONE };
static const struct cred dom0 = { 0, NO_DOMAIN, true };

void store_log(struct store *s, const char *format, ...)
{
    char line[512];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    text_clean(line, false);
    if (s->host->log)
        s->host->log(s->host_ctx, line);
}

struct tree_call store_call(struct store *s, const struct cred *cred, long nodes_used)
{
    return (struct tree_call){
        .cred = cred, .quota = &s->quota, .nodes_used = nodes_used, .counter = &s->counter,
        .epoch = s->epoch, .dropped = s->snapshots ? txn_node_dropped : NULL, .ctx = s,
    };
}

/* dom0's own nodes are for the toolstack's start to write: it looks whether it has to. */
static bool make_first_nodes(struct store *s)
{
    struct tree_call call = store_call(s, &dom0, 0);
    struct change *change;

    if (tree_make(&s->root, &call, "/tool/xenstored", &change))
        return false;
    store_commit(s, change);
    return true;
}

struct store *store_new(const struct store_host *host, void *ctx)
{
    struct store *s = calloc(1, sizeof(*s));
    bool ok;

    if (!s)
        return NULL;
    s->host = host;
    s->host_ctx = ctx;
    s->quota = store_default_quota;
    s->nodes_used[0] = 1;
    s->root = node_new("", 0, &dom0_only, 1);
    ok = s->root != NULL;
    for (int i = 0; i < NR_SPECIALS; i++) {
        s->specials[i] = node_new(special_paths[i], strlen(special_paths[i]),
                                  &dom0_only, 1);
        ok = ok && s->specials[i];
    }
    if (ok && make_first_nodes(s))
        return s;
    store_free(s);
    return NULL;
}

void store_free(struct store *s)
{
    node_put(s->root);
    for (int i = 0; i < NR_SPECIALS; i++)
        node_put(s->specials[i]);
    smap_clear(&s->watch_points);
    free(s);
}

static void charge(void *ctx, unsigned int owner, long by)
{
    struct store *s = ctx;

    if (owner < DOMIDS)
        s->nodes_used[owner] = (unsigned int)((long)s->nodes_used[owner] + by);
}

void store_commit(struct store *s, struct change *changes)
{
    for (struct change *c = changes; c; c = c->next) {
        change_visit_owners(c, charge, s);
        watch_fire_change(s, c);
    }
    change_free(changes);
    txn_trim_snapshots(s);
}

struct node **store_special(struct store *s, const char *path)
{
    for (int i = 0; i < NR_SPECIALS; i++)
        if (strcmp(special_paths[i], path) == 0)
            return &s->specials[i];
    return NULL;
}

void store_fire_special(struct store *s, enum special which)
{
    watch_fire_special(s, special_paths[which], s->specials[which]);
}

/* ---- a domain's end ------------------------------------------------------------------ */

/* Paths to work on, collected before the tree is changed. */
struct found {
    struct found *next;
    char path[];
};

struct search {
    unsigned int domid;
    struct found *owned;                /* topmost nodes that the domain owns */
    struct found *named;                /* others' nodes that grant it something */
    char path[2 * XENSTORE_ABS_PATH_MAX];
};

static void search_add(struct found **list, const char *path, size_t len)
{
    struct found *f = malloc(sizeof(*f) + len + 1);

    if (!f)
        return;                         /* stays; the quota bounds how much */
    memcpy(f->path, path, len);
    f->path[len] = '\0';
    f->next = *list;
    *list = f;
}

static bool grants(const struct node *n, unsigned int domid)
{
    for (unsigned int i = 1; i < n->nr_perms; i++)
        if (n->perms[i].id == domid)
            return true;
    return false;
}

static void search_below(struct search *s, const struct node *n, size_t len)
{
    for (unsigned int i = 0; i < n->nr_children; i++) {
        const struct node *child = n->children[i];
        size_t name_len = strlen(child->name), all = len + 1 + name_len;

        if (all >= sizeof(s->path))
            continue;
        s->path[len] = '/';
        memcpy(s->path + len + 1, child->name, name_len);
        if (child->perms[0].id == s->domid) {
            search_add(&s->owned, s->path, all);
            continue;
        }
        if (grants(child, s->domid))
            search_add(&s->named, s->path, all);
        search_below(s, child, all);
    }
}

/* The node's permissions without the domain's entries. Nobody is told. */
static void revoke(struct store *s, const char *path, unsigned int domid)
{
    struct tree_call call = store_call(s, &dom0, 0);
    struct node *n = tree_find(s->root, path);
    struct xs_permissions *perms;
    struct change *change;
    unsigned int nr = 0;

    perms = n ? malloc(n->nr_perms * sizeof(*perms)) : NULL;
    if (!perms)
        return;
    for (unsigned int i = 0; i < n->nr_perms; i++)
        if (i == 0 || n->perms[i].id != domid)
            perms[nr++] = n->perms[i];
    if (tree_set_perms(&s->root, &call, path, perms, nr, &change) == 0)
        change_free(change);
    txn_trim_snapshots(s);
    free(perms);
}

static struct found *found_take(struct found **list)
{
    struct found *f = *list;

    if (f)
        *list = f->next;
    return f;
}

void store_forget_domain(struct store *s, unsigned int domid)
{
    struct tree_call call = store_call(s, &dom0, 0);
    struct search *search = calloc(1, sizeof(*search));
    struct change *change;
    struct found *f;

    if (!search)
        return;
    search->domid = domid;
    search_below(search, s->root, 0);
    while ((f = found_take(&search->named))) {
        revoke(s, f->path, domid);
        free(f);
    }
    while ((f = found_take(&search->owned))) {
        if (tree_remove(&s->root, &call, f->path, &change) == 0 && change)
            store_commit(s, change);
        free(f);
    }
    free(search);
}
