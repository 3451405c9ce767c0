/* SPDX-License-Identifier: GPL-2.0-only */
/* Running PV guests: entry and exit, exceptions into the guest, emulation, dom0's start (arch/x86/entry, arch/x86/pv). Owner: PV. */
#ifndef X86_PV_H
#define X86_PV_H

#include <xen/types.h>
#include <public/xen.h>

struct vcpu;
struct domain;

/* Per-CPU descriptor tables and MSRs of the syscall entry; called on each CPU by cpu bring-up, after percpu and stack. */
void cpu_init_descriptors(unsigned int cpu);   /* GDT, TSS, IDT, IST stacks, STAR/LSTAR/FMASK, syscall stub page */
void traps_init(void);                         /* boot CPU: fills the IDT once */
/*
 * C side of each exception, from entry: regs->entry_vector, regs->error_code are set. True: @regs now enters a handler of the
 * guest's kernel (64-bit code at a canonical address) by SYSRET, and no register that C preserves has another value than it came with.
 */
bool do_exception(struct cpu_user_regs *regs);
/* Exceptions that the hypervisor expects at an instruction: section .ex_table, pairs of RIP → fix-up. */
u64 search_exception_table(u64 rip);

/* Makes @v take exception @vector on its way out. */
void pv_inject_exception(struct vcpu *v, unsigned int vector, u32 error_code);
void pv_inject_page_fault(struct vcpu *v, u64 cr2, u32 error_code);

/* dom0: kernel image and initrd as loaded by the boot loader (machine ranges). Panics with one line on refusal. */
struct boot_module { u64 start, size; const char *cmdline; };   /* machine address; cmdline without the first word */
void dom0_build(const struct boot_module *kernel, const struct boot_module *initrd);

/*
 * Enters the guest kernel of @v (current) at @handler when it next runs: pushes the frame that xen-asm.S of a guest expects
 * on the kernel's stack, from user mode after switching to kernel mode. BOUNCE_*; crashes the domain when the stack is bad.
 */
#define BOUNCE_ERROR     1u            /* push the error code */
#define BOUNCE_MASK      2u            /* enter with events masked */
#define BOUNCE_FAILSAFE  4u            /* push ds, es, fs, gs */
void pv_bounce(struct vcpu *v, struct cpu_user_regs *regs, u64 handler, unsigned int flags, u32 error_code);
/* Delivers an exception to the current vCPU at once. False: it has no handler, or no stack. */
bool pv_deliver_exception(struct cpu_user_regs *regs, unsigned int vector, u32 error_code);
void pv_deliver_page_fault(struct cpu_user_regs *regs, u64 cr2, u32 error_code);
/* The same for @v, current, where @cr2 is no address of ours. */
bool pv_reflect_page_fault(struct vcpu *v, struct cpu_user_regs *regs, u64 cr2, u32 error_code);

/* Guest-visible areas of the current vCPU, whose address space is loaded: a copy of the runstate, of the time page. */
void pv_write_runstate_area(struct vcpu *v);
struct vcpu_time_info;
void pv_write_time_area(struct vcpu *v, const struct vcpu_time_info *t);

/* This CPU's LDT register := @v's LDT window; after MMUEXT_SET_LDT and on every switch. */
void load_guest_ldt(struct vcpu *v);
/* The pCPU's own page of descriptors, mapped as page 14 of the running vCPU's GDT window. */
mfn_t cpu_gdt_mfn(unsigned int cpu);

/* Vector of the INT n at regs->rip that gave #GP with regs->error_code. */
u8 pv_int_vector(const struct cpu_user_regs *regs);
/* Privileged instruction of the guest at regs->rip: true when done, else it gets its #GP (arch/x86/pv/emulate*.c). */
bool pv_emulate_privileged(struct cpu_user_regs *regs);
bool pv_emulate_forced_cpuid(struct cpu_user_regs *regs);

/* Hypercall page: 32 stubs of 32 bytes at @page. */
void hypercall_page_fill(void *page);

/* Registers and stack of this CPU for panics, of a guest for crashes. */
void show_registers(const struct cpu_user_regs *regs);
void show_stack(const struct cpu_user_regs *regs);
void show_here(void);                          /* registers and stack of the caller */

/* The same, taken on one CPU and printed by another one in parts of at most eight lines. */
#define MAX_CALLS 32u
struct cpu_dump {
    unsigned int cpu;
    u16 domid, vcpu;
    bool in_guest;                             /* regs are its guest's */
    struct cpu_user_regs regs;
    unsigned int nr_calls;
    u64 calls[MAX_CALLS];
};
void cpu_dump_take(struct cpu_dump *c);
/* @part from 0 on; true: another one follows. */
bool cpu_dump_print(const struct cpu_dump *c, unsigned int part);

/* Jumps into the current (first) vCPU. */
void reset_stack_and_run_current(void) noreturn;

#endif
