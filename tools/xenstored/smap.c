/* SPDX-License-Identifier: GPL-2.0-only */
/* The hash table: chained buckets, FNV-1a, doubled when full. */
#include "smap.h"

#include <stdlib.h>
#include <string.h>

uint32_t smap_hash(uint32_t hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 16777619u;
    return hash;
}

struct smap_entry *smap_find_hashed(const struct smap *m, const char *key, size_t len,
                                    uint32_t hash)
{
    struct smap_entry *e;

    if (!m->nr)
        return NULL;
    for (e = m->buckets[hash & (m->nr_buckets - 1)]; e; e = e->next)
        if (e->hash == hash && e->len == len && memcmp(e->key, key, len) == 0)
            return e;
    return NULL;
}

struct smap_entry *smap_find(const struct smap *m, const char *key, size_t len)
{
    return m->nr ? smap_find_hashed(m, key, len, smap_hash(SMAP_HASH_EMPTY, key, len)) : NULL;
}

static void link_entry(struct smap_entry **buckets, size_t nr,
                       struct smap_entry *e)
{
    struct smap_entry **head = &buckets[e->hash & (nr - 1)];

    e->next = *head;
    *head = e;
}

static bool grow(struct smap *m)
{
    size_t nr = m->nr_buckets ? m->nr_buckets * 2 : 16;
    struct smap_entry **buckets = calloc(nr, sizeof(*buckets));

    if (!buckets)
        return m->nr_buckets != 0;      /* full chains are slow, not wrong */
    for (size_t i = 0; i < m->nr_buckets; i++) {
        struct smap_entry *e = m->buckets[i], *next;

        for (; e; e = next) {
            next = e->next;
            link_entry(buckets, nr, e);
        }
    }
    free(m->buckets);
    m->buckets = buckets;
    m->nr_buckets = nr;
    return true;
}

bool smap_insert(struct smap *m, struct smap_entry *e)
{
    if (m->nr >= m->nr_buckets && !grow(m))
        return false;
    e->hash = smap_hash(SMAP_HASH_EMPTY, e->key, e->len);
    link_entry(m->buckets, m->nr_buckets, e);
    m->nr++;
    return true;
}

void smap_remove(struct smap *m, struct smap_entry *e)
{
    struct smap_entry **link = &m->buckets[e->hash & (m->nr_buckets - 1)];

    while (*link != e)
        link = &(*link)->next;
    *link = e->next;
    m->nr--;
}

void smap_visit(struct smap *m, bool (*visit)(struct smap_entry *e, void *ctx),
                void *ctx)
{
    for (size_t i = 0; i < m->nr_buckets; i++) {
        struct smap_entry *e = m->buckets[i], *next;

        for (; e; e = next) {
            next = e->next;
            if (!visit(e, ctx))
                return;
        }
    }
}

void smap_clear(struct smap *m)
{
    free(m->buckets);
    *m = (struct smap){ 0 };
}
