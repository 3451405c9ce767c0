/* SPDX-License-Identifier: GPL-2.0-only */
/* A page table must never be writable for its guest, whichever way it asks. */
#include "attack.h"
#include "test.h"

#define WINDOW (SCRATCH_VA + (5ul << 39)) /* where the attacker's own mappings go; its tables are not the victims */

static void attack_by_mapping(int level, const char *state, unsigned long mfn)
{
    uint64_t entry = mfn * PAGE_SIZE | PTE_DATA;
    uint64_t l1 = pt_entry_maddr(WINDOW, 1);
    struct multicall_entry call = { .op = __HYPERVISOR_update_va_mapping, .args = { WINDOW, entry, UVMF_INVLPG } };
    uint64_t *table = page_alloc();

    CHECK(hc_update_va_mapping(WINDOW, entry, UVMF_INVLPG) < 0, "L%d, %s: update_va_mapping", level, state);
    CHECK(pt_write(l1, entry) < 0, "L%d, %s: mmu_update", level, state);
    CHECK(pt_write(l1 | MMU_PT_UPDATE_PRESERVE_AD, entry) < 0, "L%d, %s: preserving mmu_update", level, state);
    CHECK(pt_write(l1 | MMU_PT_UPDATE_NO_TRANSLATE, entry) < 0, "L%d, %s: untranslated mmu_update", level, state);
    NEED(hc_multicall(&call, 1), 0);
    CHECK((long)call.result < 0, "L%d, %s: multicall", level, state);
    CHECK(try_write(WINDOW) == VECTOR_PF, "L%d, %s: the window is writable", level, state);
    /* A read-only mapping is allowed, and making it writable afterwards is not. */
    CHECK(hc_update_va_mapping(WINDOW, mfn * PAGE_SIZE | PTE_RO, UVMF_INVLPG) == 0, "L%d, %s: read-only refused", level,
          state);
    CHECK(hc_update_va_mapping(WINDOW, entry, UVMF_INVLPG) < 0, "L%d, %s: read-only made writable", level, state);
    NEED(hc_update_va_mapping(WINDOW, 0, UVMF_INVLPG), 0);
    /* An L1 prepared beforehand, then taken as a table. */
    table[5] = entry;
    NEED(page_set_ro(table), 0);
    CHECK(pin_table(1, virt_to_mfn(table)) < 0, "L%d, %s: a prepared L1 was pinned", level, state);
    CHECK(pt_write(pt_entry_maddr(WINDOW + (1ul << 21), 2), virt_to_mfn(table) * PAGE_SIZE | PTE_TABLE) < 0,
          "L%d, %s: a prepared L1 was linked", level, state);
}

/* As a level-2 entry the table would be an L1 of the attacker's making, or with PSE a large page around it. */
static void attack_by_table(int level, const char *state, unsigned long mfn)
{
    uint64_t l2 = pt_entry_maddr(WINDOW + (2ul << 21), 2);

    if (level != 1)
        CHECK(pt_write(l2, mfn * PAGE_SIZE | PTE_TABLE) < 0, "L%d, %s: linked as an L1", level, state);
    CHECK(pt_write(l2, (mfn & ~511ul) * PAGE_SIZE | PTE_DATA | PTE_PSE) < 0, "L%d, %s: within a large page", level, state);
}

void attack_writable(int level)
{
    void *table = page_alloc();
    unsigned long mfn = virt_to_mfn(table), used;
    uint64_t *entry;

    pt_build(WINDOW);
    pt_build(SCRATCH_VA);
    NEED(page_set_ro(table), 0);
    NEED(pin_table(level, mfn), 0);
    attack_by_mapping(level, "pinned", mfn);
    attack_by_table(level, "pinned", mfn);
    CHECK(page_set_rw(table) < 0, "L%d: its own mapping made writable", level);
    NEED(unpin_table(mfn), 0);
    EXPECT(page_set_rw(table), 0);

    /* One that is not pinned but in the live tree; the L4 is the very base. */
    entry = level == 4 ? NULL : pt_entry(SCRATCH_VA, level + 1);
    used = entry ? (*entry & PTE_FRAME) / PAGE_SIZE : pt_base_mfn();
    attack_by_mapping(level, "in use", used);
    attack_by_table(level, "in use", used);
    CHECK(page_set_rw(mfn_to_virt(used)) < 0, "L%d: the live table's mapping made writable", level);
    EXPECT(try_read(SCRATCH_VA), VECTOR_PF);
}
