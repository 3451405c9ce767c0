/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every hypercall, one row each: handler, name, who may call, arguments. The assembly of the fast path
 * (arch/x86/entry/entry.S) calls rows that anybody may call itself; the others go through hypercall_checked().
 */
#include <xen/hypercall.h>

#define ROW(fn, args)      { hc_##fn, #fn, HC_ANY, args }
#define DOM0_ROW(fn, args) { hc_##fn, #fn, HC_PRIVILEGED, args }

const struct hypercall_row hypercall_table[64] = {
    [__HYPERVISOR_set_trap_table] = ROW(set_trap_table, 1),
    [__HYPERVISOR_mmu_update] = ROW(mmu_update, 4),
    [__HYPERVISOR_set_gdt] = ROW(set_gdt, 2),
    [__HYPERVISOR_stack_switch] = ROW(stack_switch, 2),
    [__HYPERVISOR_set_callbacks] = ROW(set_callbacks, 3),
    [__HYPERVISOR_fpu_taskswitch] = ROW(fpu_taskswitch, 1),
    [__HYPERVISOR_sched_op_compat] = ROW(sched_op_compat, 2),
    [__HYPERVISOR_platform_op] = DOM0_ROW(platform_op, 1),
    [__HYPERVISOR_set_debugreg] = ROW(set_debugreg, 2),
    [__HYPERVISOR_get_debugreg] = ROW(get_debugreg, 1),
    [__HYPERVISOR_update_descriptor] = ROW(update_descriptor, 2),
    [__HYPERVISOR_memory_op] = ROW(memory_op, 2),
    [__HYPERVISOR_multicall] = ROW(multicall, 2),
    [__HYPERVISOR_update_va_mapping] = ROW(update_va_mapping, 3),
    [__HYPERVISOR_set_timer_op] = ROW(set_timer_op, 1),
    [__HYPERVISOR_event_channel_op_compat] = ROW(event_channel_op_compat, 1),
    [__HYPERVISOR_xen_version] = ROW(xen_version, 2),
    [__HYPERVISOR_console_io] = ROW(console_io, 3),
    [__HYPERVISOR_physdev_op_compat] = ROW(physdev_op_compat, 1),
    [__HYPERVISOR_grant_table_op] = ROW(grant_table_op, 3),
    [__HYPERVISOR_vm_assist] = ROW(vm_assist, 2),
    [__HYPERVISOR_update_va_mapping_otherdomain] = ROW(update_va_mapping_otherdomain, 4),
    [__HYPERVISOR_iret] = ROW(iret, 0),
    [__HYPERVISOR_vcpu_op] = ROW(vcpu_op, 3),
    [__HYPERVISOR_set_segment_base] = ROW(set_segment_base, 2),
    [__HYPERVISOR_mmuext_op] = ROW(mmuext_op, 4),
    [__HYPERVISOR_xsm_op] = ROW(xsm_op, 1),
    [__HYPERVISOR_nmi_op] = ROW(nmi_op, 2),
    [__HYPERVISOR_sched_op] = ROW(sched_op, 2),
    [__HYPERVISOR_callback_op] = ROW(callback_op, 2),
    [__HYPERVISOR_event_channel_op] = ROW(event_channel_op, 2),
    [__HYPERVISOR_physdev_op] = ROW(physdev_op, 2),
    [__HYPERVISOR_hvm_op] = ROW(hvm_op, 2),
    [__HYPERVISOR_sysctl] = DOM0_ROW(sysctl, 1),
    [__HYPERVISOR_domctl] = DOM0_ROW(domctl, 1),
    [__HYPERVISOR_kexec_op] = DOM0_ROW(kexec_op, 2),
    [__HYPERVISOR_xenpmu_op] = ROW(xenpmu_op, 2),
    [__HYPERVISOR_arch_0] = DOM0_ROW(mca, 1),
};
