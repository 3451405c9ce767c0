/* SPDX-License-Identifier: GPL-2.0-only */
/* Every hypercall and operation but iret and the ends of domains, vCPUs and machines. Letters: values.c. */
#include "fuzz.h"

#define MEM(op, fields, flags)   { __HYPERVISOR_memory_op, XENMEM_##op, "memory." #op, fields, COMMAND, flags }
#define EVT(op, fields)          { __HYPERVISOR_event_channel_op, EVTCHNOP_##op, "event." #op, fields, COMMAND, 0 }
#define GNT(op, fields)          { __HYPERVISOR_grant_table_op, GNTTABOP_##op, "grant." #op, fields, LIST, 0 }
#define VCPU(op, fields, flags)  { __HYPERVISOR_vcpu_op, VCPUOP_##op, "vcpu." #op, fields, VCPU_COMMAND, flags }
#define SCHED(op, fields, flags) { __HYPERVISOR_sched_op, SCHEDOP_##op, "sched." #op, fields, COMMAND, flags }
#define PHYS(op, fields, flags)  { __HYPERVISOR_physdev_op, PHYSDEVOP_##op, "physdev." #op, fields, COMMAND, flags }
#define EXT(op, fields)          { __HYPERVISOR_mmuext_op, MMUEXT_##op, "mmuext." #op, fields, MMUEXT, 0 }
#define REG(name, fields, flags) { __HYPERVISOR_##name, 0, #name, fields, REGISTERS, flags }
#define VERSION(op)              { __HYPERVISOR_xen_version, XENVER_##op, "version." #op, "bqqq", COMMAND, 0 }

const struct row rows[] = {
    { __HYPERVISOR_mmu_update, 0, "mmu_update", "eE", MMU_LIST, 0 },
    { __HYPERVISOR_mmu_update, 0, "mmu_update", "eE", MMU_LIST, 0 },
    { __HYPERVISOR_mmu_update, 0, "mmu_update", "eE", MMU_LIST, 0 },
    { __HYPERVISOR_mmu_update, 0, "mmu_update", "eE", MMU_LIST, 0 },
    REG(update_va_mapping, "aEY", 0),
    REG(update_va_mapping, "aEY", 0),
    REG(update_va_mapping, "aEq", 0),
    REG(update_va_mapping_otherdomain, "aEYd", 0),
    EXT(PIN_L1_TABLE, "F0"), EXT(PIN_L1_TABLE, "F0"), EXT(PIN_L2_TABLE, "F0"), EXT(PIN_L2_TABLE, "F0"),
    EXT(PIN_L3_TABLE, "F0"), EXT(PIN_L4_TABLE, "F0"), EXT(UNPIN_TABLE, "W0"), EXT(UNPIN_TABLE, "W0"),
    EXT(NEW_BASEPTR, "z0"), EXT(NEW_USER_BASEPTR, "F0"), EXT(TLB_FLUSH_LOCAL, "q0"), EXT(INVLPG_LOCAL, "aq"),
    EXT(TLB_FLUSH_MULTI, "ab"), EXT(INVLPG_MULTI, "ab"), EXT(TLB_FLUSH_ALL, "qq"), EXT(INVLPG_ALL, "aq"),
    EXT(FLUSH_CACHE, "qq"), EXT(FLUSH_CACHE_GLOBAL, "qq"), EXT(SET_LDT, "aq"), EXT(SET_LDT, "ac"), EXT(CLEAR_PAGE, "W0"),
    EXT(COPY_PAGE, "WF"), EXT(MARK_SUPER, "Fq"), EXT(UNMARK_SUPER, "Fq"),
    { __HYPERVISOR_mmuext_op, 14, "mmuext.14", "Fq", MMUEXT, 0 },
    { __HYPERVISOR_mmuext_op, 99, "mmuext.99", "Fq", MMUEXT, 0 },
    REG(update_descriptor, "eD", 0),
    REG(set_gdt, "lq", 0),
    { __HYPERVISOR_set_gdt, 0, "set_gdt", "lc", REGISTERS, 0 },

    MEM(increase_reservation, "lnowd", GIVES | ALONE), MEM(decrease_reservation, "lnowd", 0),
    MEM(populate_physmap, "Lnowd", GIVES | ALONE), MEM(exchange, "lnowdlnowd0", 0), MEM(maximum_ram_page, "q", 0),
    MEM(current_reservation, "d", 0), MEM(maximum_reservation, "d", 0), MEM(maximum_gpfn, "d", 0),
    MEM(machphys_mfn_list, "cbw", 0), MEM(machphys_mapping, "qqq", 0), MEM(memory_map, "cb", 0),
    MEM(machine_memory_map, "cb", 0), MEM(set_memory_map, "dcb", 0), MEM(claim_pages, "lnowd", NOT_DOM0),
    MEM(add_to_physmap, "dhwqW", 0), MEM(add_to_physmap_batch, "dhhhbbb", 0), MEM(remove_from_physmap, "dW", 0),
    MEM(set_pod_target, "qqqqd", 0), MEM(get_pod_target, "qqqqd", 0), MEM(get_sharing_freed_pages, "q", 0),
    MEM(get_sharing_shared_pages, "q", 0), MEM(paging_op, "kdbq", 0), MEM(access_op, "kkdwqbb", 0),
    MEM(sharing_op, "kdqqqqq", 0), MEM(machphys_compat_mfn_list, "cbw", 0), MEM(get_vnumainfo, "dhwwwbbb", 0),
    MEM(reserved_device_memory_map, "wcbq", 0), MEM(acquire_resource, "dhYcYqb", 0),
    { __HYPERVISOR_memory_op, 8, "memory.8", "qqq", COMMAND, 0 },
    { __HYPERVISOR_memory_op, 0x7fffffc0, "memory.continued", "lnowd", COMMAND, 0 },

    EVT(alloc_unbound, "ddp"), EVT(alloc_unbound, "ddp"), EVT(bind_interdomain, "dpp"), EVT(bind_interdomain, "dpp"),
    EVT(bind_virq, "cvp"), EVT(bind_pirq, "IYp"), EVT(bind_ipi, "vp"), EVT(close, "p"), EVT(send, "p"), EVT(status, "dpqqq"),
    EVT(bind_vcpu, "pv"), EVT(unmask, "p"), EVT(reset, "h"), EVT(init_control, "Wwvq"), EVT(expand_array, "W"),
    EVT(set_priority, "pc"),
    { __HYPERVISOR_event_channel_op, 14, "event.14", "h", COMMAND, 0 },
    { __HYPERVISOR_event_channel_op_compat, 0, "event.compat", "iqqq", ARGUMENT, 0 },
    { __HYPERVISOR_event_channel_op_compat, 0, "event.compat", "Yppq", ARGUMENT, 0 },

    GNT(map_grant_ref, "agrdsmq"), GNT(map_grant_ref, "agrdsmq"), GNT(map_grant_ref, "egrdsmq"), GNT(map_grant_ref, "agrdsmq"),
    GNT(unmap_grant_ref, "aqms"), GNT(unmap_grant_ref, "a0ms"), GNT(unmap_grant_ref, "e0ms"), GNT(unmap_and_replace, "aams"),
    GNT(setup_table, "dcsb"), { __HYPERVISOR_grant_table_op, GNTTABOP_dump_table, "grant.dump_table", "ds", LIST, NOT_DOM0 }, GNT(transfer, "Wdrs"), GNT(copy, "WdhWdhhhs"), GNT(copy, "rwdhWdhhYs"),
    GNT(copy, "WdYrwdYhYs"), GNT(copy, "rwdYrwdYhYs"), GNT(query_size, "dwws"), GNT(set_version, "c"), GNT(set_version, "Y"),
    GNT(get_status_frames, "cdsb"), GNT(get_version, "dhw"), GNT(swap_grant_ref, "rrs"), GNT(cache_flush, "qhhw"),
    { __HYPERVISOR_grant_table_op, 13, "grant.13", "qqq", LIST, 0 },
    { __HYPERVISOR_grant_table_op, -1, "grant.-1", "qqq", LIST, 0 },

    VCPU(initialise, "C", ALONE), VCPU(up, "x", 0), VCPU(down, "V", 0), VCPU(is_up, "v", 0),
    VCPU(get_runstate_info, "vb", 0), VCPU(register_runstate_memory_area, "vA", 0), VCPU(set_periodic_timer, "vt", 0),
    VCPU(stop_periodic_timer, "v", 0), VCPU(set_singleshot_timer, "vtw", 0), VCPU(stop_singleshot_timer, "v", 0),
    VCPU(register_vcpu_info, "VWww", 0), VCPU(send_nmi, "V", 0), VCPU(get_physid, "vb", 0),
    VCPU(register_vcpu_time_memory_area, "vA", 0),
    { __HYPERVISOR_vcpu_op, 99, "vcpu.99", "vqq", VCPU_COMMAND, 0 },

    SCHED(yield, "q", 0), SCHED(block, "q", ALONE), SCHED(poll, "PcT", ALONE), SCHED(remote_shutdown, "dw", NOT_DOM0),
    SCHED(shutdown_code, "w", 0), SCHED(watchdog, "Yi", 0), SCHED(pin_override, "w", NOT_DOM0),
    { __HYPERVISOR_sched_op, 99, "sched.99", "qq", COMMAND, 0 },
    { __HYPERVISOR_sched_op_compat, 0, "sched.compat", "iq", REGISTERS, 0 }, { __HYPERVISOR_sched_op_compat, 0, "sched.compat", "0q", REGISTERS, 0 },
    REG(set_timer_op, "t", 0),

    REG(set_trap_table, "b", RESTORE | ALONE), REG(set_callbacks, "jjj", RESTORE | ALONE), REG(stack_switch, "qj", RESTORE | ALONE),
    { __HYPERVISOR_callback_op, CALLBACKOP_register, "callback.register", "hhj", COMMAND, RESTORE | ALONE },
    { __HYPERVISOR_callback_op, CALLBACKOP_unregister, "callback.unregister", "hh", COMMAND, RESTORE | ALONE },
    { __HYPERVISOR_nmi_op, XENNMI_register_callback, "nmi.register", "jq", COMMAND, RESTORE | ALONE },
    { __HYPERVISOR_nmi_op, XENNMI_unregister_callback, "nmi.unregister", "q", COMMAND, RESTORE },
    REG(fpu_taskswitch, "Y", 0), REG(set_debugreg, "cq", RESTORE | ALONE), REG(get_debugreg, "c", 0), REG(set_segment_base, "Yq", 0),
    REG(vm_assist, "YY", 0), REG(vm_assist, "Yq", 0), REG(arch_0, "b", 0),

    PHYS(eoi, "I", 0), PHYS(irq_status_query, "Iw", 0), PHYS(set_iopl, "w", 0), PHYS(set_iobitmap, "bw", 0),
    PHYS(apic_read, "qww", 0), PHYS(apic_write, "qww", NOT_DOM0), PHYS(alloc_irq_vector, "ww", NOT_DOM0),
    PHYS(free_irq_vector, "ww", NOT_DOM0), PHYS(map_pirq, "dwwwwwwq", NOT_DOM0), PHYS(unmap_pirq, "dw", NOT_DOM0),
    PHYS(manage_pci_add, "kk", NOT_DOM0), PHYS(manage_pci_remove, "kk", NOT_DOM0), PHYS(pirq_eoi_gmfn_v1, "W", 0),
    PHYS(restore_msi, "kk", 0), PHYS(manage_pci_add_ext, "kkwwkk", NOT_DOM0), PHYS(setup_gsi, "wkk", NOT_DOM0),
    PHYS(get_free_pirq, "Yw", 0), PHYS(pci_mmcfg_reserved, "qhkkw", NOT_DOM0), PHYS(pci_device_add, "hkkwkkw", NOT_DOM0),
    PHYS(pci_device_remove, "hkk", NOT_DOM0), PHYS(restore_msi_ext, "hkk", 0), PHYS(pirq_eoi_gmfn_v2, "W", 0),
    PHYS(dbgp_op, "kkhkk", 0), PHYS(prepare_msix, "hkk", 0), PHYS(release_msix, "hkk", 0),
    { __HYPERVISOR_physdev_op, 99, "physdev.99", "qq", COMMAND, 0 },
    { __HYPERVISOR_physdev_op_compat, 0, "physdev.compat", "cqqq", ARGUMENT, NOT_DOM0 },

    VERSION(version), VERSION(extraversion), VERSION(compile_info), VERSION(capabilities), VERSION(changeset),
    VERSION(platform_parameters), VERSION(get_features), VERSION(pagesize), VERSION(guest_handle), VERSION(commandline),
    VERSION(build_id),
    { __HYPERVISOR_console_io, CONSOLEIO_read, "console.read", "cb", REGISTERS, ALONE },
    { __HYPERVISOR_console_io, 99, "console.99", "cb", REGISTERS, ALONE },
    { __HYPERVISOR_domctl, 0, "domctl", "cwdqqqqqqqq", ARGUMENT, NOT_DOM0 },
    { __HYPERVISOR_sysctl, 0, "sysctl", "cwqqqqqqqq", ARGUMENT, NOT_DOM0 },
    { __HYPERVISOR_platform_op, 0, "platform_op", "cwqqqqqqqq", ARGUMENT, NOT_DOM0 },
    REG(kexec_op, "cb", NOT_DOM0), REG(xsm_op, "b", 0), REG(hvm_op, "cb", 0), REG(tmem_op, "b", 0), REG(argo_op, "cbbqq", 0),
    REG(xenpmu_op, "cb", 0), REG(dm_op, "dqb", 0), REG(hypfs_op, "cbqbq", 0), REG(xenoprof_op, "cb", 0), REG(arch_1, "qq", 0),
    REG(arch_7, "qq", 0),
    { __HYPERVISOR_multicall, 0, "multicall", "", MULTICALL, RESTORE | ALONE },
    { __HYPERVISOR_multicall, 0, "multicall", "", MULTICALL, RESTORE | ALONE },
};
const unsigned nr_rows = ARRAY_SIZE(rows);
