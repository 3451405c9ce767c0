/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that were given back: no new use of any kind, while old references keep the frame from anybody else. */
#include "test.h"

static long give_back(unsigned long mfn)
{
    xen_pfn_t list[1] = { mfn };
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

    set_xen_guest_handle(r.extent_start, list);
    return hc_memory_op(XENMEM_decrease_reservation, &r);
}

static void check_uses(unsigned long mfn)
{
    CHECK(hc_update_va_mapping(SCRATCH_VA, mfn * PAGE_SIZE | PTE_DATA, UVMF_INVLPG) < 0, "mapped writable");
    CHECK(hc_update_va_mapping(SCRATCH_VA, mfn * PAGE_SIZE | PTE_RO, UVMF_INVLPG) < 0, "mapped read-only");
    for (int level = 1; level <= 4; level++)
        CHECK(pin_table(level, mfn) < 0, "pinned as an L%d", level);
    CHECK(hc_set_gdt(&mfn, 512) < 0, "used as GDT");
    CHECK(mmuext(MMUEXT_NEW_BASEPTR, mfn, 0) < 0, "loaded as the base");
    CHECK(pt_write(mfn * PAGE_SIZE, 0) < 0, "written to");
    CHECK(mmuext(MMUEXT_CLEAR_PAGE, mfn, 0) < 0, "cleared");
    CHECK(mmuext(MMUEXT_COPY_PAGE, virt_to_mfn(page_alloc()), mfn) < 0, "copied from");
    EXPECT(give_back(mfn), 0);
}

/* A pinned table: the frame may be given back, the pin ends with it or the call is refused; never a dangling table. */
static void check_table(void)
{
    void *page = page_alloc();
    unsigned long mfn = virt_to_mfn(page);
    long result;

    NEED(page_set_ro(page), 0);
    NEED(pin_table(2, mfn), 0);
    result = give_back(mfn);
    CHECK(result == 0 || result == 1, "giving a pinned table back: %ld", result);
    CHECK(page_set_rw(page) < 0, "a given-back table made writable");
    if (result == 1)
        CHECK(pin_table(2, mfn) < 0, "pinned again after it was given back");
}

/* The last table of a live mapping: after the frame went, the tree must still walk safely. */
static void check_live_table(void)
{
    unsigned long va = SCRATCH_VA + (7ul << 30);
    char *data = page_alloc();
    uint64_t *l2;
    unsigned long l1_mfn;

    data[0] = 7;
    NEED(map_frame(va, virt_to_mfn(data), PTE_DATA), 0);
    l2 = pt_entry(va, 2);
    l1_mfn = (*l2 & PTE_FRAME) / PAGE_SIZE;
    give_back(l1_mfn);
    EXPECT(*(volatile char *)va, 7);
    EXPECT(pt_write(pt_entry_maddr(va, 2), 0), 0);
    NEED(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
    EXPECT(try_read(va), VECTOR_PF);
}

void test_main(void)
{
    unsigned long mfn = pfn_to_mfn(pfn_spare());

    pt_build(SCRATCH_VA);
    EXPECT(give_back(mfn), 1);
    check_uses(mfn);
    check_table();
    check_live_table();
}
