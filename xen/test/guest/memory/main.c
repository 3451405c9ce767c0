/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op: give frames back, take them again, at pfns and without; counts agree; what is in use is not taken. */
#include "test.h"

static struct xen_memory_domain self = { .domid = DOMID_SELF };

static long pages(void)
{
    return hc_memory_op(XENMEM_current_reservation, &self);
}

static struct xen_memory_reservation extents(xen_pfn_t *list, unsigned long n, unsigned order)
{
    struct xen_memory_reservation r = { .nr_extents = n, .extent_order = order, .domid = DOMID_SELF };

    set_xen_guest_handle(r.extent_start, list);
    return r;
}

static void check_cycle(void)
{
    xen_pfn_t pfns[8], list[8];
    struct xen_memory_reservation r;
    long before = pages();

    for (unsigned i = 0; i < 8; i++) {
        pfns[i] = pfn_spare();
        list[i] = pfn_to_mfn(pfns[i]);
    }
    r = extents(list, 8, 0);
    EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 8);
    EXPECT(pages(), before - 8);
    /* Given back once is given back. */
    EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 0);
    CHECK(map_frame(SCRATCH_VA, list[0], PTE_DATA) < 0, "mapped a frame that was given back");
    memcpy(list, pfns, sizeof(list));
    r = extents(list, 8, 0);
    EXPECT(hc_memory_op(XENMEM_populate_physmap, &r), 8);
    EXPECT(pages(), before);
    for (unsigned i = 0; i < 8; i++) {
        CHECK(mfn_to_pfn(list[i]) == pfns[i], "m2p of %lx is %lx, not %lx", list[i], mfn_to_pfn(list[i]), pfns[i]);
        NEED(map_frame(SCRATCH_VA, list[i], PTE_DATA), 0);
        for (unsigned k = 0; k < 512; k++)
            if (((volatile uint64_t *)SCRATCH_VA)[k]) {
                CHECK(false, "a new page is not empty");
                break;
            }
    }
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
}

static void check_increase(void)
{
    xen_pfn_t list[4];
    struct xen_memory_reservation r;
    long before;

    for (unsigned i = 0; i < 4; i++)
        list[i] = pfn_to_mfn(pfn_spare());
    r = extents(list, 4, 0);
    EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 4);
    before = pages();
    EXPECT(hc_memory_op(XENMEM_increase_reservation, &r), 4);
    EXPECT(pages(), before + 4);
    EXPECT(map_frame(SCRATCH_VA, list[3], PTE_DATA), 0);
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
}

/* A page that is still mapped leaves the count, but not the machine: its mapping goes on working. */
static void check_mapped(void)
{
    unsigned long mfn = pfn_to_mfn(pfn_spare());
    xen_pfn_t list[1] = { mfn };
    struct xen_memory_reservation r = extents(list, 1, 0);

    NEED(map_frame(SCRATCH_VA, mfn, PTE_DATA), 0);
    *(volatile uint64_t *)SCRATCH_VA = 0x77;
    EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 1);
    EXPECT(*(volatile uint64_t *)SCRATCH_VA, 0x77);
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    CHECK(map_frame(SCRATCH_VA, mfn, PTE_DATA) < 0, "mapped again after the last reference went");
}

static void check_bad(void)
{
    xen_pfn_t list[1] = { 1ul << 40 };
    struct xen_memory_reservation r = extents(list, 1, 0);

    EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 0);
    list[0] = 0; /* machine frame 0 is the hypervisor's */
    EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 0);
    list[0] = pfn_to_mfn(100);
    r = extents(list, 1, 60);
    EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 0);
    EXPECT(hc_memory_op(XENMEM_populate_physmap, &r), 0);
    r = extents(list, 1, 0);
    r.domid = 77;
    CHECK(hc_memory_op(XENMEM_increase_reservation, &r) <= 0, "memory for nobody");
    r = extents(list, 1ul << 60, 0);
    CHECK(hc_memory_op(XENMEM_decrease_reservation, &r) <= 0, "2^60 extents taken");
    EXPECT(hc_memory_op(99, &r), -XEN_ENOSYS);
    self.domid = 77;
    EXPECT(hc_memory_op(XENMEM_current_reservation, &self), -XEN_ESRCH);
    self.domid = DOMID_SELF;
}

void test_main(void)
{
    check_cycle();
    check_increase();
    check_mapped();
    check_bad();
    CHECK(pages() > 0 && hc_memory_op(XENMEM_maximum_reservation, &self) >= pages(), "%ld pages of %ld", pages(),
          hc_memory_op(XENMEM_maximum_reservation, &self));
}
