/* SPDX-License-Identifier: GPL-2.0-only */
/* Type confusion: a frame is at one time one of: writable, a table of one level, a descriptor page. */
#include "test.h"

#define WINDOW (SCRATCH_VA + (5ul << 39))

/* A table of one level wherever another is wanted. */
static void check_levels(void)
{
    for (int level = 1; level <= 4; level++) {
        void *table = page_alloc();
        unsigned long mfn = virt_to_mfn(table);

        NEED(page_set_ro(table), 0);
        NEED(pin_table(level, mfn), 0);
        for (int other = 1; other <= 4; other++)
            if (other != level)
                CHECK(pin_table(other, mfn) < 0, "an L%d pinned as an L%d", level, other);
        for (int parent = 2; parent <= 4; parent++)
            if (parent - 1 != level)
                CHECK(pt_write(pt_entry_maddr(WINDOW + (1ul << 39) * (parent == 4), parent) +
                               (parent == 4 ? 0 : 8 * 300), mfn * PAGE_SIZE | PTE_TABLE) < 0,
                      "an L%d linked below an L%d", level, parent);
        if (level != 4)
            CHECK(mmuext(MMUEXT_NEW_BASEPTR, mfn, 0) < 0, "an L%d loaded as the base", level);
        if (level != 4)
            CHECK(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn, 0) < 0, "an L%d loaded as the user base", level);
        NEED(unpin_table(mfn), 0);
    }
}

/* Descriptor page and page table, both ways. */
static void check_descriptors(void)
{
    uint64_t *page = page_alloc();
    unsigned long frame = virt_to_mfn(page);

    NEED(page_set_ro(page), 0);
    NEED(pin_table(1, frame), 0);
    CHECK(hc_set_gdt(&frame, 512) < 0, "a page table as GDT page");
    CHECK(hc_update_descriptor(frame * PAGE_SIZE, 0) < 0, "a descriptor written into a page table");
    NEED(unpin_table(frame), 0);
    EXPECT(hc_set_gdt(&frame, 512), 0);
    CHECK(page_set_rw(page) < 0, "a GDT page made writable");
    CHECK(pin_table(1, frame) < 0, "a GDT page pinned as an L1");
    CHECK(pt_write(frame * PAGE_SIZE, 0) < 0, "a page-table entry written into the GDT");
    EXPECT(hc_set_gdt(NULL, 0), 0);
    EXPECT(page_set_rw(page), 0);
}

/* While a writable mapping of it exists anywhere, a page becomes no table. */
static void check_second_mapping(void)
{
    void *page = page_alloc();
    unsigned long mfn = virt_to_mfn(page);

    NEED(map_frame(WINDOW, mfn, PTE_DATA), 0);
    NEED(page_set_ro(page), 0);
    for (int level = 1; level <= 4; level++)
        CHECK(pin_table(level, mfn) < 0, "pinned as L%d while mapped writable elsewhere", level);
    CHECK(hc_set_gdt(&mfn, 512) < 0, "taken for the GDT while mapped writable elsewhere");
    NEED(hc_update_va_mapping(WINDOW, 0, UVMF_INVLPG), 0);
    EXPECT(pin_table(1, mfn), 0);
    EXPECT(unpin_table(mfn), 0);
}

void test_main(void)
{
    pt_build(WINDOW);
    pt_build(WINDOW + (1ul << 39));
    check_levels();
    check_descriptors();
    check_second_mapping();
}
