/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Privileged instructions that a guest's kernel executes in ring 3 and that trap (#GP), and CPUID with the forced prefix
 * (#UD). Decoding here; what each does in emulate_cr.c and emulate_io.c. Opcodes: AMD64 vol. 3, appendix A.
 */
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <xen/rangeset.h>
#include <xen/sched.h>
#include <x86/asm.h>
#include <x86/cpuid_policy.h>
#include <x86/fpu.h>
#include <x86/msr_policy.h>
#include <x86/pv.h>
#include <x86/trapnr.h>
#include "emulate.h"

#define DR6_SINGLE_STEP (1UL << 14)

u64 *emulate_register(struct cpu_user_regs *regs, unsigned int n)
{
    u64 *const reg[16] = { &regs->rax, &regs->rcx, &regs->rdx, &regs->rbx, &regs->rsp, &regs->rbp, &regs->rsi, &regs->rdi,
                           &regs->r8, &regs->r9, &regs->r10, &regs->r11, &regs->r12, &regs->r13, &regs->r14, &regs->r15 };

    return reg[n & 15];
}

u8 emulate_next(struct emulation *e)
{
    u8 b = e->at < e->fetched ? e->code[e->at] : 0;

    e->at++;
    return b;
}

/* As many bytes as can be read: an instruction may end right before a page that is not there. */
static void fetch(struct emulation *e)
{
    if (!guest_range_ok(e->regs->rip, sizeof(e->code)))
        return;
    access_check(e->regs->rip, sizeof(e->code), false);
    e->fetched = sizeof(e->code) - usercopy(e->code, (const void *)e->regs->rip, sizeof(e->code));
    /* The copy goes by words: the bytes in front of the page's end one by one. */
    while (unlikely(e->fetched < sizeof(e->code)) && !usercopy(e->code + e->fetched, (const char *)e->regs->rip + e->fetched, 1))
        e->fetched++;
}

static void decode_prefixes(struct emulation *e)
{
    bool op16 = false;

    for (;;) {
        u8 b = emulate_next(e);

        if (b == 0x66)
            op16 = true;
        else if (b == 0x67)
            e->address32 = true;
        else if (b == 0xf2 || b == 0xf3)
            e->repeat = b;
        else if (b == 0x64 || b == 0x65)
            e->segment = b;
        else if (b != 0x2e && b != 0x36 && b != 0x3e && b != 0x26 && b != 0xf0) {
            e->at--;
            break;
        }
    }
    if (e->regs->cs == FLAT_RING3_CS64 || e->v->arch.in_kernel || (e->code[e->at] & 0xf0) != 0x40)
        e->rex = (e->code[e->at] & 0xf0) == 0x40 ? emulate_next(e) : 0;
    e->opsize = e->rex & 8 ? 8 : op16 ? 2 : 4;
    e->opcode = emulate_next(e);
    if (e->opcode == 0x0f) {
        e->twobyte = true;
        e->opcode = emulate_next(e);
    }
}

/* As SCHEDOP_block: events are let in, for a kernel that halts with them masked would never wake. */
static enum emul_result emulate_hlt(struct emulation *e)
{
    e->v->info->evtchn_upcall_mask = 0;
    barrier();
    vcpu_block();
    return EMUL_DONE;
}

static enum emul_result emulate_rdmsr(struct emulation *e)
{
    u64 value;

    if (!guest_rdmsr(e->v, e->regs->ecx, &value))
        return EMUL_REFUSED;
    e->regs->rax = (u32)value;
    e->regs->rdx = value >> 32;
    return EMUL_DONE;
}

static enum emul_result emulate_wrmsr(struct emulation *e)
{
    return guest_wrmsr(e->v, e->regs->ecx, e->regs->eax | (u64)e->regs->edx << 32) ? EMUL_DONE : EMUL_REFUSED;
}

/* The guest kernel turned RDTSC off for its user mode (CR4.TSD); its own goes on. */
static enum emul_result emulate_rdtsc(struct emulation *e)
{
    if (!e->v->arch.in_kernel)
        return EMUL_REFUSED;
    asm volatile ("rdtsc" : "=a" (e->regs->rax), "=d" (e->regs->rdx));
    return EMUL_DONE;
}

static void do_cpuid(struct vcpu *v, struct cpu_user_regs *regs)
{
    struct cpuid_regs r;

    guest_cpuid(v, regs->eax, regs->ecx, &r);
    regs->rax = r.a;
    regs->rbx = r.b;
    regs->rcx = r.c;
    regs->rdx = r.d;
}

static enum emul_result emulate_cpuid(struct emulation *e)
{
    do_cpuid(e->v, e->regs);
    return EMUL_DONE;
}

/* Only for a domain that drives devices do the caches matter. */
static enum emul_result emulate_wbinvd(struct emulation *e)
{
    if (READ_ONCE(e->v->domain->has_devices))
        asm volatile ("wbinvd" ::: "memory");
    return EMUL_DONE;
}

struct emul_row {
    bool twobyte;
    u8 first, last;
    bool user;                   /* may be reached from guest user mode: checks its own privilege */
    emul_fn *fn;
};

static const struct emul_row rows[] = {
    { true, 0x20, 0x20, false, emulate_mov_from_cr },
    { true, 0x22, 0x22, false, emulate_mov_to_cr },
    { true, 0x30, 0x30, false, emulate_wrmsr },
    { true, 0x32, 0x32, false, emulate_rdmsr },
    { false, 0xe4, 0xe7, true, emulate_port_imm },
    { false, 0xec, 0xef, true, emulate_port_dx },
    { false, 0x6c, 0x6f, true, emulate_string_io },
    { false, 0xf4, 0xf4, false, emulate_hlt },
    { false, 0xfa, 0xfb, true, emulate_cli_sti },
    { true, 0x01, 0x01, false, emulate_group_01 },
    { true, 0x06, 0x06, false, emulate_clts },
    { true, 0x08, 0x09, false, emulate_wbinvd },
    { true, 0x21, 0x21, false, emulate_mov_from_dr },
    { true, 0x23, 0x23, false, emulate_mov_to_dr },
    { true, 0x31, 0x31, true, emulate_rdtsc },
    { true, 0xa2, 0xa2, true, emulate_cpuid },
};

static emul_fn *find_row(const struct emulation *e)
{
    for (const struct emul_row *r = rows; r < rows + ARRAY_SIZE(rows); r++)
        if (r->twobyte == e->twobyte && e->opcode >= r->first && e->opcode <= r->last)
            return r->user || e->v->arch.in_kernel ? r->fn : NULL;
    return NULL;
}

/* Debug exceptions that come behind an instruction: conditions of DR6 that it met. */
static noinline void inject_debug(struct vcpu *v, u64 dr6)
{
    v->arch.pv.debugreg[6] |= dr6;
    pv_inject_exception(v, TRAP_DB, 0);
}

/* Steps over an instruction of @length bytes that met the conditions @dr6. */
static inline void step_over(struct vcpu *v, struct cpu_user_regs *regs, unsigned int length, u8 dr6)
{
    regs->rip += length;
    regs->rflags &= ~EFLAGS_RF;
    if (unlikely((regs->rflags & EFLAGS_TF) | dr6))
        inject_debug(v, dr6 | (regs->rflags & EFLAGS_TF ? DR6_SINGLE_STEP : 0));
}

bool pv_emulate_privileged(struct cpu_user_regs *regs)
{
    struct emulation e = { .v = current, .regs = regs };
    enum emul_result result;
    emul_fn *fn;

    fetch(&e);
    decode_prefixes(&e);
    fn = e.at <= e.fetched ? find_row(&e) : NULL;
    if (!fn)
        return false;
    result = fn(&e);
    if (result == EMUL_REFUSED || e.at > e.fetched)
        return false;
    if (result == EMUL_DONE)
        step_over(e.v, regs, e.at, e.dr6);
    else if (unlikely(e.dr6))
        inject_debug(e.v, e.dr6);
    return true;
}

#define FORCED_CPUID     0xa20f6e65780b0fUL   /* ud2, "xen", cpuid: public/arch-x86/xen.h */
#define FORCED_CPUID_LEN 7

bool pv_emulate_forced_cpuid(struct cpu_user_regs *regs)
{
    gva_t at = gva(regs->rip);
    u64 code = 0;
    int rc;

    /* One load, where the byte behind the instruction is on the same page. */
    if (likely((at.v & ~PAGE_MASK) <= PAGE_SIZE - sizeof(code)))
        rc = copy_from_guest(&code, at, sizeof(code));
    else
        rc = copy_from_guest(&code, at, FORCED_CPUID_LEN);
    if (rc || (code << 8) != FORCED_CPUID << 8)
        return false;
    do_cpuid(current, regs);
    step_over(current, regs, FORCED_CPUID_LEN, 0);
    return true;
}

/* QEMU (to 7.2 at least) says vector * 16 + 2 in the error code: the instruction decides which of the two it is. */
u8 pv_int_vector(const struct cpu_user_regs *regs)
{
    unsigned int said = regs->error_code >> 3;
    u8 code[2];

    if (!copy_from_guest(code, gva(regs->rip), sizeof(code)) && code[0] == 0xcd && code[1] * 2u == said)
        return code[1];
    return (u8)said;
}
