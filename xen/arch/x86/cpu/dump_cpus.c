/* SPDX-License-Identifier: GPL-2.0-only */
/* Key 'd': what each CPU is doing, the hypervisor's side and the guest's registers. */
#include <xen/console.h>
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <x86/platform.h>
#include <x86/pv.h>

static struct tasklet dump_tasklet;

static void dump_this_cpu(void *unused)
{
    printk("CPU %u runs %pv\n", smp_processor_id(), current);
    show_here();
}

/* Cross calls need interrupts on: a key arrives in an interrupt. */
static void dump_all(void *unused)
{
    cpumask_t one;
    unsigned int cpu;

    for_each_online_cpu(cpu) {
        cpumask_zero(&one);
        cpumask_set(cpu, &one);
        smp_call(&one, dump_this_cpu, NULL, true);
    }
}

static void key_cpus(struct cpu_user_regs *regs) { tasklet_schedule(&dump_tasklet); }

void dump_cpus_init(void)
{
    tasklet_init(&dump_tasklet, dump_all, NULL);
    keyhandler_register('d', key_cpus, "registers and stacks of all CPUs");
}
