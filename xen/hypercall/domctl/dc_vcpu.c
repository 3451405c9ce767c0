/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: vCPUs, their contexts and state. */
#include <xen/control.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <x86/page.h>

long domctl_max_vcpus(struct domain *d, struct xen_domctl *op)
{
    if (op->u.max_vcpus.max != d->max_vcpus)
        return -EINVAL;
    for (unsigned int i = 0; i < d->max_vcpus; i++) {
        if (d->vcpu[i])
            continue;
        if (!vcpu_create(d, i))
            return -ENOMEM;
        if (i + 1 < d->max_vcpus && preempt_check())
            return -ERESTART;
    }
    return 0;
}

/* @v's domain is paused. A null context makes @v as it was before it had one. */
static long set_context(struct vcpu *v, gva_t from)
{
    struct vcpu_guest_context *c;
    long rc;

    if (!gva_x(from)) {
        /* First of all: between the parts of a preempted reset the domain runs, and @v must not. */
        v->is_initialised = false;
        __atomic_fetch_or(&v->pause_flags, VPF_DOWN, __ATOMIC_SEQ_CST);
        return arch_vcpu_reset(v);
    }
    if (v->info == &dummy_vcpu_info)
        return -EINVAL;
    c = xmalloc(sizeof(*c));
    if (!c)
        return -ENOMEM;
    rc = copy_from_guest(c, from, sizeof(*c));
    if (!rc)
        rc = arch_set_context(v, c);
    if (rc == -EBUSY || rc == -EPERM)        /* frames that are something else */
        rc = -EINVAL;
    if (!rc) {
        v->is_initialised = true;
        if (c->flags & VGCF_online)
            __atomic_fetch_and(&v->pause_flags, ~VPF_DOWN, __ATOMIC_SEQ_CST);
        else
            __atomic_fetch_or(&v->pause_flags, VPF_DOWN, __ATOMIC_SEQ_CST);
    }
    xfree(c);
    return rc;
}

long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op)
{
    struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);
    long rc;

    if (!v)
        return -EINVAL;
    domain_pause(d);
    rc = set_context(v, handle_gva(op->u.vcpucontext.ctxt));
    domain_unpause(d);
    return rc;
}

long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op)
{
    struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);
    struct vcpu_guest_context *c;
    long rc;

    if (!v || v == current)
        return -EINVAL;
    if (!v->is_initialised)
        return -ENODATA;
    c = xzalloc(sizeof(*c));
    if (!c)
        return -ENOMEM;
    vcpu_pause(v);
    arch_get_context(v, c);
    if (!(v->pause_flags & VPF_DOWN))
        c->flags |= VGCF_online;
    vcpu_unpause(v);
    rc = copy_to_guest(handle_gva(op->u.vcpucontext.ctxt), c, sizeof(*c));
    xfree(c);
    return rc;
}

long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_getvcpuinfo *info = &op->u.getvcpuinfo;
    struct vcpu *v = domain_vcpu(d, info->vcpu);
    struct vcpu_runstate_info r;

    if (!v)
        return info->vcpu < d->max_vcpus ? -ESRCH : -EINVAL;
    vcpu_get_runstate(v, &r);
    info->online = !(v->pause_flags & VPF_DOWN);
    info->blocked = !!(v->pause_flags & VPF_BLOCKED);
    info->running = v->is_running;
    info->cpu_time = r.time[RUNSTATE_running];
    info->cpu = v->cpu;
    return 0;
}

long domctl_sendtrigger(struct domain *d, struct xen_domctl *op)
{
    struct vcpu *v = domain_vcpu(d, op->u.sendtrigger.vcpu);

    if (!v)
        return -EINVAL;
    if (op->u.sendtrigger.trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
        return -ENOSYS;
    if (!__atomic_exchange_n(&v->arch.nmi_pending, true, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
    return 0;
}

/* Bytes of the structure that carry something: up to the machine check word. */
#define EXT_SIZE (offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap) + sizeof(u64))

long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
    struct vcpu *v = domain_vcpu(d, e->vcpu);

    if (!v)
        return -ESRCH;
    if (e->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap) || !is_canonical(e->syscall32_callback_eip) ||
        !is_canonical(e->sysenter_callback_eip))
        return -EINVAL;
    domain_pause(d);
    v->arch.pv.syscall32_callback = e->syscall32_callback_eip;
    v->arch.pv.syscall32_masks_events = e->syscall32_disables_events;
    v->arch.pv.sysenter_callback = e->sysenter_callback_eip;
    v->arch.pv.sysenter_masks_events = e->sysenter_disables_events;
    domain_unpause(d);
    return 0;
}

long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
    struct vcpu *v = domain_vcpu(d, e->vcpu);

    if (!v)
        return -ESRCH;
    if (v == current)
        return -EINVAL;
    vcpu_pause(v);
    *e = (struct xen_domctl_ext_vcpucontext){
        .vcpu = v->id, .size = EXT_SIZE,
        .syscall32_callback_eip = v->arch.pv.syscall32_callback,
        .syscall32_disables_events = v->arch.pv.syscall32_masks_events,
        .sysenter_callback_eip = v->arch.pv.sysenter_callback,
        .sysenter_disables_events = v->arch.pv.sysenter_masks_events,
    };
    vcpu_unpause(v);
    return 0;
}
