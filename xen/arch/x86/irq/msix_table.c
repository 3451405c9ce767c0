/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a device's MSI-X table and pending bits are, as its configuration space says (PCI 3.0, 6.8.2). */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <x86/msix_table.h>
#include <x86/pci.h>

#define CAP_MSIX 0x11
enum { MSIX_CONTROL = 2, MSIX_TABLE = 4, MSIX_PENDING = 8 };
#define MSIX_CONTROL_SIZE 0x07ffu
#define MSIX_BAR          7u

/* Base of memory BAR @n as the device has it now, 0: none (a virtual function's is in its physical function). */
static u64 read_bar(pci_addr_t device, unsigned int n)
{
    u32 low = n < 6 ? pci_read32(device, (u16)(0x10 + 4 * n)) : 0;
    u64 base = low & ~15u;

    if (low & 1)
        return 0;
    if ((low & 6) == 4 && n < 5)
        base |= (u64)pci_read32(device, (u16)(0x14 + 4 * n)) << 32;
    return base;
}

int msix_table_read(pci_addr_t device, u64 table_base, struct msix_table *t)
{
    u8 cap = pci_find_capability(device, CAP_MSIX);
    u32 pending;

    if (!cap)
        return -ENODEV;
    t->nr = (pci_read16(device, (u16)(cap + MSIX_CONTROL)) & MSIX_CONTROL_SIZE) + 1u;
    t->where = pci_read32(device, (u16)(cap + MSIX_TABLE));
    t->bar = read_bar(device, t->where & MSIX_BAR) ?: table_base;
    t->table = msix_find_table(t->bar, t->where & ~MSIX_BAR, t->nr * MSIX_ENTRY_BYTES, dom0->iomem_caps);
    pending = pci_read32(device, (u16)(cap + MSIX_PENDING));
    t->pending_bytes = (t->nr + 63) / 64 * 8;
    t->pending = msix_find_table((pending & MSIX_BAR) == (t->where & MSIX_BAR) ? t->bar : read_bar(device, pending & MSIX_BAR),
                                 pending & ~MSIX_BAR, t->pending_bytes, dom0->iomem_caps);
    return 0;
}

int msix_look(u32 device, u64 table_base)
{
    struct msix_table t;
    int rc = msix_table_read((pci_addr_t){ device }, table_base, &t);
    struct msix_place places[2];

    if (rc || !t.table)
        return rc;
    places[0] = (struct msix_place){ t.table, t.nr * MSIX_ENTRY_BYTES };
    places[1] = (struct msix_place){ t.pending, t.pending ? t.pending_bytes : 0 };
    return msix_protect(device, places, ARRAY_SIZE(places));
}

static int look_if_it_has_one(u32 device)
{
    int rc = msix_look(device, 0);

    return rc == -ENODEV ? 0 : rc;
}

int msix_look_all(u64 *next) { return pci_devices_walk(next, look_if_it_has_one); }
