/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a domain's image: memory, page tables, p2m list. */
#include "xc_restore.h"

#include <stdlib.h>
#include <sys/mman.h>

#define MAP_BATCH 512
/* Pins of one call, in which dom0 may have to wait (xc_memory.c): 32 L1 tables have 16,384 entries. */
#define PIN_BATCH 32

bool xc_restore_mfn(const struct restore *r, uint64_t pfn, uint64_t *mfn)
{
    if (pfn >= r->nr || r->mfn[pfn] == RESTORE_NO_MFN)
        return false;
    *mfn = r->mfn[pfn];
    return true;
}

int xc_restore_p2m_frames(struct restore *r, const void *body, uint32_t len)
{
    const struct stream_p2m *head = body;
    uint64_t nr, nr_list;

    if (r->nr || len < sizeof(*head) || head->start_pfn)
        return xc_restore_bad(r, "its p2m record comes twice, or is too short");
    nr = (uint64_t)head->end_pfn + 1;
    if (nr > p2m_limit(xc_build_max_mib(r->b.p) << (20 - XC_PAGE_SHIFT)))
        return xc_restore_bad(r, "its memory is larger than the domain's may be");
    nr_list = (nr + PTE_COUNT - 1) / PTE_COUNT;
    if (len != sizeof(*head) + nr_list * sizeof(uint64_t))
        return xc_restore_bad(r, "its p2m record is not as long as it says");
    r->mfn = malloc(nr * sizeof(*r->mfn));
    r->type = malloc(nr);
    r->list = malloc(nr_list * sizeof(*r->list));
    if (!r->mfn || !r->type || !r->list)
        return xc_fail(r->b.h, -ENOMEM, XC_ABOUT_SYSTEM, "restore", "no memory");
    for (uint64_t i = 0; i < nr; i++)
        r->mfn[i] = RESTORE_NO_MFN;
    memset(r->type, FRAME_NONE, nr);
    memcpy(r->list, head + 1, nr_list * sizeof(*r->list));
    r->nr = nr;
    r->nr_list = nr_list;
    return 0;
}

struct page_set {
    uint64_t pfn[STREAM_REC_MAX / XC_PAGE_SIZE];
    uint64_t mfn[STREAM_REC_MAX / XC_PAGE_SIZE];
    unsigned nr;
};

/* Frames for those of the set that have none yet. */
static int populate(struct restore *r, const struct page_set *set)
{
    uint64_t frames[STREAM_REC_MAX / XC_PAGE_SIZE];
    unsigned want = 0, at = 0;
    long got;

    for (unsigned i = 0; i < set->nr; i++)
        if (r->mfn[set->pfn[i]] == RESTORE_NO_MFN)
            frames[want++] = set->pfn[i];
    got = want ? xc_memory_populate(r->b.h, r->b.domid, 0, frames, want) : 0;
    if (got < 0)
        return got;
    if (got < want)
        return xc_fail(r->b.h, -ENOMEM, XC_ABOUT_MEMORY, "allocate memory",
                       "the host has not enough free memory for this guest");
    for (unsigned i = 0; i < set->nr; i++)
        if (r->mfn[set->pfn[i]] == RESTORE_NO_MFN)
            r->mfn[set->pfn[i]] = frames[at++];
    r->b.r->nr_pages += want;
    return 0;
}

/* Which pages the record has; a page comes once a record. */
static int parse_pages(struct restore *r, const struct stream_pages *head,
                       uint32_t len, struct page_set *set)
{
    const uint64_t *entry = (const uint64_t *)(head + 1);

    set->nr = 0;
    for (uint32_t i = 0; i < head->count; i++) {
        uint64_t pfn = entry[i] & PAGES_PFN;
        unsigned type = entry[i] >> PAGES_TYPE_SHIFT;

        if (pfn >= r->nr || frame_level(type) > 4)
            return xc_restore_bad(r, "it has a page that its p2m has no place for");
        r->type[pfn] = type;
        if (!frame_has_data(type))
            continue;
        if (set->nr == STREAM_REC_MAX / XC_PAGE_SIZE)
            return xc_restore_bad(r, "a record has too many pages");
        set->pfn[set->nr++] = pfn;
    }
    if (len != sizeof(*head) + head->count * sizeof(*entry) +
                   set->nr * XC_PAGE_SIZE)
        return xc_restore_bad(r, "a record of pages is not as long as it says");
    return 0;
}

/* Copies the contents that follow the entries to the set's frames. */
static int fill_pages(struct restore *r, const struct page_set *set,
                      const char *data)
{
    void *p;
    int rc = xc_map_foreign(r->b.h, r->b.domid, PROT_READ | PROT_WRITE, set->mfn,
                            set->nr, NULL, &p);

    if (rc)
        return rc;
    memcpy(p, data, set->nr * XC_PAGE_SIZE);
    xc_unmap_foreign(r->b.h, p, set->nr);
    return 0;
}

int xc_restore_pages(struct restore *r, const void *body, uint32_t len)
{
    const struct stream_pages *head = body;
    struct page_set *set = malloc(sizeof(*set));
    int rc = -ENOMEM;

    if (!set)
        goto out;
    rc = -EINVAL;
    if (len < sizeof(*head) ||
        head->count > (len - sizeof(*head)) / sizeof(uint64_t)) {
        rc = xc_restore_bad(r, "a record of pages is too short");
        goto out;
    }
    rc = parse_pages(r, head, len, set);
    if (!rc && set->nr)
        rc = populate(r, set);
    if (rc || !set->nr)
        goto out;
    for (unsigned i = 0; i < set->nr; i++)
        set->mfn[i] = r->mfn[set->pfn[i]];
    rc = fill_pages(r, set, (const char *)body + len - set->nr * XC_PAGE_SIZE);
out:
    free(set);
    return rc;
}

static int restore_table(struct restore *r, uint64_t *table)
{
    for (unsigned i = 0; i < PTE_COUNT; i++) {
        uint64_t e = table[i], mfn;

        if (!(e & PTE_PRESENT))
            continue;
        if (!xc_restore_mfn(r, (e & PTE_FRAME) >> XC_PAGE_SHIFT, &mfn))
            return xc_restore_bad(r, "a page table maps a page that it has not");
        table[i] = (e & ~PTE_FRAME) | mfn << XC_PAGE_SHIFT;
    }
    return 0;
}

static int restore_table_batch(struct restore *r, const uint64_t *mfn, unsigned nr)
{
    void *p;
    int rc = nr ? xc_map_foreign(r->b.h, r->b.domid, PROT_READ | PROT_WRITE, mfn,
                                 nr, NULL, &p) : 0;

    if (rc || !nr)
        return rc;
    for (unsigned i = 0; i < nr && !rc; i++)
        rc = restore_table(r, (uint64_t *)((char *)p + i * XC_PAGE_SIZE));
    xc_unmap_foreign(r->b.h, p, nr);
    return rc;
}

int xc_restore_tables(struct restore *r)
{
    uint64_t mfn[MAP_BATCH];
    unsigned nr = 0;
    int rc = 0;

    for (uint64_t pfn = 0; pfn < r->nr && !rc; pfn++) {
        if (!frame_level(r->type[pfn]))
            continue;
        mfn[nr++] = r->mfn[pfn];
        if (nr < MAP_BATCH)
            continue;
        rc = restore_table_batch(r, mfn, nr);
        nr = 0;
    }
    return rc ? rc : restore_table_batch(r, mfn, nr);
}

/* Entries of pages that are not there stay: the guest's own marks. */
int xc_restore_list(struct restore *r)
{
    for (uint64_t i = 0; i < r->nr_list; i++) {
        uint64_t mfn, *entry, first = i * PTE_COUNT;
        void *p;
        int rc;

        if (!xc_restore_mfn(r, r->list[i], &mfn) ||
            frame_level(r->type[r->list[i]]))
            return xc_restore_bad(r, "its p2m list is in a page that it has not");
        rc = xc_map_foreign_page(r->b.h, r->b.domid, PROT_READ | PROT_WRITE, mfn,
                                 &p);
        if (rc)
            return rc;
        entry = p;
        for (uint64_t n = 0; n < PTE_COUNT && first + n < r->nr; n++)
            if (r->mfn[first + n] != RESTORE_NO_MFN)
                entry[n] = r->mfn[first + n];
        xc_unmap_foreign(r->b.h, p, 1);
    }
    return 0;
}

/* Those of one level. */
static int restore_pins_of(struct restore *r, unsigned level)
{
    struct xc_pin pin[PIN_BATCH];
    unsigned nr = 0;
    int rc = 0;

    for (uint64_t pfn = 0; pfn < r->nr && !rc; pfn++) {
        unsigned type = r->type[pfn];

        if (frame_level(type) != level || !(type & FRAME_PINNED))
            continue;
        pin[nr++] = (struct xc_pin){ level, r->mfn[pfn] };
        if (nr < PIN_BATCH)
            continue;
        rc = xc_mmuext_pin(r->b.h, r->b.domid, pin, nr);
        nr = 0;
    }
    return rc || !nr ? rc : xc_mmuext_pin(r->b.h, r->b.domid, pin, nr);
}

/*
 * The lowest tables first: the pin of a table validates all below it that are
 * not valid yet, in one call.
 */
int xc_restore_pins(struct restore *r)
{
    int rc = 0;

    for (unsigned level = 1; level <= 4 && !rc; level++)
        rc = restore_pins_of(r, level);
    return rc;
}
