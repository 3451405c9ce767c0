/* SPDX-License-Identifier: GPL-2.0-only */
/* A device's MSI-X capability (arch/x86/irq/msix_table.c). */
#ifndef X86_MSIX_TABLE_H
#define X86_MSIX_TABLE_H

#include <xen/msix.h>
#include <x86/pci.h>

struct msix_table {
    unsigned int nr;               /* entries */
    u32 where;                     /* BAR number and offset, as the capability has them */
    u64 bar;                       /* 0: it has no address */
    u64 table, pending;            /* machine addresses, 0: they cannot be there (msix_find_table()) */
    u32 pending_bytes;
};

/* @table_base: the BAR's address for a device that does not say it. 0 or -ENODEV: no such capability. */
int msix_table_read(pci_addr_t device, u64 table_base, struct msix_table *t);

#endif
