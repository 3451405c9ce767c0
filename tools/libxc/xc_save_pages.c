/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing a domain's image: its frames, their types, and what is in them. */
#include "xc_save.h"

#include <stdlib.h>
#include <sys/mman.h>

#define TYPES_BATCH 1024          /* the hypervisor's limit for one call */

/* Types of the entries [first, first + nr). What is not the domain's is a hole. */
static int read_types(struct save *s, uint64_t first, unsigned nr)
{
    uint64_t array[TYPES_BATCH], pfn[TYPES_BATCH];
    unsigned used = 0;
    int rc;

    for (unsigned i = 0; i < nr; i++) {
        s->type[first + i] = FRAME_NONE;
        if (s->p2m.mfn[first + i] >= s->nr_mfns)
            continue;
        pfn[used] = first + i;
        array[used++] = s->p2m.mfn[first + i];
    }
    rc = used ? xc_get_pageframe_types(s->h, s->domid, array, used) : 0;
    for (unsigned i = 0; i < used && !rc; i++) {
        unsigned type = (array[i] >> XEN_DOMCTL_PFINFO_LTAB_SHIFT) & 0xf;

        if (!frame_has_data(type))
            continue;
        s->type[pfn[i]] = type;
        s->pfn_of[s->p2m.mfn[pfn[i]]] = pfn[i] + 1;
    }
    return rc;
}

int xc_save_frames_open(struct save *s)
{
    struct xc_physinfo info;
    void *map;
    int rc = xc_physinfo(s->h, &info);

    if (!rc)
        rc = xc_p2m_open(s->h, s->domid, p2m_limit(s->info.max_pages), false,
                         &s->p2m);
    if (rc)
        return rc;
    s->nr_mfns = info.max_mfn + 1;
    s->type = malloc(s->p2m.nr);
    /* Only what the guest's frames touch of it is ever there. */
    map = mmap(NULL, s->nr_mfns * sizeof(*s->pfn_of), PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map != MAP_FAILED)
        s->pfn_of = map;
    if (!s->type || !s->pfn_of)
        return xc_fail(s->h, -ENOMEM, XC_ABOUT_SYSTEM, "save", "no memory");
    for (uint64_t i = 0; i < s->p2m.nr && !rc; i += TYPES_BATCH)
        rc = read_types(s, i, s->p2m.nr - i < TYPES_BATCH ? s->p2m.nr - i
                                                          : TYPES_BATCH);
    return rc;
}

void xc_save_frames_close(struct save *s)
{
    if (s->pfn_of)
        munmap(s->pfn_of, s->nr_mfns * sizeof(*s->pfn_of));
    free(s->type);
    xc_p2m_close(&s->p2m);
}

bool xc_save_pfn(const struct save *s, uint64_t mfn, uint64_t *pfn)
{
    if (mfn >= s->nr_mfns || !s->pfn_of[mfn])
        return false;
    *pfn = s->pfn_of[mfn] - 1;
    return true;
}

int xc_save_p2m(struct save *s)
{
    struct stream_p2m head = { 0, s->p2m.nr - 1 };
    uint64_t *pfns = calloc(s->p2m.nr_frames, sizeof(*pfns));
    struct iovec part[] = { { &head, sizeof(head) },
                            { pfns, s->p2m.nr_frames * sizeof(*pfns) } };
    int rc = pfns ? 0 : -ENOMEM;

    for (uint64_t i = 0; i < s->p2m.nr_frames && !rc; i++)
        if (!xc_save_pfn(s, s->p2m.frame[i], &pfns[i]))
            rc = xc_fail(s->h, -EXDEV, XC_ABOUT_HYPERVISOR, "save the p2m list",
                         "a page of domain %u's list is not its own", s->domid);
    if (!rc)
        rc = xc_save_record(s, REC_X86_PV_P2M_FRAMES, part, 2);
    free(pfns);
    return rc;
}

/* A table with the guest's own frame numbers. from may not be a table any more
 * where the domain is not suspended; here it is. */
static int save_table(struct save *s, unsigned level, const uint64_t *from,
                      uint64_t *to)
{
    for (unsigned i = 0; i < PTE_COUNT; i++) {
        uint64_t e = from[i], pfn;

        if (level == 4 && i >= L4_XEN_FIRST && i <= L4_XEN_LAST)
            e = 0;
        if (e & PTE_PRESENT) {
            if (!xc_save_pfn(s, (e & PTE_FRAME) >> XC_PAGE_SHIFT, &pfn))
                return xc_fail(s->h, -EXDEV, XC_ABOUT_HYPERVISOR,
                               "save page tables",
                               "entry %#llx of a level %u table maps what is not the domain's own",
                               (unsigned long long)e, level);
            e = (e & ~PTE_FRAME) | pfn << XC_PAGE_SHIFT;
        }
        to[i] = e;
    }
    return 0;
}

struct page_batch {
    unsigned nr;
    uint64_t pfn[STREAM_BATCH], mfn[STREAM_BATCH];
    uint64_t data[STREAM_BATCH][PTE_COUNT];
};

static int save_batch(struct save *s, struct page_batch *b)
{
    struct stream_pages head = { .count = b->nr };
    struct iovec part[] = { { &head, sizeof(head) },
                            { b->pfn, b->nr * sizeof(*b->pfn) },
                            { b->data, b->nr * sizeof(*b->data) } };
    uint64_t (*page)[PTE_COUNT];
    void *p;
    int rc = b->nr ? xc_map_foreign(s->h, s->domid, PROT_READ, b->mfn, b->nr,
                                    NULL, &p) : 0;

    if (rc || !b->nr)
        return rc;
    page = p;
    for (unsigned i = 0; i < b->nr && !rc; i++) {
        unsigned type = s->type[b->pfn[i]], level = frame_level(type);

        if (level)
            rc = save_table(s, level, page[i], b->data[i]);
        else
            memcpy(b->data[i], page[i], XC_PAGE_SIZE);
        b->pfn[i] |= (uint64_t)type << PAGES_TYPE_SHIFT;
    }
    xc_unmap_foreign(s->h, p, b->nr);
    if (!rc)
        rc = xc_save_record(s, REC_PAGE_DATA, part, 3);
    b->nr = 0;
    return rc;
}

int xc_save_pages(struct save *s)
{
    struct page_batch *b = malloc(sizeof(*b));
    int rc = 0;

    if (!b)
        return xc_fail(s->h, -ENOMEM, XC_ABOUT_SYSTEM, "save", "no memory");
    b->nr = 0;
    for (uint64_t pfn = 0; pfn < s->p2m.nr && !rc; pfn++) {
        /* One of two entries for the same frame goes, the one that tables name. */
        if (s->type[pfn] == FRAME_NONE || s->pfn_of[s->p2m.mfn[pfn]] != pfn + 1)
            continue;
        b->pfn[b->nr] = pfn;
        b->mfn[b->nr++] = s->p2m.mfn[pfn];
        if (b->nr == STREAM_BATCH)
            rc = save_batch(s, b);
    }
    if (!rc)
        rc = save_batch(s, b);
    free(b);
    return rc;
}
