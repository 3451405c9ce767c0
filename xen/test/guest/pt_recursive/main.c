/* SPDX-License-Identifier: GPL-2.0-only */
/* Linear page tables: a table that maps itself read-only is allowed at L4 to L2 where the hypervisor offers it; writable
 * it never is; loops over two tables are not. */
#include "test.h"

#define SELF_SLOT 200ul

/* An entry of an L4 that points to that L4.  4.17 as Debian builds it has linear page tables on. */
static void check_l4(void)
{
    uint64_t at = pt_base_mfn() * PAGE_SIZE + SELF_SLOT * 8;
    volatile uint64_t *seen = (volatile uint64_t *)(SELF_SLOT << 39 | SELF_SLOT << 30 | SELF_SLOT << 21 | SELF_SLOT << 12);

    CHECK(pt_write(at, pt_base_mfn() * PAGE_SIZE | PTE_TABLE) < 0, "the L4 maps itself writable");
    if (pt_write(at, pt_base_mfn() * PAGE_SIZE | PTE_P | PTE_US | PTE_A) == 0) {
        EXPECT(seen[SELF_SLOT] & PTE_FRAME, pt_base_mfn() * PAGE_SIZE);
        EXPECT(try_write((unsigned long)&seen[0]), VECTOR_PF);
        CHECK(pt_write(at, (seen[SELF_SLOT] & ~PTE_NX) | PTE_RW) < 0, "the L4's mapping of itself made writable");
        EXPECT(pt_write(at, 0), 0);
    }
}

static void check_level(int level)
{
    uint64_t *table = page_alloc(), *other = page_alloc();
    unsigned long mfn = virt_to_mfn(table), mfn2 = virt_to_mfn(other);
    long result;

    NEED(page_set_ro(table), 0);
    NEED(page_set_ro(other), 0);
    NEED(pin_table(level, mfn), 0);
    NEED(pin_table(level, mfn2), 0);
    CHECK(pt_write(mfn * PAGE_SIZE, mfn * PAGE_SIZE | PTE_TABLE) < 0, "L%d maps itself writable", level);
    CHECK(pt_write(mfn * PAGE_SIZE, mfn2 * PAGE_SIZE | PTE_TABLE) < 0, "L%d maps another L%d writable", level, level);
    result = pt_write(mfn * PAGE_SIZE, mfn * PAGE_SIZE | PTE_RO);
    CHECK(result <= 0, "L%d maps itself: %ld", level, result);
    if (result == 0)
        EXPECT(pt_write(mfn * PAGE_SIZE, 0), 0);
    /* One way to another table; then the way back would close a loop. */
    if (pt_write(mfn * PAGE_SIZE, mfn2 * PAGE_SIZE | PTE_RO) == 0)
        CHECK(pt_write(mfn2 * PAGE_SIZE, mfn * PAGE_SIZE | PTE_RO) < 0, "two L%d map each other", level);
    NEED(pt_write(mfn * PAGE_SIZE, 0), 0);
    EXPECT(unpin_table(mfn), 0);
    EXPECT(unpin_table(mfn2), 0);
    EXPECT(page_set_rw(table), 0);
    EXPECT(page_set_rw(other), 0);
}

void test_main(void)
{
    check_l4();
    for (int level = 2; level <= 4; level++)
        check_level(level);
}
