/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl: power. CPUs run at the firmware's speed and halt when idle: there is nothing to tune yet. */
#include <xen/control.h>
#include <xen/cpumask.h>

long sysctl_get_pmstat(struct xen_sysctl *op)
{
    u32 cpu = op->u.get_pmstat.cpuid;

    if (cpu >= nr_cpu_ids || !cpumask_test(cpu, &cpu_online_map))
        return -EINVAL;
    return -ENODEV;
}

long sysctl_cpu_hotplug(struct xen_sysctl *op)
{
    u32 cpu = op->u.cpu_hotplug.cpu;

    switch (op->u.cpu_hotplug.op) {
    case XEN_SYSCTL_CPU_HOTPLUG_ONLINE:
        return cpu < nr_cpu_ids && cpumask_test(cpu, &cpu_online_map) ? -EEXIST : -EOPNOTSUPP;
    case XEN_SYSCTL_CPU_HOTPLUG_OFFLINE:
        return cpu < nr_cpu_ids && cpumask_test(cpu, &cpu_online_map) ? -EOPNOTSUPP : -EINVAL;
    default:
        return -EOPNOTSUPP;
    }
}

long sysctl_pm_op(struct xen_sysctl *op)
{
    switch (op->u.pm_op.cmd) {
    case XEN_SYSCTL_pm_op_get_max_cstate:
        op->u.pm_op.u.get_max_cstate = 1;     /* HLT */
        return 0;
    default:
        return -EOPNOTSUPP;
    }
}
