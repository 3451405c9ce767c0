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
    check_forbidden();
    check_page_end();
}
