/* SPDX-License-Identifier: GPL-2.0-only */
/* Host tests: what lies on a CPU's stack is an array; host_cpu says which one a test plays. */
#ifndef X86_CPU_INFO_H
#define X86_CPU_INFO_H

#include <xen/types.h>
#include <public/xen.h>
#include <x86/layout.h>

struct vcpu;

struct cpu_info {
    struct cpu_user_regs guest_regs;
    u32 processor_id;
    struct vcpu *current_vcpu;
    u64 softirq_pending;
};

extern struct cpu_info host_cpu_info[];
extern __thread unsigned int host_cpu;

static inline struct cpu_info *get_cpu_info(void) { return &host_cpu_info[host_cpu]; }
static inline struct cpu_info *cpu_info_of(unsigned int cpu) { return &host_cpu_info[cpu]; }
#define current             (get_cpu_info()->current_vcpu)
#define smp_processor_id()  host_cpu
#define guest_cpu_user_regs() (&get_cpu_info()->guest_regs)

#endif
