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

/*
 * A frame that is in use as another type: -EINVAL wherever a table is asked for; -EBUSY says only that an L1 entry would map a
 * table writable.
 */
static void check_conflict(int level)
{
    uint64_t *table = page_alloc(), *upper = page_alloc(), *data = page_alloc();
    unsigned long mfn = virt_to_mfn(table), data_mfn = virt_to_mfn(data);
    int other = level == 4 ? 1 : level + 1;

    NEED(page_set_ro(table), 0);
    NEED(page_set_ro(upper), 0);
    NEED(pin_table(level, mfn), 0);
    NEED(pin_table(other, virt_to_mfn(upper)), 0);
    EXPECT(pin_table(level, data_mfn), -XEN_EINVAL);
    EXPECT(pin_table(other, mfn), -XEN_EINVAL);
    EXPECT(page_set_rw(table), -XEN_EBUSY);
    EXPECT(mmuext(MMUEXT_CLEAR_PAGE, mfn, 0), -XEN_EINVAL);
    EXPECT(mmuext(MMUEXT_COPY_PAGE, mfn, data_mfn), -XEN_EINVAL);
    if (level < 4) {
        EXPECT(mmuext(MMUEXT_NEW_BASEPTR, mfn, 0), -XEN_EINVAL);
        EXPECT(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn, 0), -XEN_EINVAL);
    }
    if (level > 1) {
        EXPECT(pt_write(mfn * PAGE_SIZE, data_mfn * PAGE_SIZE | PTE_TABLE), -XEN_EINVAL);
        EXPECT(pt_write(mfn * PAGE_SIZE, virt_to_mfn(upper) * PAGE_SIZE | PTE_TABLE), -XEN_EINVAL);
    } else {
        EXPECT(pt_write(mfn * PAGE_SIZE, mfn * PAGE_SIZE | PTE_DATA), -XEN_EBUSY);
        EXPECT(pt_write(mfn * PAGE_SIZE, virt_to_mfn(upper) * PAGE_SIZE | PTE_DATA), -XEN_EBUSY);
    }
    EXPECT(unpin_table(mfn), 0);
    EXPECT(unpin_table(virt_to_mfn(upper)), 0);
    NEED(page_set_rw(table), 0);
    NEED(page_set_rw(upper), 0);
    /* A table of the next level that names a writable page is refused when it is pinned. */
    upper[0] = data_mfn * PAGE_SIZE | PTE_TABLE;
    NEED(page_set_ro(upper), 0);
    if (level > 1)
        EXPECT(pin_table(level, virt_to_mfn(upper)), -XEN_EINVAL);
    EXPECT(mmuext(MMUEXT_NEW_BASEPTR, data_mfn, 0), -XEN_EINVAL);
    EXPECT(mmuext(MMUEXT_NEW_USER_BASEPTR, data_mfn, 0), -XEN_EINVAL);
}

void test_main(void)
{
    for (int level = 1; level <= 4; level++) {
        check_level(level);
        check_contents(level);
        check_conflict(level);
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
