/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of each system call and page fault of a guest, inline: a guest's change of mode, faults that are its own. */
#ifndef X86_PV_FAST_H
#define X86_PV_FAST_H

#include <xen/domain.h>
#include <xen/guest_access.h>
#include <x86/asm.h>

#define PFEC_PRESENT 1u
#define PFEC_WRITE   2u
#define PFEC_USER    4u
#define PFEC_FETCH   16u

/* @v, current, cannot leave kernel mode: crashes its domain. */
void guest_mode_no_table(struct vcpu *v);

/* Guest user ↔ kernel mode of @v, current: flips arch.in_kernel, swaps the GS bases and loads the other table. False: crashed. */
static inline bool toggle_guest_mode(struct vcpu *v)
{
    u64 cr3 = v->arch.in_kernel ? v->arch.cr3_user : v->arch.cr3_kernel;

    if (unlikely(!cr3)) {
        guest_mode_no_table(v);
        return false;
    }
    v->arch.in_kernel = !v->arch.in_kernel;
    v->arch.cr3 = cr3;
    asm volatile ("swapgs" ::: "memory");
    write_cr3(cr3);                              /* too frequent to tell the TLB clock */
    return true;
}

/*
 * A fault of guest mode's of which mm_handle_guest_fault() would say that it is the guest's: at no address of ours, not on
 * mirror tables, no write of its kernel's to something that is there.
 */
static inline bool guest_fault_is_its_own(const struct vcpu *v, u64 cr2, u32 error_code)
{
    return guest_start_ok(cr2) && !v->domain->arch.mirror &&
           ((error_code & (PFEC_PRESENT | PFEC_WRITE | PFEC_FETCH)) != (PFEC_PRESENT | PFEC_WRITE) || !v->arch.in_kernel);
}

#endif
