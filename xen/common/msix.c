/* SPDX-License-Identifier: GPL-2.0-only */
/* MSI-X tables: what a device says of them is checked before the hypervisor writes to one (xen/msix.h). */
#include <xen/msix.h>
#include <xen/rangeset.h>
#include <x86/page.h>

#define FIRST_MIB 0x100000UL

u64 msix_find_table(u64 bar, u32 offset, unsigned int nr, struct rangeset *mmio)
{
    u64 size = bar & -bar, bytes = (u64)nr * MSIX_ENTRY_BYTES, first = bar + offset, last = first + bytes - 1;

    if (bar < FIRST_MIB || offset + bytes > size || last < first)
        return 0;
    return rangeset_contains(mmio, first >> PAGE_SHIFT, last >> PAGE_SHIFT) ? first : 0;
}
