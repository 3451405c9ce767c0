/* SPDX-License-Identifier: GPL-2.0-only */
/* The initial domain's calls about another domain, which is as large as one can be but for its memory. */
#define __XEN_TOOLS__
#include "preempt.h"
#include "target.h"
#include <public/domctl.h>

#define VCPUS        128
#define PORTS        4000
#define PAGES        4096
#define GRANT_FRAMES 4096
#define MAPTRACK     16384
#define RANGES       500
#define GDT_PAGES    14
#define FRAMES       1024
#define LEAVES       512
#define DATA_RING3   0x00cff3000000ffffull

static struct xen_domctl ctl;
static domid_t dom;
static xen_pfn_t its_frames[PAGES];
static char buffer[65536] __attribute__((aligned(4096), section(".bss.page")));
static struct vcpu_guest_context context;

static void fresh(void) { memset(&ctl, 0, sizeof(ctl)); }
static long domctl(unsigned cmd) { return domctl_of(&ctl, cmd, dom); }

/* ---- its making and its end ---- */

static long create(void)
{
    long result;

    fresh();
    ctl.u.createdomain.max_vcpus = VCPUS;
    ctl.u.createdomain.max_evtchn_port = 131071;
    ctl.u.createdomain.max_grant_frames = GRANT_FRAMES;
    ctl.u.createdomain.max_maptrack_frames = MAPTRACK;
    ctl.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(2);
    result = domctl_of(&ctl, XEN_DOMCTL_createdomain, DOMID_INVALID);
    dom = ctl.domain;
    return result;
}

static long destroy(void)
{
    long result;

    fresh();
    result = domctl(XEN_DOMCTL_destroydomain);
    dom = 0;
    return result;
}

static void have_none(void)
{
    if (dom)
        NEED(destroy(), 0);
}

static void have_empty(void)
{
    have_none();
    NEED(create(), 0);
}

static long make_vcpus(void)
{
    fresh();
    ctl.u.max_vcpus.max = VCPUS;
    return domctl(XEN_DOMCTL_max_vcpus);
}

static void give_pages(void)
{
    struct xen_memory_reservation r = { .nr_extents = PAGES, .domid = dom };

    fresh();
    ctl.u.max_mem.max_memkb = PAGES * 4;
    NEED(domctl(XEN_DOMCTL_max_mem), 0);
    for (unsigned i = 0; i < PAGES; i++)
        its_frames[i] = i;
    set_xen_guest_handle(r.extent_start, its_frames);
    NEED(hc_memory_op(XENMEM_populate_physmap, &r), PAGES);
}

static void give_ports(void)
{
    struct evtchn_alloc_unbound a = { .dom = dom, .remote_dom = 0 };

    for (unsigned i = 0; i < PORTS; i++)
        NEED(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
}

static void have_large(void)
{
    have_empty();
    NEED(make_vcpus(), 0);
    give_pages();
    give_ports();
}

/* ---- what is done to it ---- */

static long pause(void) { return domctl(XEN_DOMCTL_pausedomain); }
static long unpause(void) { return domctl(XEN_DOMCTL_unpausedomain); }
static void be_paused(void) { NEED(pause(), 0); }

static long info(void)
{
    fresh();
    return domctl(XEN_DOMCTL_getdomaininfo);
}

static long resume(void)
{
    fresh();
    return domctl(XEN_DOMCTL_resumedomain);
}

static long remote_shutdown(void)
{
    struct sched_remote_shutdown s = { .domain_id = dom, .reason = 2 };

    return hc_sched_op(SCHEDOP_remote_shutdown, &s);
}

static long debugging(void)
{
    fresh();
    return domctl(XEN_DOMCTL_setdebugging);
}

static long frame_kinds(void)
{
    memcpy(buffer, its_frames, FRAMES * 8);
    fresh();
    ctl.u.getpageframeinfo3.num = FRAMES;
    set_xen_guest_handle(ctl.u.getpageframeinfo3.array, (xen_pfn_t *)buffer);
    return domctl(XEN_DOMCTL_getpageframeinfo3);
}

static long stubs(void)
{
    fresh();
    ctl.u.hypercall_init.gmfn = its_frames[0];
    return domctl(XEN_DOMCTL_hypercall_init);
}

/* A context with all descriptor pages full, and page tables that are empty. */
static void prepare_context(void)
{
    memset(&context, 0, sizeof(context));
    context.flags = VGCF_in_kernel;
    context.ctrlreg[3] = its_frames[1] * PAGE_SIZE;
    context.gdt_ents = GDT_PAGES * 512;
    for (unsigned i = 0; i < GDT_PAGES; i++) {
        volatile uint64_t *page = target_map(dom, its_frames[2 + i], PTE_DATA);

        for (unsigned k = 0; k < 512; k++)
            page[k] = DATA_RING3;
        context.gdt_frames[i] = its_frames[2 + i];
    }
    target_map(dom, 0, 0);
}

static long set_context(struct vcpu_guest_context *c)
{
    fresh();
    set_xen_guest_handle(ctl.u.vcpucontext.ctxt, c);
    return domctl(XEN_DOMCTL_setvcpucontext);
}

static void have_no_context(void) { NEED(set_context(NULL), 0); prepare_context(); }
static void have_context(void) { have_no_context(); NEED(set_context(&context), 0); }
static long give_context(void) { return set_context(&context); }
static long take_context(void) { return set_context(NULL); }

static long get_context(void)
{
    fresh();
    set_xen_guest_handle(ctl.u.vcpucontext.ctxt, &context);
    return domctl(XEN_DOMCTL_getvcpucontext);
}

static long policy(unsigned cmd)
{
    fresh();
    ctl.u.cpu_policy.nr_leaves = LEAVES;
    ctl.u.cpu_policy.nr_msrs = 2;
    set_xen_guest_handle(ctl.u.cpu_policy.leaves, (xen_cpuid_leaf_t *)buffer);
    set_xen_guest_handle(ctl.u.cpu_policy.msrs, (xen_msr_entry_t *)(buffer + 60000));
    if (cmd == XEN_DOMCTL_set_cpu_policy) {
        NEED(domctl(XEN_DOMCTL_get_cpu_policy), 0);
        return domctl(cmd);
    }
    return domctl(cmd);
}

static long get_policy(void) { return policy(XEN_DOMCTL_get_cpu_policy); }
static long set_policy(void) { return policy(XEN_DOMCTL_set_cpu_policy); }

static long affinity(void)
{
    memset(buffer, 0xff, 2048);
    fresh();
    ctl.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
    ctl.u.vcpuaffinity.cpumap_hard.nr_bits = ctl.u.vcpuaffinity.cpumap_soft.nr_bits = 4096;
    set_xen_guest_handle(ctl.u.vcpuaffinity.cpumap_hard.bitmap, (uint8_t *)buffer);
    set_xen_guest_handle(ctl.u.vcpuaffinity.cpumap_soft.bitmap, (uint8_t *)buffer + 1024);
    return domctl(XEN_DOMCTL_setvcpuaffinity);
}

static long weight(void)
{
    fresh();
    ctl.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT;
    ctl.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
    NEED(domctl(XEN_DOMCTL_scheduler_op), 0);
    ctl.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
    return domctl(XEN_DOMCTL_scheduler_op);
}

static void port_range(unsigned first, unsigned n, bool allow, long want)
{
    fresh();
    ctl.u.ioport_permission.first_port = first;
    ctl.u.ioport_permission.nr_ports = n;
    ctl.u.ioport_permission.allow_access = allow;
    EXPECT(domctl(XEN_DOMCTL_ioport_permission), want);
}

/* Every second port, as far as the caller has them: as many ranges. */
static void many_ranges(void)
{
    for (unsigned i = 0; i < RANGES; i++)
        port_range(0x1000 + 2 * i, 1, true, 0);
}

static long all_ranges(void)
{
    fresh();
    ctl.u.ioport_permission.first_port = 0x1000;
    ctl.u.ioport_permission.nr_ports = 2 * RANGES;
    return domctl(XEN_DOMCTL_ioport_permission);
}

static long log_op(unsigned op)
{
    fresh();
    ctl.u.shadow_op.op = op;
    ctl.u.shadow_op.pages = 1ul << 20;
    return domctl(XEN_DOMCTL_shadow_op);
}

static long log_on(void) { return log_op(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY); }
static long log_off(void) { return log_op(XEN_DOMCTL_SHADOW_OP_OFF); }
static long log_clean(void) { return log_op(XEN_DOMCTL_SHADOW_OP_CLEAN); }
static long log_peek(void) { return log_op(XEN_DOMCTL_SHADOW_OP_PEEK); }

/* The guest says that it has page numbers up to the end of what the log takes. */
static void be_without_log(void)
{
    struct shared_info *its;

    (void)log_off();
    NEED(info(), 0);
    its = (void *)target_map(dom, ctl.u.getdomaininfo.shared_info_frame, PTE_DATA);
    its->arch.max_pfn = (1ul << 20) + PAGES;
    target_map(dom, 0, 0);
}

static void be_with_log(void)
{
    be_without_log();
    NEED(log_on(), 0);
}

/* All frames of its grant table, which the first call makes. */
static long grant_frames(void)
{
    struct xen_mem_acquire_resource r = { .domid = dom, .type = XENMEM_resource_grant_table, .nr_frames = GRANT_FRAMES };

    set_xen_guest_handle(r.frame_list, (xen_pfn_t *)buffer);
    return hc_memory_op(XENMEM_acquire_resource, &r);
}

static void grant_frames_made(void) { NEED(grant_frames(), 0); }

static void have_grants(void)
{
    have_empty();
    grant_frames_made();
}

static void be_with_grants_and_log(void)
{
    grant_frames_made();
    be_with_log();
}

static const struct piece pieces[] = {
    { "createdomain, 128 vCPUs, 131,071 ports, 4,096 grant and 16,384 maptrack frames", have_none, create, 0 },
    { "acquire_resource, 4,096 grant frames made", have_empty, grant_frames, 0 },
    { "max_vcpus, 128", have_empty, make_vcpus, 0 },
    { "destroydomain, 128 vCPUs, 4,000 ports, 4,096 pages", have_large, destroy, 0 },
    { "destroydomain, 4,096 grant frames", have_grants, destroy, 0 },
};

static const struct piece large_pieces[] = {
    { "set_cpu_policy, all leaves", NULL, set_policy, 0 },
    { "domctl get_cpu_policy, all leaves", NULL, get_policy, 0 },
    { "pausedomain, 128 vCPUs", NULL, pause, 0 },
    { "unpausedomain, 128 vCPUs", be_paused, unpause, 0 },
    { "getdomaininfo, 128 vCPUs", NULL, info, 0 },
    { "SCHEDOP_remote_shutdown, 128 vCPUs", NULL, remote_shutdown, 0 },
    { "resumedomain, 128 vCPUs", NULL, resume, 0 },
    { "setdebugging, 128 vCPUs paused meanwhile", NULL, debugging, 0 },
    { "getpageframeinfo3, 1,024 frames", NULL, frame_kinds, 0 },
    { "hypercall_init", NULL, stubs, 0 },
    { "setvcpucontext, 14 pages of descriptors", have_no_context, give_context, 0 },
    { "setvcpucontext, null, 14 pages of descriptors", have_context, take_context, 0 },
    { "getvcpucontext", have_context, get_context, 0 },
    { "setvcpuaffinity, hard and soft", NULL, affinity, 0 },
    { "domctl scheduler_op, two calls", NULL, weight, 0 },
    { "ioport_permission, 500 ranges taken away", many_ranges, all_ranges, 0 },
    { "shadow_op enable, 1,052,672 page numbers", be_without_log, log_on, 0 },
    { "shadow_op clean, 4,096 grant frames", be_with_grants_and_log, log_clean, 0 },
    { "shadow_op clean", be_with_log, log_clean, 0 },
    { "shadow_op peek", be_with_log, log_peek, 0 },
    { "shadow_op off", be_with_log, log_off, 0 },
};

/* ---- what is freed after destroydomain ---- */

#define WORK_DUE 5000      /* instructions */

/*
 * A frame that is mapped here keeps the dead domain until it is unmapped. What is freed then is freed on this CPU, and a timer that is
 * due soon stops it: the longest time that the caller did not run is the longest piece, and WORK_DUE.
 */
static void measure_end(const char *name, void (*make)(void))
{
    uint64_t before = host_free_pages(), worst = 0, begun, last;

    have_empty();
    make();
    fresh();
    ctl.u.max_mem.max_memkb = 4;
    NEED(domctl(XEN_DOMCTL_max_mem), 0);
    target_map(dom, target_give_page(dom, 0), PTE_DATA);
    NEED(destroy(), 0);
    begun = last = time_now();
    NEED(hc_set_timer_op(begun + WORK_DUE), 0);
    target_map(0, 0, 0);
    do {
        uint64_t now = time_now();

        worst = now - last > worst ? now - last : worst;
        last = now;
        NEED(hc_set_timer_op(now + WORK_DUE), 0);
    } while (host_free_pages() < before && last - begun < 1000 * MILLISECONDS);
    CHECK(host_free_pages() >= before, "%s: %ld pages are not free again", name, (long)(before - host_free_pages()));
    report_cost(name, worst);
}

/*
 * Asked for in pieces, destroydomain returns to its caller where it is preempted. A timer is due early in each call: what is measured is how
 * much later the call returns, with all that a continued call does again before it goes on.
 */
static void measure_end_in_pieces(void)
{
    unsigned int calls = 0;
    uint64_t worst = 0;
    long result;

    have_large();
    fresh();
    ctl.cmd = XEN_DOMCTL_destroydomain;
    ctl.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    ctl.domain = dom;
    do {
        uint64_t due = time_now() + WORK_DUE, after;

        NEED(hc_set_timer_op(due), 0);
        result = hypercall(__HYPERVISOR_domctl, &ctl, XEN_DOMCTL_IN_PIECES, 0, 0);
        after = time_now();
        if (after > due && after - due > worst)
            worst = after - due;
        calls++;
    } while (result == -XEN_EAGAIN);
    EXPECT(result, 0);
    dom = 0;
    CHECK(calls > 1, "destroydomain in pieces is one call");
    report_cost("destroydomain in pieces, 128 vCPUs, 4,000 ports, 4,096 pages", worst);
}

void measure_domains(void)
{
    measure_pieces(pieces, ARRAY_SIZE(pieces));
    have_none();
    measure_end_in_pieces();
    measure_end("a dead domain's 4,096 grant frames", grant_frames_made);
    measure_end("a dead domain's 4,000 ports", give_ports);
    have_large();
    measure_pieces(large_pieces, ARRAY_SIZE(large_pieces));
    NEED(destroy(), 0);
}
