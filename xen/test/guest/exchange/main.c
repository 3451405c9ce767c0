/* SPDX-License-Identifier: GPL-2.0-only */
/* XENMEM_exchange: single pages for a contiguous piece and back, as drivers need for DMA; failures change nothing. */
#define __XEN_TOOLS__
#include "test.h"
#include <public/domctl.h>

#define PTE_UNCACHED 0x10ul       /* PCD */

static xen_pfn_t in_list[16], out_list[16];

static struct xen_memory_exchange exchange(unsigned long in_n, unsigned in_order, unsigned long out_n, unsigned out_order)
{
    struct xen_memory_exchange x = {
        .in = { .nr_extents = in_n, .extent_order = in_order, .domid = DOMID_SELF },
        .out = { .nr_extents = out_n, .extent_order = out_order, .domid = DOMID_SELF },
    };

    set_xen_guest_handle(x.in.extent_start, in_list);
    set_xen_guest_handle(x.out.extent_start, out_list);
    return x;
}

static long set_max_pages(unsigned long pages)
{
    struct xen_domctl ctl = { .cmd = XEN_DOMCTL_max_mem, .interface_version = XEN_DOMCTL_INTERFACE_VERSION };

    ctl.u.max_mem.max_memkb = pages * 4;
    return hc_domctl(&ctl);
}

/* A balloon's target below what the domain has: an exchange takes nothing more, so it loses nothing. */
static void check_above_limit(unsigned long pfn)
{
    struct xen_memory_domain self = { .domid = DOMID_SELF };
    long before = hc_memory_op(XENMEM_current_reservation, &self);
    long limit = hc_memory_op(XENMEM_maximum_reservation, &self);
    struct xen_memory_exchange x = exchange(1, 0, 1, 0);

    NEED(set_max_pages((unsigned long)before - 100), 0);
    in_list[0] = pfn_to_mfn(pfn);
    out_list[0] = pfn;
    EXPECT(hc_memory_op(XENMEM_exchange, &x), 0);
    EXPECT(hc_memory_op(XENMEM_current_reservation, &self), before);
    EXPECT(map_frame(SCRATCH_VA, out_list[0], PTE_DATA), 0);
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    NEED(set_max_pages((unsigned long)limit), 0);
}

/* No memory is below an address in the first page; what is refused leaves all as it was. */
/* What was mapped uncached, as drivers map it, is exchanged like any other page. */
static void check_uncached(unsigned long pfn)
{
    struct xen_memory_exchange x = exchange(1, 0, 1, 0);

    EXPECT(map_frame(SCRATCH_VA, pfn_to_mfn(pfn), PTE_DATA | PTE_UNCACHED), 0);
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    in_list[0] = pfn_to_mfn(pfn);
    out_list[0] = pfn;
    EXPECT(hc_memory_op(XENMEM_exchange, &x), 0);
}

static void check_limits(unsigned long pfn)
{
    struct xen_memory_domain self = { .domid = DOMID_SELF };
    long before = hc_memory_op(XENMEM_current_reservation, &self);
    unsigned long mfn = pfn_to_mfn(pfn);
    struct xen_memory_exchange x;

    for (unsigned bits = 1; bits <= 12; bits++) {
        in_list[0] = mfn;
        out_list[0] = pfn;
        x = exchange(1, 0, 1, 0);
        x.out.mem_flags = XENMEMF_address_bits(bits);
        CHECK(hc_memory_op(XENMEM_exchange, &x) < 0, "a page below 2^%u", bits);
        EXPECT(out_list[0], pfn);
    }
    /* A start within a step: the steps would end behind the lists. */
    x = exchange(16, 0, 1, 4);
    x.nr_exchanged = 5;
    CHECK(on_reference() || hc_memory_op(XENMEM_exchange, &x) == -XEN_EINVAL, "went on within a step");
    x = exchange(1, 0, 1, 0);
    x.nr_exchanged = 2;
    EXPECT(hc_memory_op(XENMEM_exchange, &x), -XEN_EINVAL);
    EXPECT(mfn_to_pfn(mfn), pfn);
    EXPECT(hc_memory_op(XENMEM_current_reservation, &self), before);
}

/* Lists of results that cannot be written: in the hypervisor's memory, nowhere, read-only. */
static void check_bad_lists(unsigned long pfn)
{
    static const unsigned long bad[] = { HYPERVISOR_VIRT_START, MACH2PHYS_VIRT_START, HYPERVISOR_VIRT_END - 4, 0x1000,
                                         0x0000800000000000ul, ~7ul };
    unsigned long mfn = pfn_to_mfn(pfn), *readonly = page_alloc();
    struct xen_memory_exchange x;

    readonly[0] = pfn;
    NEED(page_set_ro(readonly), 0);
    for (unsigned i = 0; i <= ARRAY_SIZE(bad); i++) {
        unsigned long list = i < ARRAY_SIZE(bad) ? bad[i] : (unsigned long)readonly;

        in_list[0] = mfn;
        x = exchange(1, 0, 1, 0);
        x.out.extent_start.p = (xen_pfn_t *)list;
        EXPECT(hc_memory_op(XENMEM_exchange, &x), -XEN_EFAULT);
        x = exchange(1, 0, 1, 0);
        x.in.extent_start.p = (xen_pfn_t *)list;
        CHECK(hc_memory_op(XENMEM_exchange, &x) < 0, "frames read at %lx", list);
        /* 4.17 finds out about a read-only list when it writes the result: the page is gone then. */
        if (on_reference())
            break;
        EXPECT(mfn_to_pfn(mfn), pfn);
        EXPECT(map_frame(SCRATCH_VA, mfn, PTE_DATA), 0);
        NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    }
}

void test_main(void)
{
    struct xen_memory_domain self = { .domid = DOMID_SELF };
    struct xen_memory_exchange x;
    xen_pfn_t pfns[16], base;
    long before;

    for (int i = 15; i >= 0; i--)
        pfns[i] = pfn_spare();
    before = hc_memory_op(XENMEM_current_reservation, &self);

    for (unsigned i = 0; i < 16; i++)
        in_list[i] = pfn_to_mfn(pfns[i]);
    out_list[0] = pfns[0];
    x = exchange(16, 0, 1, 4);
    EXPECT(hc_memory_op(XENMEM_exchange, &x), 0);
    EXPECT(x.nr_exchanged, 16);
    base = out_list[0];
    CHECK((base & 15) == 0, "extent %lx is not aligned", base);
    for (unsigned i = 0; i < 16; i++)
        CHECK(mfn_to_pfn(base + i) == pfns[0] + i, "m2p of %lx is %lx", base + i, mfn_to_pfn(base + i));
    EXPECT(hc_memory_op(XENMEM_current_reservation, &self), before);
    EXPECT(map_frame(SCRATCH_VA, base + 15, PTE_DATA), 0);
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);

    /* And back to single pages. */
    in_list[0] = base;
    memcpy(out_list, pfns, sizeof(out_list));
    x = exchange(1, 4, 16, 0);
    EXPECT(hc_memory_op(XENMEM_exchange, &x), 0);
    for (unsigned i = 0; i < 16; i++)
        CHECK(mfn_to_pfn(out_list[i]) == pfns[i], "m2p of %lx is %lx", out_list[i], mfn_to_pfn(out_list[i]));
    EXPECT(hc_memory_op(XENMEM_current_reservation, &self), before);

    /* A page in use is not exchanged; nor a mismatch of sizes, another domain's, a frame that is none. */
    in_list[0] = pt_base_mfn();
    out_list[0] = pfns[0];
    x = exchange(1, 0, 1, 0);
    CHECK(hc_memory_op(XENMEM_exchange, &x) < 0, "exchanged the page table in use");
    EXPECT(x.nr_exchanged, 0);
    in_list[0] = 1ul << 40;
    x = exchange(1, 0, 1, 0);
    CHECK(hc_memory_op(XENMEM_exchange, &x) < 0, "exchanged no frame");
    x = exchange(2, 0, 1, 4);
    EXPECT(hc_memory_op(XENMEM_exchange, &x), -XEN_EINVAL);
    x = exchange(1, 0, 1, 0);
    x.out.domid = 5;
    EXPECT(hc_memory_op(XENMEM_exchange, &x), -XEN_EINVAL);
    EXPECT(hc_memory_op(XENMEM_current_reservation, &self), before);
    if (!on_reference()) {
        check_limits(pfn_spare());
        check_bad_lists(pfn_spare());
    }
    if (privileged()) {
        check_above_limit(pfn_spare());
        check_uncached(pfn_spare());
    }
}
