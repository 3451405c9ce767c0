/* SPDX-License-Identifier: GPL-2.0-only */
/* iret(): the guest kernel's return from an exception, an event or a system call, to itself or to its user mode. */
#include <xen/hypercall.h>
#include <x86/asm.h>
#include <x86/entry_asm.h>
#include <x86/pv_fast.h>

/* They go to the registers at once; where they cannot be read, half of them are there and the domain is at its end. */
static inline bool read_registers(struct cpu_user_regs *regs, const struct iret_context *frame, u64 flags)
{
    u64 ss;

    if (!guest_load(&regs->rip, &frame->rip) || !guest_load(&regs->rsp, &frame->rsp) || !guest_load(&ss, &frame->ss) ||
        !guest_load(&regs->rax, &frame->rax))
        return false;
    regs->ss = ss | 3;
    if (flags & VGCF_in_syscall)
        return true;
    regs->entry_vector = 0;                      /* leave by IRET: rcx and r11 are the frame's */
    return guest_load(&regs->r11, &frame->r11) && guest_load(&regs->rcx, &frame->rcx);
}

static void end_nmi(struct vcpu *v)
{
    v->arch.nmi_masked = false;
    if (v->arch.nmi_deferred)
        v->arch.nmi_pending = true;
    v->arch.nmi_deferred = false;
}

long hc_iret(unsigned long a1, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    const struct iret_context *frame = (const void *)regs->rsp;
    u64 flags, cs, rflags;

    if (unlikely(!guest_start_ok((u64)frame) || !guest_load(&flags, &frame->flags) || !guest_load(&cs, &frame->cs) ||
                 !guest_load(&rflags, &frame->rflags) || !read_registers(regs, frame, flags))) {
        domain_crash(v->domain, "iret: the frame at %016lx cannot be read", (u64)frame);
        return 0;
    }
    if (v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl))
        v->arch.pv.iopl = rflags >> 12 & 3;
    regs->cs = cs | 3;
    regs->rflags = (rflags & ~(EFLAGS_IOPL | EFLAGS_VM)) | EFLAGS_IF;
    v->info->evtchn_upcall_mask = !(rflags & EFLAGS_IF);
    if (unlikely(v->arch.nmi_masked))
        end_nmi(v);
    if ((cs & 3) == 3)
        (void)toggle_guest_mode(v);
    return -ERESTART;                            /* the frame is complete, rax included: entry.S goes by it alone */
}
