/* SPDX-License-Identifier: GPL-2.0-only */
/* Pinning: each level, twice, of pages that are writable, not ours, or no tables; unpinning what is not pinned. */
#include "test.h"

static void check_level(int level)
{
    uint64_t *page = page_alloc();
    unsigned long mfn = virt_to_mfn(page);

    CHECK(pin_table(level, mfn) < 0, "level %d: pinned a writable page", level);
    NEED(page_set_ro(page), 0);
    CHECK(pin_table(level, mfn) == 0, "level %d: an empty page is refused", level);
    CHECK(pin_table(level, mfn) < 0, "level %d: pinned twice", level);
    CHECK(page_set_rw(page) < 0, "level %d: a pinned table became writable", level);
    CHECK(unpin_table(mfn) == 0, "level %d: cannot be unpinned", level);
    CHECK(unpin_table(mfn) < 0, "level %d: unpinned twice", level);
    CHECK(page_set_rw(page) == 0, "level %d: not writable after unpinning", level);
    page[0] = 0;
}

/* A table with a bad entry is refused, and stays an ordinary page. */
static void check_contents(int level)
{
    uint64_t *page = page_alloc();
    unsigned long mfn = virt_to_mfn(page);

    page[3] = 1ul << 46 | PTE_TABLE;
    NEED(page_set_ro(page), 0);
    CHECK(pin_table(level, mfn) < 0, "level %d: a table with an entry beyond memory", level);
    CHECK(page_set_rw(page) == 0, "level %d: the refused page is stuck", level);
    page[3] = virt_to_mfn(page_alloc()) * PAGE_SIZE | PTE_TABLE; /* a writable data page as a lower table */
    NEED(page_set_ro(page), 0);
    if (level > 1)
        CHECK(pin_table(level, mfn) < 0, "level %d: a writable page as its lower table", level);
    CHECK(page_set_rw(page) == 0, "level %d: the refused page is stuck", level);
}

void test_main(void)
{
    for (int level = 1; level <= 4; level++) {
        check_level(level);
        check_contents(level);
    }
    CHECK(pin_table(1, 1ul << 40) < 0, "pinned no frame");
    CHECK(pin_table(1, 0) < 0, "pinned machine frame 0");
    CHECK(unpin_table(1ul << 40) < 0, "unpinned no frame");
    /* The table in use may be pinned like any other, or is already. */
    CHECK(pin_table(3, pt_base_mfn()) < 0, "pinned the L4 as an L3");
    CHECK(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(page_alloc()), 0) < 0, "an ordinary page as the L4");
    CHECK(mmuext(MMUEXT_NEW_BASEPTR, 1ul << 40, 0) < 0, "no frame as the L4");
    EXPECT(mmuext(14, 0, 0), -XEN_ENOSYS);
    EXPECT(mmuext(21, 0, 0), -XEN_ENOSYS);
}
