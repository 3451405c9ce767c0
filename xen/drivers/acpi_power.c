/* SPDX-License-Identifier: GPL-2.0-only */
/* Switching the machine off and resetting it by ACPI's registers (ACPI 6.4, 4.8.3.2, 4.8.3.7, 4.8.4.6). */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/time.h>
#include <x86/acpi.h>
#include <x86/asm.h>
#include <x86/page.h>
#include <x86/pci.h>

#define SLEEP_TYPE_MASK  0x1c00
#define SLEEP_ENABLE     0x2000
#define REG_SLEEP_ENABLE 0x20

static int gas_write(const struct acpi_gas *g, u32 value, unsigned int bytes)
{
    volatile u8 *p;

    switch (g->space) {
    case ACPI_SPACE_IO:
        if (bytes == 1)
            outb((u8)value, (u16)g->address);
        else
            outw((u16)value, (u16)g->address);
        return 0;
    case ACPI_SPACE_MEMORY:
        p = ioremap(maddr(g->address), 4);
        if (!p)
            return -EINVAL;
        if (bytes == 1)
            *p = (u8)value;
        else
            *(volatile u16 *)p = (u16)value;
        return 0;
    case ACPI_SPACE_PCI:      /* bus 0 of segment 0: device and function in the address's middle */
        pci_write8(pci_address(0, 0, (u8)((g->address >> 32 & 31) << 3 | (g->address >> 16 & 7))),
                   (u16)g->address, (u8)value);
        return 0;
    }
    return -EINVAL;
}

int acpi_power_off(u16 val_a, u16 val_b, bool extended)
{
    int rc;

    if (extended) {
        if (!acpi_info.sleep_control.address)
            return -EOPNOTSUPP;
        rc = gas_write(&acpi_info.sleep_control, (val_a & 0xff) | REG_SLEEP_ENABLE, 1);
    } else {
        if (!acpi_info.pm1a_control.address)
            return -EOPNOTSUPP;
        if (((val_a | val_b) & ~(SLEEP_TYPE_MASK | SLEEP_ENABLE | 0x3ff)))
            return -EINVAL;
        if (acpi_info.pm1b_control.address)
            gas_write(&acpi_info.pm1b_control, val_b | SLEEP_ENABLE, 2);
        rc = gas_write(&acpi_info.pm1a_control, val_a | SLEEP_ENABLE, 2);
    }
    if (rc)
        return rc;
    udelay(2000000);
    return -EIO;
}

void acpi_reset(void)
{
    if (!acpi_info.reset_register.address)
        return;
    gas_write(&acpi_info.reset_register, acpi_info.reset_value, 1);
    udelay(100000);
}
