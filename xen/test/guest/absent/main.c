/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What docs/abi says is deliberately absent, called by the initial domain: the errno of the table comes back and nothing
 * happens. Not compared with 4.17, which has some of it.
 */
#define __XEN_TOOLS__
#include "test.h"
#include <public/arch-x86/xen-mca.h>
#include <public/domctl.h>
#include <public/kexec.h>
#include <public/sysctl.h>

static char *args; /* a page of zeros: the argument of whatever is called */

struct row {
    const char *name;
    unsigned long cmd;
    long want;
};

/* Not in public/ for want of a use; numbers of Xen 4.17's xen-mca.h and domctl.h. */
enum { XEN_MC_fetch = 1, XEN_MC_notifydomain, XEN_MC_physcpuinfo, XEN_MC_msrinject, XEN_MC_mceinject, XEN_MC_inject_v2 };
enum { XEN_DOMCTL_soft_reset_cont = 23 };

#define ROW(cmd, want) { #cmd, cmd, -XEN_##want }

/* Whole hypercalls: zeros in all arguments. */
static const struct row hypercalls[] = {
    ROW(__HYPERVISOR_xsm_op, ENOSYS), ROW(__HYPERVISOR_xenoprof_op, ENOSYS), ROW(__HYPERVISOR_tmem_op, ENOSYS),
    ROW(__HYPERVISOR_argo_op, ENOSYS), ROW(__HYPERVISOR_dm_op, ENOSYS), ROW(__HYPERVISOR_hypfs_op, ENOSYS),
    ROW(__HYPERVISOR_arch_0, ENOSYS), ROW(__HYPERVISOR_arch_1, ENOSYS), ROW(__HYPERVISOR_arch_2, ENOSYS),
    ROW(__HYPERVISOR_arch_3, ENOSYS), ROW(__HYPERVISOR_arch_4, ENOSYS), ROW(__HYPERVISOR_arch_5, ENOSYS),
    ROW(__HYPERVISOR_arch_6, ENOSYS), ROW(__HYPERVISOR_arch_7, ENOSYS), ROW(__HYPERVISOR_xenpmu_op, EOPNOTSUPP),
};

static const struct row memory[] = {
    ROW(XENMEM_add_to_physmap, EACCES), ROW(XENMEM_add_to_physmap_batch, EACCES), ROW(XENMEM_remove_from_physmap, EACCES),
    ROW(XENMEM_set_pod_target, EINVAL), ROW(XENMEM_get_pod_target, EINVAL), ROW(XENMEM_paging_op, EOPNOTSUPP),
    ROW(XENMEM_access_op, EOPNOTSUPP), ROW(XENMEM_sharing_op, EOPNOTSUPP), ROW(XENMEM_get_vnumainfo, EOPNOTSUPP),
    ROW(XENMEM_machphys_compat_mfn_list, EOPNOTSUPP),
};

static const struct row physdev[] = {
    ROW(PHYSDEVOP_apic_write, EOPNOTSUPP), ROW(PHYSDEVOP_dbgp_op, ENOSYS), ROW(PHYSDEVOP_pirq_eoi_gmfn_v1, ENOSYS),
    ROW(PHYSDEVOP_free_irq_vector, ENOSYS),
};

static const struct row kexec[] = {
    ROW(KEXEC_CMD_kexec_load_v1, ENOSYS), ROW(KEXEC_CMD_kexec_unload_v1, ENOSYS),
};

static const struct row mca[] = {
    ROW(XEN_MC_fetch, ENOSYS), ROW(XEN_MC_notifydomain, ENOSYS), ROW(XEN_MC_physcpuinfo, ENOSYS), ROW(XEN_MC_msrinject, ENOSYS),
    ROW(XEN_MC_mceinject, ENOSYS), ROW(XEN_MC_inject_v2, ENOSYS),
};

static const struct row platform[] = {
    ROW(XENPF_add_memtype, EOPNOTSUPP), ROW(XENPF_del_memtype, EOPNOTSUPP), ROW(XENPF_read_memtype, EOPNOTSUPP),
    ROW(XENPF_microcode_update, EOPNOTSUPP), ROW(XENPF_change_freq, EOPNOTSUPP), ROW(XENPF_set_processor_pminfo, EOPNOTSUPP),
    ROW(XENPF_cpu_online, EOPNOTSUPP), ROW(XENPF_cpu_offline, EOPNOTSUPP), ROW(XENPF_cpu_hotadd, EOPNOTSUPP),
    ROW(XENPF_mem_hotadd, EOPNOTSUPP), ROW(XENPF_core_parking, EOPNOTSUPP), ROW(XENPF_efi_runtime_call, ENOSYS),
    ROW(XENPF_resource_op, ENOSYS),
};

static const struct row domctls[] = {
    ROW(XEN_DOMCTL_assign_device, ENOSYS), ROW(XEN_DOMCTL_test_assign_device, ENOSYS), ROW(XEN_DOMCTL_deassign_device, ENOSYS),
    ROW(XEN_DOMCTL_get_device_group, ENOSYS), ROW(XEN_DOMCTL_bind_pt_irq, ENOSYS), ROW(XEN_DOMCTL_unbind_pt_irq, ENOSYS),
    ROW(XEN_DOMCTL_ioport_mapping, ENOSYS), ROW(XEN_DOMCTL_gethvmcontext, ENOSYS),
    ROW(XEN_DOMCTL_gethvmcontext_partial, ENOSYS), ROW(XEN_DOMCTL_sethvmcontext, ENOSYS), ROW(XEN_DOMCTL_set_target, ENOSYS),
    ROW(XEN_DOMCTL_debug_op, ENOSYS), ROW(XEN_DOMCTL_vm_event_op, ENOSYS), ROW(XEN_DOMCTL_monitor_op, ENOSYS),
    ROW(XEN_DOMCTL_vmtrace_op, ENOSYS), ROW(XEN_DOMCTL_set_access_required, ENOSYS), ROW(XEN_DOMCTL_mem_sharing_op, ENOSYS),
    ROW(XEN_DOMCTL_audit_p2m, ENOSYS), ROW(XEN_DOMCTL_set_broken_page_p2m, ENOSYS), ROW(XEN_DOMCTL_soft_reset, ENOSYS),
    ROW(XEN_DOMCTL_soft_reset_cont, ENOSYS), ROW(XEN_DOMCTL_setvnumainfo, ENOSYS), ROW(XEN_DOMCTL_psr_cmt_op, ENOSYS),
    ROW(XEN_DOMCTL_psr_alloc, ENOSYS), ROW(XEN_DOMCTL_vuart_op, ENOSYS), ROW(XEN_DOMCTL_cacheflush, ENOSYS),
    ROW(XEN_DOMCTL_gdbsx_guestmemio, ENOSYS), ROW(XEN_DOMCTL_gdbsx_pausevcpu, ENOSYS),
    ROW(XEN_DOMCTL_gdbsx_unpausevcpu, ENOSYS), ROW(XEN_DOMCTL_gdbsx_domstatus, ENOSYS), ROW(XEN_DOMCTL_real_mode_area, ENOSYS),
    ROW(XEN_DOMCTL_set_opt_feature, ENOSYS),
};

static const struct row sysctls[] = {
    ROW(XEN_SYSCTL_tbuf_op, ENOSYS), ROW(XEN_SYSCTL_perfc_op, ENOSYS), ROW(XEN_SYSCTL_page_offline_op, ENOSYS),
    ROW(XEN_SYSCTL_lockprof_op, ENOSYS), ROW(XEN_SYSCTL_coverage_op, ENOSYS), ROW(XEN_SYSCTL_psr_alloc, ENOSYS),
    ROW(XEN_SYSCTL_psr_cmt_op, ENOSYS), ROW(XEN_SYSCTL_livepatch_op, ENOSYS), ROW(XEN_SYSCTL_get_pmstat, ENODEV),
};

static const struct row pm[] = {
    ROW(XEN_SYSCTL_pm_op_set_max_cstate, EOPNOTSUPP), ROW(XEN_SYSCTL_pm_op_set_sched_opt_smt, EOPNOTSUPP),
    ROW(XEN_SYSCTL_pm_op_set_vcpu_migration_delay, EOPNOTSUPP), ROW(XEN_SYSCTL_pm_op_get_vcpu_migration_delay, EOPNOTSUPP),
    ROW(XEN_SYSCTL_pm_op_enable_turbo, EOPNOTSUPP), ROW(XEN_SYSCTL_pm_op_disable_turbo, EOPNOTSUPP),
};

static const struct row hotplug[] = {
    ROW(XEN_SYSCTL_CPU_HOTPLUG_OFFLINE, EOPNOTSUPP), ROW(XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE, EOPNOTSUPP),
    ROW(XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE, EOPNOTSUPP), ROW(XEN_SYSCTL_CPU_HOTPLUG_ONLINE, EEXIST),
};

static long call_hypercall(unsigned long cmd) { return hypercall(cmd, 0, 0, 0, 0); }
static long call_memory(unsigned long cmd) { return hc_memory_op(cmd, args); }
static long call_physdev(unsigned long cmd) { return hc_physdev_op(cmd, args); }
static long call_kexec(unsigned long cmd) { return hypercall(__HYPERVISOR_kexec_op, cmd, args, 0, 0); }

static long call_mca(unsigned long cmd)
{
    uint32_t *m = (void *)args; /* struct xen_mc: command, version, union */

    m[0] = cmd;
    m[1] = XEN_MCA_INTERFACE_VERSION;
    return hypercall(__HYPERVISOR_mca, m, 0, 0, 0);
}

static long call_platform(unsigned long cmd)
{
    struct xen_platform_op *op = (void *)args;

    op->cmd = cmd;
    op->interface_version = XENPF_INTERFACE_VERSION;
    return hc_platform_op(op);
}

static long call_domctl(unsigned long cmd)
{
    struct xen_domctl *op = (void *)args;

    op->cmd = cmd;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return hc_domctl(op);
}

static long call_sysctl(unsigned long cmd)
{
    struct xen_sysctl *op = (void *)args;

    op->cmd = cmd;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return hc_sysctl(op);
}

/* Commands of a sysctl's own. */
static long call_pm(unsigned long cmd)
{
    ((struct xen_sysctl *)(void *)args)->u.pm_op.cmd = cmd;
    return call_sysctl(XEN_SYSCTL_pm_op);
}

static long call_hotplug(unsigned long cmd)
{
    ((struct xen_sysctl *)(void *)args)->u.cpu_hotplug.op = cmd;
    return call_sysctl(XEN_SYSCTL_cpu_hotplug);
}

static void check(const struct row *rows, unsigned n, long (*call)(unsigned long cmd))
{
    for (unsigned i = 0; i < n; i++) {
        long result;

        memset(args, 0, PAGE_SIZE);
        result = call(rows[i].cmd);
        CHECK(result == rows[i].want, "%s: %ld, not %ld", rows[i].name, result, rows[i].want);
    }
}
#define CHECK_ROWS(rows, call) check(rows, ARRAY_SIZE(rows), call)

void test_main(void)
{
    static const struct callback_unregister old = { .type = CALLBACKTYPE_sysenter_deprecated };

    args = page_alloc();
    CHECK_ROWS(hypercalls, call_hypercall);
    CHECK_ROWS(memory, call_memory);
    CHECK_ROWS(physdev, call_physdev);
    CHECK_ROWS(kexec, call_kexec);
    CHECK_ROWS(mca, call_mca);
    CHECK_ROWS(platform, call_platform);
    CHECK_ROWS(domctls, call_domctl);
    CHECK_ROWS(sysctls, call_sysctl);
    CHECK_ROWS(pm, call_pm);
    CHECK_ROWS(hotplug, call_hotplug);
    EXPECT(hc_callback_op(CALLBACKOP_unregister, &old), -XEN_ENOSYS);
    EXPECT(mmuext(MMUEXT_MARK_SUPER, 0, 0), -XEN_EOPNOTSUPP);
    EXPECT(mmuext(MMUEXT_UNMARK_SUPER, 0, 0), -XEN_EOPNOTSUPP);
}
