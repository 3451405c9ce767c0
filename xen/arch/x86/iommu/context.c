/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a device's address to its tables (VT-d specification 4.1, 9.1 and 9.3). All units share one root table: each sees
 * requests of its own devices only. Buses without a device that was ever moved share one context table, in which all are
 * dom0's. Changed with commands that assign devices, one at a time.
 */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/page.h>
#include "vtd.h"

#define ENTRY_PRESENT 1UL
#define NR_DEVFN      256

typedef u64 entry_t[2];

static entry_t *root;
static entry_t *all_dom0;

static u64 address_of(const void *p) { return virt_to_maddr(p).v; }

/* High word: which width the tables have, which domain's they are. */
static void fill_context(entry_t *e, const struct iommu_pt *pt, u16 id)
{
    if (!pt) {
        WRITE_ONCE((*e)[0], 0);
        (*e)[1] = 0;
    } else {
        /* A unit that reads now finds either pair whole, or the entry absent. */
        WRITE_ONCE((*e)[0], 0);
        iommu_hw_sync(e, sizeof(*e));
        WRITE_ONCE((*e)[1], (u64)id << 8 | (pt->levels - 2u));
        WRITE_ONCE((*e)[0], address_of(pt->root) | ENTRY_PRESENT);
    }
    iommu_hw_sync(e, sizeof(*e));
}

static void set_root(unsigned int bus, const entry_t *table)
{
    root[bus][1] = 0;
    WRITE_ONCE(root[bus][0], address_of(table) | ENTRY_PRESENT);
    iommu_hw_sync(root[bus], sizeof(root[bus]));
}

u64 vtd_make_root(const struct iommu_pt *dom0_tables, u16 id)
{
    root = alloc_xen_page();
    all_dom0 = alloc_xen_page();
    if (!root || !all_dom0)
        return 0;
    for (unsigned int i = 0; i < NR_DEVFN; i++)
        fill_context(&all_dom0[i], dom0_tables, id);
    for (unsigned int bus = 0; bus < 256; bus++)
        set_root(bus, all_dom0);
    return address_of(root);
}

/* The bus's own context table. NULL: no memory. */
static entry_t *own_table(unsigned int bus)
{
    entry_t *t = maddr_to_virt(maddr(root[bus][0] & PAGE_MASK));

    if (t != all_dom0)
        return t;
    t = alloc_xen_page();
    if (!t)
        return NULL;
    memcpy(t, all_dom0, PAGE_SIZE);
    iommu_hw_sync(t, PAGE_SIZE);
    set_root(bus, t);
    return t;
}

int iommu_hw_set_tables(u32 sbdf, const struct iommu_pt *pt, u16 id)
{
    entry_t *t = own_table((sbdf >> 8) & 0xff);

    if (!t)
        return -ENOMEM;
    fill_context(&t[sbdf & 0xff], pt, id);
    vtd_flush_all();
    return 0;
}
