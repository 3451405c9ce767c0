/* SPDX-License-Identifier: GPL-2.0-only */
/* An exception while the stack pointer points nowhere: no frame can be written, the guest ends. */
#include "test.h"

void test_main(void)
{
    report_expect_crash();
    asm volatile("mov %0, %%rsp; ud2" : : "r"(SCRATCH_VA));
}
