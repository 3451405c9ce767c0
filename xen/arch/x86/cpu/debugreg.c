/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests' debug registers. AMD64 vol. 2, 13.1.1. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/debugreg.h>
#include <x86/layout.h>
#include <x86/page.h>

#define DR6_RESERVED_ONE 0xffff0ff0UL
#define DR6_WRITABLE     0x0000e00fUL
#define DR7_RESERVED_ONE 0x00000400UL
#define DR7_WRITABLE     0xffff03ffUL
#define DR7_GENERAL_DETECT 0x00002000UL
#define CONDITION_IO     2

static void write_dr(unsigned int reg, u64 v)
{
    switch (reg) {
    case 0: asm volatile ("mov %0, %%dr0" :: "r" (v)); break;
    case 1: asm volatile ("mov %0, %%dr1" :: "r" (v)); break;
    case 2: asm volatile ("mov %0, %%dr2" :: "r" (v)); break;
    case 3: asm volatile ("mov %0, %%dr3" :: "r" (v)); break;
    case 6: asm volatile ("mov %0, %%dr6" :: "r" (v)); break;
    case 7: asm volatile ("mov %0, %%dr7" :: "r" (v)); break;
    }
}

/* Of breakpoint @i in DR7: its enable bits, its condition, the bytes that it watches. */
static u64 enable_bits(unsigned int i) { return 3UL << 2 * i; }
static unsigned int condition_of(u64 dr7, unsigned int i) { return dr7 >> (16 + 4 * i) & 3; }
static unsigned int length_of(u64 dr7, unsigned int i) { return (const u8[]){ 1, 2, 8, 4 }[dr7 >> (18 + 4 * i) & 3]; }

/*
 * I/O breakpoints are the emulation's (debugreg_io()): a guest has no port that it reaches by itself, and their condition
 * means nothing to a CPU without CR4.DE.
 */
static u64 hardware_dr7(u64 dr7)
{
    u64 result = dr7;

    for (unsigned int i = 0; i < 4; i++)
        if (condition_of(dr7, i) == CONDITION_IO)
            result &= ~(enable_bits(i) | 0xfUL << (16 + 4 * i));
    return result;
}

static void load_all(struct vcpu *v)
{
    for (unsigned int i = 0; i < 4; i++)
        write_dr(i, v->arch.pv.debugreg[i]);
    write_dr(7, hardware_dr7(v->arch.pv.debugreg[7]));
}

static bool address_ok(u64 a)
{
    return is_canonical(a) && (a < HYPERVISOR_START || a >= HYPERVISOR_END);
}

/* While a breakpoint is enabled, none may have the condition of I/O unless the guest has set CR4.DE. */
static bool dr7_ok(const struct vcpu *v, u64 value)
{
    if (value & DR7_GENERAL_DETECT)
        return false;
    if (!(value & DR7_ACTIVE) || v->arch.pv.ctrlreg[4] & CR4_DE)
        return true;
    for (unsigned int i = 0; i < 4; i++)
        if (condition_of(value, i) == CONDITION_IO)
            return false;
    return true;
}

u8 debugreg_io(const struct vcpu *v, u16 port, unsigned int bytes)
{
    const u64 *dr = v->arch.pv.debugreg;
    u8 met = 0;

    if (likely(!(dr[7] & DR7_ACTIVE)) || !(v->arch.pv.ctrlreg[4] & CR4_DE))
        return 0;
    for (unsigned int i = 0; i < 4; i++) {
        u64 length = length_of(dr[7], i), first = dr[i] & ~(length - 1);

        if (dr[7] & enable_bits(i) && condition_of(dr[7], i) == CONDITION_IO && port < first + length &&
            first < port + bytes)
            met |= 1u << i;
    }
    return met;
}

/* DR4 and DR5 are DR6 and DR7 unless the guest has set CR4.DE (AMD64 vol. 2, 13.1.1.4). */
static unsigned int dr_number(const struct vcpu *v, unsigned int reg)
{
    return (reg == 4 || reg == 5) && !(v->arch.pv.ctrlreg[4] & CR4_DE) ? reg + 2 : reg;
}

int debugreg_set(struct vcpu *v, unsigned int reg, u64 value)
{
    u64 *dr = v->arch.pv.debugreg;
    bool was_active = dr[7] & DR7_ACTIVE;

    switch (dr_number(v, reg)) {
    case 0 ... 3:
        if (!address_ok(value))
            return -EPERM;
        dr[reg] = value;
        if (v == current && was_active)
            write_dr(reg, value);
        return 0;
    case 6:
        if (value >> 32)
            return -EINVAL;
        dr[6] = (value & DR6_WRITABLE) | DR6_RESERVED_ONE;
        return 0;
    case 7:
        if (value >> 32)
            return -EINVAL;
        if (!dr7_ok(v, value))
            return -EPERM;
        dr[7] = (value & DR7_WRITABLE) | DR7_RESERVED_ONE;
        if (v == current && (dr[7] & DR7_ACTIVE))
            load_all(v);
        else if (v == current && was_active)
            write_dr(7, DR7_DEFAULT);
        return 0;
    default:
        return -ENODEV;
    }
}

int debugreg_get(const struct vcpu *v, unsigned int reg, u64 *value)
{
    reg = dr_number(v, reg);
    if (reg > 7 || reg == 4 || reg == 5)
        return -ENODEV;
    *value = v->arch.pv.debugreg[reg];
    return 0;
}

void debugreg_switch_from(struct vcpu *v)
{
    if (v->arch.pv.debugreg[7] & DR7_ACTIVE)
        write_dr(7, DR7_DEFAULT);
}

void debugreg_switch_to(struct vcpu *v)
{
    if (v->arch.pv.debugreg[7] & DR7_ACTIVE)
        load_all(v);
}
