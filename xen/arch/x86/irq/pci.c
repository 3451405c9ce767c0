/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI configuration space by ports (PCI 3.0, 3.2.2.3.2) and memory (PCI Express, 7.2.2). */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/spinlock.h>
#include <x86/acpi.h>
#include <x86/asm.h>
#include <x86/page.h>
#include <x86/pci.h>

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CF8_ENABLE     0x80000000u

/* Ports 0xcf8..0xcff, and window_bus[]. */
static spinlock_t config_lock = SPIN_LOCK_UNLOCKED;
/* Of acpi_info.mcfg[]: each bus is mapped when it is first needed. */
static volatile char *window_bus[ACPI_MAX_MCFG][256];

static u32 port_access(u32 cf8, unsigned int offset, unsigned int bytes, bool write, u32 value)
{
    unsigned long flags = spin_lock_irqsave(&config_lock);
    u16 port = (u16)(CONFIG_DATA + (offset & 3));
    u32 v = 0;

    outl(cf8, CONFIG_ADDRESS);
    switch (bytes) {
    case 1:
        write ? outb((u8)value, port) : (void)(v = inb(port));
        break;
    case 2:
        write ? outw((u16)value, port) : (void)(v = inw(port));
        break;
    default:
        write ? outl(value, port) : (void)(v = inl(port));
        break;
    }
    spin_unlock_irqrestore(&config_lock, flags);
    return v;
}

u32 pci_guest_config_read(u32 cf8, unsigned int offset, unsigned int bytes)
{
    return port_access(cf8, offset, bytes, false, 0);
}

void pci_guest_config_write(u32 cf8, unsigned int offset, unsigned int bytes, u32 value)
{
    port_access(cf8, offset, bytes, true, value);
}

/* Address of a function's 4 KiB of registers; NULL: no window has it. */
static volatile char *window_of(pci_addr_t a)
{
    u8 bus = (u8)(a.v >> 8);
    volatile char *p = NULL;
    unsigned long flags;

    for (unsigned int i = 0; i < acpi_info.nr_mcfg; i++) {
        const struct acpi_mcfg *m = &acpi_info.mcfg[i];

        if (m->segment != a.v >> 16 || bus < m->first_bus || bus > m->last_bus)
            continue;
        flags = spin_lock_irqsave(&config_lock);
        p = window_bus[i][bus];
        spin_unlock_irqrestore(&config_lock, flags);
        if (!p) {
            p = ioremap(maddr(m->address + ((u64)bus << 20)), 1u << 20);
            window_bus[i][bus] = p;
        }
        break;
    }
    return p ? p + ((a.v & 0xff) << 12) : NULL;
}

static u32 access(pci_addr_t a, u16 reg, unsigned int bytes, bool write, u32 value)
{
    u32 ones = bytes == 4 ? ~0u : (1u << 8 * bytes) - 1;
    volatile char *w;

    if (!(a.v >> 16) && reg < 256)
        return port_access(CF8_ENABLE | a.v << 8 | (reg & 0xfcu), reg, bytes, write, value);
    w = reg < 4096 ? window_of(a) : NULL;
    if (!w)
        return ones;
    w += reg;
    switch (bytes) {
    case 1:
        return write ? (*(volatile u8 *)w = (u8)value) : *(volatile u8 *)w;
    case 2:
        return write ? (*(volatile u16 *)w = (u16)value) : *(volatile u16 *)w;
    default:
        return write ? (*(volatile u32 *)w = value) : *(volatile u32 *)w;
    }
}

u8 pci_read8(pci_addr_t a, u16 reg) { return (u8)access(a, reg, 1, false, 0); }
u16 pci_read16(pci_addr_t a, u16 reg) { return (u16)access(a, reg, 2, false, 0); }
u32 pci_read32(pci_addr_t a, u16 reg) { return access(a, reg, 4, false, 0); }
void pci_write8(pci_addr_t a, u16 reg, u8 v) { access(a, reg, 1, true, v); }
void pci_write16(pci_addr_t a, u16 reg, u16 v) { access(a, reg, 2, true, v); }
void pci_write32(pci_addr_t a, u16 reg, u32 v) { access(a, reg, 4, true, v); }

#define PCI_STATUS          0x06
#define PCI_STATUS_CAP_LIST 0x10
#define PCI_CAP_POINTER     0x34

u8 pci_find_capability(pci_addr_t a, u8 id)
{
    u8 at;

    if (pci_read16(a, 0) == 0xffff || !(pci_read16(a, PCI_STATUS) & PCI_STATUS_CAP_LIST))
        return 0;
    at = pci_read8(a, PCI_CAP_POINTER) & 0xfc;
    for (unsigned int left = 48; at >= 0x40 && left; left--) {
        if (pci_read8(a, at) == id)
            return at;
        at = pci_read8(a, (u16)(at + 1)) & 0xfc;
    }
    return 0;
}

int pci_mmcfg_enable(u64 address, u16 segment, u8 first_bus, u8 last_bus)
{
    for (unsigned int i = 0; i < acpi_info.nr_mcfg; i++) {
        const struct acpi_mcfg *m = &acpi_info.mcfg[i];

        if (m->segment == segment && m->first_bus <= first_bus && last_bus <= m->last_bus)
            return m->address == address ? 0 : -ENODEV;
    }
    return -ENODEV;
}
