/* SPDX-License-Identifier: GPL-2.0-only */
/* An exception without a handler: the guest ends. */
#include "test.h"

void test_main(void)
{
    EXPECT(hc_set_trap_table(NULL), 0);
    report_expect_crash();
    asm volatile("ud2");
}
