/* SPDX-License-Identifier: GPL-2.0-only */
/* pv-l1tf=: no page table of a guest holds an entry that is not present but names memory, by whatever way it is written.
 * Not compared with 4.17, which as Debian builds it crashes a guest that writes one: ours refuses the one request. */
#include "test.h"

/* As Linux writes what is not present: the address inverted, so that it is beyond all memory. */
static uint64_t inverted(uint64_t entry)
{
    return ~entry & PTE_FRAME;
}

void test_main(void)
{
    uint64_t *table = page_alloc(), *data = page_alloc();
    uint64_t named = virt_to_mfn(data) * PAGE_SIZE, at;

    pt_build(SCRATCH_VA);
    at = pt_entry_maddr(SCRATCH_VA, 1);
    EXPECT(pt_write(at, named | PTE_DATA), 0);
    CHECK(pt_write(at, named | (PTE_DATA & ~PTE_P)) < 0, "an entry not present that names memory");
    EXPECT(*pt_entry(SCRATCH_VA, 1) & PTE_FRAME, named); /* as it was */
    CHECK(hc_update_va_mapping(SCRATCH_VA, named, UVMF_INVLPG) < 0, "the same by update_va_mapping");
    EXPECT(pt_write(at, inverted(named) | PTE_RW), 0);
    /* Just behind the machine's memory, within the reach of a large page that begins in it. */
    CHECK(pt_write(at, (1ul << 30) - PAGE_SIZE) < 0, "an entry not present that a large page's reach makes name memory");
    EXPECT(pt_write(at, PTE_RW | PTE_US), 0);
    EXPECT(pt_write(at, 0), 0);
    /* A write to the table itself, which the hypervisor carries out, becomes a fault. */
    EXPECT(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
    EXPECT(TRY("movq %0, (%1)", NO_OUTPUTS, "r"(named), "r"(pt_entry(SCRATCH_VA, 1))), VECTOR_PF);
    EXPECT(TRY("movq %0, (%1)", NO_OUTPUTS, "r"(inverted(named)), "r"(pt_entry(SCRATCH_VA, 1))), VECTOR_NONE);
    EXPECT(*pt_entry(SCRATCH_VA, 1), inverted(named));
    /* Written to a page first, which then becomes a table. */
    for (int level = 1; level <= 4; level++) {
        table[7] = named | PTE_RW;
        EXPECT(page_set_ro(table), 0);
        CHECK(pin_table(level, virt_to_mfn(table)) < 0, "an L%d with one pinned", level);
        EXPECT(page_set_rw(table), 0);
        table[7] = inverted(named);
        EXPECT(page_set_ro(table), 0);
        EXPECT(pin_table(level, virt_to_mfn(table)), 0);
        CHECK(pt_write(virt_to_mfn(table) * PAGE_SIZE + 64, named) < 0, "one written to an L%d", level);
        EXPECT(unpin_table(virt_to_mfn(table)), 0);
        EXPECT(page_set_rw(table), 0);
    }
}
