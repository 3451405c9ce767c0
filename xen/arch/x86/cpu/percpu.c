/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU variables: each CPU's copy of the .data.percpu template. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>

extern char percpu_template_start[], percpu_template_end[];

/* 0: the template itself, which is what the boot CPU has before percpu_init_cpu(0). */
unsigned long percpu_offset[NR_CPUS] __read_mostly;
unsigned int nr_cpu_ids = 1;
cpumask_t cpu_online_map = { { 1 } };
cpumask_t cpu_present_map = { { 1 } };

int percpu_init_cpu(unsigned int cpu)
{
    size_t size = (size_t)(percpu_template_end - percpu_template_start);
    unsigned int order = 0;
    char *area;

    while ((PAGE_SIZE << order) < size)
        order++;
    area = alloc_xen_pages(order, ALLOC_ZERO);
    if (!area)
        return -ENOMEM;
    memcpy(area, percpu_template_start, size);
    percpu_offset[cpu] = (unsigned long)area - (unsigned long)percpu_template_start;
    /* The cpu_info of a CPU yet to start is filled by smpboot. */
    if (cpu == smp_processor_id())
        get_cpu_info()->percpu_offset = percpu_offset[cpu];
    return 0;
}
