/* SPDX-License-Identifier: GPL-2.0-only */
/* Privileged instructions in the guest's kernel: control and debug registers, CLTS, cache and descriptor instructions. */
#include "test.h"

static unsigned long value;

#define READ(reg)     TRY("mov %%" reg ", %0", OUT("=r"(value)))
#define WRITE(reg, v) TRY("mov %0, %%" reg, NO_OUTPUTS, "r"((unsigned long)(v)))

static void check_cr0(void)
{
    unsigned long cr0;

    EXPECT(READ("cr0"), VECTOR_NONE);
    cr0 = value;
    CHECK((cr0 & 0x80000001) == 0x80000001, "CR0 is %lx", cr0);
    EXPECT(WRITE("cr0", cr0 | 8), VECTOR_NONE);
    EXPECT(READ("cr0"), VECTOR_NONE);
    CHECK(value & 8, "TS does not hold: CR0 %lx", value);
    EXPECT(TRY("clts", NO_OUTPUTS), VECTOR_NONE);
    EXPECT(READ("cr0"), VECTOR_NONE);
    EXPECT(value, cr0 & ~8ul);
    EXPECT(WRITE("cr0", cr0 & ~0x80000000ul), VECTOR_GP); /* paging off */
    EXPECT(WRITE("cr0", 0), VECTOR_GP);
}

static void check_cr234(void)
{
    unsigned long cr4;

    EXPECT(WRITE("cr2", 0x123456789000), VECTOR_NONE);
    EXPECT(READ("cr2"), VECTOR_NONE);
    EXPECT(value, 0x123456789000);
    EXPECT(READ("cr3"), VECTOR_NONE);
    EXPECT(value, pt_base_mfn() * PAGE_SIZE);
    EXPECT(WRITE("cr3", value), VECTOR_NONE);
    EXPECT(WRITE("cr3", virt_to_mfn(page_alloc()) * PAGE_SIZE), VECTOR_GP);
    EXPECT(WRITE("cr3", 1ul << 45), VECTOR_GP);
    EXPECT(READ("cr4"), VECTOR_NONE);
    cr4 = value;
    CHECK(cr4 & 0x20, "CR4 %lx without PAE", cr4);
    EXPECT(WRITE("cr4", cr4), VECTOR_NONE);
    /* Bits that are the hypervisor's are refused or ignored, never taken. */
    WRITE("cr4", cr4 & ~0x20ul);
    EXPECT(READ("cr4"), VECTOR_NONE);
    CHECK(value & 0x20, "PAE cleared");
    WRITE("cr4", cr4 | 0x2000);
    EXPECT(READ("cr4"), VECTOR_NONE);
    CHECK(!(value & 0x2000), "VMXE set");
}

static void check_debug_registers(void)
{
    EXPECT(WRITE("dr0", SCRATCH_VA), VECTOR_NONE);
    EXPECT(READ("dr0"), VECTOR_NONE);
    EXPECT(value, SCRATCH_VA);
    EXPECT(hc_set_debugreg(1, SCRATCH_VA + 8), 0);
    EXPECT(hc_get_debugreg(1), SCRATCH_VA + 8);
    EXPECT(READ("dr7"), VECTOR_NONE);
    EXPECT(value & 0xff, 0);
    EXPECT(hc_set_debugreg(0, 0xffff82d040200000ul), -XEN_EPERM);
    EXPECT(hc_set_debugreg(8, 0), -XEN_ENODEV);
    EXPECT(hc_get_debugreg(8), -XEN_ENODEV);
    CHECK(hc_set_debugreg(7, 0x2000) != 0 || !(hc_get_debugreg(7) & 0x2000), "general detect set");
    /* A breakpoint on data: trap after the access, DR6 tells which. */
    EXPECT(hc_set_debugreg(0, (unsigned long)&value), 0);
    EXPECT(hc_set_debugreg(6, 0), 0);
    EXPECT(hc_set_debugreg(7, 0x400 | 1 | 1 << 16 | 3 << 18), 0);
    EXPECT(TRY("movl $1, %0", OUT("=m"(value))), VECTOR_DB);
    CHECK(hc_get_debugreg(6) & 1, "DR6 is %lx", hc_get_debugreg(6));
    EXPECT(hc_set_debugreg(7, 0x400), 0);
    EXPECT(TRY("movl $1, %0", OUT("=m"(value))), VECTOR_NONE);
}

#define CR4_DE       0x8ul
#define CR4_FSGSBASE 0x10000ul
#define IO_BREAKPOINT 0x20401ul /* DR0, one byte */

static void expect_io_breakpoint(const char *what, int vector, int want)
{
    unsigned long dr6 = hc_get_debugreg(6);

    CHECK(vector == want, "%s: vector %d", what, vector);
    CHECK((dr6 & 0xf) == (want == VECTOR_DB), "%s: DR6 %lx", what, dr6);
    EXPECT(hc_set_debugreg(6, 0), 0);
}

static void check_io_accesses(void)
{
    static char buf[4];
    void *to = buf;
    unsigned long count = 3;

    EXPECT(hc_set_debugreg(6, 0), 0);
    expect_io_breakpoint("OUT", TRY("outb %%al, $0xe0", NO_OUTPUTS, "a"(0)), VECTOR_DB);
    expect_io_breakpoint("IN", TRY("inb $0xe0, %%al", NO_OUTPUTS, "a"(0)), VECTOR_DB);
    expect_io_breakpoint("the port behind", TRY("inb $0xe1, %%al", NO_OUTPUTS, "a"(0)), VECTOR_NONE);
    expect_io_breakpoint("two ports", TRY("inw $0xdf, %%ax", NO_OUTPUTS, "a"(0)), VECTOR_DB);
    /* A string instruction stops behind the element. */
    expect_io_breakpoint("INS", TRY("rep insb", OUT("+D"(to), "+c"(count)), "d"(0xe0)), VECTOR_DB);
    EXPECT(trap_last.regs.rcx, 2);
}

/* They need CR4.DE, and are silent while it is clear; with it DR4 and DR5 are invalid. */
static void check_io_breakpoints(void)
{
    struct physdev_set_iopl iopl = { .iopl = 1 };
    unsigned long cr4;

    EXPECT(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
    EXPECT(READ("cr4"), VECTOR_NONE);
    cr4 = value;
    EXPECT(hc_set_debugreg(0, 0xe0), 0);
    EXPECT(hc_set_debugreg(7, IO_BREAKPOINT), -XEN_EPERM);
    EXPECT(WRITE("dr7", IO_BREAKPOINT), VECTOR_GP);
    EXPECT(hc_set_debugreg(7, 0x401 | 2 << 20), -XEN_EPERM);
    EXPECT(hc_set_debugreg(7, 0x2400), -XEN_EPERM);
    EXPECT(TRY(".byte 0x0f, 0x21, 0xe0", OUT("=a"(value))), VECTOR_NONE); /* mov %dr4, %rax */
    EXPECT(WRITE("cr4", cr4 | CR4_DE), VECTOR_NONE);
    EXPECT(READ("cr4"), VECTOR_NONE);
    EXPECT(value, cr4 | CR4_DE);
    EXPECT(hc_set_debugreg(7, IO_BREAKPOINT), 0);
    EXPECT(hc_get_debugreg(7), IO_BREAKPOINT);
    EXPECT(TRY(".byte 0x0f, 0x21, 0xe0", OUT("=a"(value))), VECTOR_UD);
    EXPECT(TRY(".byte 0x0f, 0x23, 0xe8", NO_OUTPUTS, "a"(0)), VECTOR_UD); /* mov %rax, %dr5 */
    check_io_accesses();
    EXPECT(WRITE("cr4", cr4), VECTOR_NONE);
    expect_io_breakpoint("without DE", TRY("inb $0xe0, %%al", NO_OUTPUTS, "a"(0)), VECTOR_NONE);
    EXPECT(hc_set_debugreg(7, 0x400), 0);
}

static bool cpu_has_fsgsbase(void)
{
    unsigned int eax = 0, ebx, ecx = 0, edx;

    asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if (eax < 7)
        return false;
    eax = 7;
    ecx = 0;
    asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return ebx & 1;
}

/* Where the CPU has it, the kernel decides whether segment bases have instructions, and keeps its bases meanwhile. */
static void check_fsgsbase(void)
{
    static unsigned long area[2] = { 0, 0xf5f5 };
    unsigned long cr4, base;

    if (!cpu_has_fsgsbase())
        return;
    EXPECT(READ("cr4"), VECTOR_NONE);
    cr4 = value & ~CR4_FSGSBASE;
    for (unsigned on = 0; on < 4; on++) {
        unsigned long want = cr4 | (on & 1 ? CR4_FSGSBASE : 0);

        WRITE("cr4", want);
        EXPECT(READ("cr4"), VECTOR_NONE);
        EXPECT(value, want);
        EXPECT(hc_set_segment_base(SEGBASE_FS, area), 0);
        timer_sleep(1 * MILLISECONDS);
        asm volatile("mov %%fs:8, %0" : "=r"(base));
        EXPECT(base, 0xf5f5);
        EXPECT(READ("cr4"), VECTOR_NONE);
        EXPECT(value, want);
        EXPECT(TRY("rdfsbase %0", OUT("=r"(base))), on & 1 ? VECTOR_NONE : VECTOR_UD);
        EXPECT(TRY("wrfsbase %0", NO_OUTPUTS, "r"(area)), on & 1 ? VECTOR_NONE : VECTOR_UD);
    }
    EXPECT(hc_set_segment_base(SEGBASE_FS, 0), 0);
}

static void check_forbidden(void)
{
    static char operand[16];

    EXPECT(TRY("lgdt %0", NO_OUTPUTS, "m"(operand)), VECTOR_GP);
    EXPECT(TRY("lidt %0", NO_OUTPUTS, "m"(operand)), VECTOR_GP);
    EXPECT(TRY("lldt %w0", NO_OUTPUTS, "r"(0)), VECTOR_GP);
    EXPECT(TRY("ltr %w0", NO_OUTPUTS, "r"(0)), VECTOR_GP);
    EXPECT(TRY("swapgs", NO_OUTPUTS), VECTOR_GP);
    EXPECT(TRY("sysretq", NO_OUTPUTS), VECTOR_GP);
    EXPECT(TRY("wbinvd", NO_OUTPUTS), VECTOR_NONE); /* dom0 has devices, so it may */
    EXPECT(TRY("mov %%cr8, %0", OUT("=r"(value))), VECTOR_GP);
}

/* An instruction at the end of a page, with nothing behind it. */
static void check_page_end(void)
{
    static const unsigned char code[] = { 0x0f, 0x20, 0xc0, 0xc3 }; /* mov %cr0, %rax; ret */
    char *page = page_alloc();
    unsigned long (*at_end)(void) = (unsigned long (*)(void))(SCRATCH_VA + PAGE_SIZE - sizeof(code));

    memcpy(page + PAGE_SIZE - sizeof(code), code, sizeof(code));
    NEED(map_frame(SCRATCH_VA, virt_to_mfn(page), PTE_DATA), 0);
    CHECK(at_end() & 1, "CR0 without its lowest bit");
}

void test_main(void)
{
    check_cr0();
    check_cr234();
    check_debug_registers();
    check_io_breakpoints();
    check_fsgsbase();
    check_forbidden();
    check_page_end();
}
