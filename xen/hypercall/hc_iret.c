/* SPDX-License-Identifier: GPL-2.0-only */
/* iret(): the guest kernel's return from an exception, an event or a system call, to itself or to its user mode. */
#include <xen/hypercall.h>
#include <x86/asm.h>
#include <x86/entry_asm.h>
#include <x86/mm.h>

long hc_iret(unsigned long a1, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    struct iret_context c;
    bool to_user;

    if (unlikely(copy_from_guest(&c, gva(regs->rsp), sizeof(c)))) {
        domain_crash(v->domain, "iret: the frame at %016lx cannot be read", regs->rsp);
        return 0;
    }
    to_user = (c.cs & 3) == 3;
    if (unlikely(to_user && !v->arch.guest_table_user)) {
        domain_crash(v->domain, "iret to user mode without a user page table");
        return 0;
    }
    if (v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl))
        v->arch.pv.iopl = c.rflags >> 12 & 3;
    regs->rip = c.rip;
    regs->cs = c.cs | 3;
    regs->rflags = (c.rflags & ~(EFLAGS_IOPL | EFLAGS_VM)) | EFLAGS_IF;
    regs->rsp = c.rsp;
    regs->ss = c.ss | 3;
    if (!(c.flags & VGCF_in_syscall)) {
        regs->entry_vector = 0;                  /* leave by IRET: rcx and r11 are the frame's */
        regs->r11 = c.r11;
        regs->rcx = c.rcx;
    }
    v->info->evtchn_upcall_mask = !(c.rflags & EFLAGS_IF);
    if (unlikely(v->arch.nmi_masked)) {
        v->arch.nmi_masked = false;
        if (v->arch.nmi_deferred)
            v->arch.nmi_pending = true;
        v->arch.nmi_deferred = false;
    }
    regs->rax = c.rax;
    if (to_user)
        toggle_guest_mode(v);
    return -ERESTART;                            /* the frame is complete, rax included: entry.S goes by it alone */
}
