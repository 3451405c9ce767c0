/* SPDX-License-Identifier: GPL-2.0-only */
/* Host tests: a per-CPU variable is an array. */
#ifndef XEN_PERCPU_H
#define XEN_PERCPU_H

#include <xen/cpumask.h>
#include <x86/cpu_info.h>

#define DEFINE_PER_CPU(type, name) __typeof__(type) percpu_##name[NR_CPUS]
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) percpu_##name[NR_CPUS]
#define per_cpu(name, cpu) (percpu_##name[cpu])
#define this_cpu(name) (percpu_##name[host_cpu])

#endif
