/* SPDX-License-Identifier: GPL-2.0-only */
/* physdev_op. */
#include "errnos.h"

#define LIST(...) __VA_ARGS__
#define PHYS(op_, type, fields_, ...)                                                                                 \
    { .name = "physdev." #op_, .nr = __HYPERVISOR_physdev_op, .args = { PHYSDEVOP_##op_ }, .pointer = 1,              \
      .size = sizeof(struct type), .fields = { fields_ }, __VA_ARGS__ }
#define GOOD(type, ...) .good = &(const struct type){ __VA_ARGS__ }
#define NO_DEVICE(type) GOOD(type, .bus = 0x55, .devfn = 8)

const struct op physdev_ops[] = {
    PHYS(eoi, physdev_eoi, LIST(V(struct physdev_eoi, irq, 1000, 0x10000, 0xffffffff)), GOOD(physdev_eoi, .irq = 0xffffffff)),
    PHYS(pirq_eoi_gmfn_v1, physdev_pirq_eoi_gmfn, LIST(F(struct physdev_pirq_eoi_gmfn, gmfn, OTHER_FRAME)), GOOD(physdev_pirq_eoi_gmfn, .gmfn = ~0ul)),
    PHYS(pirq_eoi_gmfn_v2, physdev_pirq_eoi_gmfn, LIST(F(struct physdev_pirq_eoi_gmfn, gmfn, OTHER_FRAME)), GOOD(physdev_pirq_eoi_gmfn, .gmfn = ~0ul)),
    PHYS(irq_status_query, physdev_irq_status_query, LIST(V(struct physdev_irq_status_query, irq, 0, 14, 1000, 0x10000, 0xffffffff)), .run = true),
    PHYS(set_iopl, physdev_set_iopl, LIST(V(struct physdev_set_iopl, iopl, 0, 1, 3, 4, 0xffffffff)), .run = true),
    PHYS(set_iobitmap, physdev_set_iobitmap, LIST(F(struct physdev_set_iobitmap, bitmap, POINTER), V(struct physdev_set_iobitmap, nr_ports, 0, 65536, 65537, 0xffffffff)),
        GOOD(physdev_set_iobitmap, .nr_ports = 8), .run = true),
    PHYS(apic_read, physdev_apic, LIST(V(struct physdev_apic, apic_physbase, 0, 0xfec00000, ~0ul), V(struct physdev_apic, reg, 0, 1, 0x10, 0xff, 0xffffffff))),
    PHYS(apic_write, physdev_apic, LIST(V(struct physdev_apic, apic_physbase, 0, ~0ul))),
    PHYS(alloc_irq_vector, physdev_irq, LIST(V(struct physdev_irq, irq, 1000, 0x10000, 0xffffffff)), GOOD(physdev_irq, .irq = 0xffffffff)),
    PHYS(free_irq_vector, physdev_irq, LIST(V(struct physdev_irq, irq, 1000, 0xffffffff)), GOOD(physdev_irq, .irq = 0xffffffff)),
    PHYS(map_pirq, physdev_map_pirq, LIST(F(struct physdev_map_pirq, domid, DOMID), V(struct physdev_map_pirq, type, 2, 5, 0xffffffff),
        V(struct physdev_map_pirq, index, 1000, 0x7fffffff, 0xffffffff)),
        GOOD(physdev_map_pirq, .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = -1, .pirq = -1)),
    { .name = "physdev.map_pirq(msi)", .nr = __HYPERVISOR_physdev_op, .args = { PHYSDEVOP_map_pirq }, .pointer = 1, .size = sizeof(struct physdev_map_pirq),
      .good = &(const struct physdev_map_pirq){ .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_MSI, .index = -1, .pirq = -1, .bus = 0x55, .devfn = 8 },
      .fields = { V(struct physdev_map_pirq, type, 0, 3, 4), V(struct physdev_map_pirq, entry_nr, 1, 2, 0x7fffffff, 0xffffffff),
                  V(struct physdev_map_pirq, table_base, 1, 0xfee00000, ~0ul) } },
    PHYS(unmap_pirq, physdev_unmap_pirq, LIST(F(struct physdev_unmap_pirq, domid, DOMID), V(struct physdev_unmap_pirq, pirq, 100, 0x7fffffff, 0xffffffff)),
        GOOD(physdev_unmap_pirq, .domid = DOMID_SELF, .pirq = -1)),
    PHYS(manage_pci_add, physdev_manage_pci, LIST()),
    PHYS(manage_pci_add_ext, physdev_manage_pci_ext, LIST()),
    PHYS(manage_pci_remove, physdev_manage_pci, LIST(V(struct physdev_manage_pci, bus, 0x55)), NO_DEVICE(physdev_manage_pci)),
    PHYS(restore_msi, physdev_restore_msi, LIST(V(struct physdev_restore_msi, bus, 0x55)), NO_DEVICE(physdev_restore_msi)),
    PHYS(restore_msi_ext, physdev_pci_device, LIST(V(struct physdev_pci_device, seg, 0, 1, 0xffff)), NO_DEVICE(physdev_pci_device)),
    PHYS(setup_gsi, physdev_setup_gsi, LIST(V(struct physdev_setup_gsi, gsi, 1000, 0x7fffffff, 0xffffffff), V(struct physdev_setup_gsi, triggering, 2, 255),
        V(struct physdev_setup_gsi, polarity, 2)), GOOD(physdev_setup_gsi, .gsi = -1)),
    PHYS(get_free_pirq, physdev_get_free_pirq, LIST(V(struct physdev_get_free_pirq, type, 0, 1, 2, 3, 5, 0xffffffff)), GOOD(physdev_get_free_pirq, .type = 9)),
    PHYS(pci_mmcfg_reserved, physdev_pci_mmcfg_reserved, LIST(V(struct physdev_pci_mmcfg_reserved, segment, 1, 0xffff), V(struct physdev_pci_mmcfg_reserved, flags, 0, 2)),
        GOOD(physdev_pci_mmcfg_reserved, .segment = 0xffff, .address = 0xb0000000, .start_bus = 9, .end_bus = 3)),
    PHYS(pci_device_add, physdev_pci_device_add, LIST()),
    PHYS(pci_device_remove, physdev_pci_device, LIST(V(struct physdev_pci_device, seg, 0, 1, 0xffff)), NO_DEVICE(physdev_pci_device)),
    PHYS(prepare_msix, physdev_pci_device, LIST(V(struct physdev_pci_device, seg, 0, 1, 0xffff)), NO_DEVICE(physdev_pci_device)),
    PHYS(release_msix, physdev_pci_device, LIST(V(struct physdev_pci_device, seg, 0, 1, 0xffff)), NO_DEVICE(physdev_pci_device)),
    PHYS(dbgp_op, physdev_dbgp_op, LIST(V(struct physdev_dbgp_op, op, 0, 3, 255), V(struct physdev_dbgp_op, bus, 0, 2, 255)), GOOD(physdev_dbgp_op, .op = 9, .bus = 9)),
    { .name = "physdev", .nr = __HYPERVISOR_physdev_op, .pointer = 1, .fields = { AV("cmd", 0, 0, 3, 22, 37, 64, 0x7fffffff, 0xffffffff) } },
    { .name = "physdev_compat", .nr = __HYPERVISOR_physdev_op_compat, .pointer = 0, .size = sizeof(struct physdev_op),
      .fields = { V(struct physdev_op, cmd, 0, 3, 12, 13, 0xffffffff) } },
    { .name = NULL },
};
