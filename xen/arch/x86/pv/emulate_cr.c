/* SPDX-License-Identifier: GPL-2.0-only */
/* Control and debug registers of a guest kernel. Register operand: the r/m field of ModRM, whatever its mode says. */
#include <xen/errno.h>
#include <x86/asm.h>
#include <x86/cpuid_policy.h>
#include <x86/debugreg.h>
#include <x86/fpu.h>
#include <x86/mm.h>
#include <x86/msr_policy.h>
#include <x86/pv.h>
#include <x86/trapnr.h>
#include "emulate.h"

/* Number of the control or debug register in ModRM; *@gpr the general one. */
static unsigned int decode(struct emulation *e, u64 **gpr)
{
    e->modrm = emulate_next(e);
    *gpr = emulate_register(e->regs, (e->modrm & 7) | (e->rex & 1 ? 8 : 0));
    return (e->modrm >> 3 & 7) | (e->rex & 4 ? 8 : 0);
}

enum emul_result emulate_mov_from_cr(struct emulation *e)
{
    struct vcpu *v = e->v;
    u64 *gpr;

    switch (decode(e, &gpr)) {
    case 0:
        *gpr = v->arch.pv.ctrlreg[0];
        return EMUL_DONE;
    case 2:
        *gpr = v->info->arch.cr2;
        return EMUL_DONE;
    case 3:
        *gpr = xen_pfn_to_cr3(mfn_x(frame_to_mfn(v->arch.guest_table)));
        return EMUL_DONE;
    case 4:
        *gpr = guest_cr4_fixup(v->domain, v->arch.pv.ctrlreg[4]);
        return EMUL_DONE;
    default:
        return EMUL_REFUSED;
    }
}

static enum emul_result write_cr0_guest(struct vcpu *v, u64 value)
{
    if ((value ^ v->arch.pv.ctrlreg[0]) & ~CR0_TS)
        return EMUL_REFUSED;                     /* only TS is the guest's */
    v->arch.pv.ctrlreg[0] = value;
    if (value & CR0_TS)
        fpu_stts();
    else
        fpu_clts();
    return EMUL_DONE;
}

/* A table that takes long to check: the instruction is executed again. */
static enum emul_result write_cr3_guest(struct vcpu *v, u64 value)
{
    int rc = set_guest_table(v, mfn(xen_cr3_to_pfn(value)), false);

    return !rc ? EMUL_DONE : rc == -ERESTART || rc == -EINTR ? EMUL_RETRY : EMUL_REFUSED;
}

enum emul_result emulate_mov_to_cr(struct emulation *e)
{
    u64 *gpr;

    switch (decode(e, &gpr)) {
    case 0:
        return write_cr0_guest(e->v, *gpr);
    case 2:
        e->v->info->arch.cr2 = *gpr;
        return EMUL_DONE;
    case 3:
        return write_cr3_guest(e->v, *gpr);
    case 4:
        guest_write_cr4(e->v, *gpr);
        return EMUL_DONE;
    default:
        return EMUL_REFUSED;
    }
}

/* DR4 and DR5 are DR6 and DR7; with CR4.DE they are invalid (AMD64 vol. 2, 13.1.1.3). False: #UD was delivered. */
static bool resolve_dr(struct emulation *e, unsigned int *reg)
{
    if (*reg != 4 && *reg != 5)
        return true;
    if (e->v->arch.pv.ctrlreg[4] & CR4_DE) {
        (void)pv_deliver_exception(e->regs, TRAP_UD, 0);
        return false;
    }
    *reg += 2;
    return true;
}

enum emul_result emulate_mov_from_dr(struct emulation *e)
{
    u64 *gpr;
    unsigned int reg = decode(e, &gpr);

    if (!resolve_dr(e, &reg))
        return EMUL_RETRY;
    return debugreg_get(e->v, reg, gpr) ? EMUL_REFUSED : EMUL_DONE;
}

enum emul_result emulate_mov_to_dr(struct emulation *e)
{
    u64 *gpr;
    unsigned int reg = decode(e, &gpr);

    if (!resolve_dr(e, &reg))
        return EMUL_RETRY;
    return debugreg_set(e->v, reg, *gpr) ? EMUL_REFUSED : EMUL_DONE;
}

enum emul_result emulate_clts(struct emulation *e)
{
    return write_cr0_guest(e->v, e->v->arch.pv.ctrlreg[0] & ~CR0_TS);
}

/* 0f 01: XSETBV (d1) and LMSW with a register (f0 to f7); RDTSCP (f9) under CR4.TSD. */
enum emul_result emulate_group_01(struct emulation *e)
{
    struct cpu_user_regs *regs = e->regs;
    struct vcpu *v = e->v;

    e->modrm = emulate_next(e);
    if (e->modrm == 0xd1)
        return regs->ecx == 0 && fpu_set_xcr0(v, regs->eax | (u64)regs->edx << 32) ? EMUL_DONE : EMUL_REFUSED;
    if (e->modrm == 0xf9) {
        asm volatile ("rdtsc" : "=a" (regs->rax), "=d" (regs->rdx));
        regs->rcx = v->arch.tsc_aux;
        return EMUL_DONE;
    }
    if ((e->modrm & 0xf8) == 0xf0) {
        u64 msw = *emulate_register(regs, (e->modrm & 7) | (e->rex & 1 ? 8 : 0)) & 0xf;

        return write_cr0_guest(v, (v->arch.pv.ctrlreg[0] & ~0xeUL) | msw);
    }
    return EMUL_REFUSED;
}
