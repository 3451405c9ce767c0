/* SPDX-License-Identifier: GPL-2.0-only */
/* GDT: set_gdt and update_descriptor; data and code segments of ring 3 pass, gates and privileged ones do not. */
#include "test.h"

#define DATA_RING3   0x00cff3000000ffffull /* flat, writable */
#define CODE_RING3   0x00affb000000ffffull /* 64-bit */
#define DATA_RING0   0x00cf93000000ffffull
#define CODE_RING0   0x00af9b000000ffffull
#define CALL_GATE    0x0000ec00e0080000ull /* call gate, DPL 3, to the hypervisor's own code segment */
#define OWN_GATE     0x0000ec0000080000ull /* the same, to entry 1 of the guest's own table */
#define TSS_DESC     0x0000890000000067ull
#define LDT_DESC     0x0000820000000fffull

static void check_prepared(uint64_t bad, const char *what)
{
    uint64_t *page = page_alloc();
    unsigned long frame = virt_to_mfn(page);

    page[8] = bad;
    NEED(page_set_ro(page), 0);
    CHECK(hc_set_gdt(&frame, 512) < 0, "a prepared GDT with %s", what);
    EXPECT(page_set_rw(page), 0);
}

static uint64_t *gdt;

static long set_entry(unsigned index, uint64_t descriptor)
{
    return hc_update_descriptor(virt_to_mfn(gdt) * PAGE_SIZE + index * 8, descriptor);
}

static int load_fs(unsigned selector)
{
    return TRY("mov %0, %%fs", NO_OUTPUTS, "r"((unsigned short)selector));
}

static void check_use(void)
{
    EXPECT(set_entry(4, DATA_RING3), 0);
    EXPECT(gdt[4] & ~(1ull << 40), DATA_RING3 & ~(1ull << 40));
    EXPECT(load_fs(4 * 8 | 3), VECTOR_NONE);
    EXPECT(load_fs(5 * 8 | 3), VECTOR_GP);
    EXPECT(trap_last.regs.error, 5 * 8);
    /* Not present: #NP. */
    EXPECT(set_entry(6, DATA_RING3 & ~(1ull << 47)), 0);
    EXPECT(load_fs(6 * 8 | 3), VECTOR_NP);
    EXPECT(trap_last.regs.error, 6 * 8);
    EXPECT(load_fs(511 * 8 | 3), VECTOR_GP);
    EXPECT(load_fs(0), VECTOR_NONE);
    EXPECT(set_entry(4, 0), 0);
    EXPECT(load_fs(4 * 8 | 3), VECTOR_GP);
}

static void check_bad_entries(void)
{
    /* Privilege 0: either refused or brought to ring 3; never kept. */
    static const uint64_t ring0[] = { DATA_RING0, CODE_RING0 };

    for (unsigned i = 0; i < ARRAY_SIZE(ring0); i++) {
        long result = set_entry(7, ring0[i]);

        CHECK(result < 0 || ((gdt[7] >> 45) & 3) != 0, "descriptor %lx is kept with DPL 0", (unsigned long)ring0[i]);
        set_entry(7, 0);
    }
    CHECK(set_entry(7, CALL_GATE) < 0, "a call gate to the hypervisor's segment");
    /* A gate between the guest's own segments may be kept, as 4.17 does with DPL 0; ring 3 must not get through it. */
    if (set_entry(7, OWN_GATE) == 0) {
        CHECK(((gdt[7] >> 40) & 0xff) != 0xec, "a live call gate: %lx", (unsigned long)gdt[7]);
        EXPECT(set_entry(7, 0), 0);
    }
    CHECK(set_entry(7, TSS_DESC) < 0, "a TSS");
    CHECK(set_entry(7, LDT_DESC) < 0, "an LDT descriptor");
    CHECK(hc_update_descriptor(virt_to_mfn(gdt) * PAGE_SIZE + 3, DATA_RING3) < 0, "a descriptor at an odd address");
    CHECK(hc_update_descriptor(1ul << 50, DATA_RING3) < 0, "a descriptor in no frame");
    CHECK(hc_update_descriptor(pt_base_mfn() * PAGE_SIZE, 0) < 0, "a descriptor in the page table");
    CHECK(hc_update_descriptor(0, 0) < 0, "a descriptor in machine frame 0");
}

void test_main(void)
{
    unsigned long frame, none = 1ul << 40, many[16];

    check_prepared(CALL_GATE, "a call gate");
    check_prepared(TSS_DESC, "a TSS");
    gdt = page_alloc();
    gdt[1] = CODE_RING3;
    frame = virt_to_mfn(gdt);
    CHECK(hc_set_gdt(&frame, 512) < 0, "a writable page as GDT");
    NEED(page_set_ro(gdt), 0);
    EXPECT(hc_set_gdt(&frame, 512), 0);
    EXPECT(try_write((unsigned long)gdt), VECTOR_PF);
    check_use();
    check_bad_entries();
    EXPECT(hc_set_gdt(&none, 512), -XEN_EINVAL);
    EXPECT(hc_set_gdt(many, FIRST_RESERVED_GDT_ENTRY + 1), -XEN_EINVAL);
    EXPECT(hc_set_gdt(0x1000, 512), -XEN_EFAULT);
    /* The refusals left the old one in force. */
    EXPECT(set_entry(4, DATA_RING3), 0);
    EXPECT(load_fs(4 * 8 | 3), VECTOR_NONE);
    EXPECT(load_fs(0), VECTOR_NONE);
    EXPECT(hc_set_gdt(NULL, 0), 0);
    EXPECT(load_fs(4 * 8 | 3), VECTOR_GP);
    EXPECT(load_fs(FLAT_KERNEL_DS32), VECTOR_NONE);
}
