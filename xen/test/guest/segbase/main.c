/* SPDX-License-Identifier: GPL-2.0-only */
/* set_segment_base: FS and GS bases hold, survive hypercalls, yields and traps; bad bases are refused. */
#include "test.h"

static unsigned long fs_read(void)
{
    unsigned long value;

    asm volatile("mov %%fs:8, %0" : "=r"(value));
    return value;
}

static unsigned long gs_read(void)
{
    unsigned long value;

    asm volatile("mov %%gs:8, %0" : "=r"(value));
    return value;
}

void test_main(void)
{
    static unsigned long fs_area[2] = { 0, 0xf5f5 }, gs_area[2] = { 0, 0x6565 };
    static const unsigned long bad[] = { 0x0000800000000000ul, 0xffff7ffffffffffful, 1ul << 63 };
    unsigned short sel;

    EXPECT(hc_set_segment_base(SEGBASE_FS, fs_area), 0);
    EXPECT(hc_set_segment_base(SEGBASE_GS_KERNEL, gs_area), 0);
    EXPECT(fs_read(), 0xf5f5);
    EXPECT(gs_read(), 0x6565);
    hc_sched_op(SCHEDOP_yield, NULL);
    timer_sleep(1 * MILLISECONDS);
    EXPECT(TRY("ud2", NO_OUTPUTS), VECTOR_UD);
    EXPECT(fs_read(), 0xf5f5);
    EXPECT(gs_read(), 0x6565);

    EXPECT(hc_set_segment_base(SEGBASE_GS_USER, fs_area), 0);
    EXPECT(gs_read(), 0x6565);
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        for (unsigned which = SEGBASE_FS; which <= SEGBASE_GS_KERNEL; which++)
            CHECK(hc_set_segment_base(which, bad[i]) == -XEN_EINVAL, "base %lx of %u: %ld", bad[i], which,
                  hc_set_segment_base(which, bad[i]));
    EXPECT(fs_read(), 0xf5f5);
    EXPECT(hc_set_segment_base(SEGBASE_GS_USER_SEL, 0), 0);
    EXPECT(hc_set_segment_base(SEGBASE_GS_USER_SEL, FLAT_USER_DS32), 0);
    EXPECT(hc_set_segment_base(4, fs_area), -XEN_EINVAL);
    EXPECT(hc_set_segment_base(~0u, fs_area), -XEN_EINVAL);

    /* A selector loaded by hand: base 0 from the flat segment, and no trap. */
    sel = FLAT_USER_DS32;
    EXPECT(TRY("mov %0, %%fs", NO_OUTPUTS, "r"(sel)), VECTOR_NONE);
    asm volatile("mov %%fs, %0" : "=r"(sel));
    EXPECT(sel, FLAT_USER_DS32);
}
