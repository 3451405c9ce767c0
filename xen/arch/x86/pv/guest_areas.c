/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies of the runstate and of the time page at addresses that the guest registered, renewed while the vCPU is current. */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/sched.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>
#include <x86/pv.h>

/*
 * The addresses are the guest kernel's. In user mode its table is borrowed for the copy; the GS bases stay. Interrupts off.
 */
static bool borrow_kernel_table(const struct vcpu *v)
{
    if (v->arch.in_kernel || !v->arch.guest_table)
        return false;
    write_cr3(v->arch.cr3_kernel);
    return true;
}

static void return_table(struct vcpu *v, bool borrowed)
{
    if (borrowed)
        write_guest_cr3(v);
}

/* With VMASST runstate_update_flag the guest sees XEN_RUNSTATE_UPDATE set while the area is inconsistent (public/vcpu.h). */
void pv_write_runstate_area(struct vcpu *v)
{
    struct vcpu_runstate_info r;
    gva_t at = gva(v->runstate_guest);
    gva_t entry_time = gva_add(at, offsetof(struct vcpu_runstate_info, state_entry_time));
    unsigned long flags;
    bool borrowed;

    if (!v->runstate_guest)
        return;
    vcpu_get_runstate(v, &r);
    flags = local_irq_save();
    borrowed = borrow_kernel_table(v);
    if (v->domain->vm_assist & (1UL << VMASST_TYPE_runstate_update_flag)) {
        r.state_entry_time |= XEN_RUNSTATE_UPDATE;
        copy_to_guest(entry_time, &r.state_entry_time, sizeof(r.state_entry_time));
        barrier();
        copy_to_guest(at, &r, sizeof(r));
        barrier();
        r.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
        copy_to_guest(entry_time, &r.state_entry_time, sizeof(r.state_entry_time));
    } else {
        copy_to_guest(at, &r, sizeof(r));
    }
    return_table(v, borrowed);
    local_irq_restore(flags);
}

void pv_write_time_area(struct vcpu *v, const struct vcpu_time_info *t)
{
    gva_t at = gva(v->time_guest);
    u32 version = t->version;
    u32 odd = version | 1;
    unsigned long flags;
    bool borrowed;

    if (!v->time_guest)
        return;
    flags = local_irq_save();
    borrowed = borrow_kernel_table(v);
    if (!copy_to_guest(at, &odd, sizeof(odd))) {
        barrier();
        copy_to_guest(gva_add(at, sizeof(version)), (const char *)t + sizeof(version), sizeof(*t) - sizeof(version));
        barrier();
        copy_to_guest(at, &version, sizeof(version));
    }
    return_table(v, borrowed);
    local_irq_restore(flags);
}
