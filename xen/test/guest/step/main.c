/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User mode that single-steps: the frame of each way into the kernel has the flags that user mode had, TF with them, and
 * instructions that the hypervisor carries out end in #DB like others.
 */
#include "test.h"

#define USER_VA  0x40000000ul /* in reach of 32-bit code: code, then a stack page */
#define USER_SP  (USER_VA + 2 * PAGE_SIZE - 16)

#define RFLAGS_CF 0x1ul
#define RFLAGS_TF 0x100ul
#define RFLAGS_AC 0x40000ul
#define RFLAGS_ID 0x200000ul

#define SYSENTER_ENTRY  200u
#define SYSCALL32_ENTRY 201u

static char *user_code;
static struct regs seen;
static void *resume[5];

static bool take_first(struct regs *regs)
{
    if (regs->vector == VECTOR_EVENT) {
        vcpu_self->evtchn_upcall_pending = 0;
        return true;
    }
    seen = *regs;
    __builtin_longjmp(resume, 1);
}

static void build_tables(void)
{
    uint64_t *l4 = page_alloc();

    user_code = page_alloc();
    NEED(map_frame(USER_VA, virt_to_mfn(user_code), PTE_DATA), 0);
    NEED(map_frame(USER_VA + PAGE_SIZE, virt_to_mfn(page_alloc()), PTE_DATA), 0);
    NEED(page_set_ro(l4), 0);
    NEED(pin_table(4, virt_to_mfn(l4)), 0);
    NEED(pt_write(virt_to_mfn(l4) * PAGE_SIZE + ((USER_VA >> 39) & 511) * 8, *pt_entry(USER_VA, 4)), 0);
    NEED(mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(l4), 0), 0);
}

/* Runs @code in user mode until its first trap. */
static __attribute__((noinline)) void run(const char *code, size_t n, uint64_t cs, uint64_t rflags)
{
    static struct regs r;

    memcpy(user_code, code, n);
    r = (struct regs){ .rip = USER_VA, .cs = cs, .rflags = rflags, .rsp = USER_SP, .ss = FLAT_USER_SS };
    if (__builtin_setjmp(resume) == 0)
        regs_run(&r);
}

static void check(const char *what, const char *code, size_t n, uint64_t cs, unsigned vector, unsigned long end)
{
    static const unsigned long flags[] = { 0, RFLAGS_TF, RFLAGS_TF | RFLAGS_CF | RFLAGS_AC | RFLAGS_ID };

    for (unsigned i = 0; i < ARRAY_SIZE(flags); i++) {
        run(code, n, cs, 0x202 | flags[i]);
        /* The ways that the CPU at hand lacks end in a fault at the instruction. */
        if (seen.vector == VECTOR_UD || seen.vector == VECTOR_GP)
            CHECK(vector != VECTOR_SYSCALL && vector != 0x80, "%s: vector %lu", what, seen.vector);
        else
            CHECK(seen.vector == vector && seen.rip == end, "%s: vector %lu, rip %lx", what, seen.vector, seen.rip);
        CHECK(seen.rflags == (0x202 | flags[i]), "%s with flags %lx: the frame has %lx", what, 0x202 | flags[i], seen.rflags);
    }
}
#define CODE(bytes) bytes, sizeof(bytes) - 1

/* The flag is set by the program itself, as a debugger's victim does it. */
static void check_popf(void)
{
    run(CODE("\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\x0f\x34\x0f\x0b"), FLAT_USER_CS32, 0x202);
    CHECK(seen.rflags & RFLAGS_TF, "SYSENTER behind POPF: vector %lu, flags %lx", seen.vector, seen.rflags);
    run(CODE("\x90\x90\x0f\x0b"), FLAT_USER_CS, 0x202 | RFLAGS_TF);
    CHECK(seen.vector == VECTOR_DB && seen.rip == USER_VA + 1, "NOP: vector %lu, rip %lx", seen.vector, seen.rip);
    run(CODE("\x0f\x0bxen\x0f\xa2\x90\x0f\x0b"), FLAT_USER_CS, 0x202 | RFLAGS_TF);
    CHECK(seen.vector == VECTOR_DB && seen.rip == USER_VA + 7, "forced CPUID: vector %lu, rip %lx", seen.vector, seen.rip);
}

void test_main(void)
{
    struct callback_register sysenter = { .type = CALLBACKTYPE_sysenter, .address = trap_entries[SYSENTER_ENTRY] };
    struct callback_register syscall32 = { .type = CALLBACKTYPE_syscall32, .address = trap_entries[SYSCALL32_ENTRY] };

    build_tables();
    NEED(hc_callback_op(CALLBACKOP_register, &sysenter), 0);
    NEED(hc_callback_op(CALLBACKOP_register, &syscall32), 0);
    trap_hook = take_first;
    check("SYSENTER", CODE("\x0f\x34\x0f\x0b"), FLAT_USER_CS32, SYSENTER_ENTRY, 0);
    check("SYSCALL, 32 bit", CODE("\x0f\x05\x0f\x0b"), FLAT_USER_CS32, SYSCALL32_ENTRY, USER_VA + 2);
    check("SYSCALL", CODE("\x0f\x05\x0f\x0b"), FLAT_USER_CS, VECTOR_SYSCALL, USER_VA + 2);
    check("INT 80h, 32 bit", CODE("\xcd\x80\x0f\x0b"), FLAT_USER_CS32, 0x80, USER_VA + 2);
    check("INT 80h", CODE("\xcd\x80\x0f\x0b"), FLAT_USER_CS, 0x80, USER_VA + 2);
    check_popf();
    trap_hook = NULL;
}
