/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain that is being destroyed gets nothing more: while one vCPU destroys it, another one asks for its grant table's
 * pages, maps interrupts for it, makes ports in it, gives it memory. Afterwards it is gone, and the machine has all of it back.
 */
#define __XEN_TOOLS__
#include "target.h"
#include "test.h"
#include <public/domctl.h>
#include <public/sysctl.h>

#define MAX_FRAMES 400
#define PAGES_ORDER 9
#define PIECES 40
#define GSI 5
#define ROUNDS 12
#define ROUNDS_MOST 60
#define SEEN_LEAST 10

static volatile int target, looking, stop, stopped; /* target: the domain to look at, 0 none; looking: that the other vCPU has seen it */
static domid_t dom;
static volatile unsigned seen_dying, got_frames, got_pirqs, got_ports, got_memory;

/* It has less memory than it was given. */
static bool is_dying(void)
{
    static struct xen_domctl ctl;

    return domctl_of(&ctl, XEN_DOMCTL_getdomaininfo, dom) == 0 && ctl.u.getdomaininfo.domain == dom &&
           ctl.u.getdomaininfo.tot_pages < PIECES << PAGES_ORDER;
}

static bool more_frames(unsigned n)
{
    static xen_pfn_t list[MAX_FRAMES];
    struct gnttab_setup_table setup = { .dom = dom, .nr_frames = n, .status = 99 };

    set_xen_guest_handle(setup.frame_list, list);
    return hc_grant_table_op(GNTTABOP_setup_table, &setup, 1) == 0 && setup.status == GNTST_okay;
}

static bool more_memory(void)
{
    xen_pfn_t frame = 1;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = dom };

    set_xen_guest_handle(r.extent_start, &frame);
    return hc_memory_op(XENMEM_populate_physmap, &r) == 1;
}

static bool map_line(void)
{
    struct physdev_map_pirq map = { .domid = dom, .type = MAP_PIRQ_TYPE_GSI, .index = GSI, .pirq = -1 };

    return hc_physdev_op(PHYSDEVOP_map_pirq, &map) == 0;
}

static bool make_port(void)
{
    struct evtchn_alloc_unbound alloc = { .dom = dom, .remote_dom = DOMID_SELF };

    return hc_event_channel_op(EVTCHNOP_alloc_unbound, &alloc) == 0;
}

static void other_cpu(void)
{
    unsigned frames = 2;

    while (!stop) {
        looking = target;
        if (!looking) {
            frames = 2;
            continue;
        }
        if (!is_dying()) {
            if (frames < MAX_FRAMES / 2)
                more_frames(frames++);
            continue;
        }
        seen_dying++;
        got_frames += frames < MAX_FRAMES && more_frames(++frames);
        got_pirqs += map_line();
        got_ports += make_port();
        got_memory += more_memory();
    }
    stopped = 1;
    smp_stop();
}

static void create(void)
{
    struct xen_domctl ctl = target_description();
    struct xen_memory_reservation r = { .nr_extents = PIECES, .extent_order = PAGES_ORDER };
    static xen_pfn_t list[PIECES];

    ctl.u.createdomain.max_grant_frames = MAX_FRAMES;
    dom = target_create(&ctl, 50 * 1024);
    ctl.u.irq_permission.pirq = GSI;
    ctl.u.irq_permission.allow_access = 1;
    NEED(domctl_of(&ctl, XEN_DOMCTL_irq_permission, dom), 0);
    r.domid = dom;
    for (unsigned i = 0; i < PIECES; i++)
        list[i] = i << PAGES_ORDER;
    set_xen_guest_handle(r.extent_start, list);
    NEED(hc_memory_op(XENMEM_populate_physmap, &r), PIECES);
}

static void destroy(void)
{
    target = dom;
    time_spin(2 * MILLISECONDS);
    target_destroy(dom);
    target = 0;
    while (looking)
        hc_sched_op(SCHEDOP_yield, NULL);
    target_wait_gone(dom);
}

void test_main(void)
{
    struct vcpu_set_periodic_timer often = { .period_ns = 1 * MILLISECONDS };
    uint64_t before = 0;

    if (!privileged())
        report_skip("makes domains");
    smp_start(other_cpu);
    timer_port();
    /* On a busy machine the other vCPU may not run while a domain dies: then more of them. */
    for (unsigned i = 0; i < ROUNDS || (i < ROUNDS_MOST && seen_dying < SEEN_LEAST); i++) {
        if (i == 2)
            before = host_settled_pages();
        create();
        /* Something else to do for the CPU that destroys, so that it stops in between. */
        hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &often);
        destroy();
        hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
    }
    stop = 1;
    while (!stopped)
        hc_sched_op(SCHEDOP_yield, NULL);
    printf("  looked %u times while a domain was dying\n", seen_dying);
    CHECK(host_settled_pages() == before, "%lu pages free before, %lu after", before, host_free_pages());
    if (on_reference())
        return;
    if (!seen_dying)
        report_skip("the other vCPU never ran while a domain was dying");
    CHECK(!got_frames, "%u grant table pages for a dying domain", got_frames);
    CHECK(!got_pirqs, "%u interrupts for a dying domain", got_pirqs);
    CHECK(!got_ports, "%u ports in a dying domain", got_ports);
    CHECK(!got_memory, "%u pages for a dying domain", got_memory);
}
