/* SPDX-License-Identifier: GPL-2.0-only */
/* The hardware is dom0's, but for what the hypervisor drives itself. */
#include <xen/drivers.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/rangeset.h>
#include <x86/boot.h>
#include <x86/cpufeature.h>
#include <x86/ioapic.h>
#include <x86/iommu.h>
#include "dom0.h"

/* Ports of the hypervisor's own: interrupt controllers with their trigger registers, timer, speaker gate, PCI access
 * (emulated: index and data are shared). */
static const struct { u16 first, last; } own_ports[] = {
    { 0x20, 0x21 }, { 0xa0, 0xa1 }, { 0x4d0, 0x4d1 }, { 0x40, 0x43 }, { 0x61, 0x61 }, { 0xcf8, 0xcff },
};

static void check(int rc)
{
    if (rc)
        panic("dom0: the list of its hardware could not be made: %d", rc);
}

static void grant_ports(struct domain *d)
{
    u16 first, last;

    check(rangeset_add(d->ioport_caps, 0, 0xffff));
    for (unsigned int i = 0; i < ARRAY_SIZE(own_ports); i++)
        check(rangeset_remove(d->ioport_caps, own_ports[i].first, own_ports[i].last));
    for (unsigned int i = 0; i < 2; i++)
        if (serial_ports(i, &first, &last))
            check(rangeset_remove(d->ioport_caps, first, last));
}

/* The HPET stays in: firmware code that dom0 runs (AML) reads its registers. */
static void grant_memory(struct domain *d)
{
    u64 first, last;

    check(rangeset_add(d->iomem_caps, 0, (1UL << (cpu_host.phys_bits - PAGE_SHIFT)) - 1));
    check(rangeset_remove(d->iomem_caps, 0xfee00, 0xfeeff));     /* local APICs, MSI window */
    check(rangeset_remove(d->iomem_caps, TRAMPOLINE_PADDR >> PAGE_SHIFT, TRAMPOLINE_PADDR >> PAGE_SHIFT));
    for (unsigned int i = 0; ioapic_address(i); i++)
        check(rangeset_remove(d->iomem_caps, ioapic_address(i) >> PAGE_SHIFT, ioapic_address(i) >> PAGE_SHIFT));
    for (unsigned int i = 0; (first = iommu_registers(i, &last)) != 0; i++)
        check(rangeset_remove(d->iomem_caps, first, last));
    for (unsigned int i = 0; i < boot_info.nr_e820; i++) {
        const struct e820_entry *e = &boot_info.e820[i];
        u64 end = (e->addr + e->size) >> PAGE_SHIFT;

        first = max(DIV_ROUND_UP(e->addr, PAGE_SIZE), 0x100UL);
        if (e->type == E820_RAM && first < end)
            check(rangeset_remove(d->iomem_caps, first, end - 1));
    }
}

void dom0_grant_hardware(struct domain *d)
{
    grant_ports(d);
    grant_memory(d);
    check(rangeset_add(d->irq_caps, 0, nr_pirqs() - 1));
    d->has_devices = true;
}
