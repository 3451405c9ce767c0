/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: the table of commands and what is common to them. */
#include <xen/control.h>
#include <xen/lib.h>
#include <xen/percpu.h>

struct row {
    domctl_fn *fn;
    u8 flags;
};
#define ROW(cmd, fl) [XEN_DOMCTL_##cmd] = { domctl_##cmd, fl }
static const struct row commands[] = {
    ROW(createdomain, DOMCTL_NO_DOMAIN | DOMCTL_OUT),
    ROW(destroydomain, DOMCTL_OTHER | DOMCTL_PIECES),
    ROW(pausedomain, DOMCTL_OTHER),
    ROW(unpausedomain, 0),
    ROW(getdomaininfo, DOMCTL_NO_DOMAIN | DOMCTL_OUT),
    ROW(setvcpuaffinity, DOMCTL_OUT),
    ROW(shadow_op, DOMCTL_OTHER | DOMCTL_OUT),
    ROW(max_mem, 0),
    ROW(setvcpucontext, DOMCTL_OTHER),
    ROW(getvcpucontext, 0),
    ROW(getvcpuinfo, DOMCTL_OUT),
    ROW(max_vcpus, DOMCTL_OTHER),
    ROW(scheduler_op, DOMCTL_OUT),
    ROW(setdomainhandle, 0),
    ROW(setdebugging, DOMCTL_OTHER),
    ROW(irq_permission, 0),
    ROW(iomem_permission, 0),
    ROW(ioport_permission, 0),
    ROW(hypercall_init, 0),
    ROW(settimeoffset, 0),
    ROW(getvcpuaffinity, DOMCTL_OUT),
    ROW(resumedomain, DOMCTL_OTHER),
    ROW(sendtrigger, 0),
    ROW(subscribe, 0),
    ROW(set_address_size, 0),
    ROW(get_address_size, DOMCTL_OUT),
    ROW(memory_mapping, 0),
    ROW(assign_device, DOMCTL_NO_DOMAIN),
    ROW(test_assign_device, DOMCTL_NO_DOMAIN),
    ROW(deassign_device, DOMCTL_NO_DOMAIN),
    ROW(get_device_group, DOMCTL_OUT),
    ROW(set_ext_vcpucontext, DOMCTL_OTHER),
    ROW(get_ext_vcpucontext, DOMCTL_OUT),
    ROW(gettscinfo, DOMCTL_OUT),
    ROW(settscinfo, DOMCTL_OTHER),
    ROW(getpageframeinfo3, DOMCTL_OUT),
    ROW(setvcpuextstate, DOMCTL_OTHER),
    ROW(getvcpuextstate, DOMCTL_OUT),
    ROW(set_virq_handler, 0),
    ROW(setnodeaffinity, 0),
    ROW(getnodeaffinity, DOMCTL_OUT),
    ROW(get_vcpu_msrs, DOMCTL_OUT | DOMCTL_OUT_FAIL),
    ROW(set_vcpu_msrs, DOMCTL_OTHER | DOMCTL_OUT | DOMCTL_OUT_FAIL),
    ROW(get_cpu_policy, DOMCTL_OUT | DOMCTL_OUT_FAIL),
    ROW(set_cpu_policy, DOMCTL_OTHER | DOMCTL_OUT_FAIL),
    [XEN_DOMCTL_get_paging_mempool_size] = { domctl_get_paging_mempool, DOMCTL_OUT },
    [XEN_DOMCTL_set_paging_mempool_size] = { domctl_set_paging_mempool, 0 },
};

/* One command at a time, so that none sees another's half-done work. */
static spinlock_t domctl_lock = SPIN_LOCK_UNLOCKED;
u64 domctl_progress;             /* domctl_lock */

static long run(const struct row *r, struct xen_domctl *op)
{
    struct domain *d = NULL;
    long rc;

    if (!(r->flags & DOMCTL_NO_DOMAIN)) {
        d = domain_get_by_id(op->domain);
        if (!d)
            return -ESRCH;
    }
    if ((r->flags & DOMCTL_OTHER) && d == current->domain)
        rc = -EINVAL;
    else
        rc = r->fn(d, op);
    if (d)
        domain_put(d);
    return rc;
}

/* The domain is looked up before the command is. */
static long no_command(const struct xen_domctl *op)
{
    struct domain *d = domain_get_by_id(op->domain);

    if (!d)
        return -ESRCH;
    domain_put(d);
    return -ENOSYS;
}

long hc_domctl(unsigned long arg, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct xen_domctl op;
    const struct row *r;
    u64 progress;
    long rc;

    if (copy_from_guest(&op, gva(arg), sizeof(op)))
        return -EFAULT;
    if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
        return -EACCES;
    if (op.cmd >= ARRAY_SIZE(commands) || !commands[op.cmd].fn)
        return no_command(&op);
    if (!spin_trylock(&domctl_lock))
        return hypercall_continue(1, arg);
    domctl_progress = a2 == CONTROL_GO_ON ? a3 : 0;
    r = &commands[op.cmd];
    rc = run(r, &op);
    progress = domctl_progress;
    spin_unlock(&domctl_lock);
    if (rc == -ERESTART && a2 == XEN_DOMCTL_IN_PIECES && (r->flags & DOMCTL_PIECES))
        return -EAGAIN;
    if (rc == -ERESTART)
        return hypercall_continue(3, arg, CONTROL_GO_ON, progress);
    if (r->flags & (rc < 0 ? DOMCTL_OUT_FAIL : DOMCTL_OUT))
        if (copy_to_guest(gva(arg), &op, sizeof(op)))
            rc = -EFAULT;
    return rc;
}
