/* SPDX-License-Identifier: GPL-2.0-only */
/* Large pages: refused at every level, present or prepared, for RAM whoever owns it. */
#include "test.h"

void test_main(void)
{
    uint64_t *l2 = page_alloc(), *l3 = page_alloc();
    unsigned long mfn = virt_to_mfn(l2) & ~511ul;

    pt_build(SCRATCH_VA);
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
