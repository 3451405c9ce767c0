/* SPDX-License-Identifier: GPL-2.0-only */
/* The index of watches by path, and finding the ones a change concerns. */
#include "watch.h"
#include "conn.h"
#include "path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All watches at one path. */
struct watch_point {
    struct smap_entry entry;
    struct watch *first;
    char path[];
};

static struct watch_point *point_get(struct store *s, const char *path)
{
    size_t len = strlen(path);
    struct watch_point *p = (void *)smap_find(&s->watch_points, path, len);

    if (p)
        return p;
    p = calloc(1, sizeof(*p) + len + 1);
    if (!p)
        return NULL;
    memcpy(p->path, path, len + 1);
    p->entry.key = p->path;
    p->entry.len = len;
    if (smap_insert(&s->watch_points, &p->entry))
        return p;
    free(p);
    return NULL;
}

static void point_put(struct store *s, struct watch_point *p)
{
    if (p->first)
        return;
    smap_remove(&s->watch_points, &p->entry);
    free(p);
}

static struct watch **find_link(struct conn *c, const char *path,
                                const char *token)
{
    struct watch **link = &c->watches;

    while (*link && (strcmp((*link)->point->path, path) != 0 ||
                     strcmp((*link)->token, token) != 0))
        link = &(*link)->next_of_conn;
    return link;
}

int watch_add(struct conn *c, const char *path, const char *token,
              size_t home_len, struct watch **out)
{
    struct watch **link = find_link(c, path, token), **here;
    size_t len = strlen(token) + 1;
    struct watch *w;

    if (*link)
        return -EEXIST;
    if (!c->cred.privileged && c->nr_watches >= c->store->quota.watches)
        return -E2BIG;
    w = calloc(1, sizeof(*w) + len);
    if (!w)
        return -ENOMEM;
    w->conn = c;
    w->home_len = home_len;
    memcpy(w->token, token, len);
    w->point = point_get(c->store, path);
    if (!w->point) {
        free(w);
        return -ENOMEM;
    }
    for (here = &w->point->first; *here; here = &(*here)->next_here)
        ;
    *here = w;
    *link = w;
    c->nr_watches++;
    *out = w;
    return 0;
}

/* Takes the watch out of its point and frees it; it is off its connection's list. */
static void watch_unlink(struct watch *w)
{
    struct watch **here = &w->point->first;

    while (*here != w)
        here = &(*here)->next_here;
    *here = w->next_here;
    w->conn->nr_watches--;
    point_put(w->conn->store, w->point);
    free(w);
}

int watch_delete(struct conn *c, const char *path, const char *token)
{
    struct watch **link = find_link(c, path, token), *w = *link;

    if (!w)
        return -ENOENT;
    *link = w->next_of_conn;
    watch_unlink(w);
    return 0;
}

void watch_delete_all(struct conn *c)
{
    struct watch *w;

    while ((w = c->watches)) {
        c->watches = w->next_of_conn;
        watch_unlink(w);
    }
}

/* ---- firing ---------------------------------------------------------------------------- */

void watch_fire_first(struct watch *w)
{
    conn_send_event(w->conn, w->point->path + w->home_len, w->token);
}

/* A changed node as its watchers may see it: as it is now, and as it was. */
struct sight {
    const struct node *now, *before;    /* either may be NULL */
};

static bool may_see(const struct conn *c, const struct sight *sight)
{
    return (sight->now && tree_readable(&c->cred, sight->now)) ||
           (sight->before && tree_readable(&c->cred, sight->before)) ||
           c->cred.privileged;
}

static void fire_point(struct watch_point *p, const char *path,
                       const struct sight *sight)
{
    for (struct watch *w = p->first; w; w = w->next_here)
        if (may_see(w->conn, sight))
            conn_send_event(w->conn, path + w->home_len, w->token);
}

/* Watches at the path and at each node above it. */
static void fire_upwards(struct store *s, const char *path,
                         const struct sight *sight)
{
    size_t len = 1, part;
    const char *at = path;
    struct watch_point *p = (void *)smap_find(&s->watch_points, path, len);

    if (p)
        fire_point(p, path, sight);
    while ((at = path_next(at, &part))) {
        at += part;
        len = (size_t)(at - path);
        p = (void *)smap_find(&s->watch_points, path, len);
        if (p)
            fire_point(p, path, sight);
    }
}

/* A walk through a removed tree, with the path of the node that it is at. */
struct removal {
    struct store *store;
    char path[2 * XENSTORE_ABS_PATH_MAX];
};

/*
 * A watch below a removed node gets its own path, if there was a node. The nodes are looked up
 * among the watched paths, not the other way round: a removal is to cost what is removed, however
 * many watches others have set.
 */
static void fire_below(struct removal *r, const struct node *n, size_t len, uint32_t hash)
{
    hash = smap_hash(hash, "/", 1);
    for (unsigned int i = 0; i < n->nr_children; i++) {
        const struct node *child = n->children[i];
        struct sight sight = { NULL, child };
        size_t all = len + 1 + child->name_len;
        uint32_t child_hash = smap_hash(hash, child->name, child->name_len);
        struct watch_point *p;

        if (all >= sizeof(r->path))
            continue;                   /* no client can name it */
        r->path[len] = '/';
        memcpy(r->path + len + 1, child->name, child->name_len + 1);
        p = (void *)smap_find_hashed(&r->store->watch_points, r->path, all, child_hash);
        if (p)
            fire_point(p, r->path, &sight);
        fire_below(r, child, all, child_hash);
    }
}

void watch_fire_change(struct store *s, const struct change *c)
{
    struct sight sight = { tree_find(s->root, c->path), c->before };
    size_t len = strlen(c->path);
    struct removal r;

    if (!s->watch_points.nr)
        return;
    fire_upwards(s, c->path, &sight);
    if (c->kind != CHANGE_REMOVE || !c->before->nr_children)
        return;
    r.store = s;
    memcpy(r.path, c->path, len + 1);
    fire_below(&r, c->before, len, smap_hash(SMAP_HASH_EMPTY, c->path, len));
}

void watch_fire_special(struct store *s, const char *path,
                        const struct node *perms)
{
    struct watch_point *p = (void *)smap_find(&s->watch_points, path,
                                              strlen(path));
    struct sight sight = { perms, NULL };

    if (p)
        fire_point(p, path, &sight);
}
