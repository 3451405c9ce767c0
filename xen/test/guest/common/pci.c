/* SPDX-License-Identifier: GPL-2.0-only */
#include "pci.h"
#include "test.h"

enum { CONFIG_ID = 0x00, CONFIG_CAPABILITIES = 0x34 };

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

uint32_t pci_config_read(uint32_t sbdf, unsigned reg)
{
    out32(0xcf8, 0x80000000u | sbdf << 8 | reg);
    return in32(0xcfc);
}

void pci_config_write(uint32_t sbdf, unsigned reg, uint32_t value)
{
    out32(0xcf8, 0x80000000u | sbdf << 8 | reg);
    out32(0xcfc, value);
}

uint32_t pci_find(uint32_t id, unsigned nth)
{
    struct physdev_set_iopl iopl = { .iopl = 1 };

    NEED(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
    for (uint32_t sbdf = 0; sbdf < 8 << 8; sbdf++)
        if (pci_config_read(sbdf, CONFIG_ID) == id && nth-- == 0)
            return sbdf;
    return 0;
}

unsigned pci_find_capability(uint32_t sbdf, unsigned id)
{
    unsigned at = pci_config_read(sbdf, CONFIG_CAPABILITIES) & 0xfc;

    while (at && (pci_config_read(sbdf, at) & 0xff) != id)
        at = pci_config_read(sbdf, at) >> 8 & 0xfc;
    return at;
}
