/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of the local APIC by their offset; the x2APIC's MSR is 0x800 + offset / 16 (AMD64 vol. 2, 16.3 and 16.11). */
#ifndef CPU_APIC_REGS_H
#define CPU_APIC_REGS_H

#include <x86/asm.h>
#include <x86/msr.h>

enum {
    APIC_ID = 0x20, APIC_LVR = 0x30, APIC_TPR = 0x80, APIC_EOI = 0xb0, APIC_LDR = 0xd0, APIC_DFR = 0xe0, APIC_SPIV = 0xf0,
    APIC_ISR = 0x100, APIC_IRR = 0x200, APIC_ESR = 0x280, APIC_ICR = 0x300, APIC_ICR2 = 0x310, APIC_LVT_TIMER = 0x320,
    APIC_LVT_THERMAL = 0x330, APIC_LVT_PC = 0x340, APIC_LVT0 = 0x350, APIC_LVT1 = 0x360, APIC_LVT_ERROR = 0x370,
    APIC_TIMER_INIT = 0x380, APIC_TIMER_COUNT = 0x390, APIC_TIMER_DIVIDE = 0x3e0,
};
#define LVT_MASKED      0x10000u
#define LVT_NMI         0x400u
#define LVT_EXTINT      0x700u
#define LVT_DEADLINE    0x40000u
#define SPIV_ENABLE     0x100u
#define TIMER_DIVIDE_1  0xbu

extern bool apic_x2;
extern volatile char *apic_mmio;

static inline u32 apic_read(unsigned int reg)
{
    return apic_x2 ? (u32)rdmsr(MSR_X2APIC_FIRST + reg / 16) : mmio_read32(apic_mmio + reg);
}
static inline void apic_write(unsigned int reg, u32 v)
{
    if (apic_x2)
        wrmsr(MSR_X2APIC_FIRST + reg / 16, v);
    else
        mmio_write32(apic_mmio + reg, v);
}

#endif
