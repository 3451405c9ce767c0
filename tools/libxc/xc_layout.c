/* SPDX-License-Identifier: GPL-2.0-only */
/* The plan of a PV guest's first memory. Pure calculation. */
#include "xc_build.h"
#include "xc_private.h"

/* public/xen.h "start of day", items 2 and 7. */
#define REGION_ALIGN (4ULL << 20)
#define REGION_PADDING (512ULL << 10)

/* One L4 slot. Kernels choose addresses; what is behind them has an end. */
#define REGION_MAX (1ULL << XC_PT_SHIFT(4))

#define PAGES(bytes) (((bytes) + XC_PAGE_SIZE - 1) / XC_PAGE_SIZE)

static void take(struct xc_area *a, uint64_t *next, uint64_t nr)
{
    a->pfn = *next;
    a->nr = nr;
    *next += nr;
}

/* Tables of each level that [va, end) needs. */
static void count_tables(struct xc_pt_range *r)
{
    for (unsigned level = 1; level < XC_PT_LEVELS; level++) {
        unsigned shift = XC_PT_SHIFT(level + 1);

        r->nr[level] = ((r->end - 1) >> shift) - (r->va >> shift) + 1;
    }
}

static uint64_t sum_tables(const struct xc_pt_range *r)
{
    return r->nr[1] + r->nr[2] + r->nr[3];
}

/* Tables lie top level first: Linux reuses the first three pages it finds. */
static void place_tables(struct xc_pt_range *r, uint64_t pfn)
{
    for (unsigned level = XC_PT_LEVELS - 1; level; level--) {
        r->first[level] = pfn;
        pfn += r->nr[level];
    }
}

/*
 * The page tables map themselves, so their number depends on where the region
 * ends and that on their number.  It only grows, by ever less: a few rounds.
 */
static const char *plan_tables(struct xc_layout *l, uint64_t *next)
{
    struct xc_pt_range *r = &l->main_range;
    uint64_t nr = 1, end, room = -l->virt_base;   /* to the top; 0: all of it */

    r->va = l->virt_base;
    r->pfn = 0;
    for (;;) {
        end = (*next + nr + 1) * XC_PAGE_SIZE + REGION_PADDING;
        if (end > REGION_MAX || (room && end > room - REGION_ALIGN))
            return "too little address space is left behind it for what it wants"
                   " mapped (ramdisk, p2m list)";
        r->end = XC_ROUND_UP(l->virt_base + end, REGION_ALIGN);
        count_tables(r);
        if (1 + sum_tables(r) <= nr)
            break;
        nr = 1 + sum_tables(r);
    }
    take(&l->tables, next, nr);
    take(&l->stack, next, 1);
    l->l4 = l->tables.pfn;
    place_tables(r, l->l4 + 1);
    l->virt_end = r->end;
    *next = (r->end - l->virt_base) / XC_PAGE_SIZE;
    return NULL;
}

/* A p2m at an address of the kernel's choice, with tables of its own. */
static void plan_own_p2m(const struct xc_elf *elf, struct xc_layout *l,
                         uint64_t *next)
{
    struct xc_pt_range *r = &l->p2m_range;
    uint64_t nr = PAGES(l->nr_pages * sizeof(uint64_t));

    l->p2m_va = elf->init_p2m;
    r->va = elf->init_p2m;
    r->end = r->va + nr * XC_PAGE_SIZE;
    count_tables(r);
    take(&l->p2m_tables, next, sum_tables(r));
    place_tables(r, l->p2m_tables.pfn);
    take(&l->p2m, next, nr);
    r->pfn = l->p2m.pfn;
}

static bool canonical(uint64_t va)
{
    return (int64_t)(va << 16) >> 16 == (int64_t)va;
}

/* L4 slots 256..271 are the hypervisor's in a 64-bit guest (public/xen.h). */
static bool in_hypervisor(uint64_t va)
{
    unsigned slot = (va >> XC_PT_SHIFT(4)) & 511;

    return slot >= 256 && slot < 272;
}

static const char *check_wishes(const struct xc_layout *l)
{
    const struct xc_pt_range *m = &l->main_range, *p = &l->p2m_range;
    unsigned shift = XC_PT_SHIFT(4);

    if (!canonical(m->va) || !canonical(m->end - 1) || in_hypervisor(m->va))
        return "it wants to be at an address that guests cannot use";
    if (m->va >> shift != (m->end - 1) >> shift)
        return "it wants to be across a 512 GiB border";
    if (!p->nr[1])
        return NULL;
    if (!canonical(p->va) || !canonical(p->end - 1) || in_hypervisor(p->va))
        return "it wants its p2m list at an address that guests cannot use";
    if (p->va >> shift != (p->end - 1) >> shift ||
        p->va >> shift == m->va >> shift)
        return "it wants its p2m list too near to itself (INIT_P2M note)";
    return NULL;
}

int xc_layout_plan(const struct xc_elf *elf, uint64_t nr_pages,
                   uint64_t ramdisk_len, struct xc_layout *l, const char **why)
{
    uint64_t next, first = (elf->virt_start - elf->virt_base) / XC_PAGE_SIZE;

    *l = (struct xc_layout){ .virt_base = elf->virt_base, .nr_pages = nr_pages };
    next = first;
    take(&l->kernel, &next, PAGES(elf->virt_end - elf->virt_base) - first);
    l->ramdisk_by_pfn = elf->mod_start_pfn;
    if (ramdisk_len && !l->ramdisk_by_pfn)
        take(&l->ramdisk, &next, PAGES(ramdisk_len));
    if (!elf->has_init_p2m) {
        l->p2m_va = l->virt_base + next * XC_PAGE_SIZE;
        take(&l->p2m, &next, PAGES(nr_pages * sizeof(uint64_t)));
    }
    take(&l->start_info, &next, 1);
    take(&l->store, &next, 1);
    take(&l->console, &next, 1);
    *why = plan_tables(l, &next);
    if (*why)
        return -ENOEXEC;
    if (elf->has_init_p2m)
        plan_own_p2m(elf, l, &next);
    if (ramdisk_len && l->ramdisk_by_pfn)
        take(&l->ramdisk, &next, PAGES(ramdisk_len));
    l->needed_pages = next;
    *why = check_wishes(l);
    if (*why)
        return -ENOEXEC;
    return next > nr_pages ? -ENOSPC : 0;
}
