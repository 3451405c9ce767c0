/* SPDX-License-Identifier: GPL-2.0-only */
/* mmu_update, mmuext_op, update_va_mapping. */
#include "errnos.h"

#define LIST(...) __VA_ARGS__
#define EXT(op_, fields_, ...)                                                                                        \
    { .name = "mmuext." #op_, .nr = __HYPERVISOR_mmuext_op, .args = { 0, 1, 0, DOMID_SELF }, .pointer = 0,            \
      .size = sizeof(struct mmuext_op), .good = &(const struct mmuext_op){ .cmd = MMUEXT_##op_, .arg1.mfn = 0x3ffffff },  \
      .fields = { A("domid", 3, OTHER_DOMID), fields_ }, __VA_ARGS__ }
#define ADDRESS(name, member) LIST({ name, offsetof(struct mmuext_op, member), 8, POINTER, { 0 }, 0 })
#define MFN(cls) { "mfn", offsetof(struct mmuext_op, arg1.mfn), 8, cls, { 0 }, 0 }

/* The page may have been the one with the event masks: a guest's console port is always in use. */
static void mask_events(const void *arg)
{
    (void)arg;
    event_mask_all();
}

static const struct op ext_ops[] = {
    EXT(PIN_L1_TABLE, MFN(FRAME)),
    EXT(PIN_L2_TABLE, MFN(FRAME)),
    EXT(PIN_L3_TABLE, MFN(FRAME)),
    EXT(PIN_L4_TABLE, MFN(FRAME)),
    { .name = "mmuext.UNPIN_TABLE", .nr = __HYPERVISOR_mmuext_op, .args = { 0, 1, 0, DOMID_SELF }, .pointer = 0, .size = sizeof(struct mmuext_op),
      .good = &(const struct mmuext_op){ .cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = 0x3ffffff }, .fields = { A("domid", 3, OTHER_DOMID),
      { "mfn", offsetof(struct mmuext_op, arg1.mfn), 8, VALUES, { 0, 0xfee00, 1ul << 40, ~0ul }, 4 } } },
    EXT(NEW_BASEPTR, MFN(FRAME)),
    EXT(NEW_USER_BASEPTR, MFN(FRAME)),
    EXT(TLB_FLUSH_LOCAL, LIST(), .run = true),
    EXT(INVLPG_LOCAL, ADDRESS("linear_addr", arg1.linear_addr), .run = true),
    EXT(TLB_FLUSH_MULTI, ADDRESS("vcpumask", arg2.vcpumask)),
    EXT(INVLPG_MULTI, ADDRESS("vcpumask", arg2.vcpumask)),
    EXT(TLB_FLUSH_ALL, LIST(), .run = true),
    EXT(INVLPG_ALL, ADDRESS("linear_addr", arg1.linear_addr), .run = true),
    EXT(FLUSH_CACHE, LIST(), .run = true),
    EXT(FLUSH_CACHE_GLOBAL, LIST(), .run = true),
    EXT(SET_LDT, ADDRESS("linear_addr", arg1.linear_addr)),
    EXT(CLEAR_PAGE, MFN(FRAME), .undo = mask_events),
    EXT(COPY_PAGE, LIST(MFN(FRAME), { "src", offsetof(struct mmuext_op, arg2.src_mfn), 8, FRAME, { 0 }, 0 }), .undo = mask_events),
    EXT(MARK_SUPER, MFN(FRAME)),
    EXT(UNMARK_SUPER, MFN(FRAME)),
    { .name = "mmuext", .nr = __HYPERVISOR_mmuext_op, .args = { 0, 1, 0, DOMID_SELF }, .pointer = 0, .size = sizeof(struct mmuext_op),
      .good = &(const struct mmuext_op){ .cmd = 99 }, .fields = { V(struct mmuext_op, cmd, 14, 21, 64, 0xffffffff), AV("count", 1, 0, 0x7fffffff, 0xffffffff),
      A("done", 2, POINTER), A("domid", 3, DOMID) } },
    { .name = NULL },
};

static const struct op update_ops[] = {
    { .name = "mmu_update", .nr = __HYPERVISOR_mmu_update, .args = { 0, 1, 0, DOMID_SELF }, .pointer = 0, .size = sizeof(struct mmu_update),
      .good = &(const struct mmu_update){ .ptr = 3 }, .fields = { AV("count", 1, 0, 0x7fffffff), A("done", 2, POINTER), A("domid", 3, DOMID),
      AV("owner", 3, 0x12357ff0, 0x7ff27ff0, 0x7ff37ff0, 0x7ff57ff0, 0xffff7ff0), { "ptr", 0, 8, VALUES, { 0, 2, 3, 0x7, ~0ul, 1ul << 52, 0xfee00000 }, 7 } } },
    { .name = "mmu_update(frame)", .nr = __HYPERVISOR_mmu_update, .args = { 0, 1, 0, DOMID_SELF }, .pointer = 0, .size = sizeof(struct mmu_update),
      .good = &(const struct mmu_update){ .ptr = 3 }, .fields = { { "table", 0, 8, MADDR, { 0 }, 0 } } },
    { .name = "update_va_mapping", .nr = __HYPERVISOR_update_va_mapping, .args = { 0x1000, 0, 0 }, .pointer = NO_POINTER,
      .fields = { A("va", 0, POINTER), A("val", 1, MADDR) } },
    { .name = "update_va_mapping(page)", .nr = __HYPERVISOR_update_va_mapping, .args = { (unsigned long)list_of_zeros, 0, 0 }, .pointer = NO_POINTER,
      .fields = { AV("flags", 2, 0, 1, 2, 3, 4, 6), A("mask", 2, POINTER), A("val", 1, MADDR) } },
    { .name = "update_va_otherdomain", .nr = __HYPERVISOR_update_va_mapping_otherdomain, .args = { (unsigned long)list_of_zeros, 0, 0, DOMID_SELF },
      .pointer = NO_POINTER, .fields = { A("domid", 3, DOMID) } },
    { .name = NULL },
};

struct entry { const char *name; unsigned long frame, flags; };

/* One entry of a table of each level. */
static void probe_entries(int level)
{
    char *table = page_alloc(), *page = page_alloc(), *lower = page_alloc(), name[80];
    const unsigned long self = virt_to_mfn(table);
    const struct entry entries[] = {
        { "page", virt_to_mfn(page), PTE_TABLE }, { "page ro", virt_to_mfn(page), PTE_RO }, { "self", self, PTE_TABLE }, { "self ro", self, PTE_RO },
        { "pinned L1", virt_to_mfn(lower), PTE_TABLE }, { "pinned L1 ro", virt_to_mfn(lower), PTE_RO }, { "large", virt_to_mfn(page), PTE_TABLE | PTE_PSE },
        { "global", virt_to_mfn(page), PTE_DATA | PTE_G }, { "uncached", virt_to_mfn(page), PTE_DATA | PTE_PCD }, { "no user", virt_to_mfn(page), PTE_P | PTE_RW },
        { "bit 52", virt_to_mfn(page), PTE_RO | 1ul << 52 }, { "bit 62", virt_to_mfn(page), PTE_RO | 1ul << 62 }, { "nx", virt_to_mfn(page), PTE_RO | PTE_NX },
        { "shared", start_info->shared_info / PAGE_SIZE, PTE_DATA }, { "apic", 0xfee00, PTE_DATA }, { "ioapic ro", 0xfec00, PTE_RO }, { "absent", 0x3ffffff, PTE_DATA }, { "huge", 0xffffffffff, PTE_RO },
        { "not present", virt_to_mfn(page), 0 },
    };

    NEED(page_set_ro(table), 0);
    NEED(page_set_ro(lower), 0);
    NEED(pin_table(level, self), 0);
    NEED(pin_table(1, virt_to_mfn(lower)), 0);
    for (unsigned i = 0; i < ARRAY_SIZE(entries); i++) {
        snprintf(name, sizeof(name), "entry.L%d %s", level, entries[i].name);
        row(name, pt_write(self * PAGE_SIZE, entries[i].frame * PAGE_SIZE | entries[i].flags));
        NEED(pt_write(self * PAGE_SIZE, 0), 0);
    }
    for (unsigned slot = 255; level == 4 && slot < 274; slot += 6) {
        snprintf(name, sizeof(name), "entry.L4 slot %u", slot);
        row(name, pt_write(self * PAGE_SIZE + slot * 8, 0));
    }
    NEED(unpin_table(self), 0);
    NEED(unpin_table(virt_to_mfn(lower)), 0);
}

void probe_mmu(void)
{
    probe_all(ext_ops);
    probe_all(update_ops);
    for (int level = 1; level <= 4; level++)
        probe_entries(level);
}
