/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: where vCPUs run and what share they get. */
#include <xen/control.h>
#include <xen/lib.h>
#include <xen/sched_ops.h>

static long set_hard(struct vcpu *v, struct xen_domctl_vcpuaffinity *a)
{
    cpumask_t m, effective;
    long rc;

    if (cpumask_from_guest(&m, &a->cpumap_hard))
        return -EFAULT;
    rc = vcpu_set_hard_affinity(v, &m);
    if (rc)
        return rc;
    cpumask_and(&effective, &v->may_run, &cpu_online_map);
    return cpumask_to_guest(&a->cpumap_hard, &effective);
}

static long set_soft(struct vcpu *v, struct xen_domctl_vcpuaffinity *a)
{
    cpumask_t m, effective;
    long rc;

    if (cpumask_from_guest(&m, &a->cpumap_soft))
        return -EFAULT;
    rc = vcpu_set_soft_affinity(v, &m);
    if (rc)
        return rc;
    cpumask_and(&effective, &v->soft_affinity, &v->may_run);
    cpumask_and(&effective, &effective, &cpu_online_map);
    return cpumask_to_guest(&a->cpumap_soft, &effective);
}

long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
    struct vcpu *v = domain_vcpu(d, a->vcpu);
    cpumask_t old;
    long rc = 0;

    if (a->flags & ~(XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT | XEN_VCPUAFFINITY_FORCE) || !a->flags)
        return -EINVAL;
    if (!v)
        return -ESRCH;
    if (a->flags & XEN_VCPUAFFINITY_FORCE)
        vcpu_pin_override(v, -1);
    old = v->hard_affinity;
    if (a->flags & XEN_VCPUAFFINITY_HARD)
        rc = set_hard(v, a);
    if (!rc && (a->flags & XEN_VCPUAFFINITY_SOFT)) {
        rc = set_soft(v, a);
        if (rc && (a->flags & XEN_VCPUAFFINITY_HARD))
            vcpu_set_hard_affinity(v, &old);
    }
    return rc;
}

long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
    struct vcpu *v = domain_vcpu(d, a->vcpu);
    long rc = 0;

    if (a->flags & ~(XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT) || !a->flags)
        return -EINVAL;
    if (!v)
        return -ESRCH;
    if (a->flags & XEN_VCPUAFFINITY_HARD)
        rc = cpumask_to_guest(&a->cpumap_hard, &v->hard_affinity);
    if (!rc && (a->flags & XEN_VCPUAFFINITY_SOFT))
        rc = cpumask_to_guest(&a->cpumap_soft, &v->soft_affinity);
    return rc;
}

/* All memory is node 0. */
long domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op)
{
    cpumask_t m;

    if (cpumask_from_guest(&m, &op->u.nodeaffinity.nodemap))
        return -EFAULT;
    return cpumask_test(0, &m) ? 0 : -EINVAL;
}

long domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op)
{
    cpumask_t m = { { 1 } };

    return cpumask_to_guest(&op->u.nodeaffinity.nodemap, &m);
}

long domctl_scheduler_op(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_scheduler_op *s = &op->u.scheduler_op;
    struct sched_params p;

    if (s->sched_id != sched_id())
        return -EINVAL;
    switch (s->cmd) {
    case XEN_DOMCTL_SCHEDOP_putinfo:
        p = (struct sched_params){ .weight = s->u.credit.weight, .cap = s->u.credit.cap };
        return sched_set_params(d, &p);
    case XEN_DOMCTL_SCHEDOP_getinfo:
        sched_get_params(d, &p);
        s->u.credit.weight = p.weight;
        s->u.credit.cap = p.cap;
        return 0;
    default:                     /* the credit policy has parameters of domains only */
        return -EINVAL;
    }
}
