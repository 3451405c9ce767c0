/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: domains as a whole. */
#include <xen/control.h>
#include <xen/event_impl.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/time.h>

#define DEFAULT_GRANT_FRAMES    64
#define DEFAULT_MAPTRACK_FRAMES 1024
/* What bounds the memory that is cleared for a table's pointers. 4.17 has the defaults here, where its command line does not say more. */
#define MAX_GRANT_FRAMES        4096
#define MAX_MAPTRACK_FRAMES     16384

/* What a paravirtualized domain can be asked to be. */
#define PV_FLAGS (XEN_DOMCTL_CDF_xs_domain | XEN_DOMCTL_CDF_s3_integrity | XEN_DOMCTL_CDF_oos_off)

static long choose_id(u16 wanted, u16 *id)
{
    struct domain *d;

    if (wanted == 0 || wanted >= DOMID_FIRST_RESERVED) {
        *id = domain_free_id();
        return *id ? 0 : -ENOMEM;
    }
    d = domain_get_next(wanted);
    if (d) {
        bool taken = d->id == wanted;

        domain_put(d);
        if (taken)
            return -EEXIST;
    }
    *id = wanted;
    return 0;
}

long domctl_createdomain(struct domain *unused, struct xen_domctl *op)
{
    const struct xen_domctl_createdomain *c = &op->u.createdomain;
    u32 grant_version = XEN_DOMCTL_GRANT_version(c->grant_opts);
    struct domain_config cfg = {
        .max_vcpus = c->max_vcpus,
        .max_evtchn_port = c->max_evtchn_port,
        .max_grant_frames = c->max_grant_frames < 0 ? DEFAULT_GRANT_FRAMES : c->max_grant_frames,
        .max_maptrack_frames = c->max_maptrack_frames < 0 ? DEFAULT_MAPTRACK_FRAMES : c->max_maptrack_frames,
        .grant_max_version = grant_version,
        .flags = c->flags,
        .ssidref = c->ssidref,
        .pool_id = c->cpupool_id,
    };
    struct domain *d;
    u16 id;
    int err;
    long rc;

    if ((c->flags & ~(PV_FLAGS | (iommu_enabled ? XEN_DOMCTL_CDF_iommu : 0))) || c->iommu_opts || c->vmtrace_size || c->arch.emulation_flags ||
        (c->arch.misc_flags & ~XEN_X86_MISC_FLAGS_MAX) || grant_version < 1 || grant_version > 2 ||
        cfg.max_grant_frames > MAX_GRANT_FRAMES || cfg.max_maptrack_frames > MAX_MAPTRACK_FRAMES)
        return -EINVAL;
    memcpy(cfg.handle, c->handle, sizeof(cfg.handle));
    rc = choose_id(op->domain, &id);
    if (rc)
        return rc;
    d = domain_create(id, &cfg, false, &err);
    if (!d)
        return err;
    op->domain = id;
    return 0;
}

long domctl_destroydomain(struct domain *d, struct xen_domctl *op) { return domain_kill(d); }
long domctl_pausedomain(struct domain *d, struct xen_domctl *op) { return domain_pause_by_controller(d); }
long domctl_unpausedomain(struct domain *d, struct xen_domctl *op) { return domain_unpause_by_controller(d); }

long domctl_resumedomain(struct domain *d, struct xen_domctl *op)
{
    domain_resume(d);
    return 0;
}

static void fill_vcpus(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
    struct vcpu_runstate_info r;
    struct vcpu *v;
    bool blocked = true;

    info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
    for_each_vcpu(d, v) {
        vcpu_get_runstate(v, &r);
        info->cpu_time += r.time[RUNSTATE_running];
        info->max_vcpu_id = v->id;
        if (v->pause_flags & VPF_DOWN)
            continue;
        info->nr_online_vcpus++;
        if (!(v->pause_flags & VPF_BLOCKED))
            blocked = false;
        if (v->is_running)
            info->flags |= XEN_DOMINF_running;
    }
    if (blocked)
        info->flags |= XEN_DOMINF_blocked;
}

void domctl_fill_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
    memset(info, 0, sizeof(*info));
    info->domain = d->id;
    fill_vcpus(d, info);
    info->flags |= (d->dying == DOMAIN_DEAD ? XEN_DOMINF_dying : 0) |
                   (d->is_shut_down ? XEN_DOMINF_shutdown : 0) |
                   (d->controller_pause_count ? XEN_DOMINF_paused : 0) |
                   (d->debugger_attached ? XEN_DOMINF_debugged : 0) |
                   (d->create_flags & XEN_DOMCTL_CDF_xs_domain ? XEN_DOMINF_xs_domain : 0) |
                   (d->shutdown_code & XEN_DOMINF_shutdownmask) << XEN_DOMINF_shutdownshift;
    info->ssidref = d->ssidref;
    info->tot_pages = d->tot_pages;
    info->max_pages = d->max_pages;
    info->outstanding_pages = d->outstanding_pages;
    info->shr_pages = d->shr_pages;
    info->paged_pages = d->paged_pages;
    info->cpupool = d->pool_id;
    info->shared_info_frame = mfn_x(virt_to_mfn(d->shared_info));
    memcpy(info->handle, d->handle, sizeof(info->handle));
}

/* As in 4.17: where the id does not exist, the next one that does. */
long domctl_getdomaininfo(struct domain *unused, struct xen_domctl *op)
{
    struct domain *d = domain_get_next(op->domain == DOMID_SELF ? current->domain->id : op->domain);

    if (!d)
        return -ESRCH;
    domctl_fill_info(d, &op->u.getdomaininfo);
    op->domain = d->id;
    domain_put(d);
    return 0;
}

long domctl_setdomainhandle(struct domain *d, struct xen_domctl *op)
{
    memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
    return 0;
}

long domctl_setdebugging(struct domain *d, struct xen_domctl *op)
{
    domain_pause(d);
    d->debugger_attached = op->u.setdebugging.enable;
    domain_unpause(d);
    return 0;
}

long domctl_settimeoffset(struct domain *d, struct xen_domctl *op)
{
    d->time_offset_seconds = op->u.settimeoffset.time_offset_seconds;
    time_update_wallclock(d);
    return 0;
}

long domctl_subscribe(struct domain *d, struct xen_domctl *op)
{
    if (op->u.subscribe.port && !evtchn_port_is_valid(d, op->u.subscribe.port))
        return -EINVAL;
    d->suspend_evtchn = op->u.subscribe.port;
    return 0;
}

long domctl_set_virq_handler(struct domain *d, struct xen_domctl *op)
{
    return evtchn_set_global_virq_handler(d, op->u.set_virq_handler.virq);
}

/* 32-bit guests are not run. */
long domctl_set_address_size(struct domain *d, struct xen_domctl *op)
{
    if (op->u.address_size.size == 32)
        return -EOPNOTSUPP;
    return op->u.address_size.size == 64 ? 0 : -EINVAL;
}

long domctl_get_address_size(struct domain *d, struct xen_domctl *op)
{
    op->u.address_size.size = 64;
    return 0;
}
