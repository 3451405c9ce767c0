/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests' debug registers. AMD64 vol. 2, 13.1.1. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <x86/cpu_info.h>
#include <x86/debugreg.h>
#include <x86/layout.h>
#include <x86/page.h>

#define DR6_RESERVED_ONE 0xffff0ff0UL
#define DR6_WRITABLE     0x0000e00fUL
#define DR7_RESERVED_ONE 0x00000400UL
#define DR7_WRITABLE     0xffff03ffUL

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

static void load_all(struct vcpu *v)
{
    for (unsigned int i = 0; i < 4; i++)
        write_dr(i, v->arch.pv.debugreg[i]);
    write_dr(7, v->arch.pv.debugreg[7]);
}

static bool address_ok(u64 a)
{
    return is_canonical(a) && (a < HYPERVISOR_START || a >= HYPERVISOR_END);
}

/* I/O breakpoints (type 2) need CR4.DE, which the hypervisor keeps off for guests: refused. */
static bool dr7_ok(u64 v)
{
    for (unsigned int i = 0; i < 4; i++)
        if ((v >> (16 + 4 * i) & 3) == 2)
            return false;
    return true;
}

int debugreg_set(struct vcpu *v, unsigned int reg, u64 value)
{
    u64 *dr = v->arch.pv.debugreg;
    bool was_active = dr[7] & DR7_ACTIVE;

    switch (reg) {
    case 0 ... 3:
        if (!address_ok(value))
            return -EPERM;
        dr[reg] = value;
        if (v == current && was_active)
            write_dr(reg, value);
        return 0;
    case 6:
        dr[6] = (value & DR6_WRITABLE) | DR6_RESERVED_ONE;
        return 0;
    case 7:
        if (value >> 32)
            return -EINVAL;
        if (!dr7_ok(value))
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
