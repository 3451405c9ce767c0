/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * docs/abi/privileges.md from the side of a guest that has no rights: each operation that is the initial domain's, and each
 * argument that names another domain, is refused with the error of the table, and nothing happens.
 */
#define __XEN_TOOLS__
#include "test.h"
#include <public/domctl.h>
#include <public/kexec.h>
#include <public/sysctl.h>

static char *args; /* a page: the argument of whatever is called, zero but for what a row writes */

struct row {
    const char *name;
    unsigned number;
    unsigned long cmd;
    long want;
};

#define ROW(nr, cmd, want) { #cmd, __HYPERVISOR_##nr, cmd, want }

/* The sub-operation as first argument, a structure of zeros as second. */
static const struct row operations[] = {
    ROW(memory_op, XENMEM_machine_memory_map, -XEN_EPERM),
    ROW(memory_op, XENMEM_set_memory_map, -XEN_EPERM),
    ROW(memory_op, XENMEM_claim_pages, -XEN_EPERM),
    ROW(memory_op, XENMEM_acquire_resource, -XEN_EPERM),
    ROW(sched_op, SCHEDOP_remote_shutdown, -XEN_EPERM),
    ROW(sched_op, SCHEDOP_pin_override, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_apic_read, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_apic_write, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_alloc_irq_vector, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_map_pirq, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_unmap_pirq, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_manage_pci_add, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_manage_pci_add_ext, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_manage_pci_remove, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_restore_msi, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_restore_msi_ext, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_setup_gsi, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_pci_mmcfg_reserved, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_pci_device_add, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_pci_device_remove, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_prepare_msix, -XEN_EPERM),
    ROW(physdev_op, PHYSDEVOP_release_msix, -XEN_EPERM),
    ROW(kexec_op, KEXEC_CMD_kexec_get_range, -XEN_EPERM),
};

static void check_operations(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(operations); i++) {
        const struct row *r = &operations[i];
        long result;

        memset(args, 0, PAGE_SIZE);
        result = hypercall(r->number, r->cmd, args, 0, 0);
        CHECK(result == r->want, "%s: %ld, not %ld", r->name, result, r->want);
    }
    EXPECT(hc_console_io(CONSOLEIO_read, 16, args), -XEN_EPERM);
    EXPECT(hypercall(__HYPERVISOR_arch_0, args, 0, 0, 0), -XEN_EPERM);
    EXPECT(hc_vcpu_op(VCPUOP_get_physid, 0, args), -XEN_EINVAL);
    EXPECT(mmuext(MMUEXT_FLUSH_CACHE, 0, 0), -XEN_EACCES);
    EXPECT(mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0), -XEN_EINVAL);
    memset(args, 'x', 64);
    EXPECT(hc_xen_version(XENVER_commandline, args), 0);
    CHECK(starts_with(args, "<denied>"), "the host's command line is shown");
}

/* The control interfaces: all numbers, those that exist and others, about oneself and about the initial domain. */
static void check_control(void)
{
    struct xen_domctl *d = (void *)args;
    struct xen_sysctl *s = (void *)args;
    struct xen_platform_op *p = (void *)args;

    for (unsigned cmd = 0; cmd < 100; cmd++) {
        memset(args, 0, PAGE_SIZE);
        d->cmd = cmd;
        d->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
        d->domain = cmd % 2 ? DOMID_SELF : 0;
        CHECK(hc_domctl(d) == -XEN_EPERM, "domctl %u: %ld", cmd, hc_domctl(d));
        d->domain = own_domid();
        CHECK(hc_domctl(d) == -XEN_EPERM, "domctl %u of its own: %ld", cmd, hc_domctl(d));
        memset(args, 0, PAGE_SIZE);
        s->cmd = cmd;
        s->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
        CHECK(hc_sysctl(s) == -XEN_EPERM, "sysctl %u: %ld", cmd, hc_sysctl(s));
        memset(args, 0, PAGE_SIZE);
        p->cmd = cmd;
        p->interface_version = XENPF_INTERFACE_VERSION;
        CHECK(hc_platform_op(p) == -XEN_EPERM, "platform_op %u: %ld", cmd, hc_platform_op(p));
    }
    /* Without a structure at all: the right is asked first. */
    EXPECT(hc_domctl(0x1000), -XEN_EPERM);
    EXPECT(hc_sysctl(0x1000), -XEN_EPERM);
    EXPECT(hc_platform_op(0x1000), -XEN_EPERM);
}

/* Calls that anybody may make, about the initial domain. */
static void check_memory_of_others(void)
{
    xen_pfn_t frame = 1;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = 0 };
    struct xen_memory_domain d = { .domid = 0 };
    struct xen_memory_exchange x = { .in = { .nr_extents = 1 }, .out = { .nr_extents = 1 } };
    struct mmu_update u = { .ptr = pt_entry_maddr((unsigned long)args, 1) };
    struct mmuext_op op = { .cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = 1 };

    set_xen_guest_handle(r.extent_start, &frame);
    set_xen_guest_handle(x.in.extent_start, &frame);
    set_xen_guest_handle(x.out.extent_start, &frame);
    EXPECT(hc_memory_op(XENMEM_increase_reservation, &r), 0);
    EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 0);
    EXPECT(hc_memory_op(XENMEM_populate_physmap, &r), 0);
    EXPECT(frame, 1);
    EXPECT(hc_memory_op(XENMEM_exchange, &x), -XEN_EPERM);
    EXPECT(hc_memory_op(XENMEM_current_reservation, &d), -XEN_EPERM);
    EXPECT(hc_memory_op(XENMEM_maximum_reservation, &d), -XEN_EPERM);
    EXPECT(hc_memory_op(XENMEM_maximum_gpfn, &d), -XEN_EPERM);
    EXPECT(hc_mmu_update(&u, 1, NULL, 0), -XEN_EPERM);
    EXPECT(hc_mmu_update(&u, 1, NULL, DOMID_XEN), -XEN_ESRCH);
    EXPECT(hc_mmuext_op(&op, 1, NULL, 0), -XEN_EPERM);
    EXPECT(hc_update_va_mapping_otherdomain(args, 0, 0, 0), -XEN_EPERM);
}

static void check_events_of_others(void)
{
    struct evtchn_alloc_unbound a = { .dom = 0, .remote_dom = DOMID_SELF };
    struct evtchn_status s = { .dom = 0, .port = 1 };
    struct evtchn_reset r = { .dom = 0 };

    EXPECT(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), -XEN_EPERM);
    EXPECT(hc_event_channel_op(EVTCHNOP_status, &s), -XEN_EPERM);
    EXPECT(hc_event_channel_op(EVTCHNOP_reset, &r), -XEN_EPERM);
}

static void check_grants_of_others(void)
{
    xen_pfn_t frame = 1;
    uint64_t status_frame;
    struct gnttab_setup_table setup = { .dom = 0, .nr_frames = 1 };
    struct gnttab_query_size size = { .dom = 0 };
    struct gnttab_get_version version = { .dom = 0 };
    struct gnttab_get_status_frames status = { .dom = 0, .nr_frames = 1 };
    struct gnttab_dump_table dump = { .dom = 0 };

    set_xen_guest_handle(setup.frame_list, &frame);
    set_xen_guest_handle(status.frame_list, &status_frame);
    EXPECT(hc_grant_table_op(GNTTABOP_setup_table, &setup, 1), 0);
    EXPECT(setup.status, GNTST_permission_denied);
    EXPECT(frame, 1);
    EXPECT(hc_grant_table_op(GNTTABOP_query_size, &size, 1), 0);
    EXPECT(size.status, GNTST_permission_denied);
    EXPECT(hc_grant_table_op(GNTTABOP_get_version, &version, 1), -XEN_EPERM);
    EXPECT(hc_grant_table_op(GNTTABOP_get_status_frames, &status, 1), 0);
    CHECK(status.status < 0, "status frames of another domain: %d", status.status);
    EXPECT(hc_grant_table_op(GNTTABOP_dump_table, &dump, 1), 0);
    EXPECT(dump.status, GNTST_permission_denied);
}

/* Numbers of domains that are none tell no more than -ESRCH. */
static void check_nobody(void)
{
    struct evtchn_status s = { .dom = 3333, .port = 1 };
    struct xen_memory_domain d = { .domid = 3333 };

    EXPECT(hc_event_channel_op(EVTCHNOP_status, &s), -XEN_ESRCH);
    EXPECT(hc_memory_op(XENMEM_current_reservation, &d), -XEN_ESRCH);
}

void test_main(void)
{
    if (privileged())
        report_skip("the initial domain has the rights; run --unprivileged");
    args = page_alloc();
    check_operations();
    check_control();
    check_memory_of_others();
    check_events_of_others();
    check_grants_of_others();
    check_nobody();
}
