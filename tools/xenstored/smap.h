/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash table keyed by strings. Entries are part of the caller's objects, who owns them and their keys. */
#ifndef SMAP_H
#define SMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smap_entry {
    struct smap_entry *next;
    const char *key;                    /* len bytes, stays while in the table */
    size_t len;
    uint32_t hash;
};

struct smap {                           /* all zero: empty */
    struct smap_entry **buckets;
    size_t nr_buckets, nr;
};

struct smap_entry *smap_find(const struct smap *m, const char *key, size_t len);
/* The hash of a key, from the hash of its beginning and its last len bytes. */
uint32_t smap_hash(uint32_t hash, const char *bytes, size_t len);
#define SMAP_HASH_EMPTY 2166136261u     /* the hash of no bytes */
/* As smap_find(), for a key whose hash is known. */
struct smap_entry *smap_find_hashed(const struct smap *m, const char *key, size_t len,
                                    uint32_t hash);
/* e->key and e->len are set; no entry of that key is in the table. */
bool smap_insert(struct smap *m, struct smap_entry *e);
void smap_remove(struct smap *m, struct smap_entry *e);
/* Calls visit on each entry, which may remove or free only that entry. False stops. */
void smap_visit(struct smap *m, bool (*visit)(struct smap_entry *e, void *ctx),
                void *ctx);
void smap_clear(struct smap *m);        /* forgets the entries, frees the table */

#endif /* SMAP_H */
