/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entering a guest kernel: the frame on its stack, from an exception, an event or a system call of its user mode.
 *
 * The frame, highest address first: ss, rsp, rflags (IF = events not masked), cs (bits 32..39: the former event mask),
 * rip, [error code], [gs, fs, es, ds], r11, rcx. The guest pops rcx and r11 first, so that SYSRET may clobber them.
 */
#include <xen/domain.h>
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/entry_asm.h>
#include <x86/mm.h>
#include <x86/pv.h>
#include <x86/pv_fast.h>
#include <x86/segment.h>
#include <x86/trapnr.h>

static noinline bool push_segments(const struct vcpu *v, u64 *sp)
{
    return guest_store(sp, v->arch.pv.ds) && guest_store(sp + 1, v->arch.pv.es) && guest_store(sp + 2, v->arch.pv.fs) &&
           guest_store(sp + 3, v->arch.pv.gs);
}

static inline __attribute__((always_inline)) bool push_frame(const struct vcpu *v, u64 *sp, const struct cpu_user_regs *regs,
                                                             u64 cs, unsigned int flags, u32 error_code)
{
    u8 mask = v->info->evtchn_upcall_mask;
    u64 rflags = regs->rflags & ~(EFLAGS_IF | EFLAGS_IOPL);

    if (!mask)
        rflags |= EFLAGS_IF;
    if (v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl))
        rflags |= v->arch.pv.iopl << 12;
    if (!guest_store(sp, regs->rcx) || !guest_store(sp + 1, regs->r11))
        return false;
    sp += 2;
    if (flags & (BOUNCE_FAILSAFE | BOUNCE_ERROR)) {
        if (unlikely(flags & BOUNCE_FAILSAFE)) {
            if (!push_segments(v, sp))
                return false;
            sp += 4;
        }
        if (flags & BOUNCE_ERROR && !guest_store(sp++, error_code))
            return false;
    }
    return guest_store(sp, regs->rip) && guest_store(sp + 1, cs | (u64)mask << 32) && guest_store(sp + 2, rflags) &&
           guest_store(sp + 3, regs->rsp) && guest_store(sp + 4, regs->ss);
}

/* Bytes of a frame, by BOUNCE_ERROR and BOUNCE_FAILSAFE. */
static inline u64 frame_size(unsigned int flags)
{
    return 7 * 8 + (flags & BOUNCE_ERROR) * 8 + (flags & BOUNCE_FAILSAFE) * 8;
}
_Static_assert(BOUNCE_ERROR == 1 && BOUNCE_FAILSAFE == 4, "one word and four words more");

/* pv_bounce(), inline where system calls and page faults pass. True: @regs is the handler's; false: the domain is at its end. */
static inline __attribute__((always_inline)) bool bounce(struct vcpu *v, struct cpu_user_regs *regs, u64 handler,
                                                         unsigned int flags, u32 error_code)
{
    u64 sp, cs = regs->cs;

    if (v->arch.in_kernel) {
        sp = regs->rsp;
        cs &= ~3UL;                              /* the guest's kernel believes it runs in ring 0 */
    } else {
        sp = v->arch.pv.kernel_sp;
        if (unlikely(!toggle_guest_mode(v)))
            return false;
    }
    sp = (sp & ~15UL) - frame_size(flags);
    if (unlikely(!guest_start_ok(sp) || !push_frame(v, (u64 *)sp, regs, cs, flags, error_code))) {
        domain_crash(v->domain, "guest kernel stack at %016lx cannot take a frame (handler %016lx)", sp, handler);
        return false;
    }
    if (flags & BOUNCE_MASK)
        v->info->evtchn_upcall_mask = 1;
    regs->entry_vector |= ENTRY_SYSCALL;
    regs->rip = handler;
    regs->cs = FLAT_KERNEL_CS;
    regs->ss = FLAT_KERNEL_SS;
    regs->rsp = sp;
    regs->rflags &= ~(EFLAGS_AC | EFLAGS_VM | EFLAGS_RF | EFLAGS_NT | EFLAGS_TF);
    if (unlikely(!handler))
        domain_crash(v->domain, "guest has no handler for what has to be delivered");
    return handler;
}

void pv_bounce(struct vcpu *v, struct cpu_user_regs *regs, u64 handler, unsigned int flags, u32 error_code)
{
    (void)bounce(v, regs, handler, flags, error_code);
}

static inline __attribute__((always_inline)) bool deliver(struct vcpu *v, struct cpu_user_regs *regs, unsigned int vector,
                                                          u32 error_code)
{
    const struct guest_trap *t = &v->arch.pv.trap[vector];

    if (unlikely(!t->address)) {
        domain_crash(v->domain, "exception %u, error code %04x, at %016lx, and the guest has no handler for it",
                     vector, error_code, regs->rip);
        return false;
    }
    return bounce(v, regs, t->address, (trap_has_error_code(vector) ? BOUNCE_ERROR : 0) | (t->flags & 4 ? BOUNCE_MASK : 0),
                  error_code);
}

bool pv_deliver_exception(struct cpu_user_regs *regs, unsigned int vector, u32 error_code)
{
    return deliver(current, regs, vector, error_code);
}

bool pv_reflect_page_fault(struct vcpu *v, struct cpu_user_regs *regs, u64 cr2, u32 error_code)
{
    v->info->arch.cr2 = cr2;
    if (v->arch.in_kernel)
        error_code &= ~PFEC_USER;
    return deliver(v, regs, TRAP_PF, error_code);
}

void pv_deliver_page_fault(struct cpu_user_regs *regs, u64 cr2, u32 error_code)
{
    if (cr2 >= HYPERVISOR_START && cr2 < HYPERVISOR_END)
        error_code &= ~PFEC_PRESENT;             /* what we map there is not the guest's to know */
    (void)pv_reflect_page_fault(current, regs, cr2, error_code);
}

void pv_inject_exception(struct vcpu *v, unsigned int vector, u32 error_code)
{
    v->arch.pv.inject.vector = vector;
    v->arch.pv.inject.error_code = error_code;
    v->arch.exception_pending = true;
}

void pv_inject_page_fault(struct vcpu *v, u64 cr2, u32 error_code)
{
    v->arch.pv.inject.cr2 = cr2;
    pv_inject_exception(v, TRAP_PF, error_code);
}

static void deliver_injected(struct vcpu *v, struct cpu_user_regs *regs)
{
    u8 vector = v->arch.pv.inject.vector;

    v->arch.exception_pending = false;
    if (vector == TRAP_PF)
        pv_deliver_page_fault(regs, v->arch.pv.inject.cr2, v->arch.pv.inject.error_code);
    else
        (void)pv_deliver_exception(regs, vector, v->arch.pv.inject.error_code);
}

static void deliver_failsafe(struct vcpu *v, struct cpu_user_regs *regs)
{
    v->arch.failsafe_pending = false;
    pv_bounce(v, regs, v->arch.pv.failsafe_callback,
              BOUNCE_FAILSAFE | (v->arch.pv.failsafe_masks_events ? BOUNCE_MASK : 0), 0);
}

static void deliver_nmi(struct vcpu *v, struct cpu_user_regs *regs)
{
    u64 handler = v->arch.pv.nmi_callback ? v->arch.pv.nmi_callback : v->arch.pv.trap[TRAP_NMI].address;

    v->arch.nmi_pending = false;
    if (v->arch.nmi_masked)
        v->arch.nmi_deferred = true;
    if (!handler || v->arch.nmi_masked)
        return;
    v->arch.nmi_masked = true;
    pv_bounce(v, regs, handler, BOUNCE_MASK, 0);
}

/*
 * Way out, interrupts off: delivers one thing at a time; entry.S calls again until nothing is left. What is delivered
 * last runs first in the guest, on top of the frames below it.
 */
void pv_exit_work(struct vcpu *v, struct cpu_user_regs *regs);
void pv_exit_work(struct vcpu *v, struct cpu_user_regs *regs)
{
    if (v->arch.failsafe_pending)
        deliver_failsafe(v, regs);
    if (v->arch.exception_pending)
        deliver_injected(v, regs);
    if (v->arch.mce_pending) {
        v->arch.mce_pending = false;
        if (v->arch.pv.trap[TRAP_MC].address)
            (void)pv_deliver_exception(regs, TRAP_MC, 0);
    }
    if (v->arch.nmi_pending)
        deliver_nmi(v, regs);
    if (v->info->evtchn_upcall_pending && !v->info->evtchn_upcall_mask)
        pv_bounce(v, regs, v->arch.pv.event_callback, BOUNCE_MASK, 0);
}

/* entry.S, after a fault of the IRET to the guest: the frame's target could not be loaded. */
void pv_iret_failed(struct vcpu *v);
void pv_iret_failed(struct vcpu *v)
{
    v->arch.pv.ds = read_ds();
    v->arch.pv.es = read_es();
    v->arch.pv.fs = read_fs();
    v->arch.pv.gs = read_gs();
    v->arch.failsafe_pending = true;
}

/* System calls of guest user mode, interrupts off throughout. As do_exception() returns. */
bool pv_syscall_from_user(struct cpu_user_regs *regs);
bool pv_syscall_from_user(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;

    return bounce(v, regs, v->arch.pv.syscall_callback, v->arch.pv.syscall_masks_events ? BOUNCE_MASK : 0, 0);
}

void pv_syscall32_from_user(struct cpu_user_regs *regs);
void pv_syscall32_from_user(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;

    if (!v->arch.in_kernel && v->arch.pv.syscall32_callback) {
        pv_bounce(v, regs, v->arch.pv.syscall32_callback, v->arch.pv.syscall32_masks_events ? BOUNCE_MASK : 0, 0);
        return;
    }
    regs->rip -= 2;
    regs->entry_vector &= ~ENTRY_SYSCALL;
    (void)pv_deliver_exception(regs, TRAP_UD, 0);
}

void pv_sysenter_from_user(struct cpu_user_regs *regs);
void pv_sysenter_from_user(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;

    if (!v->arch.in_kernel && v->arch.pv.sysenter_callback)
        pv_bounce(v, regs, v->arch.pv.sysenter_callback, v->arch.pv.sysenter_masks_events ? BOUNCE_MASK : 0, 0);
    else
        (void)pv_deliver_exception(regs, TRAP_GP, 0);
}
