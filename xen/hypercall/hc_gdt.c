/* SPDX-License-Identifier: GPL-2.0-only */
/* set_gdt and update_descriptor. */
#include <xen/hypercall.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>

long hc_set_gdt(unsigned long frame_list, unsigned long entries, unsigned long unused1, unsigned long unused2,
                unsigned long unused3)
{
    u64 frames[FIRST_RESERVED_GDT_PAGE];

    if (entries > FIRST_RESERVED_GDT_ENTRY)
        return -EINVAL;
    if (copy_from_guest(frames, gva(frame_list), DIV_ROUND_UP(entries, 512) * sizeof(frames[0])))
        return -EFAULT;
    return set_guest_gdt(current, frames, (unsigned int)entries);
}

long hc_update_descriptor(unsigned long where, unsigned long desc, unsigned long unused1, unsigned long unused2,
                          unsigned long unused3)
{
    return mm_update_descriptor(maddr(where), desc);
}
