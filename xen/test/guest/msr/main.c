/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs: those a paravirtualized kernel has, those it only sees, those it must not touch. */
#include "test.h"

#define EFER           0xc0000080
#define STAR           0xc0000081
#define LSTAR          0xc0000082
#define FS_BASE        0xc0000100
#define GS_BASE        0xc0000101
#define KERNEL_GS_BASE 0xc0000102
#define APIC_BASE      0x1b
#define SYSENTER_EIP   0x176
#define MISC_ENABLE    0x1a0
#define DEBUGCTL       0x1d9

static uint32_t low, high;

static int rd(uint32_t msr)
{
    return TRY("rdmsr", OUT("=a"(low), "=d"(high)), "c"(msr));
}

static int wr(uint32_t msr, uint64_t value)
{
    return TRY("wrmsr", NO_OUTPUTS, "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static uint64_t got(void)
{
    return low | (uint64_t)high << 32;
}

/* Power readings, by which other guests' work can be told (XSA-351); AMD's masks of debug registers (XSA-444). */
static void check_hidden(void)
{
    static const uint32_t hidden[] = {
        0x606, 0x610, 0x611, 0x614, 0x619, 0x639, 0x641, 0xc0010299, 0xc001029a, 0xc001029b,
        0xc0011019, 0xc001101a, 0xc001101b, 0xc0011027,
    };

    for (unsigned i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        int vector = rd(hidden[i]);

        CHECK(vector == VECTOR_GP, "MSR %x is read: vector %d, %lx", hidden[i], vector, got());
        CHECK(wr(hidden[i], 1) == VECTOR_GP, "MSR %x is written", hidden[i]);
    }
}

/* Branch tracing is not to be switched on (XSA-269); a register that half of all CPUs lack is no trap for the host (XSA-333). */
static void check_tracing(void)
{
    for (unsigned bit = 0; bit < 16; bit++) {
        wr(DEBUGCTL, 1ul << bit);
        if (rd(DEBUGCTL) == VECTOR_NONE)
            CHECK(!(low & 0xffc0), "DEBUGCTL %x after a write of bit %u", low, bit);
    }
    rd(MISC_ENABLE);
    wr(MISC_ENABLE, got() ^ 1ul << 11);
    EXPECT(hc_xen_version(XENVER_pagesize, NULL), PAGE_SIZE);
}

void test_main(void)
{
    static unsigned long area[2] = { 0, 0x7a7a };
    unsigned long seen;

    EXPECT(rd(EFER), VECTOR_NONE);
    CHECK((low & 0x501) == 0x501, "EFER %x: SCE, LME, LMA", low);
    EXPECT(wr(FS_BASE, (uint64_t)area), VECTOR_NONE);
    asm volatile("mov %%fs:8, %0" : "=r"(seen));
    EXPECT(seen, 0x7a7a);
    EXPECT(rd(FS_BASE), VECTOR_NONE);
    EXPECT(got(), area);
    EXPECT(wr(GS_BASE, (uint64_t)area), VECTOR_NONE);
    EXPECT(rd(GS_BASE), VECTOR_NONE);
    EXPECT(got(), area);
    EXPECT(wr(KERNEL_GS_BASE, 0x1000), VECTOR_NONE);
    EXPECT(rd(KERNEL_GS_BASE), VECTOR_NONE);
    EXPECT(got(), 0x1000);
    EXPECT(wr(FS_BASE, 0x0000800000000000ul), VECTOR_GP);
    EXPECT(rd(FS_BASE), VECTOR_NONE);
    EXPECT(got(), area);
    /* Without x2APIC in the policy the base is readable and says: enabled. */
    if (rd(APIC_BASE) == VECTOR_NONE)
        CHECK(low & 0x800, "APIC_BASE %x", low);

    /* The hypervisor's own entry points.  Whether the write faults or is dropped, the next hypercall works. */
    wr(LSTAR, 0x1000);
    wr(STAR, 0);
    wr(SYSENTER_EIP, 0x1000);
    wr(EFER, 0);
    EXPECT(hc_xen_version(XENVER_pagesize, NULL), PAGE_SIZE);
    EXPECT(rd(EFER), VECTOR_NONE);
    CHECK((low & 0x501) == 0x501, "EFER %x after a write of 0", low);
    EXPECT(wr(EFER, ~0ull), VECTOR_GP);
    EXPECT(rd(0x12345678), VECTOR_GP);
    EXPECT(wr(0x12345678, 0), VECTOR_GP);
    check_hidden();
    check_tracing();
}
