/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl: the list of domains, the scheduler, the one pool of CPUs. */
#include <xen/control.h>
#include <xen/lib.h>
#include <xen/sched_ops.h>

long sysctl_getdomaininfolist(struct xen_sysctl *op)
{
    struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
    struct xen_domctl_getdomaininfo info;
    u32 n = 0, id = l->first_domain;
    long rc = 0;

    while (n < l->max_domains && id < DOMID_FIRST_RESERVED) {
        struct domain *d = domain_get_next(id);

        if (!d)
            break;
        domctl_fill_info(d, &info);
        id = d->id + 1;
        domain_put(d);
        rc = copy_to_guest(gva_add(handle_gva(l->buffer), n * sizeof(info)), &info, sizeof(info));
        if (rc)
            break;
        n++;
    }
    l->num_domains = n;
    return rc;
}

long sysctl_sched_id(struct xen_sysctl *op)
{
    op->u.sched_id.sched_id = sched_id();
    return 0;
}

long sysctl_scheduler_op(struct xen_sysctl *op)
{
    struct xen_sysctl_scheduler_op *s = &op->u.scheduler_op;
    struct sched_global g;
    long rc = 0;

    if (s->cpupool_id != 0)
        return -ESRCH;
    if (s->sched_id != sched_id())
        return -EINVAL;
    switch (s->cmd) {
    case XEN_SYSCTL_SCHEDOP_putinfo:
        g = (struct sched_global){ .tslice_ms = s->u.sched_credit.tslice_ms,
                                   .ratelimit_us = s->u.sched_credit.ratelimit_us,
                                   .migr_delay_us = s->u.sched_credit.vcpu_migr_delay_us };
        rc = sched_set_global(&g);
        fallthrough;
    case XEN_SYSCTL_SCHEDOP_getinfo:
        sched_get_global(&g);
        s->u.sched_credit.tslice_ms = g.tslice_ms;
        s->u.sched_credit.ratelimit_us = g.ratelimit_us;
        s->u.sched_credit.vcpu_migr_delay_us = g.migr_delay_us;
        return rc;
    default:
        return -EINVAL;
    }
}

static void count_domain(struct domain *d, void *n) { ++*(u32 *)n; }

/* All CPUs and domains are in pool 0. */
static long pool_info(struct xen_sysctl_cpupool_op *p)
{
    if (p->cpupool_id != 0 && p->cpupool_id != XEN_SYSCTL_CPUPOOL_PAR_ANY)
        return -ENOENT;
    p->cpupool_id = 0;
    p->sched_id = sched_id();
    p->n_dom = 0;
    domain_for_each(count_domain, &p->n_dom);
    return cpumask_to_guest(&p->cpumap, &cpu_online_map);
}

/* To where it is. */
static long pool_move_domain(const struct xen_sysctl_cpupool_op *p)
{
    struct domain *d = domain_get_by_id(p->domid);

    if (!d)
        return -ESRCH;
    domain_put(d);
    return p->cpupool_id == 0 ? 0 : -ENOENT;
}

long sysctl_cpupool_op(struct xen_sysctl *op)
{
    struct xen_sysctl_cpupool_op *p = &op->u.cpupool_op;
    cpumask_t none = { { 0 } };

    switch (p->op) {
    case XEN_SYSCTL_CPUPOOL_OP_INFO:
        return pool_info(p);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
        return cpumask_to_guest(&p->cpumap, &none);
    case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
        return pool_move_domain(p);
    case XEN_SYSCTL_CPUPOOL_OP_CREATE:
    case XEN_SYSCTL_CPUPOOL_OP_DESTROY:
    case XEN_SYSCTL_CPUPOOL_OP_ADDCPU:
    case XEN_SYSCTL_CPUPOOL_OP_RMCPU:
        return -EOPNOTSUPP;
    default:
        return -ENOSYS;
    }
}
