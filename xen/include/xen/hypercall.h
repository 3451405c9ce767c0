/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall boundary. Every hc_*() takes its arguments as the guest's registers
 * hold them (rdi, rsi, rdx, r10, r8 → a1..a5), copies what they point to in once,
 * and returns what the guest finds in rax. Guest pointers live in hypercall/ only.
 *
 * Preemption: after a bounded piece of work a handler that sees preempt_check()
 * calls hypercall_continue(n, a1, …, an) with the arguments that say what is left
 * and returns -ERESTART at once. The dispatcher (or multicall) writes them back and rewinds the
 * guest's RIP, so that the guest re-issues the call after interrupts were served.
 */
#ifndef XEN_HYPERCALL_H
#define XEN_HYPERCALL_H

#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <x86/cpu_info.h>

typedef long hypercall_fn(unsigned long a1, unsigned long a2, unsigned long a3,
                          unsigned long a4, unsigned long a5);

/* Who may call: a column of every table of calls and of sub-operations. docs/abi/privileges.md is the whole of it. */
enum hc_permission { HC_ANY, HC_PRIVILEGED };
/* The one place that decides. Whose domain an argument may name: domain_get_target(), mm_get_target(). */
static inline bool caller_may(enum hc_permission who)
{
    return who == HC_ANY || current->domain->is_privileged;
}

struct hypercall_row {
    hypercall_fn *fn;          /* NULL: -ENOSYS. Handlers take fewer parameters: SysV ABI ignores the rest. */
    const char *name;
    enum hc_permission who;    /* HC_PRIVILEGED: others get -EPERM before the handler runs */
    u8 nr_args;
};
extern const struct hypercall_row hypercall_table[64];
/*
 * What is called for each number: the handler where anybody may call it, hypercall_checked() for all other numbers, which
 * looks at the row. Made from the table at boot, not changed afterwards.
 */
extern hypercall_fn *hypercall_entry[64], hypercall_checked;
void hypercall_init(void);

long hypercall_continue(unsigned int n, ...);   /* returns -ERESTART */

/* The entry of a multicall that this CPU carries out. */
struct multicall_state {
    unsigned long nr;
    unsigned long args[5];     /* hypercall_continue(): the first nr_args say what is left */
    unsigned int nr_args;
};

/* hypercall/hc_<name>.c, one each; owner in brackets */
hypercall_fn hc_set_trap_table, hc_set_callbacks, hc_fpu_taskswitch, hc_set_debugreg, hc_get_debugreg,
    hc_stack_switch, hc_set_segment_base, hc_iret, hc_callback_op, hc_multicall, hc_nmi_op, hc_xenpmu_op;         /* PV */
hypercall_fn hc_mmu_update, hc_mmuext_op, hc_update_va_mapping, hc_update_va_mapping_otherdomain,
    hc_memory_op, hc_set_gdt, hc_update_descriptor, hc_grant_table_op, hc_vm_assist;                              /* MM */
hypercall_fn hc_sched_op, hc_vcpu_op, hc_set_timer_op, hc_event_channel_op, hc_domctl, hc_sysctl,
    hc_xen_version, hc_hvm_op, hc_sched_op_compat, hc_xsm_op;                                                     /* DOM */
hypercall_fn hc_physdev_op, hc_platform_op, hc_mca, hc_event_channel_op_compat, hc_physdev_op_compat, hc_kexec_op;/* PLAT */
hypercall_fn hc_console_io;                                                                                       /* LEAD */

#endif
