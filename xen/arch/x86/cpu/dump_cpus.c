/* SPDX-License-Identifier: GPL-2.0-only */
/* Key 'd': what each CPU is doing, the hypervisor's side and the guest's registers. */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <x86/platform.h>
#include <x86/pv.h>

#define PART_BITS 8

/* A CPU is stopped only while this is taken; it is printed in pieces. Where two print at once, one may print the other's CPUs. */
static struct cpu_dump taken;

static void take(void *unused) { cpu_dump_take(&taken); }

/* @pos: a CPU << PART_BITS | the part of its dump. */
static u64 key_cpus(u64 pos)
{
    unsigned int cpu = cpumask_next((unsigned int)min(pos >> PART_BITS, (u64)nr_cpu_ids), &cpu_online_map);
    unsigned int part = cpu == pos >> PART_BITS ? pos & ((1u << PART_BITS) - 1) : 0;
    cpumask_t one;

    if (cpu >= nr_cpu_ids)
        return 0;
    if (!part) {
        cpumask_zero(&one);
        cpumask_set(cpu, &one);
        smp_call(&one, take, NULL, true);
    }
    return cpu_dump_print(&taken, part) ? (u64)cpu << PART_BITS | (part + 1) : (u64)(cpu + 1) << PART_BITS;
}

void dump_cpus_init(void) { keyhandler_register('d', key_cpus, "registers and stacks of all CPUs"); }
