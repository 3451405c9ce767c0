/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's p2m list, read from where the guest says it keeps it: either the
 * linear list in its address space (p2m_cr3, p2m_vaddr) or the tree of frames
 * (pfn_to_mfn_frame_list_list), see public/arch-x86/xen.h.
 */
#include "xc_stream.h"

#include <stdlib.h>
#include <sys/mman.h>

#define PER_PAGE (XC_PAGE_SIZE / sizeof(uint64_t))
#define GENERATION_TRIES 100

struct p2m_reader {
    struct xc_handle *h;
    uint32_t domid;
    uint64_t nr_pages;            /* of the list itself */
    uint64_t *list;               /* their frames, nr_pages entries */
};

/* Copies a page of the guest; frame numbers come from it: the map checks them. */
static int read_page(struct p2m_reader *r, uint64_t mfn, uint64_t *to)
{
    void *p;
    int rc = xc_map_foreign_page(r->h, r->domid, PROT_READ, mfn, &p);

    if (rc)
        return rc;
    memcpy(to, p, XC_PAGE_SIZE);
    xc_unmap_foreign(r->h, p, 1);
    return 0;
}

/* Tree: a page of frames of pages of frames of the list's pages. */
static int frames_from_tree(struct p2m_reader *r, uint64_t top_mfn)
{
    uint64_t top[PER_PAGE], mid[PER_PAGE];
    int rc = read_page(r, top_mfn, top);

    for (uint64_t i = 0; !rc && i < r->nr_pages; i++) {
        if (i / PER_PAGE >= PER_PAGE)
            return -ERANGE;
        if (i % PER_PAGE == 0)
            rc = read_page(r, top[i / PER_PAGE], mid);
        if (!rc)
            r->list[i] = mid[i % PER_PAGE];
    }
    return rc;
}

/* The last table read of each level. Any number, 0 too, may be a frame's: the guest chooses it. */
struct p2m_tables {
    struct { bool read; uint64_t mfn, entry[PER_PAGE]; } level[5];
};

/* Linear: walk the guest's tables. */
static int frames_from_tables(struct p2m_reader *r, uint64_t root_mfn, uint64_t va)
{
    struct p2m_tables t;

    for (unsigned level = 4; level; level--)
        t.level[level].read = false;
    for (uint64_t i = 0; i < r->nr_pages; i++, va += XC_PAGE_SIZE) {
        uint64_t mfn = root_mfn;

        for (unsigned level = 4; level; level--) {
            bool have = t.level[level].read && t.level[level].mfn == mfn;
            int rc = have ? 0 : read_page(r, mfn, t.level[level].entry);
            uint64_t e;

            if (rc)
                return rc;
            t.level[level].read = true;
            t.level[level].mfn = mfn;
            e = t.level[level].entry[(va >> (XC_PAGE_SHIFT + 9 * (level - 1))) & 511];
            if (!(e & PTE_PRESENT))
                return -ENODATA;
            mfn = (e & PTE_FRAME) >> XC_PAGE_SHIFT;
        }
        r->list[i] = mfn;
    }
    return 0;
}

/* The guest counts up before and after it moves its list: odd means moving. */
static int find_frames(struct p2m_reader *r, const struct arch_shared_info *a)
{
    const volatile unsigned long *generation = &a->p2m_generation;
    int rc = -EAGAIN;

    if (!a->p2m_cr3) {
        if (!a->pfn_to_mfn_frame_list_list || !~a->pfn_to_mfn_frame_list_list)
            return -ENODATA;
        return frames_from_tree(r, a->pfn_to_mfn_frame_list_list);
    }
    for (int i = 0; i < GENERATION_TRIES; i++) {
        unsigned long before = *generation;

        if (before & 1)
            continue;
        rc = frames_from_tables(r, xen_cr3_to_pfn(a->p2m_cr3), a->p2m_vaddr);
        if (*generation == before)
            return rc;
        rc = -EAGAIN;
    }
    return rc;
}

static int copy_list(struct p2m_reader *r, uint64_t *to, uint64_t entries)
{
    void *p;
    int rc = xc_map_foreign(r->h, r->domid, PROT_READ, r->list, r->nr_pages, NULL,
                            &p);

    if (rc)
        return rc;
    memcpy(to, p, entries * sizeof(*to));
    xc_unmap_foreign(r->h, p, r->nr_pages);
    return 0;
}

static int read_list(struct p2m_reader *r, const struct arch_shared_info *a,
                     uint64_t entries, struct xc_p2m *p2m)
{
    int rc;

    r->nr_pages = (entries + PER_PAGE - 1) / PER_PAGE;
    r->list = calloc(r->nr_pages + 1, sizeof(*r->list));
    p2m->mfn = calloc(entries + 1, sizeof(*p2m->mfn));
    p2m->nr = entries;
    p2m->nr_frames = r->nr_pages;
    p2m->frame = r->list;
    rc = !r->list || !p2m->mfn ? -ENOMEM : !entries ? -ENODATA : find_frames(r, a);
    return rc ? rc : copy_list(r, p2m->mfn, entries);
}

int xc_p2m_open(struct xc_handle *h, uint32_t domid, uint64_t max, bool cut,
                struct xc_p2m *p2m)
{
    struct p2m_reader r = { .h = h, .domid = domid };
    struct xc_domain_info info;
    const struct shared_info *s;
    uint64_t entries;
    void *shared;
    int rc = xc_domain_getinfo(h, domid, &info);

    *p2m = (struct xc_p2m){ 0 };
    if (!rc)
        rc = xc_map_foreign_page(h, domid, PROT_READ, info.shared_info_mfn,
                                 &shared);
    if (rc)
        return rc;
    s = shared;
    entries = *(const volatile unsigned long *)&s->arch.max_pfn;
    if (entries > max && !cut)
        rc = xc_fail(h, -E2BIG, XC_ABOUT_HYPERVISOR, "read the p2m list",
                     "domain %u says that it has %llu entries", domid,
                     (unsigned long long)entries);
    if (entries > max)
        entries = max;
    if (!rc)
        rc = read_list(&r, &s->arch, entries, p2m);
    xc_unmap_foreign(h, shared, 1);
    if (rc == -ENODATA)
        xc_fail(h, rc, XC_ABOUT_HYPERVISOR, "read the p2m list",
                "domain %u has not published it", domid);
    if (rc)
        xc_p2m_close(p2m);
    return rc;
}

void xc_p2m_close(struct xc_p2m *p2m)
{
    free(p2m->mfn);
    free(p2m->frame);
    *p2m = (struct xc_p2m){ 0 };
}

long xc_domain_get_p2m(struct xc_handle *h, uint32_t domid, uint64_t *mfns,
                       unsigned long max)
{
    struct xc_p2m p2m;
    long rc = xc_p2m_open(h, domid, max, true, &p2m);

    if (rc)
        return rc;
    memcpy(mfns, p2m.mfn, p2m.nr * sizeof(*mfns));
    rc = p2m.nr;
    xc_p2m_close(&p2m);
    return rc;
}
