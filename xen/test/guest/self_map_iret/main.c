/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iret with its frame behind the self entry of an L4, in the hypervisor's part of that table: it cannot be read, and the guest ends.
 * Were it read, page-directory entries would become registers: CS says user mode, RIP cannot be loaded, and the failsafe
 * callback would show them.
 */
#include "test.h"

#define SELF 200ul

static bool frame_was_read(struct regs *r)
{
    if (r->vector == VECTOR_EVENT)
        return false;
    CHECK(false, "iret took a frame from the hypervisor's tables: rip %lx, rsp %lx, rax %lx", r->rip, r->rsp, r->rax);
    report_done();
}

void test_main(void)
{
    unsigned long frame = SELF << 39 | SELF << 30 | 260ul << 21;
    unsigned long mfn = pt_base_mfn();

    NEED(pt_write(mfn * PAGE_SIZE + SELF * 8, mfn * PAGE_SIZE | PTE_RO), 0);
    NEED(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn, 0), 0);
    trap_hook = frame_was_read;
    report_expect_crash();
    asm volatile("mov %0, %%rsp; mov %1, %%eax; syscall; ud2" : : "r"(frame), "i"(__HYPERVISOR_iret) : "memory");
}
