/* SPDX-License-Identifier: GPL-2.0-only */
/* iret to user mode without a user page table: the guest ends, the hypervisor does not. */
#include "test.h"

void test_main(void)
{
    static struct regs r = { .rip = SCRATCH_VA, .cs = FLAT_USER_CS, .rflags = 0x202, .rsp = SCRATCH_VA, .ss = FLAT_USER_SS };

    report_expect_crash();
    regs_run(&r);
}
