/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding and changing nodes: each operation checks everything, then commits. */
#include "tree.h"
#include "path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- changes ----------------------------------------------------------------------- */

static struct change *change_new(enum change_kind kind, const char *path)
{
    size_t len = strlen(path) + 1;
    struct change *c = calloc(1, sizeof(*c) + len);

    if (c) {
        c->kind = kind;
        memcpy(c->path, path, len);
    }
    return c;
}

void change_free(struct change *c)
{
    while (c) {
        struct change *next = c->next;

        node_put(c->before);
        free(c);
        c = next;
    }
}

static void visit_subtree(const struct node *n,
                          void (*visit)(void *, unsigned int, long), void *ctx)
{
    visit(ctx, n->perms[0].id, -1);
    for (unsigned int i = 0; i < n->nr_children; i++)
        visit_subtree(n->children[i], visit, ctx);
}

void change_visit_owners(const struct change *c,
                         void (*visit)(void *ctx, unsigned int owner, long by),
                         void *ctx)
{
    switch (c->kind) {
    case CHANGE_WRITE:
        if (c->created)
            visit(ctx, c->owner, (long)c->created);
        break;
    case CHANGE_PERMS:
        visit(ctx, c->before->perms[0].id, -1);
        visit(ctx, c->owner, 1);
        break;
    case CHANGE_REMOVE:
        visit_subtree(c->before, visit, ctx);
        break;
    }
}

struct balance { unsigned int domid; long sum; };

static void add_if_own(void *ctx, unsigned int owner, long by)
{
    struct balance *b = ctx;

    if (owner == b->domid)
        b->sum += by;
}

long change_balance(const struct change *c, unsigned int domid)
{
    struct balance b = { .domid = domid };

    change_visit_owners(c, add_if_own, &b);
    return b.sum;
}

/* ---- looking --------------------------------------------------------------------------- */

/* Goes down as far as nodes exist. *rest: what of the path is left, or NULL. */
static struct node *walk(struct node *root, const char *path, const char **rest)
{
    struct node *n = root;
    size_t len;
    const char *at = path;

    while ((at = path_next(at, &len))) {
        struct node *child = node_child(n, at, len, NULL);

        if (!child)
            break;
        n = child;
        at += len;
    }
    *rest = at;
    return n;
}

struct node *tree_find(struct node *root, const char *path)
{
    const char *rest;
    struct node *n = walk(root, path, &rest);

    return rest ? NULL : n;
}

size_t tree_existing(struct node *root, const char *path)
{
    const char *rest;

    walk(root, path, &rest);
    if (!rest)
        return strlen(path);
    /* rest follows a '/', which belongs to the path only where it is "/". */
    return rest - path > 1 ? (size_t)(rest - path - 1) : 1;
}

unsigned int tree_rights(const struct cred *cred, const struct node *n)
{
    const struct xs_permissions *p = n->perms;

    if (cred->privileged || p[0].id == cred->domid || p[0].id == cred->target)
        return XS_PERM_READ | XS_PERM_WRITE | XS_PERM_OWNER;
    for (unsigned int i = 1; i < n->nr_perms; i++)
        if (p[i].id == cred->domid || p[i].id == cred->target)
            return p[i].perms;
    return p[0].perms;
}

bool tree_readable(const struct cred *cred, const struct node *n)
{
    return tree_rights(cred, n) & XS_PERM_READ;
}

int tree_get(struct node *root, const struct cred *cred, const char *path,
             unsigned int want, struct node **out)
{
    const char *rest;
    struct node *n = walk(root, path, &rest);

    if (!(tree_rights(cred, n) & want))
        return -EACCES;
    if (rest)
        return -ENOENT;
    *out = n;
    return 0;
}

/* ---- changing ------------------------------------------------------------------------------ */

/* Makes the node changeable. Where it was shared, a copy takes its place in the tree. */
static bool own(struct node **slot, const struct tree_call *call)
{
    struct node *shared = *slot;

    if (!node_own(slot))
        return false;
    if (*slot == shared)
        return true;
    (*slot)->made = call->epoch;
    if (call->dropped)
        call->dropped(call->ctx, shared);
    return true;
}

/*
 * Makes every node from the root to the one at path (which exists up to `end`)
 * changeable. Returns where that node hangs, NULL without memory; what was
 * copied by then stays, equal to what it was.
 */
static struct node **own_path(struct node **root, const struct tree_call *call,
                              const char *path, const char *end)
{
    struct node **slot = root;
    const char *at = path;
    size_t len;

    if (!own(slot, call))
        return NULL;
    while ((at = path_next(at, &len)) && (!end || at < end)) {
        unsigned int i;

        node_child(*slot, at, len, &i);
        slot = &(*slot)->children[i];
        if (!own(slot, call))
            return NULL;
        at += len;
    }
    return slot;
}

/* A chain of new nodes for the components of rest, the last with that value. */
static struct node *make_chain(const char *rest, const struct node *above,
                               const struct tree_call *call, const void *data,
                               unsigned int len, struct change *c)
{
    struct node *top = NULL, *last = NULL;
    uint64_t now = *call->counter + 1;
    size_t name_len;

    for (; (rest = path_next(rest, &name_len)); rest += name_len) {
        struct node *n = node_new(rest, name_len, above->perms,
                                  above->nr_perms);

        if (!n || (last && !node_reserve_child(last))) {
            node_put(n);
            node_put(top);
            return NULL;
        }
        n->born = n->changed = n->children_changed = now;
        n->made = call->epoch;
        if (!call->cred->privileged)
            n->perms[0].id = call->cred->domid;
        c->owner = n->perms[0].id;
        c->created++;
        if (last)
            node_insert_child(last, 0, n);
        else
            top = n;
        last = n;
    }
    if (node_set_value(last, data, len))
        return top;
    node_put(top);
    return NULL;
}

static bool over_quota(const struct tree_call *call, const char *path,
                       const char *rest)
{
    if (call->cred->privileged)
        return false;
    return call->nodes_used + path_depth(rest) + 1 > call->quota->nodes ||
           path_depth(path) > call->quota->depth;
}

/* Adds the missing part `rest` of the path below `above`, the last with a value. */
static int create_below(struct node **root, const struct tree_call *call,
                        const char *path, const char *rest,
                        const struct node *above, const void *data,
                        unsigned int len, struct change **out)
{
    struct change *c;
    struct node **slot, *top;
    unsigned int at;

    if (over_quota(call, path, rest))
        return -ENOSPC;
    c = change_new(CHANGE_WRITE, path);
    if (!c)
        return -ENOMEM;
    top = make_chain(rest, above, call, data, len, c);
    slot = top ? own_path(root, call, path, rest) : NULL;
    if (!slot || !node_reserve_child(*slot)) {
        node_put(top);
        change_free(c);
        return -ENOMEM;
    }
    (*slot)->children_changed = ++*call->counter;
    node_child(*slot, top->name, strlen(top->name), &at);
    node_insert_child(*slot, at, top);
    *out = c;
    return 0;
}

int tree_write(struct node **root, const struct tree_call *call,
               const char *path, const void *data, unsigned int len,
               struct change **out)
{
    const char *rest;
    struct node *n = walk(*root, path, &rest), **slot;
    struct change *c;

    if (!(tree_rights(call->cred, n) & XS_PERM_WRITE))
        return -EACCES;
    if (!call->cred->privileged && len > call->quota->value_bytes)
        return -ENOSPC;
    if (rest)
        return create_below(root, call, path, rest, n, data, len, out);
    c = change_new(CHANGE_WRITE, path);
    slot = c ? own_path(root, call, path, NULL) : NULL;
    if (!slot || !node_set_value(*slot, data, len)) {
        change_free(c);
        return -ENOMEM;
    }
    (*slot)->changed = ++*call->counter;
    *out = c;
    return 0;
}

int tree_make(struct node **root, const struct tree_call *call,
              const char *path, struct change **out)
{
    const char *rest;
    struct node *n = walk(*root, path, &rest);

    *out = NULL;
    if (!(tree_rights(call->cred, n) & XS_PERM_WRITE))
        return -EACCES;
    return rest ? create_below(root, call, path, rest, n, NULL, 0, out) : 0;
}

static void drop_subtree(const struct tree_call *call, const struct node *n)
{
    call->dropped(call->ctx, n);
    for (unsigned int i = 0; i < n->nr_children; i++)
        drop_subtree(call, n->children[i]);
}

int tree_remove(struct node **root, const struct tree_call *call,
                const char *path, struct change **out)
{
    const char *rest, *name = strrchr(path, '/');
    struct node *n = walk(*root, path, &rest), **slot;
    struct change *c;
    unsigned int at;

    *out = NULL;
    if (path[1] == '\0')
        return -EINVAL;                 /* the root stays */
    if (rest) {
        /* Not there is fine, as long as its parent is. */
        if (!(tree_rights(call->cred, n) & XS_PERM_WRITE))
            return -EACCES;
        return rest == name + 1 ? 0 : -ENOENT;
    }
    if (!(tree_rights(call->cred, n) & XS_PERM_WRITE))
        return -EACCES;
    c = change_new(CHANGE_REMOVE, path);
    slot = c ? own_path(root, call, path, name + 1) : NULL;
    if (!slot) {
        change_free(c);
        return -ENOMEM;
    }
    node_child(*slot, name + 1, strlen(name + 1), &at);
    (*slot)->children_changed = ++*call->counter;
    c->before = node_take_child(*slot, at);
    if (call->dropped)
        drop_subtree(call, c->before);
    *out = c;
    return 0;
}

int tree_set_perms(struct node **root, const struct tree_call *call,
                   const char *path, const struct xs_permissions *perms,
                   unsigned int nr, struct change **out)
{
    const struct cred *cred = call->cred;
    struct node *n, **slot;
    struct change *c;
    int rc = tree_get(*root, cred, path, XS_PERM_OWNER, &n);

    if (rc)
        return rc;
    if (!cred->privileged && perms[0].id != n->perms[0].id)
        return -EPERM;                  /* giving a node away is for dom0 */
    if (!cred->privileged && nr > call->quota->perms)
        return -ENOSPC;
    c = change_new(CHANGE_PERMS, path);
    if (!c)
        return -ENOMEM;
    c->owner = perms[0].id;
    c->before = node_get(n);            /* so that owning makes a copy */
    slot = own_path(root, call, path, NULL);
    if (!slot || !node_set_perms(*slot, perms, nr)) {
        change_free(c);
        return -ENOMEM;
    }
    (*slot)->changed = ++*call->counter;
    *out = c;
    return 0;
}

int tree_strike(struct node **root, const struct tree_call *call, const char *path,
                unsigned int domid)
{
    struct node **slot = own_path(root, call, path, NULL);

    if (!slot)
        return -ENOMEM;
    node_strike(*slot, domid);
    (*slot)->changed = ++*call->counter;
    return 0;
}
