/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a device's address, its request id, to its tables (VT-d specification 4.1, 9.1 and 9.3). All units share one root table: each
 * sees requests of its own devices only. A request id without an entry reaches nothing; a bus gets a context table with its first
 * entry. Changed at boot, and later under devices_lock of common/iommu.c.
 */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/page.h>
#include "vtd.h"

#define ENTRY_PRESENT 1UL

typedef u64 entry_t[2];

static entry_t *root;

static u64 address_of(const void *p) { return virt_to_maddr(p).v; }

u64 vtd_make_root(void)
{
    root = alloc_xen_page();
    if (!root)
        return 0;
    iommu_hw_sync(root, PAGE_SIZE);
    return address_of(root);
}

/* The bus's context table. NULL: it has none, and with @make no memory. */
static entry_t *table_of_bus(unsigned int bus, bool make)
{
    entry_t *t;

    if (root[bus][0] & ENTRY_PRESENT)
        return maddr_to_virt(maddr(root[bus][0] & PAGE_MASK));
    t = make ? alloc_xen_page() : NULL;
    if (!t)
        return NULL;
    iommu_hw_sync(t, PAGE_SIZE);
    WRITE_ONCE(root[bus][0], address_of(t) | ENTRY_PRESENT);
    iommu_hw_sync(root[bus], sizeof(root[bus]));
    return t;
}

int vtd_set_context(u32 sbdf, const struct iommu_pt *pt, u16 id)
{
    /* High word: which width the tables have, which domain's they are. */
    u64 low = pt ? address_of(pt->root) | ENTRY_PRESENT : 0, high = pt ? (u64)id << 8 | (pt->levels - 2u) : 0;
    entry_t *t = table_of_bus((sbdf >> 8) & 0xff, pt), *e = t ? &t[sbdf & 0xff] : NULL;

    if (!e)
        return pt ? -ENOMEM : 0;
    if ((*e)[0] == low && (*e)[1] == high)
        return 0;
    /* A unit that reads now finds either pair whole, or the entry absent. */
    WRITE_ONCE((*e)[0], 0);
    iommu_hw_sync(e, sizeof(*e));
    WRITE_ONCE((*e)[1], high);
    WRITE_ONCE((*e)[0], low);
    iommu_hw_sync(e, sizeof(*e));
    return 1;
}

int iommu_hw_set_tables(u32 sbdf, const struct iommu_pt *pt, u16 id)
{
    int rc = vtd_set_context(sbdf, pt, id);

    return rc > 0 ? vtd_flush_all() : rc;
}
