/* SPDX-License-Identifier: GPL-2.0-only */
/* HYPERVISOR_physdev_op: interrupts, I/O rights and PCI devices. Fixed-size arguments: copied in, handled, copied out. */
#include <xen/guest_access.h>
#include <xen/hypercall.h>
#include <xen/iommu.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/msix.h>
#include <x86/ioapic.h>
#include <x86/irq_desc.h>
#include <x86/page.h>
#include <x86/pci.h>
#include <public/event_channel.h>
#include <public/physdev.h>

union physdev_arg {
    struct physdev_eoi eoi;
    struct physdev_pirq_eoi_gmfn eoi_gmfn;
    struct physdev_irq_status_query status;
    struct physdev_set_iopl iopl;
    struct physdev_set_iobitmap iobitmap;
    struct physdev_apic apic;
    struct physdev_irq irq;
    struct physdev_map_pirq map;
    struct physdev_unmap_pirq unmap;
    struct physdev_manage_pci pci;
    struct physdev_manage_pci_ext pci_ext;
    struct physdev_restore_msi restore;
    struct physdev_setup_gsi gsi;
    struct physdev_get_free_pirq free;
    struct physdev_pci_mmcfg_reserved mmcfg;
    struct physdev_pci_device_add add;
    struct physdev_pci_device device;
};

static int op_eoi(union physdev_arg *a)
{
    if (a->eoi.irq >= nr_pirqs())
        return -EINVAL;
    irq_guest_eoi(current->domain, a->eoi.irq);
    return 0;
}

static int op_eoi_gmfn(union physdev_arg *a)
{
    return pirq_set_eoi_map(current->domain, mfn(a->eoi_gmfn.gmfn));
}

static int op_status(union physdev_arg *a)
{
    u32 pirq = a->status.irq;

    if (pirq >= nr_pirqs())
        return -EINVAL;
    a->status.flags = irq_needs_eoi(current->domain, pirq) ? XENIRQSTAT_needs_eoi : 0;
    if (pirq_to_irq(current->domain, pirq) >= 16 && a->status.flags)
        a->status.flags |= XENIRQSTAT_shared;
    return 0;
}

static int op_iopl(union physdev_arg *a)
{
    if (a->iopl.iopl > 3)
        return -EINVAL;
    current->arch.pv.iopl = a->iopl.iopl;
    return 0;
}

static int op_iobitmap(union physdev_arg *a)
{
    if (a->iobitmap.nr_ports > 65536 || !is_canonical((u64)a->iobitmap.bitmap.p) ||
        !guest_range_ok((u64)a->iobitmap.bitmap.p, a->iobitmap.nr_ports / 8 + 1))
        return -EINVAL;
    current->arch.pv.iobmp.gva = (u64)a->iobitmap.bitmap.p;
    current->arch.pv.iobmp.limit = a->iobitmap.nr_ports;
    return 0;
}

static int op_apic_read(union physdev_arg *a)
{
    return ioapic_guest_read(a->apic.apic_physbase, a->apic.reg, &a->apic.value) ? 0 : -EINVAL;
}

/* Lines are set up by PHYSDEVOP_setup_gsi; the registers stay ours. */
static int op_apic_write(union physdev_arg *a) { return -EOPNOTSUPP; }

static int op_alloc_vector(union physdev_arg *a)
{
    if (a->irq.irq >= nr_pirqs())
        return -EINVAL;
    a->irq.vector = a->irq.irq;
    return 0;
}

/* Segment, bus and function in one word, as the type has them. */
static u32 map_device(const struct physdev_map_pirq *m)
{
    u32 segment = m->type == MAP_PIRQ_TYPE_MSI ? 0 : (u32)m->bus >> 16;

    return pci_address((u16)segment, (u8)m->bus, (u8)m->devfn).v;
}

#define MSI_MAX_MESSAGES 32           /* PCI 3.0, 6.8.1.3 */

static int do_map(struct domain *d, struct physdev_map_pirq *m)
{
    switch (m->type) {
    case MAP_PIRQ_TYPE_GSI:
        return m->index < 0 ? -EINVAL : pirq_map_gsi(d, (unsigned int)m->index, m->pirq);
    case MAP_PIRQ_TYPE_MULTI_MSI:
        if (m->entry_nr < 1 || m->entry_nr > MSI_MAX_MESSAGES)
            return -EDOM;
        if (m->entry_nr != 1 || m->table_base)
            return -EOPNOTSUPP;      /* one message a device; its driver falls back to that */
        fallthrough;
    case MAP_PIRQ_TYPE_MSI:
    case MAP_PIRQ_TYPE_MSI_SEG:
        return pirq_map_msi(d, map_device(m), m->table_base, (unsigned int)m->entry_nr, m->table_base, m->pirq);
    }
    return -EINVAL;
}

static int op_map(union physdev_arg *a)
{
    struct domain *d;
    int pirq, rc = domain_get_target(a->map.domid, &d);

    if (rc)
        return rc;
    pirq = do_map(d, &a->map);
    if (pirq >= 0 && d != current->domain && !iommu_has_devices(d))
        printk("d%u drives a device (interrupt %d): without an IOMMU it reaches all memory by it\n", d->id, pirq);
    domain_put(d);
    if (pirq < 0)
        return pirq;
    a->map.pirq = pirq;
    return 0;
}

static int op_unmap(union physdev_arg *a)
{
    struct domain *d;
    int rc = domain_get_target(a->unmap.domid, &d);

    if (rc)
        return rc;
    rc = a->unmap.pirq < 0 ? -EINVAL : pirq_unmap(d, (unsigned int)a->unmap.pirq);
    domain_put(d);
    return rc;
}

static int op_setup_gsi(union physdev_arg *a)
{
    return a->gsi.gsi < 0 ? -EINVAL : pirq_setup_gsi((unsigned int)a->gsi.gsi, a->gsi.triggering, a->gsi.polarity);
}

static int op_free_pirq(union physdev_arg *a)
{
    int pirq = a->free.type == MAP_PIRQ_TYPE_MSI ? pirq_get_free(current->domain) : -EINVAL;

    if (pirq < 0)
        return pirq;
    a->free.pirq = (u32)pirq;
    return 0;
}

static int op_pci_add_old(union physdev_arg *a) { return pci_device_add(pci_address(0, a->pci.bus, a->pci.devfn)); }
static int op_pci_add_ext(union physdev_arg *a) { return pci_device_add(pci_address(0, a->pci_ext.bus, a->pci_ext.devfn)); }
static int op_pci_remove_old(union physdev_arg *a) { return pci_device_remove(pci_address(0, a->pci.bus, a->pci.devfn)); }
static int op_pci_add(union physdev_arg *a) { return pci_device_add(pci_address(a->add.seg, a->add.bus, a->add.devfn)); }
static int op_pci_remove(union physdev_arg *a)
{
    return pci_device_remove(pci_address(a->device.seg, a->device.bus, a->device.devfn));
}
static int op_restore_msi(union physdev_arg *a)
{
    return msi_restore_device(pci_address(0, a->restore.bus, a->restore.devfn).v);
}
static int op_restore_msi_ext(union physdev_arg *a)
{
    return msi_restore_device(pci_address(a->device.seg, a->device.bus, a->device.devfn).v);
}

/* Its table is a guest's to read only, and stays so when the device is given back. */
static int op_msix(union physdev_arg *a)
{
    return msix_look(pci_address(a->device.seg, a->device.bus, a->device.devfn).v, 0);
}

static int op_mmcfg(union physdev_arg *a)
{
    if (a->mmcfg.flags & ~XEN_PCI_MMCFG_RESERVED)
        return -EINVAL;
    return pci_mmcfg_enable(a->mmcfg.address, a->mmcfg.segment, a->mmcfg.start_bus, a->mmcfg.end_bus);
}

#define IN(cmd, fn, member, who)  [PHYSDEVOP_##cmd] = { fn, sizeof(((union physdev_arg *)0)->member), false, who }
#define OUT(cmd, fn, member, who) [PHYSDEVOP_##cmd] = { fn, sizeof(((union physdev_arg *)0)->member), true, who }

static const struct {
    int (*fn)(union physdev_arg *);
    u16 size;
    bool out;
    enum hc_permission who;
} ops[] = {
    IN(eoi, op_eoi, eoi, HC_ANY),
    IN(pirq_eoi_gmfn_v2, op_eoi_gmfn, eoi_gmfn, HC_ANY),
    OUT(irq_status_query, op_status, status, HC_ANY),
    IN(set_iopl, op_iopl, iopl, HC_ANY),
    IN(set_iobitmap, op_iobitmap, iobitmap, HC_ANY),
    OUT(apic_read, op_apic_read, apic, HC_PRIVILEGED),
    IN(apic_write, op_apic_write, apic, HC_PRIVILEGED),
    OUT(alloc_irq_vector, op_alloc_vector, irq, HC_PRIVILEGED),
    OUT(map_pirq, op_map, map, HC_PRIVILEGED),
    IN(unmap_pirq, op_unmap, unmap, HC_PRIVILEGED),
    IN(manage_pci_add, op_pci_add_old, pci, HC_PRIVILEGED),
    IN(manage_pci_add_ext, op_pci_add_ext, pci_ext, HC_PRIVILEGED),
    IN(manage_pci_remove, op_pci_remove_old, pci, HC_PRIVILEGED),
    IN(restore_msi, op_restore_msi, restore, HC_PRIVILEGED),
    IN(restore_msi_ext, op_restore_msi_ext, device, HC_PRIVILEGED),
    IN(setup_gsi, op_setup_gsi, gsi, HC_PRIVILEGED),
    OUT(get_free_pirq, op_free_pirq, free, HC_ANY),
    IN(pci_mmcfg_reserved, op_mmcfg, mmcfg, HC_PRIVILEGED),
    IN(pci_device_add, op_pci_add, add, HC_PRIVILEGED),
    IN(pci_device_remove, op_pci_remove, device, HC_PRIVILEGED),
    IN(prepare_msix, op_msix, device, HC_PRIVILEGED),
    IN(release_msix, op_msix, device, HC_PRIVILEGED),
};

long hc_physdev_op(unsigned long cmd, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    union physdev_arg a;
    int rc;

    if ((int)cmd < 0 || (unsigned int)cmd >= ARRAY_SIZE(ops) || !ops[(int)cmd].fn)
        return -ENOSYS;
    if (!caller_may(ops[(int)cmd].who))
        return -EPERM;
    if (copy_from_guest(&a, gva(arg), ops[(int)cmd].size))
        return -EFAULT;
    rc = ops[(int)cmd].fn(&a);
    if (!rc && ops[(int)cmd].out && copy_to_guest(gva(arg), &a, ops[(int)cmd].size))
        rc = -EFAULT;
    return rc;
}

/* The older form: the command in the argument's first word. */
long hc_physdev_op_compat(unsigned long arg, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    u32 cmd;

    if (copy_from_guest(&cmd, gva(arg + offsetof(struct physdev_op, cmd)), sizeof(cmd)))
        return -EFAULT;
    if (cmd < PHYSDEVOP_irq_status_query || cmd > PHYSDEVOP_free_irq_vector)
        return -ENOSYS;
    return hc_physdev_op(cmd, arg + offsetof(struct physdev_op, u), 0, 0, 0);
}

long hc_event_channel_op_compat(unsigned long arg, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    u32 cmd;

    if (copy_from_guest(&cmd, gva(arg + offsetof(struct evtchn_op, cmd)), sizeof(cmd)))
        return -EFAULT;
    return cmd > EVTCHNOP_unmask ? -ENOSYS : hc_event_channel_op(cmd, arg + offsetof(struct evtchn_op, u), 0, 0, 0);
}
