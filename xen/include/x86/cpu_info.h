/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lies at the top of every physical CPU's stack, found by masking the
 * stack pointer: it works from any context, NMI and double fault included, and
 * leaves the GS base to the guest.
 *
 * Layout of the STACK_SIZE-aligned block: see x86/layout.h. TSS.rsp0 and the
 * syscall stub point at guest_regs + its size (the end of `ss` ... `gs` dummies
 * is not pushed by hardware: rsp0 = &info->guest_regs.es).
 */
#ifndef X86_CPU_INFO_H
#define X86_CPU_INFO_H

#include <xen/types.h>
#include <public/xen.h>
#include <x86/layout.h>

struct vcpu;

struct cpu_info {
    unsigned long _align;
    /* The interrupted guest's registers; valid while a guest vCPU is current. */
    struct cpu_user_regs guest_regs;
    u32 processor_id;
    u32 _pad;
    struct vcpu *current_vcpu;      /* changed by context_switch() only */
    unsigned long percpu_offset;    /* address of this CPU's per-CPU area minus the template's */
    u64 softirq_pending;            /* bits enum softirq; set atomically by any CPU */
    u64 guest_cr3;                  /* the CR3 that the guest runs on, 0: the hypervisor's own tables (entry/guard.S) */
    u64 xen_cr3;                    /* what to load on the way in from there */
};

_Static_assert(sizeof(struct cpu_info) % 16 == 0, "stack top must keep 16-byte alignment");
/* The CPU aligns the stack to 16 bytes before it pushes a frame; the frame has to end at `es` (AMD64 vol. 2, 8.9.3). */
_Static_assert(offsetof(struct cpu_info, guest_regs.es) % 16 == 0, "hardware frame must end aligned");

static inline struct cpu_info *get_cpu_info(void)
{
    unsigned long sp;
    asm ("movq %%rsp, %0" : "=r" (sp));
    return (struct cpu_info *)((sp | (STACK_SIZE - 1)) + 1) - 1;
}

#define current             (get_cpu_info()->current_vcpu)
#define smp_processor_id()  (get_cpu_info()->processor_id)
#define guest_cpu_user_regs() (&get_cpu_info()->guest_regs)

/* Lowest address of each CPU's stack block; filled by smpboot before the CPU starts. */
extern char *cpu_stack[];
static inline struct cpu_info *cpu_info_of(unsigned int cpu)
{
    return (struct cpu_info *)(cpu_stack[cpu] + STACK_SIZE) - 1;
}

#endif
