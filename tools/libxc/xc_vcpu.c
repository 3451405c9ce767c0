/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual CPUs: state, registers, affinity to physical CPUs. */
#include "xc_private.h"

int xc_vcpu_getinfo(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                    struct xc_vcpu_info *info)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuinfo, .domain = domid };
    const struct xen_domctl_getvcpuinfo *g = &op.u.getvcpuinfo;
    int rc;

    op.u.getvcpuinfo.vcpu = vcpu;
    rc = xc_domctl(h, &op);
    if (rc < 0)
        return xc_fail_call(h, rc, "look at vcpu %u of domain %u", vcpu, domid);
    *info = (struct xc_vcpu_info){
        .online = g->online, .blocked = g->blocked, .running = g->running,
        .cpu = g->cpu, .cpu_time_ns = g->cpu_time,
    };
    return 0;
}

static int vcpu_context(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                        uint32_t cmd, struct vcpu_guest_context *ctxt)
{
    struct xen_domctl op = { .cmd = cmd, .domain = domid };
    vcpu_guest_context_t *buf = xc_hbuf_alloc(h, sizeof(*buf));
    bool set = cmd == XEN_DOMCTL_setvcpucontext;
    int rc;

    if (!buf)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "vcpu registers",
                       "no memory for a hypercall buffer");
    if (set)
        memcpy(buf, ctxt, sizeof(*buf));
    op.u.vcpucontext.vcpu = vcpu;
    set_xen_guest_handle(op.u.vcpucontext.ctxt, buf);
    do
        rc = xc_domctl(h, &op);
    while (rc == -ERESTART);
    if (rc < 0)
        xc_fail_call(h, rc, "%s registers of vcpu %u, domain %u",
                     set ? "set" : "get", vcpu, domid);
    else if (!set)
        memcpy(ctxt, buf, sizeof(*buf));
    xc_hbuf_free(h, buf);
    return rc < 0 ? rc : 0;
}

int xc_vcpu_setcontext(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                       const struct vcpu_guest_context *ctxt)
{
    return vcpu_context(h, domid, vcpu, XEN_DOMCTL_setvcpucontext,
                        (struct vcpu_guest_context *)ctxt);
}

int xc_vcpu_getcontext(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                       struct vcpu_guest_context *ctxt)
{
    return vcpu_context(h, domid, vcpu, XEN_DOMCTL_getvcpucontext, ctxt);
}

/* Both maps live in one hypercall buffer, the soft one behind the hard one. */
static int vcpu_affinity(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                         uint32_t cmd, uint8_t *hard, uint8_t *soft,
                         uint32_t nr_bits)
{
    struct xen_domctl op = { .cmd = cmd, .domain = domid };
    struct xen_domctl_vcpuaffinity *a = &op.u.vcpuaffinity;
    size_t bytes = xc_map_bytes(nr_bits);
    uint8_t *buf = xc_hbuf_alloc(h, 2 * bytes);
    int rc;

    if (!buf)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "vcpu affinity",
                       "no memory for a hypercall buffer");
    a->vcpu = vcpu;
    if (hard) {
        memcpy(buf, hard, bytes);
        a->flags |= XEN_VCPUAFFINITY_HARD;
        set_xen_guest_handle(a->cpumap_hard.bitmap, buf);
        a->cpumap_hard.nr_bits = nr_bits;
    }
    if (soft) {
        memcpy(buf + bytes, soft, bytes);
        a->flags |= XEN_VCPUAFFINITY_SOFT;
        set_xen_guest_handle(a->cpumap_soft.bitmap, buf + bytes);
        a->cpumap_soft.nr_bits = nr_bits;
    }
    rc = xc_domctl(h, &op);
    if (rc < 0)
        xc_fail_call(h, rc, "affinity of vcpu %u, domain %u", vcpu, domid);
    if (rc >= 0 && hard)
        memcpy(hard, buf, bytes);
    if (rc >= 0 && soft)
        memcpy(soft, buf + bytes, bytes);
    xc_hbuf_free(h, buf);
    return rc < 0 ? rc : 0;
}

int xc_vcpu_setaffinity(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                        uint8_t *hard, uint8_t *soft, uint32_t nr_bits)
{
    return vcpu_affinity(h, domid, vcpu, XEN_DOMCTL_setvcpuaffinity, hard, soft,
                         nr_bits);
}

int xc_vcpu_getaffinity(struct xc_handle *h, uint32_t domid, uint32_t vcpu,
                        uint8_t *hard, uint8_t *soft, uint32_t nr_bits)
{
    return vcpu_affinity(h, domid, vcpu, XEN_DOMCTL_getvcpuaffinity, hard, soft,
                         nr_bits);
}
