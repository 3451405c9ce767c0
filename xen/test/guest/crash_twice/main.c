/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two deliveries fail on one exit to the guest, an NMI that it has sent to itself and a pending event: neither has a stack. The
 * guest is crashed once.
 */
#include "test.h"
#include <public/vcpu.h>

void test_main(void)
{
    report_expect_crash();
    vcpu_self->evtchn_upcall_mask = 0;
    asm volatile("mov %0, %%rsp\n"
                 "movb $1, %1\n"
                 "syscall"
                 : : "r"(SCRATCH_VA), "m"(vcpu_self->evtchn_upcall_pending), "a"(__HYPERVISOR_vcpu_op), "D"(VCPUOP_send_nmi), "S"(0), "d"(0)
                 : "rcx", "r11", "memory");
}
