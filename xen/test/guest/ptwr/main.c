/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes to a level 1 table through its read-only mapping: emulated when the entry is good, a fault when it is not. */
#include "test.h"

static volatile uint64_t *entry;
static char *one, *two;

static void check_good(void)
{
    uint64_t want = virt_to_mfn(two) * PAGE_SIZE | PTE_DATA, old = *entry;

    EXPECT(TRY("mov %1, (%0)", NO_OUTPUTS, "r"(entry), "r"(want)), VECTOR_NONE);
    EXPECT(*entry & PTE_FRAME, want & PTE_FRAME);
    NEED(mmuext(MMUEXT_INVLPG_LOCAL, SCRATCH_VA, 0), 0);
    EXPECT(*(volatile char *)SCRATCH_VA, 2);
    EXPECT(TRY("xchg %1, (%0)", NO_OUTPUTS, "r"(entry), "r"(old)), VECTOR_NONE);
    NEED(mmuext(MMUEXT_INVLPG_LOCAL, SCRATCH_VA, 0), 0);
    EXPECT(*(volatile char *)SCRATCH_VA, 1);
}

static void check_compare(void)
{
    uint64_t now = *entry, next = virt_to_mfn(two) * PAGE_SIZE | PTE_DATA, rax = now;
    bool swapped;

    EXPECT(TRY("lock cmpxchg %3, (%2)\n setz %1", OUT("+a"(rax), "=&q"(swapped)), "r"(entry), "r"(next)), VECTOR_NONE);
    NEED(mmuext(MMUEXT_INVLPG_LOCAL, SCRATCH_VA, 0), 0);
    EXPECT(*(volatile char *)SCRATCH_VA, 2);
    /* Compared with a stale value: nothing is written. */
    now = *entry;
    rax = 0x1234;
    EXPECT(TRY("lock cmpxchg %2, (%1)", OUT("+a"(rax)), "r"(entry), "r"(0ul)), VECTOR_NONE);
    EXPECT(*entry, now);
    EXPECT(rax, now);
    /* Clearing a flag, as Linux write-protects. */
    EXPECT(TRY("lock andq %1, (%0)", NO_OUTPUTS, "r"(entry), "r"(~PTE_RW)), VECTOR_NONE);
    NEED(mmuext(MMUEXT_INVLPG_LOCAL, SCRATCH_VA, 0), 0);
    EXPECT(try_write(SCRATCH_VA), VECTOR_PF);
}

static void check_bad(void)
{
    uint64_t before = *entry, table = virt_to_mfn((void *)((unsigned long)entry & ~4095ul)) * PAGE_SIZE | PTE_DATA;
    uint64_t beyond = 1ul << 46 | PTE_DATA;

    EXPECT(TRY("mov %1, (%0)", NO_OUTPUTS, "r"(entry), "r"(table)), VECTOR_PF);
    EXPECT(*entry, before);
    EXPECT(TRY("mov %1, (%0)", NO_OUTPUTS, "r"(entry), "r"(beyond)), VECTOR_PF);
    EXPECT(*entry, before);
    EXPECT(trap_last.cr2, entry);
}

/* Only level 1 is emulated: the upper levels take mmu_update. */
static void check_upper(void)
{
    for (int level = 2; level <= 4; level++)
        CHECK(TRY("movq $0, (%0)", NO_OUTPUTS, "r"(pt_entry(SCRATCH_VA, level))) == VECTOR_PF, "a write to an L%d is emulated",
              level);
}

void test_main(void)
{
    one = page_alloc();
    two = page_alloc();
    one[0] = 1;
    two[0] = 2;
    NEED(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
    NEED(map_frame(SCRATCH_VA, virt_to_mfn(one), PTE_DATA), 0);
    entry = pt_entry(SCRATCH_VA, 1);
    check_good();
    check_compare();
    check_bad();
    check_upper();
}
