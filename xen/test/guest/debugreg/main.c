/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debug registers against the hypervisor: breakpoints on what it touches for its guest, and one that strikes at its first
 * instruction (MOV SS holds a debug exception back until after a SYSCALL or INT; CVE-2018-8897).
 */
#include "test.h"

#define DR7_WATCH 0x00030401ul  /* DR0, 8 bytes would be 10b << 18; reads and writes */

static unsigned long watched __attribute__((aligned(8)));
static unsigned short stack_selector __attribute__((aligned(8))) = FLAT_KERNEL_SS;

static bool ignore_debug(struct regs *regs)
{
    return regs->vector == VECTOR_DB;
}

static void watch(const void *what, unsigned long dr7)
{
    EXPECT(hc_set_debugreg(7, 0x400), 0);
    EXPECT(hc_set_debugreg(6, 0), 0);
    EXPECT(hc_set_debugreg(0, (unsigned long)what), 0);
    EXPECT(hc_set_debugreg(7, dr7), 0);
}

/* Calls that read and write the watched bytes on the guest's behalf. */
static void check_copies(void)
{
    struct xen_memory_domain *d = (void *)&watched;

    watch(&watched, DR7_WATCH | 3ul << 18);
    d->domid = DOMID_SELF;
    CHECK(hc_memory_op(XENMEM_current_reservation, d) > 0, "a call that reads a watched argument");
    CHECK(hc_xen_version(XENVER_get_features, &watched) <= 0, "a call that writes a watched argument");
    CHECK(hc_console_io(CONSOLEIO_write, 0, &watched) == 0, "no bytes of a watched buffer");
    watch(trap_stack + TRAP_STACK_SIZE - 8, DR7_WATCH | 3ul << 18);
    EXPECT(hc_xen_version(XENVER_pagesize, 0), PAGE_SIZE);
    EXPECT(hc_set_debugreg(7, 0x400), 0);
}

/* The selector is read from the watched word; what comes next runs with the exception held back. */
static void check_mov_ss(void)
{
    unsigned long result;

    for (unsigned i = 0; i < 100; i++) {
        watch(&stack_selector, DR7_WATCH | 1ul << 18);
        asm volatile("mov %[ss], %%ss\n\tsyscall"
                     : "=a"(result)
                     : "a"(__HYPERVISOR_xen_version), "D"((unsigned long)XENVER_pagesize), "S"(0ul), [ss] "m"(stack_selector)
                     : "rcx", "r11", "rdx", "r8", "r9", "r10", "memory");
        CHECK(result == PAGE_SIZE, "SYSCALL behind MOV SS: %lx", result);
        watch(&stack_selector, DR7_WATCH | 1ul << 18);
        TRY("mov (%0), %%ss\n\tint3", NO_OUTPUTS, "r"(&stack_selector));
        watch(&stack_selector, DR7_WATCH | 1ul << 18);
        /* INT1: some machines do not know it. */
        asm volatile("mov %[ss], %%ss\n1: .byte 0xf1\n2:\n.pushsection .ex_table,\"a\"\n.quad 1b,2b\n.popsection"
                     : : [ss] "m"(stack_selector) : "memory");
    }
    EXPECT(hc_set_debugreg(7, 0x400), 0);
}

/* Single step over a call: the guest's flag is not the hypervisor's. */
static void check_step(void)
{
    unsigned long result;

    asm volatile("pushf\n\torl $0x100, (%%rsp)\n\tpopf\n\tsyscall\n\tpushf\n\tandl $~0x100, (%%rsp)\n\tpopf"
                 : "=a"(result)
                 : "a"(__HYPERVISOR_xen_version), "D"((unsigned long)XENVER_pagesize), "S"(0ul)
                 : "rcx", "r11", "rdx", "r8", "r9", "r10", "memory", "cc");
    CHECK(result == PAGE_SIZE, "SYSCALL while single-stepping: %lx", result);
}

static void check_refusals(void)
{
    static const unsigned long bad[] = { HYPERVISOR_VIRT_START, 0xffff82d040200000ul, HYPERVISOR_VIRT_END - 1,
                                         0x0000800000000000ul, 0xffff7ffffffffffful };

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        for (unsigned reg = 0; reg < 4; reg++)
            CHECK(hc_set_debugreg(reg, bad[i]) < 0, "DR%u at %lx", reg, bad[i]);
    for (unsigned reg = 0; reg < 4; reg++)
        CHECK(hc_set_debugreg(7, 0x400 | 2ul << (16 + 4 * reg) | 1ul << (2 * reg)) < 0, "an I/O breakpoint in DR%u", reg);
    CHECK(hc_set_debugreg(7, 0x400 | 1ul << 32) < 0, "high bits of DR7");
    CHECK(hc_set_debugreg(6, 1ul << 32) < 0, "high bits of DR6");
    EXPECT(hc_set_debugreg(~0u, 0), -XEN_ENODEV);
    CHECK(hc_set_debugreg(7, 0x2400) != 0 || !(hc_get_debugreg(7) & 0x2000), "general detect set");
    EXPECT(hc_set_debugreg(7, 0x400), 0);
}

static void set_cr4(unsigned long value)
{
    asm volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

/* DR4 and DR5 are other names of DR6 and DR7 until CR4.DE is set. */
static void check_aliases(void)
{
    unsigned long cr4;

    asm volatile("mov %%cr4, %0" : "=r"(cr4));
    EXPECT(hc_set_debugreg(5, 0x403), 0);
    EXPECT(hc_get_debugreg(7), 0x403);
    EXPECT(hc_get_debugreg(5), 0x403);
    EXPECT(hc_set_debugreg(5, 0x400), 0);
    EXPECT(hc_set_debugreg(4, 1), 0);
    EXPECT(hc_get_debugreg(6) & 0xf, 1);
    EXPECT(hc_set_debugreg(6, 0), 0);
    set_cr4(cr4 | 8);
    for (unsigned reg = 4; reg < 6; reg++) {
        EXPECT(hc_set_debugreg(reg, 0), -XEN_ENODEV);
        EXPECT(hc_get_debugreg(reg), -XEN_ENODEV);
    }
    set_cr4(cr4);
}

void test_main(void)
{
    check_refusals();
    check_aliases();
    trap_hook = ignore_debug;
    check_copies();
    check_mov_ss();
    check_step();
    EXPECT(hc_set_debugreg(0, 0), 0);
}
