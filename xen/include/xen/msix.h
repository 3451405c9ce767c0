/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSI-X tables (common/msix.c): where one may lie, and the frames that no domain but dom0 maps writable.
 *
 * The device itself says where its table is (arch/x86/irq/msix_table.c reads it), and the hypervisor writes there. A domain that wrote
 * there as well would send interrupt messages of its choice, so the frames of each known table and of its pending bits are kept here,
 * and a writable L1 entry for one becomes read-only (l1_get_device()). What is known of a device is read again each time that dom0
 * reports it, prepares it for MSI-X, assigns it or maps one of its messages, and, of all devices that dom0 reported, before a domain
 * gets a right to device memory: dom0 may have given the device another address since.
 */
#ifndef XEN_MSIX_H
#define XEN_MSIX_H

#include <xen/types.h>

struct rangeset;

#define MSIX_ENTRY_BYTES 16

/*
 * Machine address of @bytes of table or pending bits at @offset of the BAR at @bar, 0: they cannot be there. @mmio: frames of device
 * memory that are not the hypervisor's own. A BAR lies at a multiple of its size (PCI 3.0, 6.2.5.1), so that the size is at most the
 * largest power of 2 that divides the address; to ask for it would take the device's memory away from its driver for a moment.
 */
u64 msix_find_table(u64 bar, u32 offset, u32 bytes, struct rangeset *mmio);

/* Bytes at a machine address that only dom0 may write to; none: @bytes 0. */
struct msix_place { u64 start; u32 bytes; };
/* @places take the place of what is known of @device. 0, or -ENOMEM: nothing has changed. */
int msix_protect(u32 device, const struct msix_place *places, unsigned int nr);
void msix_forget(u32 device);
bool msix_protects(u64 frame);

/* ---- arch/x86/irq/msix_table.c ---- */

/*
 * Protects the table of @device as it is now; @table_base: its BAR's address where dom0 names it, else 0. A device that does not say
 * where its BAR is (a virtual function) leaves what is known unchanged. 0, -ENODEV (no MSI-X capability), -ENOMEM.
 */
int msix_look(u32 device, u64 table_base);
/*
 * The same for all devices that dom0 reported, from *@next on, 0 at first. 0, -ENOMEM, or -ERESTART: *@next is the device to continue at,
 * which the caller keeps, so that another caller's call does not shorten its own.
 */
int msix_look_all(u64 *next);

#endif
