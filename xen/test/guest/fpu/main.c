/* SPDX-License-Identifier: GPL-2.0-only */
/* FPU: two vCPUs on one CPU do not see each other's registers; fpu_taskswitch, CLTS and #NM as Linux uses them. */
#include "test.h"

static volatile unsigned long rounds, mixed;

static void set_xmm(unsigned long value)
{
    asm volatile("movq %0, %%xmm0\n movq %0, %%xmm7\n movq %0, %%xmm15" : : "r"(value));
}

static bool xmm_is(unsigned long value)
{
    unsigned long a, b, c;

    asm volatile("movq %%xmm0, %0\n movq %%xmm7, %1\n movq %%xmm15, %2" : "=r"(a), "=r"(b), "=r"(c));
    return a == value && b == value && c == value;
}

static const int secret = 7;
extern const char load_secret[];

static int set_xcr0(unsigned index, uint64_t value)
{
    return TRY("xsetbv", NO_OUTPUTS, "a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(index));
}

static bool has_cpuid_ecx(unsigned bit)
{
    unsigned a = 1, b, c = 0, d;

    asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return c >> bit & 1;
}

static bool has_xsave(void) { return has_cpuid_ecx(27); }
static bool has_avx(void) { return has_xsave() && has_cpuid_ecx(28); }

static void set_ymm7_high(unsigned long value)
{
    asm volatile("vmovq %0, %%xmm7\n vpunpcklqdq %%xmm7, %%xmm7, %%xmm7\n vinsertf128 $1, %%xmm7, %%ymm7, %%ymm7" : : "r"(value));
}

static unsigned long ymm7_high(void)
{
    unsigned long value;

    asm volatile("vextractf128 $1, %%ymm7, %%xmm6\n vmovq %%xmm6, %0" : "=r"(value));
    return value;
}

#define SECRET 0x5ec7e75ec7e75ul
static volatile unsigned long avx_rounds, seen_secret;

/* This vCPU has AVX on; the other one, which has filled the same register, has it off. */
static void look_for_secret(void)
{
    seen_secret += ymm7_high() == SECRET;
    set_ymm7_high(1);
    avx_rounds++;
}

static void other_vcpu(void)
{
    if (has_avx())
        set_xcr0(0, 7);
    for (unsigned long i = 0;; i++) {
        if (has_avx())
            look_for_secret();
        set_xmm(0xbbbb0000 + i);
        asm volatile("fninit\n .globl load_secret\n load_secret: fildl %0" : : "m"(secret));
        hc_sched_op(SCHEDOP_yield, NULL);
        if (!xmm_is(0xbbbb0000 + i))
            mixed++;
        rounds++;
    }
}

static const unsigned long zeros[2] __attribute__((aligned(16)));

/* Every way to clear a register must find this vCPU's state loaded when it is the first one after a switch. */
#define FIRST_USE(insn) do {                                                                        \
        unsigned long a, b;                                                                         \
        set_xmm(0xcccc);                                                                            \
        hc_sched_op(SCHEDOP_yield, NULL);                                                           \
        asm volatile(insn "\n movq %%xmm7, %0\n movq %%xmm15, %1" : "=r"(a), "=r"(b) : "m"(zeros)); \
        CHECK(a == 0 && b == 0xcccc, "%s after a switch: %lx %lx", #insn, a, b);                   \
    } while (0)

static void check_first_use(void)
{
    for (unsigned round = 0; round < 3; round++) {
        FIRST_USE("pxor %%xmm7, %%xmm7");
        FIRST_USE("xorps %%xmm7, %%xmm7");
        FIRST_USE("psubq %%xmm7, %%xmm7");
        FIRST_USE("movdqu %2, %%xmm7");
        FIRST_USE("movaps %2, %%xmm7");
        FIRST_USE("movq %2, %%xmm7");
        FIRST_USE("pand %2, %%xmm7");
        FIRST_USE("punpcklqdq %2, %%xmm7\n psrldq $8, %%xmm7");
        FIRST_USE("pshufd $0, %2, %%xmm7");
    }
}

/* The same for whole states: a kernel's first use after a switch is its own XSAVE or XRSTOR of another process. */
static void check_first_xsave(void)
{
    static unsigned char area[4096] __attribute__((aligned(64)));
    unsigned long *const xmm7 = (unsigned long *)(area + 160 + 7 * 16);

    if (!has_xsave())
        return;
    asm volatile("xsetbv" : : "a"(3), "d"(0), "c"(0));
    for (unsigned round = 0; round < 3; round++) {
        set_xmm(0xcccc);
        hc_sched_op(SCHEDOP_yield, NULL);
        asm volatile("xsave64 %0" : "+m"(area) : "a"(3), "d"(0) : "memory");
        CHECK(*xmm7 == 0xcccc, "XSAVE after a switch: %lx", *xmm7);
        *xmm7 = xmm7[8 * 2] = 0xdddd;
        *(unsigned long *)(area + 160) = 0xdddd;
        hc_sched_op(SCHEDOP_yield, NULL);
        asm volatile("xrstor64 %0" : : "m"(area), "a"(3), "d"(0) : "memory");
        hc_sched_op(SCHEDOP_yield, NULL);
        CHECK(xmm_is(0xdddd), "XRSTOR after a switch is lost");
    }
}

/* Values that XSETBV refuses must end here, not in the hypervisor (XSA-54); each leaves XCR0 as it is. */
static void check_xsetbv(void)
{
    static const struct { unsigned index; uint64_t value; } bad[] = {
        { 0, 0 }, { 0, 2 }, { 0, 5 }, { 0, 0x13 }, { 0, 0x23 }, { 0, 1ull << 62 | 3 }, { 0, ~0ull }, { 1, 3 }, { ~0u, 3 },
    };
    unsigned low, high;

    if (!has_xsave())
        return;
    EXPECT(set_xcr0(0, 3), VECTOR_NONE);
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        CHECK(set_xcr0(bad[i].index, bad[i].value) == VECTOR_GP, "XSETBV %x: %lx", bad[i].index, bad[i].value);
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    CHECK(low == 3 && high == 0, "XCR0 %x", low);
}

/* A component that is off in XCR0 is switched all the same (XSA-62). */
static void check_component_off(void)
{
    unsigned long before = avx_rounds;
    uint64_t end = time_now() + 20000 * MILLISECONDS;

    if (!has_avx())
        return;
    EXPECT(set_xcr0(0, 7), VECTOR_NONE);
    set_ymm7_high(SECRET);
    EXPECT(set_xcr0(0, 3), VECTOR_NONE);
    for (unsigned i = 0; i < 100 || (avx_rounds < before + 2 && time_now() < end); i++)
        hc_sched_op(SCHEDOP_yield, NULL);
    EXPECT(set_xcr0(0, 7), VECTOR_NONE);
    CHECK(avx_rounds >= before + 2, "the other vCPU looked %lu times", avx_rounds - before);
    CHECK(!seen_secret, "the other vCPU saw the upper half of YMM7 %lu times", seen_secret);
    CHECK(ymm7_high() == SECRET, "YMM7 became %lx", ymm7_high());
    EXPECT(set_xcr0(0, 3), VECTOR_NONE);
}

/* AMD's CPUs that do not load the pointers of an image without a pending exception, and say so (0x80000008 EBX, bit 2). */
static bool keeps_pointers(void)
{
    unsigned a = 0, b, c, d, most = 0x80000000;

    asm volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    if (c != 0x444d4163)                 /* cAMD */
        return false;
    asm volatile("cpuid" : "+a"(most), "=b"(b), "=c"(c), "=d"(d));
    a = 0x80000008;
    if (most >= a)
        asm volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    return most < 0x80000008 || !(b & 4);
}

/* Where the other vCPU's last x87 instruction and its operand are is its own. */
static void check_pointers(void)
{
    unsigned env[7];
    unsigned long before = rounds, i;
    uint64_t end = time_now() + 20000 * MILLISECONDS;

    if (!keeps_pointers())
        return;
    asm volatile("fninit");
    for (i = 0; i < 100 || (rounds == before && time_now() < end); i++) {
        hc_sched_op(SCHEDOP_yield, NULL);
        asm volatile("fnstenv %0" : "=m"(env));
        if (env[3] == (unsigned)(unsigned long)load_secret || env[5] == (unsigned)(unsigned long)&secret)
            break;
    }
    CHECK(env[3] != (unsigned)(unsigned long)load_secret, "FIP of another vCPU: %x, round %lu", env[3], i);
    CHECK(env[5] != (unsigned)(unsigned long)&secret, "FDP of another vCPU: %x, round %lu", env[5], i);
}

static void check_isolation(void)
{
    unsigned short control;
    unsigned mxcsr = 0x1f80 | 0x6000, seen = 0;
    uint64_t end = time_now() + 20000 * MILLISECONDS;

    smp_start(other_vcpu);
    check_first_use();
    check_first_xsave();
    check_xsetbv();
    check_component_off();
    asm volatile("fninit\n ldmxcsr %0" : : "m"(mxcsr));
    /* The other one comes when its CPU does. */
    for (unsigned long i = 0; i < 2000 || (!rounds && time_now() < end); i++) {
        set_xmm(0xaaaa0000 + i);
        hc_sched_op(SCHEDOP_yield, NULL);
        if (!xmm_is(0xaaaa0000 + i)) {
            CHECK(false, "round %lu: another vCPU's registers", i);
            break;
        }
    }
    asm volatile("stmxcsr %0\n fnstcw %1" : "=m"(seen), "=m"(control));
    EXPECT(seen & 0xffc0, mxcsr & 0xffc0);
    EXPECT(control, 0x37f);
    CHECK(rounds > 0, "the other vCPU did not run");
    EXPECT(mixed, 0);
    check_pointers();
    hc_vcpu_op(VCPUOP_down, 1, NULL);
}

static void check_taskswitch(void)
{
    unsigned long out;

    set_xmm(0x1111);
    EXPECT(hc_fpu_taskswitch(1), 0);
    EXPECT(TRY("movq %%xmm0, %0", OUT("=r"(out))), VECTOR_NM);
    /* The hypervisor clears TS with the trap. */
    EXPECT(TRY("movq %%xmm0, %0", OUT("=r"(out))), VECTOR_NONE);
    CHECK(xmm_is(0x1111), "registers changed across #NM");
    EXPECT(hc_fpu_taskswitch(1), 0);
    EXPECT(TRY("clts", NO_OUTPUTS), VECTOR_NONE);
    EXPECT(TRY("fnop", NO_OUTPUTS), VECTOR_NONE);
    EXPECT(hc_fpu_taskswitch(1), 0);
    hc_sched_op(SCHEDOP_yield, NULL);
    EXPECT(TRY("fnop", NO_OUTPUTS), VECTOR_NM);
    EXPECT(hc_fpu_taskswitch(1), 0);
    EXPECT(hc_fpu_taskswitch(0), 0);
    EXPECT(TRY("fnop", NO_OUTPUTS), VECTOR_NONE);
    CHECK(xmm_is(0x1111), "registers changed across fpu_taskswitch");
}

void test_main(void)
{
    event_mask_all();
    check_taskswitch();
    check_isolation();
}
