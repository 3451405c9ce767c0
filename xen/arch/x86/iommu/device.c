/* SPDX-License-Identifier: GPL-2.0-only */
/* Which PCI devices can be confined: those whose requests carry their own address, and that no firmware memory belongs to. */
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <x86/pci.h>
#include "vtd.h"

enum { PCI_VENDOR = 0x00, PCI_COMMAND = 0x04, PCI_HEADER = 0x0e, PCI_SECONDARY = 0x19 };
#define PCI_BUS_MASTER  0x0004
#define HEADER_MULTI    0x80
#define HEADER_TYPE(h)  ((h) & 0x7f)
#define HEADER_DEVICE   0
#define HEADER_BRIDGE   1
#define HEADER_CARDBUS  2              /* its bus has the same place */
#define CAP_EXPRESS     0x10
#define EXPRESS_TYPE(f) ((f) >> 4 & 15)
#define EXPRESS_TO_PCI  7

static bool is_there(pci_addr_t a)
{
    pci_addr_t first = { a.v & ~7u };

    return pci_read16(a, PCI_VENDOR) != 0xffff && (a.v == first.v || (pci_read8(first, PCI_HEADER) & HEADER_MULTI));
}

/* The bridge to @bus. False: it is a root bus. */
static bool find_bridge(u8 bus, pci_addr_t *bridge)
{
    for (u32 i = 0; i < (u32)bus << 8; i++) {
        *bridge = (pci_addr_t){ i };
        if (!is_there(*bridge))
            i |= i & 7 ? 0 : 7;            /* without function 0 there is none */
        else if (HEADER_TYPE(pci_read8(*bridge, PCI_HEADER)) == HEADER_BRIDGE && pci_read8(*bridge, PCI_SECONDARY) == bus)
            return true;
    }
    return false;
}

static bool is_bridge_to_pci(pci_addr_t bridge)
{
    u8 cap = pci_find_capability(bridge, CAP_EXPRESS);

    return !cap || EXPRESS_TYPE(pci_read16(bridge, (u16)(cap + 2))) == EXPRESS_TO_PCI;
}

/* Behind a bridge to conventional PCI all devices look the same to an IOMMU. */
static bool shares_address(u8 bus)
{
    pci_addr_t bridge;

    for (; find_bridge(bus, &bridge); bus = (u8)(bridge.v >> 8))
        if (is_bridge_to_pci(bridge))
            return true;
    return false;
}

static u32 path_end(const struct dmar_path *p)
{
    u8 bus = p->bus;

    for (unsigned int i = 0; i + 1 < p->nr_hops; i++)
        bus = pci_read8(pci_address(0, bus, p->devfn[i]), PCI_SECONDARY);
    return pci_address(0, bus, p->devfn[p->nr_hops - 1]).v;
}

static bool is_at_path(pci_addr_t a, const struct dmar_path *p) { return a.v == path_end(p); }

/* The device at that path, or, where that is a bridge, one behind it. */
static bool is_meant(pci_addr_t a, const struct dmar_path *p, bool is_bridge)
{
    if (is_at_path(a, p))
        return true;
    while (is_bridge && find_bridge((u8)(a.v >> 8), &a))
        if (is_at_path(a, p))
            return true;
    return false;
}

/* Units are numbered alike in vtd_dmar and vtd_units. */
int iommu_hw_unit_of(u32 sbdf)
{
    for (unsigned int i = 0; i < vtd_dmar.nr_devices; i++)
        if (is_meant((pci_addr_t){ sbdf }, &vtd_dmar.device[i].path, vtd_dmar.device[i].is_bridge))
            return vtd_dmar.device[i].unit;
    for (unsigned int i = 0; i < vtd_dmar.nr_units; i++)
        if (vtd_dmar.unit[i].all)
            return (int)i;
    return -ENODEV;
}

static bool has_region(pci_addr_t a)
{
    for (unsigned int i = 0; i < vtd_dmar.nr_regions; i++)
        if (is_meant(a, &vtd_dmar.region[i].device, vtd_dmar.region[i].is_bridge))
            return true;
    return false;
}

/* ---- request ids ---- */

/* Bridges that were there at boot or that dom0 has reported since: which bus is behind one is read when it matters. */
static u16 bridges[256];
static unsigned int nr_bridges;

static bool is_bridge(pci_addr_t a)
{
    u8 type = is_there(a) ? HEADER_TYPE(pci_read8(a, PCI_HEADER)) : HEADER_DEVICE;

    return type == HEADER_BRIDGE || type == HEADER_CARDBUS;
}

static void remember_bridge(pci_addr_t a)
{
    for (unsigned int i = 0; i < nr_bridges; i++)
        if (bridges[i] == a.v)
            return;
    if (nr_bridges < ARRAY_SIZE(bridges))
        bridges[nr_bridges++] = (u16)a.v;
}

static bool find_known_bridge(u8 bus, pci_addr_t *bridge)
{
    for (unsigned int i = 0; i < nr_bridges; i++) {
        *bridge = (pci_addr_t){ bridges[i] };
        if (is_bridge(*bridge) && pci_read8(*bridge, PCI_SECONDARY) == bus)
            return true;
    }
    return false;
}

/* A bridge to conventional PCI speaks for what is behind it: by its own address, or as device 0 of its secondary bus. */
unsigned int iommu_hw_request_ids(u32 sbdf, u32 ids[IOMMU_MAX_REQUEST_IDS])
{
    pci_addr_t a = { sbdf }, bridge;
    unsigned int n = 0;

    ids[n++] = sbdf;
    if (is_bridge(a)) {
        remember_bridge(a);
        if (is_bridge_to_pci(a) && pci_read8(a, PCI_SECONDARY))
            ids[n++] = pci_address(0, pci_read8(a, PCI_SECONDARY), 0).v;
    }
    for (u8 bus = (u8)(sbdf >> 8); n + 2 <= IOMMU_MAX_REQUEST_IDS && find_known_bridge(bus, &bridge); bus = (u8)(bridge.v >> 8)) {
        if ((u8)(bridge.v >> 8) >= bus)
            break;                             /* numbers that were not given yet */
        if (!is_bridge_to_pci(bridge))
            continue;
        ids[n++] = pci_address(0, bus, 0).v;
        ids[n++] = bridge.v;
    }
    return n;
}

static int admit(u32 sbdf, const struct iommu_pt *pt, u16 id)
{
    u32 ids[IOMMU_MAX_REQUEST_IDS];
    unsigned int n = iommu_hw_request_ids(sbdf, ids);
    int rc = 0;

    for (unsigned int i = 0; i < n && rc >= 0; i++)
        rc = vtd_set_context(ids[i], pt, id);
    return min(rc, 0);
}

int vtd_admit_all(const struct iommu_pt *pt, u16 id)
{
    int rc = 0;

    for (u32 sbdf = 0; sbdf < 0x10000 && !rc; sbdf++)
        if (is_there((pci_addr_t){ sbdf }))
            rc = admit(sbdf, pt, id);
        else
            sbdf |= sbdf & 7 ? 0 : 7;          /* without function 0 there is none */
    /* The firmware may use a device that it hides. */
    for (unsigned int i = 0; i < vtd_dmar.nr_regions && !rc; i++)
        rc = admit(path_end(&vtd_dmar.region[i].device), pt, id);
    return rc;
}

static int refuse(u32 sbdf, const char *why)
{
    printk("IOMMU: device %04x:%02x:%02x.%x cannot be confined: %s\n", sbdf >> 16, (sbdf >> 8) & 0xff, (sbdf >> 3) & 31, sbdf & 7, why);
    return -EPERM;
}

int iommu_hw_check_device(u32 sbdf)
{
    pci_addr_t a = { sbdf };
    int unit;

    if (sbdf >> 16 || !is_there(a))
        return -ENODEV;
    if (HEADER_TYPE(pci_read8(a, PCI_HEADER)) != HEADER_DEVICE)
        return refuse(sbdf, "it is a bridge");
    unit = iommu_hw_unit_of(sbdf);
    if (unit < 0)
        return refuse(sbdf, "no IOMMU has it");
    if (iommu_hw_unit_failed((unsigned int)unit))
        return refuse(sbdf, "its IOMMU does not answer");
    if (shares_address((u8)(sbdf >> 8)))
        return refuse(sbdf, "it is behind a bridge to conventional PCI, with whose address it speaks");
    if (has_region(a))
        return refuse(sbdf, "the firmware has memory for it");
    return 0;
}

void iommu_hw_stop_device(u32 sbdf)
{
    pci_addr_t a = { sbdf };

    pci_write16(a, PCI_COMMAND, pci_read16(a, PCI_COMMAND) & (u16)~PCI_BUS_MASTER);
    (void)pci_read16(a, PCI_COMMAND);
}
