/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl: the table of commands and what is common to them. */
#include <xen/control.h>
#include <xen/lib.h>

struct row {
    sysctl_fn *fn;
    bool out;                    /* copied back on success, and on -ENOBUFS, where it says how much room is needed */
};
#define ROW(cmd, out) [XEN_SYSCTL_##cmd] = { sysctl_##cmd, out }
static const struct row commands[] = {
    ROW(readconsole, true),
    ROW(physinfo, true),
    ROW(sched_id, true),
    ROW(getdomaininfolist, true),
    ROW(debug_keys, false),
    ROW(getcpuinfo, true),
    ROW(availheap, true),
    ROW(get_pmstat, false),
    ROW(cpu_hotplug, false),
    ROW(pm_op, true),
    ROW(cputopoinfo, true),
    ROW(numainfo, true),
    ROW(cpupool_op, true),
    ROW(scheduler_op, true),
    ROW(pcitopoinfo, true),
    ROW(get_cpu_levelling_caps, true),
    ROW(get_cpu_featureset, true),
    ROW(get_cpu_policy, true),
};

static spinlock_t sysctl_lock = SPIN_LOCK_UNLOCKED;
u64 sysctl_progress;             /* sysctl_lock */

long hc_sysctl(unsigned long arg, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct xen_sysctl op;
    u64 progress;
    long rc;

    if (copy_from_guest(&op, gva(arg), sizeof(op)))
        return -EFAULT;
    if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
        return -EACCES;
    if (op.cmd >= ARRAY_SIZE(commands) || !commands[op.cmd].fn)
        return -ENOSYS;
    if (!spin_trylock(&sysctl_lock))
        return hypercall_continue(1, arg);
    sysctl_progress = a2 == CONTROL_GO_ON ? a3 : 0;
    rc = commands[op.cmd].fn(&op);
    progress = sysctl_progress;
    spin_unlock(&sysctl_lock);
    if (rc == -ERESTART)
        return hypercall_continue(3, arg, CONTROL_GO_ON, progress);
    if (commands[op.cmd].out && (rc >= 0 || rc == -ENOBUFS) && copy_to_guest(gva(arg), &op, sizeof(op)))
        rc = -EFAULT;
    return rc;
}
