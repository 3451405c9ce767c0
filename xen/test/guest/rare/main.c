/* SPDX-License-Identifier: GPL-2.0-only */
/* Sub-operations that hardly anybody calls, and the older forms of hypercalls. */
#define __XEN_TOOLS__
#include "test.h"
#include <public/hvm/hvm_op.h>

static void check_flushes(void)
{
    static const uint64_t vcpus = 1;
    struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_MULTI };

    set_xen_guest_handle(op.arg2.vcpumask, &vcpus);
    EXPECT(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
    op.cmd = MMUEXT_INVLPG_MULTI;
    op.arg1.linear_addr = VIRT_BASE;
    EXPECT(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
    set_xen_guest_handle(op.arg2.vcpumask, (uint64_t *)0x1000);
    CHECK(hc_mmuext_op(&op, 1, NULL, DOMID_SELF) < 0, "a mask of vCPUs that is not there");
    EXPECT(mmuext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
    EXPECT(mmuext(MMUEXT_INVLPG_ALL, VIRT_BASE, 0), 0);
    EXPECT(mmuext(MMUEXT_FLUSH_CACHE, 0, 0), 0);
    EXPECT(mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0), 0);
}

/* What is about 32-bit guests may be switched all the same. */
static void check_assists(void)
{
    static const unsigned types[] = { VMASST_TYPE_4gb_segments, VMASST_TYPE_4gb_segments_notify, VMASST_TYPE_pae_extended_cr3 };

    for (unsigned i = 0; i < ARRAY_SIZE(types); i++) {
        EXPECT(hc_vm_assist(VMASST_CMD_enable, types[i]), 0);
        EXPECT(hc_vm_assist(VMASST_CMD_disable, types[i]), 0);
    }
}

static void check_memory(void)
{
    static xen_pfn_t frames[4];
    struct xen_memory_reservation claim = { .domid = 0, .nr_extents = 1ul << 40 };
    struct xen_reserved_device_memory_map rdm = { .flags = XENMEM_RDM_ALL };
    struct xen_machphys_mfn_list list = { .max_extents = 4 };
    struct xen_mem_acquire_resource res = { .domid = 0, .type = XENMEM_resource_grant_table, .nr_frames = 1 };

    CHECK(hc_memory_op(XENMEM_claim_pages, &claim) < 0, "more pages than there are");
    claim.nr_extents = 0;
    EXPECT(hc_memory_op(XENMEM_claim_pages, &claim), 0);
    EXPECT(hc_memory_op(XENMEM_reserved_device_memory_map, &rdm) == 0 || on_reference(), 1);
    EXPECT(rdm.nr_entries, 0);
    set_xen_guest_handle(list.extent_start, frames);
    CHECK(hc_memory_op(XENMEM_machphys_compat_mfn_list, &list) <= 0, "32-bit table");
    EXPECT(hc_memory_op(XENMEM_get_sharing_freed_pages, NULL), 0);
    EXPECT(hc_memory_op(XENMEM_get_sharing_shared_pages, NULL), 0);
    /* One's own table is not a tool's business. */
    set_xen_guest_handle(res.frame_list, frames);
    CHECK(hc_memory_op(XENMEM_acquire_resource, &res) < 0, "one's own grant table as a resource");
    res.domid = 77;
    EXPECT(hc_memory_op(XENMEM_acquire_resource, &res), -XEN_ESRCH);
}

static void check_grants(void)
{
    struct gnttab_swap_grant_ref swap = { .ref_a = 20, .ref_b = 21 };
    struct gnttab_unmap_and_replace replace = { .host_addr = SCRATCH_VA, .new_addr = SCRATCH_VA, .handle = 9999 };
    struct gnttab_dump_table dump = { .dom = DOMID_SELF };
    struct gnttab_cache_flush flush = { .op = GNTTAB_CACHE_CLEAN, .length = 5000 };

    grants_init(1);
    grant_v1(20, 1, boot_stack, GTF_permit_access);
    EXPECT(hc_grant_table_op(GNTTABOP_swap_grant_ref, &swap, 1), 0);
    EXPECT(swap.status, GNTST_okay);
    EXPECT(grants_v1[20].flags, 0);
    EXPECT(grants_v1[21].flags, GTF_permit_access);
    EXPECT(grants_v1[21].domid, 1);
    swap.ref_b = 1u << 30;
    EXPECT(hc_grant_table_op(GNTTABOP_swap_grant_ref, &swap, 1), 0);
    EXPECT(swap.status, GNTST_bad_gntref);
    EXPECT(hc_grant_table_op(GNTTABOP_unmap_and_replace, &replace, 1), 0);
    EXPECT(replace.status, GNTST_bad_handle);
    /* 4.17 has a debug key for it. */
    EXPECT(hc_grant_table_op(GNTTABOP_dump_table, &dump, 1), on_reference() ? -XEN_ENOSYS : 0);
    EXPECT(dump.status, GNTST_okay);
    EXPECT(hc_grant_table_op(GNTTABOP_cache_flush, &flush, 1), -XEN_EINVAL);
}

/* With the handler taken away, from the trap table too, an NMI goes nowhere. */
static void check_nmi(void)
{
    EXPECT(hc_nmi_op(XENNMI_unregister_callback, NULL), 0);
    EXPECT(hc_nmi_op(XENNMI_unregister_callback, NULL), 0);
    EXPECT(hc_vcpu_op(VCPUOP_send_nmi, 9, NULL), -XEN_ENOENT);
    EXPECT(hc_vcpu_op(VCPUOP_send_nmi, 0, NULL), 0);
}

static void check_old_forms(void)
{
    struct evtchn_op op = { .cmd = EVTCHNOP_alloc_unbound };
    struct sched_shutdown code = { .reason = 256 };
    struct xen_hvm_param param = { .domid = DOMID_SELF };

    op.u.alloc_unbound.dom = DOMID_SELF;
    EXPECT(hypercall(__HYPERVISOR_event_channel_op_compat, &op, 0, 0, 0), 0);
    CHECK(op.u.alloc_unbound.port, "a port");
    op.u.close.port = op.u.alloc_unbound.port;
    op.cmd = EVTCHNOP_close;
    EXPECT(hypercall(__HYPERVISOR_event_channel_op_compat, &op, 0, 0, 0), 0);
    op.cmd = EVTCHNOP_reset;
    EXPECT(hypercall(__HYPERVISOR_event_channel_op_compat, &op, 0, 0, 0), -XEN_ENOSYS);
    EXPECT(hypercall(__HYPERVISOR_sched_op_compat, SCHEDOP_yield, 0, 0, 0), 0);
    EXPECT(hypercall(__HYPERVISOR_sched_op_compat, SCHEDOP_poll, 0, 0, 0), -XEN_ENOSYS);
    EXPECT(hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, &param, 0, 0), -XEN_EINVAL);
    EXPECT(hypercall(__HYPERVISOR_hvm_op, 9999, &param, 0, 0), -XEN_ENOSYS);
    EXPECT(hc_sched_op(SCHEDOP_shutdown_code, 0x1000), -XEN_EFAULT);
    CHECK(hc_sched_op(SCHEDOP_shutdown_code, &code) < 0 || on_reference(), "256 as reason");
}

void test_main(void)
{
    check_flushes();
    check_assists();
    check_memory();
    check_grants();
    check_nmi();
    check_old_forms();
}
