/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a device's MSI-X table may lie (common/msix.c). The device itself says where it is, and the hypervisor writes there. */
#ifndef XEN_MSIX_H
#define XEN_MSIX_H

#include <xen/types.h>

struct rangeset;

#define MSIX_ENTRY_BYTES 16

/*
 * Machine address of the table of @nr entries at @offset of the BAR at @bar, 0: it cannot be there. @mmio: frames of device memory that
 * are not the hypervisor's own. A BAR lies at a multiple of its size (PCI 3.0, 6.2.5.1), so that the size is at most the largest
 * power of 2 that divides the address; to ask for it would take the device's memory away from its driver for a moment.
 */
u64 msix_find_table(u64 bar, u32 offset, unsigned int nr, struct rangeset *mmio);

#endif
