/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers at and behind the ends of their ranges, which earlier hypervisors took without a look: orders of extents (XSA-31),
 * NUMA nodes (XSA-231), times of timers (XSA-20), references of swaps (XSA-18, XSA-134), grants that are passed on in
 * circles or to nobody (XSA-226), copies that mix references and frames, cache attributes (XSA-402).
 */
#include "test.h"

static const unsigned cmds[] = { XENMEM_populate_physmap, XENMEM_increase_reservation, XENMEM_decrease_reservation };
static char *page, *to;

static long pages(void)
{
    struct xen_memory_domain self = { .domid = DOMID_SELF };

    return hc_memory_op(XENMEM_current_reservation, &self);
}

static void check_orders(void)
{
    static const unsigned orders[] = { 21, 31, 32, 52, 63, 64, 0x7fffffff, 0x80000000, 0xffffffff };
    long before = pages(), result;

    for (unsigned i = 0; i < ARRAY_SIZE(orders); i++)
        for (unsigned k = 0; k < ARRAY_SIZE(cmds); k++) {
            xen_pfn_t frame = virt_to_mfn(page);
            struct xen_memory_reservation r = { .nr_extents = 1, .extent_order = orders[i], .domid = DOMID_SELF };

            set_xen_guest_handle(r.extent_start, &frame);
            result = hc_memory_op(cmds[k], &r);
            CHECK(result <= 0, "memory_op %u of order %x: %ld", cmds[k], orders[i], result);
        }
    EXPECT(pages(), before);
}

static void check_nodes(void)
{
    static const unsigned nodes[] = { 0, 1, 63, 64, 127, 253, 254 };
    long before = pages(), result;

    for (unsigned i = 0; i < 2 * ARRAY_SIZE(nodes); i++) {
        unsigned long pfn = pfn_spare();
        xen_pfn_t frame = pfn_to_mfn(pfn);
        unsigned node = nodes[i / 2];
        struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

        set_xen_guest_handle(r.extent_start, &frame);
        NEED(hc_memory_op(XENMEM_decrease_reservation, &r), 1);
        frame = pfn;
        r.mem_flags = i % 2 ? XENMEMF_exact_node(node) : XENMEMF_node(node);
        result = hc_memory_op(XENMEM_populate_physmap, &r);
        CHECK(result == 1 || result <= 0, "node %u: %ld", node, result);
        before -= result != 1;
    }
    EXPECT(pages(), before);
}

static void check_times(void)
{
    static const uint64_t times[] = { 1, 1ul << 62, (1ul << 63) - 1, 1ul << 63, ~1ul, ~0ul };
    uint64_t from = time_now();

    for (unsigned i = 0; i < ARRAY_SIZE(times); i++) {
        struct vcpu_set_singleshot_timer once = { .timeout_abs_ns = times[i] };
        struct vcpu_set_periodic_timer every = { .period_ns = times[i] };

        hc_set_timer_op(times[i]);
        hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &once);
        hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &every);
        hc_sched_op(SCHEDOP_yield, NULL);
    }
    hc_set_timer_op(0);
    hc_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL);
    EXPECT(hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    time_spin(MILLISECONDS);
    CHECK(time_now() - from < 60000 * MILLISECONDS, "the clock jumped");
}

static void check_swaps(void)
{
    static const grant_ref_t refs[] = { 512, 4096, 1u << 20, 1u << 31, ~0u };

    for (unsigned i = 0; i < ARRAY_SIZE(refs); i++) {
        struct gnttab_swap_grant_ref swap[2] = { { refs[i], 8, 99 }, { 8, refs[i], 99 } };

        EXPECT(hc_grant_table_op(GNTTABOP_swap_grant_ref, swap, 2), 0);
        CHECK(swap[0].status < 0 && swap[1].status < 0, "swap with %x: %d, %d", refs[i], swap[0].status, swap[1].status);
    }
}

/* One call's copies of one page, by reference and by a frame's number in turn: none stands in for the other (CVE-2026-102703, -102704). */
static void check_mixed_copies(void)
{
    enum { BY_REF, REF_AS_FRAME, BY_FRAME, FRAME_AS_REF, OF_ANOTHER, COPIES };
    struct gnttab_copy c[COPIES];

    grant_v1(8, grants_self, page, GTF_permit_access);
    for (unsigned i = 0; i < COPIES; i++) {
        c[i] = (struct gnttab_copy){ .len = 16, .flags = i == BY_REF || i == FRAME_AS_REF ? GNTCOPY_source_gref : 0, .status = 99 };
        c[i].source.domid = i == OF_ANOTHER ? (domid_t)(grants_self + 1) : DOMID_SELF;
        c[i].source.offset = (uint16_t)(i * 16);
        c[i].dest.domid = DOMID_SELF;
        c[i].dest.offset = (uint16_t)(i * 16);
        c[i].dest.u.gmfn = virt_to_mfn(to);
        c[i].source.u.gmfn = virt_to_mfn(page);
        if (i == BY_REF || i == REF_AS_FRAME)
            c[i].source.u.gmfn = 8;
    }
    memset(page, 'p', PAGE_SIZE);
    memset(to, 0, PAGE_SIZE);
    EXPECT(hc_grant_table_op(GNTTABOP_copy, c, COPIES), 0);
    for (unsigned i = 0; i < COPIES; i++) {
        bool good = i == BY_REF || i == BY_FRAME;

        CHECK((c[i].status == GNTST_okay) == good, "copy %u: %d", i, c[i].status);
        CHECK((to[i * 16] == 'p') == good, "copy %u: the bytes say otherwise", i);
    }
    memset(page, 0, PAGE_SIZE);
    memset(to, 0, PAGE_SIZE);
}

static int copy_by(grant_ref_t ref)
{
    struct gnttab_copy c = { .len = 16, .flags = GNTCOPY_source_gref };

    c.source.u.ref = ref;
    c.source.domid = c.dest.domid = DOMID_SELF;
    c.dest.u.gmfn = virt_to_mfn(to);
    return (int)grant_copy(&c);
}

static void pass_on(grant_ref_t ref, domid_t domain, grant_ref_t next)
{
    grants_v2[ref].transitive.hdr.domid = grants_self;
    grants_v2[ref].transitive.trans_domid = domain;
    grants_v2[ref].transitive.gref = next;
    barrier();
    grants_v2[ref].hdr.flags = GTF_permit_access | GTF_transitive;
}

static void check_passed_on(void)
{
    grants_v2[20].full_page.hdr.domid = grants_self;
    grants_v2[20].full_page.frame = virt_to_mfn(page);
    barrier();
    grants_v2[20].hdr.flags = GTF_permit_access;
    EXPECT(copy_by(20), GNTST_okay);
    pass_on(21, 77, 20);                 /* a domain that is not there */
    pass_on(22, DOMID_IO, 20);
    pass_on(23, grants_self, 23);        /* itself */
    pass_on(24, grants_self, 25);        /* each other */
    pass_on(25, grants_self, 24);
    pass_on(26, grants_self, ~0u);
    pass_on(27, grants_self, 1u << 20);
    pass_on(28, DOMID_SELF, 28);
    for (grant_ref_t ref = 21; ref <= 28; ref++)
        for (unsigned i = 0; i < 3; i++)
            CHECK(copy_by(ref) < 0, "copied by entry %u", ref);
    /* Whatever was held for them is given back: the page may become a table. */
    EXPECT(grants_status[20], 0);
    EXPECT(page_set_ro(page), 0);
    EXPECT(pin_table(1, virt_to_mfn(page)), 0);
    EXPECT(unpin_table(virt_to_mfn(page)), 0);
    EXPECT(page_set_rw(page), 0);
}

/* A guest without devices has its memory write-back, or another CPU's view of a page differs from the hypervisor's. */
static void check_cache_attributes(void)
{
    static const uint64_t flags[] = { 1 << 3, 1 << 4, 1 << 7, 1 << 3 | 1 << 4 };

    for (unsigned i = 0; !privileged() && i < ARRAY_SIZE(flags); i++)
        CHECK(map_frame(SCRATCH_VA, virt_to_mfn(page), PTE_DATA | flags[i]) < 0, "cache attributes %lx", flags[i]);
}

/* One with devices chooses, and what it wrote past the caches is what is checked when the page becomes a table. */
static void check_cache_changes(void)
{
    volatile uint64_t *past = (volatile uint64_t *)SCRATCH_VA;

    EXPECT(map_frame(SCRATCH_VA, virt_to_mfn(page), PTE_DATA), 0);
    EXPECT(map_frame(SCRATCH_VA, virt_to_mfn(page), PTE_DATA | PTE_PCD), 0);
    past[3] = start_info->nr_pages * PAGE_SIZE << 20 | PTE_DATA;       /* no frame of ours */
    EXPECT(map_frame(SCRATCH_VA, virt_to_mfn(page), PTE_RO | PTE_PWT), 0);
    EXPECT(page_set_ro(page), 0);
    CHECK(pin_table(1, virt_to_mfn(page)) < 0, "a table with a bad entry that was written past the caches");
    EXPECT(page_set_rw(page), 0);
    EXPECT(map_frame(SCRATCH_VA, virt_to_mfn(page), PTE_DATA | PTE_PCD | PTE_PWT), 0);
    past[3] = 0;
    EXPECT(map_frame(SCRATCH_VA, 0, 0), 0);
    EXPECT(page_set_ro(page), 0);
    EXPECT(pin_table(1, virt_to_mfn(page)), 0);
    EXPECT(unpin_table(virt_to_mfn(page)), 0);
    EXPECT(page_set_rw(page), 0);
}

void test_main(void)
{
    event_mask_all();
    page = page_alloc();
    to = page_alloc();
    pt_build(SCRATCH_VA);
    check_orders();
    check_nodes();
    check_times();
    check_cache_attributes();
    if (privileged())
        check_cache_changes();
    grants_init(1);
    check_swaps();
    check_mixed_copies();
    grants_init(2);
    check_passed_on();
}
