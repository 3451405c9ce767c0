/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * physdev_op from the initial domain: lines and messages, IO-APIC registers, PCI devices, permission maps; bad
 * arguments. Not compared: 4.17 does not survive it as Debian builds it.
 */
#include "test.h"

enum { LINE = 17, NO_LINE = 5000 };

static void check_lines(void)
{
    struct physdev_setup_gsi gsi = { .gsi = LINE, .triggering = 1, .polarity = 1 };
    struct physdev_map_pirq map = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = LINE, .pirq = LINE };
    struct physdev_irq irq = { .irq = LINE };
    struct physdev_unmap_pirq unmap = { .domid = DOMID_SELF, .pirq = LINE };
    struct evtchn_bind_pirq bind = { .pirq = LINE };
    struct physdev_irq_status_query status = { .irq = LINE };
    struct physdev_eoi eoi = { .irq = LINE };
    struct evtchn_close close;

    EXPECT(hc_physdev_op(PHYSDEVOP_alloc_irq_vector, &irq), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_free_irq_vector, &irq), -XEN_ENOSYS);
    EXPECT(hc_physdev_op(PHYSDEVOP_map_pirq, &map), 0);
    EXPECT(map.pirq, LINE);
    EXPECT(hc_physdev_op(PHYSDEVOP_setup_gsi, &gsi), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_setup_gsi, &gsi), -XEN_EEXIST);
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_pirq, &bind), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_irq_status_query, &status), 0);
    CHECK(status.flags & XENIRQSTAT_needs_eoi, "a level line needs an EOI: %x", status.flags);
    EXPECT(hc_physdev_op(PHYSDEVOP_eoi, &eoi), 0);
    close.port = bind.port;
    EXPECT(hc_event_channel_op(EVTCHNOP_close, &close), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_unmap_pirq, &unmap), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_unmap_pirq, &unmap), -XEN_EINVAL);

    gsi.gsi = NO_LINE;
    EXPECT(hc_physdev_op(PHYSDEVOP_setup_gsi, &gsi), -XEN_EINVAL);
    map.index = NO_LINE;
    EXPECT(hc_physdev_op(PHYSDEVOP_map_pirq, &map), -XEN_EINVAL);
    map.type = 99;
    EXPECT(hc_physdev_op(PHYSDEVOP_map_pirq, &map), -XEN_EINVAL);
    map.domid = 77;
    EXPECT(hc_physdev_op(PHYSDEVOP_map_pirq, &map), -XEN_ESRCH);
    eoi.irq = status.irq = NO_LINE;
    EXPECT(hc_physdev_op(PHYSDEVOP_eoi, &eoi), -XEN_EINVAL);
    EXPECT(hc_physdev_op(PHYSDEVOP_irq_status_query, &status), -XEN_EINVAL);
}

static void check_free(void)
{
    struct physdev_get_free_pirq a = { .type = MAP_PIRQ_TYPE_MSI }, b = { .type = MAP_PIRQ_TYPE_MSI };

    EXPECT(hc_physdev_op(PHYSDEVOP_get_free_pirq, &a), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_get_free_pirq, &b), 0);
    CHECK(a.pirq != b.pirq, "two numbers: %u", a.pirq);
}

/* Version register of the first IO-APIC: at least 16 lines. */
static void check_ioapic(void)
{
    struct physdev_apic apic = { .apic_physbase = 0xfec00000, .reg = 1 };

    EXPECT(hc_physdev_op(PHYSDEVOP_apic_read, &apic), 0);
    CHECK((apic.value >> 16 & 0xff) >= 15, "IO-APIC version %x", apic.value);
    apic.apic_physbase = 0x1000;
    EXPECT(hc_physdev_op(PHYSDEVOP_apic_read, &apic), -XEN_EINVAL);
}

/* A device is known after it was added, and only then; 00:01.0 has no message-signalled interrupts. */
static void check_devices(void)
{
    struct physdev_pci_device_add add = { .bus = 0, .devfn = 8 };
    struct physdev_pci_device device = { .bus = 0, .devfn = 8 };
    struct physdev_manage_pci old = { .bus = 0, .devfn = 9 };
    struct physdev_manage_pci_ext ext = { .bus = 0, .devfn = 9 };
    struct physdev_restore_msi restore = { .bus = 0, .devfn = 9 };

    EXPECT(hc_physdev_op(PHYSDEVOP_pci_device_add, &add), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_restore_msi_ext, &device), -XEN_ENODEV);
    EXPECT(hc_physdev_op(PHYSDEVOP_restore_msi, &restore) < 0, 1);
    EXPECT(hc_physdev_op(PHYSDEVOP_prepare_msix, &device), -XEN_ENODEV);
    EXPECT(hc_physdev_op(PHYSDEVOP_release_msix, &device), -XEN_ENODEV);
    EXPECT(hc_physdev_op(PHYSDEVOP_pci_device_remove, &device), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_pci_device_remove, &device), -XEN_ENODEV);
    EXPECT(hc_physdev_op(PHYSDEVOP_manage_pci_add, &old), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_manage_pci_remove, &old), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_manage_pci_remove, &old), -XEN_ENODEV);
    EXPECT(hc_physdev_op(PHYSDEVOP_manage_pci_add_ext, &ext), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_manage_pci_remove, &old), 0);
}

/* The machine has no memory-mapped configuration space (QEMU's pc): no window is right. */
static void check_mmcfg(void)
{
    struct physdev_pci_mmcfg_reserved m = { .address = 0xb0000000, .start_bus = 0, .end_bus = 255 };

    CHECK(hc_physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &m) < 0, "a window that the firmware does not know");
}

static void check_maps(void)
{
    struct physdev_set_iobitmap io = { .nr_ports = 65537 };
    struct physdev_pirq_eoi_gmfn gmfn = { .gmfn = ~0ul };

    EXPECT(hc_physdev_op(PHYSDEVOP_set_iobitmap, &io), -XEN_EINVAL);
    io.nr_ports = 0;
    EXPECT(hc_physdev_op(PHYSDEVOP_set_iobitmap, &io), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v2, &gmfn), -XEN_EINVAL);
    gmfn.gmfn = virt_to_mfn(page_alloc());
    EXPECT(hc_physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v2, &gmfn), 0);
    EXPECT(hc_physdev_op(PHYSDEVOP_pirq_eoi_gmfn_v2, &gmfn), -XEN_EBUSY);
}

/* The older hypercall has the command in its argument. */
static void check_compat(void)
{
    struct physdev_op op = { .cmd = PHYSDEVOP_irq_status_query };

    op.u.irq_status_query.irq = LINE;
    EXPECT(hypercall(__HYPERVISOR_physdev_op_compat, &op, 0, 0, 0), 0);
    op.cmd = PHYSDEVOP_eoi;
    EXPECT(hypercall(__HYPERVISOR_physdev_op_compat, &op, 0, 0, 0), -XEN_ENOSYS);
}

void test_main(void)
{
    check_lines();
    check_free();
    check_ioapic();
    check_devices();
    check_mmcfg();
    check_maps();
    check_compat();
}
