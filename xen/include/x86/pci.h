/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI configuration space, for programming MSIs (arch/x86/irq/pci.c), and the devices that dom0 reported (pci_devices.c). */
#ifndef X86_PCI_H
#define X86_PCI_H

#include <xen/types.h>

/* segment << 16 | bus << 8 | device << 3 | function */
typedef struct { u32 v; } pci_addr_t;
static inline pci_addr_t pci_address(u16 segment, u8 bus, u8 devfn)
{
    return (pci_addr_t){ (u32)segment << 16 | (u32)bus << 8 | devfn };
}

/* All ones where nothing answers. Any context. */
u8 pci_read8(pci_addr_t a, u16 reg);
u16 pci_read16(pci_addr_t a, u16 reg);
u32 pci_read32(pci_addr_t a, u16 reg);
void pci_write8(pci_addr_t a, u16 reg, u8 v);
void pci_write16(pci_addr_t a, u16 reg, u16 v);
void pci_write32(pci_addr_t a, u16 reg, u32 v);
/* Offset of capability @id, 0 none. */
u8 pci_find_capability(pci_addr_t a, u8 id);

/*
 * Port access of dom0's to the configuration mechanism at 0xcf8..0xcff. Both hold the lock that the
 * functions above hold, so that an address of dom0's is never used for our data.
 */
u32 pci_guest_config_read(u32 cf8, unsigned int offset, unsigned int bytes);
void pci_guest_config_write(u32 cf8, unsigned int offset, unsigned int bytes, u32 value);

/* ---- arch/x86/irq/pci_devices.c ---- */

/*
 * PHYSDEVOP_pci_device_add: protects the device's MSI-X table, maps it for the IOMMU and lists it; again, where it is listed. 0, -ENOMEM,
 * -EIO: a device that was not listed is not, and has neither.
 */
int pci_device_add(pci_addr_t a);
/* PHYSDEVOP_pci_device_remove. 0, -ENODEV (not listed), -ENOMEM. */
int pci_device_remove(pci_addr_t a);
/*
 * Calls @fn for the listed devices from *@next on until it fails: its result, 0 at the end, or -ERESTART with pending work: *@next
 * is the device to continue at.
 */
int pci_devices_walk(u64 *next, int (*fn)(u32 device));

/* ---- arch/x86/irq/pci.c ---- */

/* Memory-mapped window of @segment, reserved by the firmware as dom0 found out. 0, -ENODEV, -ENOMEM. */
int pci_mmcfg_enable(u64 address, u16 segment, u8 first_bus, u8 last_bus);

#endif
