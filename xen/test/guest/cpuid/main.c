/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID with the forced-emulation prefix: the hypervisor's leaves, an explicit policy for the others. */
#include "test.h"
#include <public/arch-x86/cpuid.h>

struct leaf {
    uint32_t a, b, c, d;
};

static struct leaf forced(uint32_t leaf, uint32_t sub)
{
    struct leaf r = { leaf, 0, sub, 0 };

    asm volatile(XEN_CPUID : "+a"(r.a), "=b"(r.b), "+c"(r.c), "=d"(r.d));
    return r;
}

static void check_own_leaves(void)
{
    struct leaf l = forced(XEN_CPUID_FIRST_LEAF, 0);

    EXPECT(l.b, XEN_CPUID_SIGNATURE_EBX);
    EXPECT(l.c, XEN_CPUID_SIGNATURE_ECX);
    EXPECT(l.d, XEN_CPUID_SIGNATURE_EDX);
    CHECK(l.a >= XEN_CPUID_LEAF(2) && l.a <= XEN_CPUID_LEAF(XEN_CPUID_MAX_NUM_LEAVES), "last leaf %x", l.a);
    EXPECT(forced(XEN_CPUID_LEAF(1), 0).a, 4 << 16 | 17);
    l = forced(XEN_CPUID_LEAF(2), 0);
    CHECK(l.c & XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD, "features %x", l.c);
}

/* What a paravirtualized guest in ring 3 must not be told to have. */
static void check_policy(void)
{
    struct leaf one = forced(1, 0), seven = forced(7, 0), ext = forced(0x80000001, 0);

    CHECK(one.c & (1u << 31), "the hypervisor bit is clear");
    CHECK(!(one.c & (1u << 5)), "VMX is shown");
    CHECK(!(ext.c & (1u << 2)), "SVM is shown");
    CHECK(!(one.d & (1u << 1)), "VME is shown");
    CHECK(!(one.d & (1u << 3)), "PSE is shown");
    CHECK(!(one.d & (1u << 13)), "PGE is shown");
    CHECK(!(one.d & (1u << 17)), "PSE36 is shown");
    CHECK(!(seven.b & (1u << 7)), "SMEP is shown");
    CHECK(!(seven.b & (1u << 20)), "SMAP is shown");
    CHECK(!(seven.b & (1u << 10)), "INVPCID is shown");
    CHECK(one.d & (1u << 0), "no FPU");
    CHECK(one.d & (1u << 26), "no SSE2");
    CHECK(ext.d & (1u << 29), "no long mode");
    CHECK(ext.d & (1u << 20), "no NX");
    CHECK(ext.d & (1u << 11), "no SYSCALL");
}

static void check_limits(void)
{
    struct leaf zero = forced(0, 0), past;

    CHECK(zero.a >= 1 && zero.a < 0x100, "last basic leaf %x", zero.a);
    past = forced(0x80000000, 0);
    CHECK(past.a >= 0x80000008 && past.a < 0x80000100, "last extended leaf %x", past.a);
    past = forced(0x1234, 0);
    CHECK(!(past.a | past.b | past.c | past.d), "leaf 0x1234 has %x %x %x %x", past.a, past.b, past.c, past.d);
    past = forced(0xc0000000, 0);
    CHECK(!(past.a | past.b | past.c | past.d), "leaf 0xc0000000 has %x %x %x %x", past.a, past.b, past.c, past.d);
    /* Address width: what the machine has, not more than the guest can name. */
    past = forced(0x80000008, 0);
    CHECK((past.a & 0xff) >= 36 && (past.a & 0xff) <= 52, "%u physical address bits", past.a & 0xff);
}

static void check_prefix(void)
{
    unsigned long rsi = 0x1111, r15 = 0x2222, flags_before, flags_after;

    asm volatile("mov $0x2222, %%r15\n pushf\n pop %0\n mov $0, %%eax\n" XEN_CPUID "\n pushf\n pop %1\n mov %%r15, %3"
                 : "=&D"(flags_before), "=&r"(flags_after), "+S"(rsi), "=&r"(r15) : : "rax", "rbx", "rcx", "rdx", "r15", "memory");
    EXPECT(rsi, 0x1111);
    EXPECT(r15, 0x2222);
    /* Before anything but CPUID it is what it looks like: UD2. */
    EXPECT(TRY(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x90", NO_OUTPUTS), VECTOR_UD);
    EXPECT(TRY(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6f, 0x0f, 0xa2", NO_OUTPUTS), VECTOR_UD);
    (void)flags_before;
    (void)flags_after;
}

void test_main(void)
{
    check_own_leaves();
    check_policy();
    check_limits();
    check_prefix();
}
