/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercalls from a test kernel: raw by number, and one typed wrapper each. */
#ifndef TEST_HYPERCALL_H
#define TEST_HYPERCALL_H

#include <stddef.h>
#include <stdint.h>
#include <public/callback.h>
#include <public/errno.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/nmi.h>
#include <public/physdev.h>
#include <public/platform.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <public/version.h>
#include <public/xen.h>

extern char hypercall_page[];

/* The stub for NR saves RCX and R11; the hypervisor clobbers no other register than RAX for sure. */
static inline long hypercall5(unsigned nr, unsigned long a1, unsigned long a2, unsigned long a3, unsigned long a4,
                              unsigned long a5)
{
    register unsigned long r10 asm("r10") = a4;
    register unsigned long r8 asm("r8") = a5;
    unsigned long result = (unsigned long)hypercall_page + nr * 32ul;

    asm volatile("call *%0"
                 : "+a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
                 :
                 : "memory", "rcx", "r11", "r9", "cc");
    return (long)result;
}

#define hypercall(nr, a1, a2, a3, a4)                                                                                 \
    hypercall5(nr, (unsigned long)(a1), (unsigned long)(a2), (unsigned long)(a3), (unsigned long)(a4), 0)

#define hc_set_trap_table(table)            hypercall(__HYPERVISOR_set_trap_table, table, 0, 0, 0)
#define hc_mmu_update(req, n, done, dom)    hypercall(__HYPERVISOR_mmu_update, req, n, done, dom)
#define hc_set_gdt(frames, entries)         hypercall(__HYPERVISOR_set_gdt, frames, entries, 0, 0)
#define hc_stack_switch(ss, sp)             hypercall(__HYPERVISOR_stack_switch, ss, sp, 0, 0)
#define hc_set_callbacks(event, failsafe, syscall)                                                                    \
    hypercall(__HYPERVISOR_set_callbacks, event, failsafe, syscall, 0)
#define hc_fpu_taskswitch(set)              hypercall(__HYPERVISOR_fpu_taskswitch, set, 0, 0, 0)
#define hc_set_debugreg(reg, value)         hypercall(__HYPERVISOR_set_debugreg, reg, value, 0, 0)
#define hc_get_debugreg(reg)                hypercall(__HYPERVISOR_get_debugreg, reg, 0, 0, 0)
#define hc_update_descriptor(maddr, desc)   hypercall(__HYPERVISOR_update_descriptor, maddr, desc, 0, 0)
#define hc_memory_op(cmd, arg)              hypercall(__HYPERVISOR_memory_op, cmd, arg, 0, 0)
#define hc_multicall(list, n)               hypercall(__HYPERVISOR_multicall, list, n, 0, 0)
#define hc_update_va_mapping(va, pte, flags) hypercall(__HYPERVISOR_update_va_mapping, va, pte, flags, 0)
#define hc_update_va_mapping_otherdomain(va, pte, flags, dom)                                                         \
    hypercall(__HYPERVISOR_update_va_mapping_otherdomain, va, pte, flags, dom)
#define hc_set_timer_op(when)               hypercall(__HYPERVISOR_set_timer_op, when, 0, 0, 0)
#define hc_xen_version(cmd, arg)            hypercall(__HYPERVISOR_xen_version, cmd, arg, 0, 0)
#define hc_console_io(cmd, n, buf)          hypercall(__HYPERVISOR_console_io, cmd, n, buf, 0)
#define hc_grant_table_op(cmd, arg, n)      hypercall(__HYPERVISOR_grant_table_op, cmd, arg, n, 0)
#define hc_vm_assist(cmd, type)             hypercall(__HYPERVISOR_vm_assist, cmd, type, 0, 0)
#define hc_vcpu_op(cmd, vcpu, arg)          hypercall(__HYPERVISOR_vcpu_op, cmd, vcpu, arg, 0)
#define hc_set_segment_base(which, base)    hypercall(__HYPERVISOR_set_segment_base, which, base, 0, 0)
#define hc_mmuext_op(op, n, done, dom)      hypercall(__HYPERVISOR_mmuext_op, op, n, done, dom)
#define hc_nmi_op(cmd, arg)                 hypercall(__HYPERVISOR_nmi_op, cmd, arg, 0, 0)
#define hc_sched_op(cmd, arg)               hypercall(__HYPERVISOR_sched_op, cmd, arg, 0, 0)
#define hc_callback_op(cmd, arg)            hypercall(__HYPERVISOR_callback_op, cmd, arg, 0, 0)
#define hc_event_channel_op(cmd, arg)       hypercall(__HYPERVISOR_event_channel_op, cmd, arg, 0, 0)
#define hc_physdev_op(cmd, arg)             hypercall(__HYPERVISOR_physdev_op, cmd, arg, 0, 0)
#define hc_domctl(arg)                      hypercall(__HYPERVISOR_domctl, arg, 0, 0, 0)
#define hc_sysctl(arg)                      hypercall(__HYPERVISOR_sysctl, arg, 0, 0, 0)
#define hc_platform_op(arg)                 hypercall(__HYPERVISOR_platform_op, arg, 0, 0, 0)

#endif
