/* SPDX-License-Identifier: GPL-2.0-only */
/* A second domain, as an object of tests. */
#define __XEN_TOOLS__
#include "target.h"
#include "test.h"
#include <public/sysctl.h>

#define ERESTART 85

long domctl_of(struct xen_domctl *ctl, unsigned cmd, domid_t domain)
{
    ctl->cmd = cmd;
    ctl->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    ctl->domain = domain;
    return hc_domctl(ctl);
}

struct xen_domctl target_description(void)
{
    struct xen_domctl ctl = { 0 };

    ctl.u.createdomain.max_vcpus = 1;
    ctl.u.createdomain.max_evtchn_port = 1023;
    ctl.u.createdomain.max_grant_frames = 4;
    ctl.u.createdomain.max_maptrack_frames = 4;
    ctl.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(2);
    return ctl;
}

domid_t target_create(const struct xen_domctl *described, unsigned long pages)
{
    struct xen_domctl ctl = *described;
    domid_t dom;

    NEED(domctl_of(&ctl, XEN_DOMCTL_createdomain, DOMID_INVALID), 0);
    dom = ctl.domain;
    CHECK(dom > 0 && dom < DOMID_FIRST_RESERVED, "the new domain is %u", dom);
    ctl.u.max_vcpus.max = 1;
    NEED(domctl_of(&ctl, XEN_DOMCTL_max_vcpus, dom), 0);
    ctl.u.max_mem.max_memkb = pages * 4;
    NEED(domctl_of(&ctl, XEN_DOMCTL_max_mem, dom), 0);
    return dom;
}

void target_destroy(domid_t dom)
{
    struct xen_domctl ctl = { 0 };
    long result;

    do
        result = domctl_of(&ctl, XEN_DOMCTL_destroydomain, dom);
    while (result == -ERESTART);
    EXPECT(result, 0);
}

static bool is_there(domid_t dom)
{
    struct xen_domctl ctl = { 0 };

    return domctl_of(&ctl, XEN_DOMCTL_getdomaininfo, dom) == 0 && ctl.domain == dom;
}

void target_wait_gone(domid_t dom)
{
    for (unsigned i = 0; i < 1000 && is_there(dom); i++)
        timer_sleep(10 * MILLISECONDS);
    CHECK(!is_there(dom), "domain %u is still there", dom);
}

uint64_t host_free_pages(void)
{
    struct xen_sysctl s = { .cmd = XEN_SYSCTL_physinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };

    NEED(hc_sysctl(&s), 0);
    return s.u.physinfo.free_pages;
}

uint64_t host_settled_pages(void)
{
    uint64_t last = 0, now = host_free_pages();

    for (unsigned i = 0; i < 20 && now != last; i++) {
        last = now;
        timer_sleep(300 * MILLISECONDS);
        now = host_free_pages();
    }
    return now;
}

unsigned long target_give_page(domid_t dom, unsigned long pfn)
{
    xen_pfn_t frame = pfn;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = dom };

    set_xen_guest_handle(r.extent_start, &frame);
    NEED(hc_memory_op(XENMEM_populate_physmap, &r), 1);
    return frame;
}

volatile uint64_t *target_map(domid_t dom, unsigned long mfn, uint64_t flags)
{
    NEED(hc_update_va_mapping_otherdomain(SCRATCH_VA, flags ? mfn * PAGE_SIZE | flags : 0, UVMF_INVLPG | UVMF_ALL, dom), 0);
    return (volatile uint64_t *)SCRATCH_VA;
}
