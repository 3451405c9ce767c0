/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl: the list of domains, the scheduler, pools of CPUs. */
#include <xen/control.h>
#include <xen/cpupool.h>
#include <xen/lib.h>
#include <xen/sched_ops.h>
#include <xen/softirq.h>

/* The domain from @id on, with a record in the caller's buffer. Its id; -ESRCH: none is left; -EFAULT. */
static long list_one(gva_t at, u32 id)
{
    struct xen_domctl_getdomaininfo info;
    struct domain *d = id < DOMID_FIRST_RESERVED ? domain_get_next((u16)id) : NULL;

    if (!d)
        return -ESRCH;
    domctl_fill_info(d, &info);
    id = d->id;
    domain_put(d);
    return copy_to_guest(at, &info, sizeof(info)) ? -EFAULT : (long)id;
}

/* Preemptible; sysctl_progress: the domains listed in its upper half, the next id in the lower one. */
long sysctl_getdomaininfolist(struct xen_sysctl *op)
{
    struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
    u32 n = sysctl_progress >> 16, id = sysctl_progress ? sysctl_progress & 0xffff : l->first_domain;
    long rc = 0;

    while (n < l->max_domains) {
        rc = list_one(gva_add(handle_gva(l->buffer), n * sizeof(struct xen_domctl_getdomaininfo)), id);
        if (rc < 0)
            break;
        id = (u32)rc + 1;
        sysctl_progress = ++n << 16 | id;
        if (n < l->max_domains && preempt_check())
            return -ERESTART;
    }
    l->num_domains = n;
    return rc == -EFAULT ? rc : 0;
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

    if (!cpupool_exists(s->cpupool_id))
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

static long pool_info(struct xen_sysctl_cpupool_op *p)
{
    struct cpupool_info info;
    int rc = cpupool_get_info(p->cpupool_id == CPUPOOL_ANY ? 0 : p->cpupool_id, &info);

    if (rc)
        return rc;
    p->cpupool_id = info.id;
    p->sched_id = sched_id();
    p->n_dom = info.nr_domains;
    return cpumask_to_guest(&p->cpumap, &info.cpus);
}

static long pool_free_info(struct xen_sysctl_cpupool_op *p)
{
    cpumask_t free;

    cpupool_get_free(&free);
    return cpumask_to_guest(&p->cpumap, &free);
}

/* There is one policy: all pools have it. */
static long pool_create(struct xen_sysctl_cpupool_op *p)
{
    return p->sched_id == sched_id() ? cpupool_create(&p->cpupool_id) : -ENOENT;
}

/* sysctl_progress of these two: the change is begun. */
static long pool_move_domain(struct xen_sysctl_cpupool_op *p)
{
    struct domain *d = domain_get_by_id((u16)p->domid);
    bool begun = sysctl_progress;
    long rc;

    if (!d)
        return -ESRCH;
    rc = d == current->domain ? -EPERM : cpupool_move(d, p->cpupool_id, &begun);
    domain_put(d);
    sysctl_progress = begun;
    return rc;
}

static long pool_change_cpus(const struct xen_sysctl_cpupool_op *p, int (*change)(u32 id, u32 cpu, bool *begun))
{
    bool begun = sysctl_progress;
    long rc = change(p->cpupool_id, p->cpu, &begun);

    sysctl_progress = begun;
    return rc;
}

long sysctl_cpupool_op(struct xen_sysctl *op)
{
    struct xen_sysctl_cpupool_op *p = &op->u.cpupool_op;

    switch (p->op) {
    case XEN_SYSCTL_CPUPOOL_OP_CREATE: return pool_create(p);
    case XEN_SYSCTL_CPUPOOL_OP_DESTROY: return cpupool_destroy(p->cpupool_id);
    case XEN_SYSCTL_CPUPOOL_OP_INFO: return pool_info(p);
    case XEN_SYSCTL_CPUPOOL_OP_ADDCPU: return pool_change_cpus(p, cpupool_add_cpu);
    case XEN_SYSCTL_CPUPOOL_OP_RMCPU: return pool_change_cpus(p, cpupool_remove_cpu);
    case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN: return pool_move_domain(p);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO: return pool_free_info(p);
    default: return -ENOSYS;
    }
}
