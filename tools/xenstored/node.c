/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of tree nodes: making, sharing, copying on write, the sorted child list. */
#include "node.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that malloc() adds to a block, on average. */
#define BLOCK_OVERHEAD 16

static size_t memory;                   /* of all nodes */

static size_t block_bytes(size_t len)
{
    return len ? len + BLOCK_OVERHEAD : 0;
}

size_t node_bytes(const struct node *n)
{
    return block_bytes(sizeof(*n) + n->name_len + 1) +
           block_bytes(n->nr_perms * sizeof(*n->perms)) +
           block_bytes(n->room * sizeof(*n->children)) + block_bytes(n->len);
}

size_t node_memory(void)
{
    return memory;
}

/* A copy of len bytes; *ok is cleared when there is no memory. NULL for none. */
static void *copy_bytes(const void *from, size_t len, bool *ok)
{
    void *to;

    if (!len)
        return NULL;
    to = malloc(len);
    if (to)
        memcpy(to, from, len);
    else
        *ok = false;
    return to;
}

struct node *node_new(const char *name, size_t name_len,
                      const struct xs_permissions *perms, unsigned int nr_perms)
{
    struct node *n = calloc(1, sizeof(*n) + name_len + 1);

    if (!n)
        return NULL;
    n->refs = 1;
    n->name_len = (unsigned int)name_len;
    memcpy(n->name, name, name_len);
    memory += node_bytes(n);
    if (!node_set_perms(n, perms, nr_perms)) {
        node_put(n);
        return NULL;
    }
    return n;
}

struct node *node_get(struct node *n)
{
    n->refs++;
    return n;
}

/* Depth is bounded by the longest path, so recursion is. */
void node_put(struct node *n)
{
    if (!n || --n->refs)
        return;
    for (unsigned int i = 0; i < n->nr_children; i++)
        node_put(n->children[i]);
    memory -= node_bytes(n);
    free(n->children);
    free(n->perms);
    free(n->value);
    free(n);
}

static struct node *node_copy(const struct node *n)
{
    struct node *c = node_new(n->name, n->name_len, n->perms, n->nr_perms);
    size_t bytes;
    bool ok = true;

    if (!c)
        return NULL;
    bytes = node_bytes(c);
    c->born = n->born;
    c->changed = n->changed;
    c->children_changed = n->children_changed;
    c->value = copy_bytes(n->value, n->len, &ok);
    c->children = copy_bytes(n->children,
                             n->nr_children * sizeof(*n->children), &ok);
    if (!ok) {
        node_put(c);                    /* nr_children is still 0 */
        return NULL;
    }
    c->len = n->len;
    c->room = c->nr_children = n->nr_children;
    memory += node_bytes(c) - bytes;
    for (unsigned int i = 0; i < c->nr_children; i++)
        node_get(c->children[i]);
    return c;
}

bool node_own(struct node **slot)
{
    struct node *c;

    if ((*slot)->refs == 1)
        return true;
    c = node_copy(*slot);
    if (!c)
        return false;
    node_put(*slot);
    *slot = c;
    return true;
}

/* Order of a name of len bytes and a node's name. */
static int name_compare(const char *name, size_t len, const struct node *n)
{
    int order = memcmp(name, n->name, len < n->name_len ? len : n->name_len);

    return order ? order : (int)len - (int)n->name_len;
}

struct node *node_child(const struct node *n, const char *name, size_t len,
                        unsigned int *at)
{
    unsigned int low = 0, high = n->nr_children;

    while (low < high) {
        unsigned int mid = (low + high) / 2;
        int order = name_compare(name, len, n->children[mid]);

        if (order == 0) {
            if (at)
                *at = mid;
            return n->children[mid];
        }
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    if (at)
        *at = low;
    return NULL;
}

bool node_reserve_child(struct node *n)
{
    unsigned int room = n->room ? n->room * 2 : 4;
    struct node **grown;

    if (n->nr_children < n->room)
        return true;
    grown = realloc(n->children, room * sizeof(*grown));
    if (!grown)
        return false;
    memory += block_bytes(room * sizeof(*grown)) - block_bytes(n->room * sizeof(*grown));
    n->children = grown;
    n->room = room;
    return true;
}

void node_insert_child(struct node *n, unsigned int at, struct node *child)
{
    assert(n->refs == 1 && n->nr_children < n->room && at <= n->nr_children);
    memmove(n->children + at + 1, n->children + at,
            (n->nr_children - at) * sizeof(*n->children));
    n->children[at] = child;
    n->nr_children++;
}

struct node *node_take_child(struct node *n, unsigned int at)
{
    struct node *child = n->children[at];

    assert(n->refs == 1 && at < n->nr_children);
    n->nr_children--;
    memmove(n->children + at, n->children + at + 1,
            (n->nr_children - at) * sizeof(*n->children));
    return child;
}

bool node_set_value(struct node *n, const void *data, unsigned int len)
{
    bool ok = true;
    void *value = copy_bytes(data, len, &ok);

    if (!ok)
        return false;
    memory += block_bytes(len) - block_bytes(n->len);
    free(n->value);
    n->value = value;
    n->len = len;
    return true;
}

bool node_set_perms(struct node *n, const struct xs_permissions *perms,
                    unsigned int nr)
{
    bool ok = true;
    struct xs_permissions *copy = copy_bytes(perms, nr * sizeof(*perms), &ok);

    assert(nr >= 1);
    if (!ok)
        return false;
    memory += block_bytes(nr * sizeof(*perms)) - block_bytes(n->nr_perms * sizeof(*perms));
    free(n->perms);
    n->perms = copy;
    n->nr_perms = nr;
    return true;
}

bool node_names(const struct node *n, unsigned int domid)
{
    for (unsigned int i = 0; i < n->nr_perms; i++)
        if (n->perms[i].id == domid)
            return true;
    return false;
}

void node_strike(struct node *n, unsigned int domid)
{
    unsigned int nr = 1;

    assert(n->refs == 1);
    if (n->perms[0].id == domid)
        n->perms[0].id = 0;
    for (unsigned int i = 1; i < n->nr_perms; i++)
        if (n->perms[i].id != domid)
            n->perms[nr++] = n->perms[i];
    memory -= (n->nr_perms - nr) * sizeof(*n->perms);
    n->nr_perms = nr;
}
