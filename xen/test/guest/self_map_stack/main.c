/* SPDX-License-Identifier: GPL-2.0-only */
/* An exception while the stack is behind the self entry of an L4, in the hypervisor's part of it: no frame is written, the guest ends. */
#include "test.h"

#define SELF 200ul

void test_main(void)
{
    unsigned long stack = SELF << 39 | SELF << 30 | SELF << 21 | 260ul << 12, mfn = pt_base_mfn();

    NEED(pt_write(mfn * PAGE_SIZE + SELF * 8, mfn * PAGE_SIZE | PTE_RO), 0);
    report_expect_crash();
    asm volatile("mov %0, %%rsp; ud2" : : "r"(stack + 2048));
}
