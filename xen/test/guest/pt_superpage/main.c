/* SPDX-License-Identifier: GPL-2.0-only */
/* Large pages: refused at every level, present or prepared, for RAM whoever owns it. */
#include "test.h"

/* What an entry names is a table that it may name: only the flag is wrong, in an entry in use, in a new one, in a prepared table. */
static void check_tables(void)
{
    for (int level = 2; level <= 4; level++) {
        uint64_t *e = pt_entry(SCRATCH_VA, level), good = *e, *table = page_alloc();
        uint64_t at = pt_entry_maddr(SCRATCH_VA, level);

        CHECK(pt_write(at, good | PTE_PSE) < 0, "level %d: the flag set in an entry in use", level);
        EXPECT(*e, good);
        CHECK(pt_write(at + 8, good | PTE_PSE) < 0, "level %d: a new entry with the flag", level);
        EXPECT(e[1], 0);
        table[0] = good | PTE_PSE;
        NEED(page_set_ro(table), 0);
        CHECK(pin_table(level, virt_to_mfn(table)) < 0, "level %d: a prepared table with the flag", level);
        EXPECT(page_set_rw(table), 0);
    }
}

void test_main(void)
{
    uint64_t *l2 = page_alloc(), *l3 = page_alloc();
    unsigned long mfn = virt_to_mfn(l2) & ~511ul;

    pt_build(SCRATCH_VA);
    check_tables();
    CHECK(pt_write(pt_entry_maddr(SCRATCH_VA + (1ul << 21), 2), mfn * PAGE_SIZE | PTE_DATA | PTE_PSE) < 0, "2 MiB, writable");
    CHECK(pt_write(pt_entry_maddr(SCRATCH_VA + (1ul << 21), 2), mfn * PAGE_SIZE | PTE_RO | PTE_PSE) < 0, "2 MiB, read-only");
    CHECK(pt_write(pt_entry_maddr(SCRATCH_VA + (1ul << 30), 3), PTE_DATA | PTE_PSE) < 0, "1 GiB at 0");
    CHECK(pt_write(pt_entry_maddr(SCRATCH_VA + (1ul << 39), 4), PTE_DATA | PTE_PSE) < 0, "PSE in an L4 entry");
    /* Reserved bits. */
    CHECK(pt_write(pt_entry_maddr(SCRATCH_VA + (1ul << 39), 4), virt_to_mfn(l3) * PAGE_SIZE | PTE_TABLE | PTE_G) < 0,
          "G in an L4 entry");
    l2[0] = mfn * PAGE_SIZE | PTE_DATA | PTE_PSE;
    NEED(page_set_ro(l2), 0);
    CHECK(pin_table(2, virt_to_mfn(l2)) < 0, "a prepared L2 with a large page");
    l3[0] = PTE_DATA | PTE_PSE;
    NEED(page_set_ro(l3), 0);
    CHECK(pin_table(3, virt_to_mfn(l3)) < 0, "a prepared L3 with a large page");
    EXPECT(page_set_rw(l2), 0);
    EXPECT(page_set_rw(l3), 0);
    EXPECT(try_read(SCRATCH_VA + (1ul << 21)), VECTOR_PF);
}
