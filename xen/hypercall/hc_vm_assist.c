/* SPDX-License-Identifier: GPL-2.0-only */
/* vm_assist: behaviours that a guest switches on for itself. */
#include <xen/hypercall.h>
#include <x86/cpu_info.h>

/* What a 64-bit PV domain may switch. The 32-bit ones are accepted and mean nothing, as the ABI has it. */
#define VALID_TYPES (BIT(VMASST_TYPE_4gb_segments) | BIT(VMASST_TYPE_4gb_segments_notify) | \
                     BIT(VMASST_TYPE_writable_pagetables) | BIT(VMASST_TYPE_pae_extended_cr3) | \
                     BIT(VMASST_TYPE_architectural_iopl) | BIT(VMASST_TYPE_runstate_update_flag) | \
                     BIT(VMASST_TYPE_m2p_strict))

long hc_vm_assist(unsigned long cmd, unsigned long type, unsigned long unused1, unsigned long unused2,
                  unsigned long unused3)
{
    struct domain *d = current->domain;

    if (type >= BITS_PER_LONG || !((VALID_TYPES >> type) & 1))
        return -EINVAL;
    switch ((u32)cmd) {
    case VMASST_CMD_enable:
        set_bit_atomic((unsigned int)type, &d->vm_assist);
        return 0;
    case VMASST_CMD_disable:
        clear_bit_atomic((unsigned int)type, &d->vm_assist);
        return 0;
    default:
        return -ENOSYS;
    }
}
