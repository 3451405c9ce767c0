/* SPDX-License-Identifier: GPL-2.0-only */
#include "edu.h"
#include "pci.h"
#include "test.h"

#define EDU_ID 0x11e81234u

enum {
    CONFIG_ID = 0x00, CONFIG_COMMAND = 0x04, CONFIG_HEADER = 0x0c, CONFIG_BAR = 0x10, CONFIG_BUSES = 0x18
};
#define MSI_ENABLE     (1u << 16)
#define COMMAND_MEMORY 2u
#define COMMAND_MASTER 4u

enum { EDU_FACTORIAL = 0x08, EDU_STATUS = 0x20, EDU_RAISE = 0x60, EDU_ACKNOWLEDGE = 0x64 };
#define EDU_COMPUTING       1u
#define EDU_INTERRUPT_AFTER 0x80u
enum { EDU_SOURCE = 0x80, EDU_TARGET = 0x88, EDU_COUNT = 0x90, EDU_COMMAND = 0x98 };
#define EDU_START     1u
#define EDU_TO_MEMORY 2u
#define EDU_BUFFER    0x40000ul
#define BYTES         64

#define REGISTERS_VA (SCRATCH_VA + 16 * PAGE_SIZE)

uint32_t edu_find(unsigned nth)
{
    return pci_find(EDU_ID, nth);
}

bool edu_is_master(uint32_t sbdf)
{
    return pci_config_read(sbdf, CONFIG_COMMAND) & COMMAND_MASTER;
}

void edu_set_master(uint32_t sbdf)
{
    pci_config_write(sbdf, CONFIG_COMMAND, (pci_config_read(sbdf, CONFIG_COMMAND) & 0xffff) | COMMAND_MEMORY | COMMAND_MASTER);
}

uint32_t bridge_find(uint32_t sbdf)
{
    for (uint32_t a = 0; a < 1 << 8; a++)
        if (pci_config_read(a, CONFIG_ID) != ~0u && (pci_config_read(a, CONFIG_HEADER) >> 16 & 0x7f) == 1 &&
            (pci_config_read(a, CONFIG_BUSES) >> 8 & 0xff) == sbdf >> 8)
            return a;
    return 0;
}

void bridge_set_bus(uint32_t bridge, uint8_t bus)
{
    pci_config_write(bridge, CONFIG_BUSES, (pci_config_read(bridge, CONFIG_BUSES) & 0xff0000ff) | (uint32_t)bus << 16 | (uint32_t)bus << 8);
}

void edu_map(uint32_t sbdf)
{
    unsigned long frame = (pci_config_read(sbdf, CONFIG_BAR) & ~15u) / PAGE_SIZE;

    CHECK(frame != 0, "the firmware gave the device no address");
    edu_set_master(sbdf);
    if (!pt_entry_maddr(REGISTERS_VA, 1))
        pt_build(REGISTERS_VA);
    NEED(map_frame(REGISTERS_VA, frame, PTE_DATA | PTE_PCD), 0);
}

static volatile uint64_t *reg(unsigned offset)
{
    return (volatile uint64_t *)(REGISTERS_VA + offset);
}

static bool copy(unsigned long from, unsigned long to, unsigned direction)
{
    uint64_t end = time_now() + 20000 * MILLISECONDS;

    *reg(EDU_SOURCE) = from;
    *reg(EDU_TARGET) = to;
    *reg(EDU_COUNT) = BYTES;
    *reg(EDU_COMMAND) = EDU_START | direction;
    while (*reg(EDU_COMMAND) & EDU_START) {
        if (time_now() > end)
            return false;
        timer_sleep(5 * MILLISECONDS);
    }
    return true;
}

bool edu_read(unsigned long mfn)
{
    return copy(mfn * PAGE_SIZE, EDU_BUFFER, 0);
}

bool edu_write(unsigned long mfn)
{
    return copy(EDU_BUFFER, mfn * PAGE_SIZE, EDU_TO_MEMORY);
}

static volatile uint32_t *reg32(unsigned offset)
{
    return (volatile uint32_t *)(REGISTERS_VA + offset);
}

/* Its capability has a 64-bit address: PCI 3.0, 6.8.1. */
void edu_set_message(uint32_t sbdf, uint32_t address, uint16_t data)
{
    unsigned at = pci_find_capability(sbdf, PCI_CAPABILITY_MSI);

    NEED(at != 0, true);
    pci_config_write(sbdf, at + 4, address);
    pci_config_write(sbdf, at + 8, 0);
    pci_config_write(sbdf, at + 12, data);
    pci_config_write(sbdf, at, pci_config_read(sbdf, at) | MSI_ENABLE);
}

void edu_interrupt(void)
{
    *reg32(EDU_RAISE) = 1;
    *reg32(EDU_ACKNOWLEDGE) = ~0u;
}

void edu_interrupt_later(void)
{
    *reg32(EDU_STATUS) = EDU_INTERRUPT_AFTER;
    *reg32(EDU_FACTORIAL) = 100000;
}

bool edu_is_busy(void)
{
    return *reg32(EDU_STATUS) & EDU_COMPUTING;
}
