/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions: each vector's handler. A guest's goes back to the guest, one of our own has a fix-up or ends in a panic. */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <x86/apic.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/entry_asm.h>
#include <x86/fpu.h>
#include <x86/irq_desc.h>
#include <x86/mm.h>
#include <x86/pv.h>
#include <x86/pv_fast.h>
#include <x86/spec.h>
#include <x86/trapnr.h>
#include <public/nmi.h>

static const char *const trap_name[32] = {
    "divide error", "debug", "NMI", "breakpoint", "overflow", "bound range", "invalid opcode", "no FPU", "double fault",
    "9", "invalid TSS", "segment not present", "stack fault", "general protection", "page fault", "15", "FPU error",
    "alignment check", "machine check", "SIMD error", "20", "control protection",
};

extern const char guest_iret[], guest_iret_again[], sysenter_entry[];    /* entry.S */
extern const char sysenter_entry_guarded[];                              /* guard.S */

static inline bool from_guest(const struct cpu_user_regs *regs)
{
    return regs->cs & 3;
}

/*
 * True if the entry by an exception's vector was an interrupt, which only comes where they are enabled. For vectors whose
 * exception pushes no error code; the entry stub tells the others.
 */
static bool is_interrupt(const struct cpu_user_regs *regs)
{
    return regs->rflags & EFLAGS_IF && apic_in_service(regs->entry_vector & 0xff);
}

/* An interrupt on a vector that no source was given: a device wrote the message by itself. */
static noinline bool trap_stray(struct cpu_user_regs *regs)
{
    irq_stray(regs->entry_vector & 0xff);
    return false;
}

/*
 * An exception in the hypervisor. Returns false if the instruction has a fix-up, or if the entry was an interrupt: that may
 * come at an instruction with a fix-up, too, which is then executed again. A real exception comes back, its vector no longer
 * in service.
 */
static noinline bool own_fault(struct cpu_user_regs *regs)
{
    u64 fixup = search_exception_table(regs->rip);
    unsigned int vector = regs->entry_vector & 0xff;

    if (!trap_has_error_code(vector) && is_interrupt(regs))
        return trap_stray(regs);
    if (fixup && vector != TRAP_DF) {
        regs->rip = fixup;
        return false;
    }
    console_force_unlock();
    show_registers(regs);
    show_stack(regs);
    panic("%s in the hypervisor, vector %u, error code %04x, at %ps",
          vector < 32 && trap_name[vector] ? trap_name[vector] : "exception", vector, regs->error_code, (void *)regs->rip);
}

/* These are as do_exception(). */
static bool trap_reflect(struct cpu_user_regs *regs)
{
    if (!from_guest(regs))
        return own_fault(regs);
    local_irq_enable();
    return pv_deliver_exception(regs, regs->entry_vector & 0xff, regs->error_code);
}

/* An access of ours to a guest's address, where the guest runs on mirror tables: those may lack the page only. */
static bool mirror_lacks(struct cpu_user_regs *regs, u64 cr2)
{
    struct vcpu *v = current;
    bool again;

    if (!v->domain->arch.mirror || (cr2 >= HYPERVISOR_START && cr2 < HYPERVISOR_END) || !search_exception_table(regs->rip))
        return false;
    /* It waits for a lock whose holder may wait for this CPU to flush its TLB. */
    local_irq_enable();
    again = mirror_handle_fault(v, read_cr3(), cr2, regs->error_code);
    if (!(regs->rflags & EFLAGS_IF))
        local_irq_disable();
    return again;
}

static noinline void guest_page_fault(struct cpu_user_regs *regs, u64 cr2, u32 ec)
{
    if (unlikely(get_cpu_info()->guest_cr3) && guard_copy_was_old())
        return;                                  /* perhaps not the guest's fault: again, on a new copy */
    local_irq_enable();
    if (!mm_handle_guest_fault(regs, cr2, ec))
        pv_deliver_page_fault(regs, cr2, ec);
}

static noinline void own_page_fault(struct cpu_user_regs *regs, u64 cr2)
{
    if (regs->rflags & EFLAGS_IF)
        local_irq_enable();
    /* The CPU reads a guest's descriptors on our behalf, too: IRET, segment loads. */
    if (cr2 >= PERDOMAIN_VIRT && cr2 < FRAMETABLE_VIRT && mm_handle_ldt_fault(cr2)) {
        if (regs->rip == (u64)guest_iret)
            regs->rip = (u64)guest_iret_again;
        return;
    }
    if (mirror_lacks(regs, cr2))
        return;
    own_fault(regs);
}

static bool trap_page_fault(struct cpu_user_regs *regs)
{
    u64 cr2 = read_cr2();
    u32 ec = regs->error_code;
    struct vcpu *v = current;

    if (unlikely(!from_guest(regs))) {
        own_page_fault(regs, cr2);
    } else if (likely(!get_cpu_info()->guest_cr3 && guest_fault_is_its_own(v, cr2, ec))) {
        local_irq_enable();
        return pv_reflect_page_fault(v, regs, cr2, ec);
    } else {
        guest_page_fault(regs, cr2, ec);
    }
    return false;
}

/* INT n, rip at the instruction: the gate's DPL is ours, the guest's own decides. */
static noinline bool soft_interrupt(struct cpu_user_regs *regs, u8 vector)
{
    struct vcpu *v = current;
    const struct guest_trap *t = &v->arch.pv.trap[vector];

    regs->error_code = vector << 3 | 2;
    if (!t->address || (t->flags & 3) < (v->arch.in_kernel ? 1 : 3))
        return false;
    regs->rip += 2;
    regs->rflags &= ~EFLAGS_RF;
    pv_bounce(v, regs, t->address, t->flags & 4 ? BOUNCE_MASK : 0, 0);
    return true;
}

/* Error code of an INT n: vector * 8 + 2 (AMD64 vol. 2, 8.4.1). */
static bool trap_general_protection(struct cpu_user_regs *regs)
{
    if (!from_guest(regs))
        return own_fault(regs);
    local_irq_enable();
    if ((regs->error_code & 7) == 2 ? soft_interrupt(regs, pv_int_vector(regs)) :
                                      !regs->error_code && pv_emulate_privileged(regs))
        return false;
    return pv_deliver_exception(regs, TRAP_GP, regs->error_code);
}

/* The gate is open to user mode; an interrupt on the vector is told from INT 80h by the local APIC. */
static noinline bool trap_int80(struct cpu_user_regs *regs)
{
    if (unlikely(!from_guest(regs) || is_interrupt(regs)))
        return trap_stray(regs);
    local_irq_enable();
    regs->rip -= 2;
    if (soft_interrupt(regs, VECTOR_INT80))
        return false;
    return pv_deliver_exception(regs, TRAP_GP, regs->error_code);
}

static bool trap_invalid_opcode(struct cpu_user_regs *regs)
{
    if (!from_guest(regs))
        return own_fault(regs);
    local_irq_enable();
    return !pv_emulate_forced_cpuid(regs) && pv_deliver_exception(regs, TRAP_UD, 0);
}

static bool trap_no_fpu(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;

    if (!from_guest(regs))
        return own_fault(regs);
    /* As the ABI has it, TS is clear when the guest's handler runs. */
    fpu_clts();
    v->arch.pv.ctrlreg[0] &= ~CR0_TS;
    local_irq_enable();
    return pv_deliver_exception(regs, TRAP_NM, 0);
}

/* The bits that the hardware never clears are handed on and cleared; the guest sees them in its own DR6. */
static bool trap_debug(struct cpu_user_regs *regs)
{
    unsigned long dr6;

    asm volatile ("mov %%dr6, %0" : "=r" (dr6));
    asm volatile ("mov %0, %%dr6" :: "r" (0xffff0ff0UL));
    if (!from_guest(regs)) {
        /* A guest's single step that reached SYSENTER, whose first instruction saves the flag, or its breakpoint hit by our copies. */
        if (regs->rip != (u64)sysenter_entry && regs->rip != (u64)sysenter_entry_guarded)
            regs->rflags &= ~EFLAGS_TF;
        return false;
    }
    local_irq_enable();
    current->arch.pv.debugreg[6] |= dr6 & 0xf00f;
    return pv_deliver_exception(regs, TRAP_DB, 0);
}

static enum { NMI_DOM0, NMI_IGNORE, NMI_FATAL } nmi_policy;

static int parse_nmi(const char *s)
{
    static const char *const names[] = { "dom0", "ignore", "fatal" };

    for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
        if (!strcmp(s, names[i])) {
            nmi_policy = i;
            return 0;
        }
    return -EINVAL;
}
PARAM_FN("nmi", nmi, parse_nmi, "dom0|ignore|fatal: who hears of an NMI of the board's");

/* Runs on the NMI stack between any two instructions: takes no lock. */
static bool trap_nmi(struct cpu_user_regs *regs)
{
    u8 reason;

    if (smp_processor_id() != 0)
        return false;
    reason = inb(0x61);
    if (nmi_policy == NMI_FATAL) {
        console_force_unlock();
        show_registers(regs);
        panic("NMI, port 61h reads %02x, nmi=fatal", reason);
    }
    if (nmi_policy == NMI_IGNORE || !dom0 || !domain_vcpu(dom0, 0))
        return false;
    dom0->shared_info->arch.nmi_reason |= reason & 0x80 ? XEN_NMIREASON_pci_serr :
                                          reason & 0x40 ? XEN_NMIREASON_io_error : XEN_NMIREASON_unknown;
    domain_vcpu(dom0, 0)->arch.nmi_pending = true;
    if (reason & 0xc0) {                         /* re-arm the sources */
        outb((reason & 0x0f) | 0x0c, 0x61);
        outb(reason & 0x03, 0x61);
    }
    return false;
}

static bool trap_machine_check(struct cpu_user_regs *regs)
{
    u64 cap = 0, status;

    if (is_interrupt(regs))
        return trap_stray(regs);
    console_force_unlock();
    rdmsr_safe(0x179, &cap);
    for (unsigned int i = 0; i < (cap & 0xff); i++)
        if (!rdmsr_safe(0x401 + 4 * i, &status) && status >> 63)
            printk(XENLOG_ERR "machine check bank %u: status %016lx\n", i, status);
    show_registers(regs);
    panic("machine check on CPU %u", smp_processor_id());
}

typedef bool trap_fn(struct cpu_user_regs *regs);

/* NULL: goes to the guest as it came. TRAP_PF is not looked up. */
static trap_fn *const trap_handler[32] = {
    [TRAP_DB] = trap_debug, [TRAP_NMI] = trap_nmi, [TRAP_UD] = trap_invalid_opcode, [TRAP_NM] = trap_no_fpu,
    [TRAP_DF] = own_fault, [TRAP_GP] = trap_general_protection, [TRAP_MC] = trap_machine_check,
};

bool do_exception(struct cpu_user_regs *regs)
{
    unsigned int vector = regs->entry_vector;

    if (likely(vector == TRAP_PF))               /* the one that counts, without an indirect branch */
        return trap_page_fault(regs);
    if (vector >= 32)
        return vector & ENTRY_STRAY ? trap_stray(regs) : trap_int80(regs);
    if (trap_handler[vector])
        return trap_handler[vector](regs);
    return trap_reflect(regs);
}
