/* SPDX-License-Identifier: GPL-2.0-only */
#include "edu.h"
#include "test.h"

#define EDU_ID 0x11e81234u

enum {
    CONFIG_ID = 0x00, CONFIG_COMMAND = 0x04, CONFIG_HEADER = 0x0c, CONFIG_BAR = 0x10, CONFIG_BUSES = 0x18, CONFIG_CAPABILITIES = 0x34
};
#define CAPABILITY_MSI 5u
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

static void out32(uint16_t port, uint32_t value)
{
    asm volatile("outl %0, %w1" : : "a"(value), "d"(port));
}

static uint32_t in32(uint16_t port)
{
    uint32_t value;

    asm volatile("inl %w1, %0" : "=a"(value) : "d"(port));
    return value;
}

static uint32_t config_read(uint32_t sbdf, unsigned reg)
{
    out32(0xcf8, 0x80000000u | sbdf << 8 | reg);
    return in32(0xcfc);
}

static void config_write(uint32_t sbdf, unsigned reg, uint32_t value)
{
    out32(0xcf8, 0x80000000u | sbdf << 8 | reg);
    out32(0xcfc, value);
}

uint32_t edu_find(unsigned nth)
{
    struct physdev_set_iopl iopl = { .iopl = 1 };

    NEED(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
    for (uint32_t sbdf = 0; sbdf < 8 << 8; sbdf++)
        if (config_read(sbdf, CONFIG_ID) == EDU_ID && nth-- == 0)
            return sbdf;
    return 0;
}

bool edu_is_master(uint32_t sbdf)
{
    return config_read(sbdf, CONFIG_COMMAND) & COMMAND_MASTER;
}

void edu_set_master(uint32_t sbdf)
{
    config_write(sbdf, CONFIG_COMMAND, (config_read(sbdf, CONFIG_COMMAND) & 0xffff) | COMMAND_MEMORY | COMMAND_MASTER);
}

uint32_t bridge_find(uint32_t sbdf)
{
    for (uint32_t a = 0; a < 1 << 8; a++)
        if (config_read(a, CONFIG_ID) != ~0u && (config_read(a, CONFIG_HEADER) >> 16 & 0x7f) == 1 &&
            (config_read(a, CONFIG_BUSES) >> 8 & 0xff) == sbdf >> 8)
            return a;
    return 0;
}

void bridge_set_bus(uint32_t bridge, uint8_t bus)
{
    config_write(bridge, CONFIG_BUSES, (config_read(bridge, CONFIG_BUSES) & 0xff0000ff) | (uint32_t)bus << 16 | (uint32_t)bus << 8);
}

void edu_map(uint32_t sbdf)
{
    unsigned long frame = (config_read(sbdf, CONFIG_BAR) & ~15u) / PAGE_SIZE;

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
    unsigned at = config_read(sbdf, CONFIG_CAPABILITIES) & 0xfc;

    while (at && (config_read(sbdf, at) & 0xff) != CAPABILITY_MSI)
        at = config_read(sbdf, at) >> 8 & 0xfc;
    NEED(at != 0, true);
    config_write(sbdf, at + 4, address);
    config_write(sbdf, at + 8, 0);
    config_write(sbdf, at + 12, data);
    config_write(sbdf, at, config_read(sbdf, at) | MSI_ENABLE);
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
