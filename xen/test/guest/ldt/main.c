/* SPDX-License-Identifier: GPL-2.0-only */
/* LDT: MMUEXT_SET_LDT, faulting in its pages, bad contents, bad places. */
#include "test.h"

#define DATA_RING3 0x00cff3000000ffffull
#define CALL_GATE  0x0000ec0000330000ull

static int load_fs(unsigned selector)
{
    return TRY("mov %0, %%fs", NO_OUTPUTS, "r"((unsigned short)selector));
}

void test_main(void)
{
    uint64_t *ldt = page_alloc(), *second = page_alloc(), *bad = page_alloc();

    CHECK(second == ldt + 512, "pages are not in a row");
    ldt[1] = DATA_RING3;
    second[2] = DATA_RING3;
    bad[1] = CALL_GATE;
    EXPECT(load_fs(1 * 8 | 7), VECTOR_GP); /* no LDT yet */
    NEED(page_set_ro(ldt), 0);
    NEED(page_set_ro(second), 0);
    EXPECT(mmuext(MMUEXT_SET_LDT, (unsigned long)ldt, 1024), 0);
    EXPECT(load_fs(1 * 8 | 7), VECTOR_NONE);
    EXPECT(load_fs(514 * 8 | 7), VECTOR_NONE); /* its page comes in by a fault that the guest does not see */
    EXPECT(load_fs(3 * 8 | 7), VECTOR_GP);
    EXPECT(trap_last.regs.error, 3 * 8 | 4);
    EXPECT(load_fs(1024 * 8 | 7), VECTOR_GP);
    CHECK(page_set_rw(ldt) < 0, "an LDT page in use made writable");
    EXPECT(load_fs(0), VECTOR_NONE);
    /* Gone again: the pages are free for other use. */
    EXPECT(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
    EXPECT(load_fs(1 * 8 | 7), VECTOR_GP);
    EXPECT(page_set_rw(ldt), 0);
    EXPECT(page_set_rw(second), 0);

    /* A page with a gate in it, and a writable page, never become descriptor pages: the load faults in the guest. */
    NEED(page_set_ro(bad), 0);
    EXPECT(mmuext(MMUEXT_SET_LDT, (unsigned long)bad, 512), 0);
    CHECK(load_fs(1 * 8 | 7) != VECTOR_NONE, "a call gate loaded");
    EXPECT(mmuext(MMUEXT_SET_LDT, (unsigned long)ldt, 512), 0);
    CHECK(load_fs(1 * 8 | 7) != VECTOR_NONE, "loaded from a writable LDT page");
    EXPECT(try_write((unsigned long)ldt), VECTOR_NONE);

    EXPECT(mmuext(MMUEXT_SET_LDT, (unsigned long)ldt + 8, 16), -XEN_EINVAL);
    EXPECT(mmuext(MMUEXT_SET_LDT, (unsigned long)ldt, 8193), -XEN_EINVAL);
    EXPECT(mmuext(MMUEXT_SET_LDT, 0x0000800000000000ul, 16), -XEN_EINVAL);
    CHECK(mmuext(MMUEXT_SET_LDT, HYPERVISOR_VIRT_START, 16) < 0, "an LDT in the hypervisor's range");
    EXPECT(mmuext(MMUEXT_SET_LDT, 0, 0), 0);
}
