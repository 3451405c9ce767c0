/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains: creation, destruction, running state, limits and permissions. */
#include "xc_private.h"


/* XEN_DOMCTL_* with only the domain id and a filled union; names the failure. */
static int simple_domctl(struct xc_handle *h, uint32_t domid,
                         struct xen_domctl *op, const char *what)
{
    int rc;

    op->domain = domid;
    rc = xc_domctl(h, op);
    return rc < 0 ? xc_fail_call(h, rc, "%s domain %u", what, domid) : 0;
}

static int explain_create(struct xc_handle *h, int rc, uint32_t domid)
{
    xc_fail_call(h, rc, "create domain");
    if (rc == -EEXIST)
        xc_fail(h, rc, XC_ABOUT_HYPERVISOR, "create domain",
                "domain id %u is in use", domid);
    if (rc == -EINVAL)
        xc_fail(h, rc, XC_ABOUT_HYPERVISOR, "create domain",
                "the hypervisor refused the configuration (vcpus, grant frames"
                " or event channels out of its range)");
    return rc;
}

int xc_domain_create(struct xc_handle *h, const struct xc_domain_config *cfg,
                     uint32_t *domid)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_createdomain };
    struct xen_domctl_createdomain *c = &op.u.createdomain;
    struct xc_physinfo phys;
    uint32_t version = cfg->grant_version;
    int rc;

    if (!version) {
        rc = xc_physinfo(h, &phys);
        if (rc)
            return rc;
        version = phys.cap_gnttab_v2 ? 2 : 1;
    }
    op.domain = cfg->domid;
    memcpy(c->handle, cfg->handle, sizeof(c->handle));
    c->ssidref = cfg->ssidref;
    c->flags = (cfg->xs_domain ? XEN_DOMCTL_CDF_xs_domain : 0) |
               (cfg->iommu ? XEN_DOMCTL_CDF_iommu : 0);
    c->max_vcpus = cfg->max_vcpus;
    c->max_evtchn_port = cfg->max_evtchn_port ? cfg->max_evtchn_port : 1023;
    c->max_grant_frames = cfg->max_grant_frames > 0 ? cfg->max_grant_frames : -1;
    c->max_maptrack_frames =
        cfg->max_maptrack_frames > 0 ? cfg->max_maptrack_frames : -1;
    c->grant_opts = XEN_DOMCTL_GRANT_version(version);
    c->cpupool_id = cfg->cpupool_id;
    rc = xc_domctl(h, &op);
    if (rc < 0)
        return explain_create(h, rc, cfg->domid);
    *domid = op.domain;
    return 0;
}

/*
 * In pieces: 24 million instructions a GiB would be one call, during which
 * Linux with PREEMPT_DYNAMIC switches to no other task on this CPU. Nothing
 * bounds their number but the domain's size. 4.17 does all in the first call.
 */
int xc_domain_destroy(struct xc_handle *h, uint32_t domid)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_destroydomain, .domain = domid };
    int rc;

    do
        rc = xc_domctl_piece(h, &op);
    while (rc == -EAGAIN);
    return rc < 0 ? xc_fail_call(h, rc, "destroy domain %u", domid) : 0;
}

int xc_domain_pause(struct xc_handle *h, uint32_t domid)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_pausedomain };

    return simple_domctl(h, domid, &op, "pause");
}

int xc_domain_unpause(struct xc_handle *h, uint32_t domid)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_unpausedomain };

    return simple_domctl(h, domid, &op, "unpause");
}

int xc_domain_resume(struct xc_handle *h, uint32_t domid)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_resumedomain };

    return simple_domctl(h, domid, &op, "resume");
}

int xc_domain_shutdown(struct xc_handle *h, uint32_t domid,
                       enum xc_shutdown_reason reason)
{
    struct sched_remote_shutdown arg = { .domain_id = domid, .reason = reason };
    long rc = xc_call_arg(h, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown,
                          &arg, sizeof(arg));

    return rc < 0 ? xc_fail_call(h, rc, "shut down domain %u", domid) : 0;
}

static void info_from_abi(struct xc_domain_info *info,
                          const struct xen_domctl_getdomaininfo *g)
{
    *info = (struct xc_domain_info){
        .domid = g->domain,
        .dying = g->flags & XEN_DOMINF_dying,
        .shutdown = g->flags & XEN_DOMINF_shutdown,
        .paused = g->flags & XEN_DOMINF_paused,
        .blocked = g->flags & XEN_DOMINF_blocked,
        .running = g->flags & XEN_DOMINF_running,
        .debugged = g->flags & XEN_DOMINF_debugged,
        .hvm = g->flags & XEN_DOMINF_hvm_guest,
        .xs_domain = g->flags & XEN_DOMINF_xs_domain,
        .shutdown_reason =
            (g->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask,
        .nr_online_vcpus = g->nr_online_vcpus,
        .max_vcpu_id = g->max_vcpu_id,
        .ssidref = g->ssidref,
        .cpupool = g->cpupool,
        .tot_pages = g->tot_pages,
        .max_pages = g->max_pages,
        .outstanding_pages = g->outstanding_pages,
        .shared_pages = g->shr_pages,
        .shared_info_mfn = g->shared_info_frame,
        .cpu_time_ns = g->cpu_time,
    };
    memcpy(info->handle, g->handle, sizeof(info->handle));
}

/* The domctl answers -ESRCH for an id that does not exist. */
int xc_domain_getinfo(struct xc_handle *h, uint32_t domid,
                      struct xc_domain_info *info)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_getdomaininfo };
    int rc = simple_domctl(h, domid, &op, "look at");

    if (rc)
        return rc;
    /* Where the id is not in use the hypervisor answers for the next one that is. */
    if (op.domain != domid)
        return xc_fail_call(h, -ESRCH, "look at a domain");
    info_from_abi(info, &op.u.getdomaininfo);
    return 0;
}

int xc_domain_getinfolist(struct xc_handle *h, uint32_t first, uint32_t max,
                          struct xc_domain_info *info)
{
    struct xen_sysctl op = { .cmd = XEN_SYSCTL_getdomaininfolist };
    struct xen_domctl_getdomaininfo *buf = xc_hbuf_alloc(h, max * sizeof(*buf));
    int rc;

    if (!buf)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "list domains",
                       "no memory for %u domains", max);
    op.u.getdomaininfolist.first_domain = first;
    op.u.getdomaininfolist.max_domains = max;
    set_xen_guest_handle(op.u.getdomaininfolist.buffer, buf);
    rc = xc_sysctl(h, &op);
    if (rc < 0) {
        xc_fail_call(h, rc, "list domains");
        goto out;
    }
    rc = op.u.getdomaininfolist.num_domains;
    for (int i = 0; i < rc; i++)
        info_from_abi(&info[i], &buf[i]);
out:
    xc_hbuf_free(h, buf);
    return rc;
}

int xc_domain_sethandle(struct xc_handle *h, uint32_t domid,
                        const uint8_t handle[XC_UUID_LEN])
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_setdomainhandle };

    memcpy(op.u.setdomainhandle.handle, handle, XC_UUID_LEN);
    return simple_domctl(h, domid, &op, "set the uuid of");
}

int xc_domain_set_max_mem(struct xc_handle *h, uint32_t domid, uint64_t max_kib)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_max_mem };

    op.u.max_mem.max_memkb = max_kib;
    return simple_domctl(h, domid, &op, "set the memory limit of");
}

int xc_domain_set_max_vcpus(struct xc_handle *h, uint32_t domid, uint32_t max)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_max_vcpus };
    int rc;

    op.u.max_vcpus.max = max;
    rc = simple_domctl(h, domid, &op, "make the vcpus of");
    if (rc)
        h->error.about = XC_ABOUT_VCPUS;
    return rc;
}

int xc_domain_set_address_size(struct xc_handle *h, uint32_t domid, uint32_t bits)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_set_address_size };

    op.u.address_size.size = bits;
    return simple_domctl(h, domid, &op, "set the word size of");
}

int xc_domain_get_address_size(struct xc_handle *h, uint32_t domid, uint32_t *bits)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_get_address_size };
    int rc = simple_domctl(h, domid, &op, "get the word size of");

    if (!rc)
        *bits = op.u.address_size.size;
    return rc;
}

int xc_domain_ioport_permission(struct xc_handle *h, uint32_t domid,
                                uint32_t first, uint32_t nr, bool allow)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_ioport_permission };

    op.u.ioport_permission.first_port = first;
    op.u.ioport_permission.nr_ports = nr;
    op.u.ioport_permission.allow_access = allow;
    return simple_domctl(h, domid, &op, "set I/O port permission of");
}

int xc_domain_iomem_permission(struct xc_handle *h, uint32_t domid,
                               uint64_t first_mfn, uint64_t nr, bool allow)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_iomem_permission };

    op.u.iomem_permission.first_mfn = first_mfn;
    op.u.iomem_permission.nr_mfns = nr;
    op.u.iomem_permission.allow_access = allow;
    return simple_domctl(h, domid, &op, "set I/O memory permission of");
}

int xc_domain_irq_permission(struct xc_handle *h, uint32_t domid, uint32_t pirq,
                             bool allow)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_irq_permission };

    op.u.irq_permission.pirq = pirq;
    op.u.irq_permission.allow_access = allow;
    return simple_domctl(h, domid, &op, "set interrupt permission of");
}

static int device_domctl(struct xc_handle *h, uint32_t cmd, uint32_t domid,
                         uint32_t sbdf, const char *what)
{
    struct xen_domctl op = { .cmd = cmd };

    op.u.assign_device.dev = XEN_DOMCTL_DEV_PCI;
    op.u.assign_device.u.pci.machine_sbdf = sbdf;
    return simple_domctl(h, domid, &op, what);
}

int xc_assign_device(struct xc_handle *h, uint32_t domid, uint32_t sbdf)
{
    return device_domctl(h, XEN_DOMCTL_assign_device, domid, sbdf,
                         "assign a device to");
}

int xc_deassign_device(struct xc_handle *h, uint32_t domid, uint32_t sbdf)
{
    return device_domctl(h, XEN_DOMCTL_deassign_device, domid, sbdf,
                         "take a device from");
}

int xc_domain_send_trigger(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                           enum xc_trigger trigger)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_sendtrigger };

    op.u.sendtrigger.trigger = trigger;
    op.u.sendtrigger.vcpu = vcpu;
    return simple_domctl(h, domid, &op, "send a trigger to");
}

int xc_domain_set_time_offset(struct xc_handle *h, uint32_t domid, int64_t seconds)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_settimeoffset };

    op.u.settimeoffset.time_offset_seconds = seconds;
    return simple_domctl(h, domid, &op, "set the time offset of");
}

int xc_domain_set_tsc_mode(struct xc_handle *h, uint32_t domid, uint32_t mode)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_settscinfo };

    op.u.tsc_info.tsc_mode = mode;
    return simple_domctl(h, domid, &op, "set the TSC mode of");
}

int xc_domain_set_virq_handler(struct xc_handle *h, uint32_t domid, uint32_t virq)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_set_virq_handler };

    op.u.set_virq_handler.virq = virq;
    return simple_domctl(h, domid, &op, "direct a virtual interrupt to");
}

int xc_domain_hypercall_init(struct xc_handle *h, uint32_t domid, uint64_t mfn)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_hypercall_init };

    op.u.hypercall_init.gmfn = mfn;
    return simple_domctl(h, domid, &op, "fill the hypercall page of");
}
