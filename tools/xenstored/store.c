/* SPDX-License-Identifier: GPL-2.0-only */
/* The store's beginnings, and the accounts of what domains own. */
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
    s->forget = forget_new();
    ok = s->root && s->forget;
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
    free(s->forget);
    free(s);
}

void store_charge(void *ctx, unsigned int owner, long by)
{
    struct store *s = ctx;

    if (owner < DOMIDS)
        s->nodes_used[owner] = (unsigned int)((long)s->nodes_used[owner] + by);
}

void store_commit(struct store *s, struct change *changes)
{
    for (struct change *c = changes; c; c = c->next) {
        change_visit_owners(c, store_charge, s);
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
