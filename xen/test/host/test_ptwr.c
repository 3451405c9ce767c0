/* SPDX-License-Identifier: GPL-2.0-only */
/* Emulated writes to page tables: each form of instruction, run on the CPU and by our code, gives the same result and flags. */
#include "host.h"

#include <string.h>
#include <sys/mman.h>
#include "../../arch/x86/mm/ptwr.h"

#define ALU_FLAGS 0x8d5UL    /* OF SF ZF AF PF CF */

static u64 mem;

/* Runs @code (its memory operand is (%rdi)) with rax, rcx and flags; all come back. */
static void run_cpu(const u8 *code, unsigned int n, u64 *rax, u64 *rcx, u64 *flags)
{
    static u8 *page;

    if (!page)
        page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, code, n);
    page[n] = 0xc3;
    asm volatile ("push %[f]; popfq; call *%[p]; pushfq; pop %[f]"
                  : "+a" (*rax), "+c" (*rcx), [f] "+S" (*flags) : "D" (&mem), [p] "r" (page) : "memory", "cc");
}

static void compare(const char *what, const u8 *code, unsigned int n, u64 old, u64 rax, u64 rcx, u64 undefined)
{
    struct cpu_user_regs regs = { .rax = rax, .rcx = rcx, .rflags = 0x202 };
    struct ptwr_insn insn;
    struct ptwr_result r;
    u64 flags = 0x202, mask, got;

    assert_true(ptwr_decode(code, n, &insn));
    assert_int_equal(insn.len, n);
    assert_false(ptwr_decode(code, n - 1, &insn) && insn.len > n - 1);
    assert_true(ptwr_decode(code, n, &insn));
    mask = insn.size == 8 ? ~0UL : (1UL << (8 * insn.size)) - 1;
    ptwr_compute(&insn, &regs, old & mask, &r);
    ptwr_commit(&insn, &regs, &r);
    got = r.write ? (old & ~mask) | (r.value & mask) : old;
    mem = old;
    run_cpu(code, n, &rax, &rcx, &flags);
    if (got != mem || regs.rax != rax || regs.rcx != rcx || ((regs.rflags ^ flags) & ALU_FLAGS & ~undefined))
        fail_msg("%s old %lx: memory %lx/%lx rax %lx/%lx rcx %lx/%lx flags %lx/%lx", what, old, got, mem, regs.rax, rax,
                 regs.rcx, rcx, regs.rflags, flags);
    assert_int_equal(regs.rip, n);
}

struct form { const char *what; u8 code[12]; unsigned int n; u64 undefined; };

#define LOGIC 0x10UL                       /* AF */
#define BITS  (ALU_FLAGS & ~1UL)           /* all but CF */

static const struct form forms[] = {
    { "mov %rcx", { 0x48, 0x89, 0x0f }, 3, 0 },
    { "mov %ecx", { 0x89, 0x0f }, 2, 0 },
    { "mov %cx", { 0x66, 0x89, 0x0f }, 3, 0 },
    { "mov %cl", { 0x88, 0x0f }, 2, 0 },
    { "mov %ch", { 0x88, 0x2f }, 2, 0 },
    { "movq imm", { 0x48, 0xc7, 0x07, 0x78, 0x56, 0x34, 0xf2 }, 7, 0 },
    { "movb imm", { 0xc6, 0x07, 0x67 }, 3, 0 },
    { "movnti", { 0x48, 0x0f, 0xc3, 0x0f }, 4, 0 },
    { "xchg %rcx", { 0x48, 0x87, 0x0f }, 3, 0 },
    { "xchg %ecx", { 0x87, 0x0f }, 2, 0 },
    { "xchg %ch", { 0x86, 0x2f }, 2, 0 },
    { "lock cmpxchg %rcx", { 0xf0, 0x48, 0x0f, 0xb1, 0x0f }, 5, 0 },
    { "lock cmpxchg %ecx", { 0xf0, 0x0f, 0xb1, 0x0f }, 4, 0 },
    { "lock xadd %rcx", { 0xf0, 0x48, 0x0f, 0xc1, 0x0f }, 5, 0 },
    { "lock add %rcx", { 0xf0, 0x48, 0x01, 0x0f }, 4, 0 },
    { "or %ecx", { 0x09, 0x0f }, 2, LOGIC },
    { "adc %rcx", { 0x48, 0x11, 0x0f }, 3, 0 },
    { "sbb %rcx", { 0x48, 0x19, 0x0f }, 3, 0 },
    { "and %cl", { 0x20, 0x0f }, 2, LOGIC },
    { "sub %rcx", { 0x48, 0x29, 0x0f }, 3, 0 },
    { "xor %rcx", { 0x48, 0x31, 0x0f }, 3, LOGIC },
    { "lock andb imm", { 0xf0, 0x80, 0x27, 0xfd }, 4, LOGIC },
    { "lock orq imm8", { 0xf0, 0x48, 0x83, 0x0f, 0xf0 }, 5, LOGIC },
    { "addl imm", { 0x81, 0x07, 0xff, 0xff, 0xff, 0x7f }, 6, 0 },
    { "lock btr imm", { 0xf0, 0x48, 0x0f, 0xba, 0x37, 0x06 }, 6, BITS },
    { "lock bts imm", { 0xf0, 0x0f, 0xba, 0x2f, 0x05 }, 5, BITS },
    { "btc imm", { 0x48, 0x0f, 0xba, 0x3f, 0x3f }, 5, BITS },
    { "incl", { 0xff, 0x07 }, 2, 0 },
    { "decq", { 0x48, 0xff, 0x0f }, 3, 0 },
    { "notq", { 0x48, 0xf7, 0x17 }, 3, 0 },
    { "negb", { 0xf6, 0x1f }, 2, 0 },
};

static void test_forms(void **state)
{
    static const u64 values[] = { 0, 1, ~0UL, 0x80, 0x7f, 0x8000000000000000, 0x7fffffffffffffff, 0x123456789abcdef0, 0x80000067 };

    for (unsigned int i = 0; i < ARRAY_SIZE(forms); i++)
        for (unsigned int a = 0; a < ARRAY_SIZE(values); a++)
            for (unsigned int b = 0; b < ARRAY_SIZE(values); b++)
                compare(forms[i].what, forms[i].code, forms[i].n, values[a], values[b], values[(a + b) % ARRAY_SIZE(values)],
                        forms[i].undefined);
}

static void test_addressing(void **state)
{
    static const struct { u8 code[15]; unsigned int len; bool ok; } t[] = {
        { { 0x48, 0x89, 0x4c, 0x24, 0x08 }, 5, true },                             /* 8(%rsp) */
        { { 0x48, 0x89, 0x0c, 0xc5, 1, 2, 3, 4 }, 8, true },                       /* disp32(,%rax,8) */
        { { 0x48, 0x89, 0x0d, 1, 2, 3, 4 }, 7, true },                             /* RIP-relative */
        { { 0x48, 0x89, 0x8f, 1, 2, 3, 4 }, 7, true },                             /* disp32(%rdi) */
        { { 0x4d, 0x89, 0x07 }, 3, true },                                         /* %r8 to (%r15) */
        { { 0x48, 0x89, 0xc8 }, 0, false },                                        /* to a register */
        { { 0x48, 0x39, 0x0f }, 0, false },                                        /* cmp writes nothing */
        { { 0x48, 0x8b, 0x0f }, 0, false },                                        /* a load */
        { { 0x66, 0x66, 0x66, 0x66 }, 0, false },
        { { 0x48, 0xc7 }, 0, false },
    };
    struct ptwr_insn insn;

    for (unsigned int i = 0; i < ARRAY_SIZE(t); i++) {
        bool ok = ptwr_decode(t[i].code, t[i].ok ? t[i].len : 4, &insn);

        assert_int_equal(ok, t[i].ok);
        if (ok)
            assert_int_equal(insn.len, t[i].len);
    }
}

/* Anything may stand at a guest's RIP. */
static void test_random_bytes(void **state)
{
    u32 seed = 7;

    for (unsigned int i = 0; i < 200000; i++) {
        struct cpu_user_regs regs = { .rflags = 2 };
        struct ptwr_insn insn;
        struct ptwr_result r;
        u8 code[15];

        for (unsigned int k = 0; k < sizeof(code); k++)
            code[k] = (u8)((seed = seed * 1103515245 + 12345) >> 16);
        if (!ptwr_decode(code, 1 + i % 15, &insn))
            continue;
        assert_true(insn.len <= 1 + i % 15 && insn.reg < 16 && insn.size <= 8);
        ptwr_compute(&insn, &regs, seed, &r);
        ptwr_commit(&insn, &regs, &r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_addressing),
        cmocka_unit_test(test_random_bytes),
    };

    return cmocka_run_group_tests_name("ptwr", tests, NULL, NULL);
}
