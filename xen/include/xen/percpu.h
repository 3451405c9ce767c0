/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU variables. The boot CPU uses the template itself until percpu_init_cpu(0). Host tests replace this header. */
#ifndef XEN_PERCPU_H
#define XEN_PERCPU_H

#include <xen/cpumask.h>
#include <x86/cpu_info.h>

#define DEFINE_PER_CPU(type, name) \
    __attribute__((section(".data.percpu"))) __typeof__(type) percpu_##name
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) percpu_##name

extern unsigned long percpu_offset[NR_CPUS];

#define per_cpu(name, cpu) \
    (*(__typeof__(percpu_##name) *)((char *)&percpu_##name + percpu_offset[cpu]))
#define this_cpu(name) \
    (*(__typeof__(percpu_##name) *)((char *)&percpu_##name + get_cpu_info()->percpu_offset))

/* Allocates @cpu's area, zero beyond the template's initial values. -ENOMEM. (arch/x86/cpu/percpu.c) */
int percpu_init_cpu(unsigned int cpu);

#endif
