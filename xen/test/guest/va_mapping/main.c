/* SPDX-License-Identifier: GPL-2.0-only */
/* update_va_mapping: mapping, protection, the flushes it is asked for, addresses and frames that are refused. */
#include "test.h"

static void check_flush(unsigned long flags, const char *what)
{
    char *one = page_alloc(), *two = page_alloc();

    one[0] = 1;
    two[0] = 2;
    EXPECT(hc_update_va_mapping(SCRATCH_VA, virt_to_mfn(one) * PAGE_SIZE | PTE_DATA, flags), 0);
    EXPECT(*(volatile char *)SCRATCH_VA, 1);
    EXPECT(hc_update_va_mapping(SCRATCH_VA, virt_to_mfn(two) * PAGE_SIZE | PTE_DATA, flags), 0);
    CHECK(*(volatile char *)SCRATCH_VA == 2, "%s: the old translation is still used", what);
    EXPECT(hc_update_va_mapping(SCRATCH_VA, virt_to_mfn(two) * PAGE_SIZE | PTE_RO, flags), 0);
    CHECK(try_write(SCRATCH_VA) == VECTOR_PF, "%s: still writable", what);
    EXPECT(trap_last.regs.error & 7, 3); /* present, write; the kernel's mode counts as supervisor, though it is ring 3 */
    EXPECT(hc_update_va_mapping(SCRATCH_VA, 0, flags), 0);
    CHECK(try_read(SCRATCH_VA) == VECTOR_PF, "%s: still there", what);
}

/* A fetch from the scratch page goes back to whoever called there. */
static bool return_from_scratch(struct regs *regs)
{
    if (regs->vector != VECTOR_PF || regs->rip != SCRATCH_VA)
        return false;
    trap_last.vector = VECTOR_PF;
    trap_last.regs = *regs;
    regs->rip = *(uint64_t *)regs->rsp;
    regs->rsp += 8;
    return true;
}

static void check_no_execute(void)
{
    unsigned char *code = page_alloc();

    code[0] = 0xc3; /* RET */
    trap_hook = return_from_scratch;
    trap_clear();
    EXPECT(hc_update_va_mapping(SCRATCH_VA, virt_to_mfn(code) * PAGE_SIZE | PTE_RO, UVMF_INVLPG), 0);
    ((void (*)(void))SCRATCH_VA)();
    EXPECT(trap_last.vector, VECTOR_NONE);
    EXPECT(hc_update_va_mapping(SCRATCH_VA, virt_to_mfn(code) * PAGE_SIZE | PTE_RO | PTE_NX, UVMF_INVLPG), 0);
    ((void (*)(void))SCRATCH_VA)();
    EXPECT(trap_last.vector, VECTOR_PF);
    CHECK(trap_last.regs.error & 16, "error code %lx: not an instruction fetch", trap_last.regs.error);
    trap_hook = NULL;
}

static void check_bad(void)
{
    uint64_t good = virt_to_mfn(page_alloc()) * PAGE_SIZE | PTE_DATA;

    CHECK(hc_update_va_mapping(SCRATCH_VA + (100ul << 30), good, 0) < 0, "mapped where there is no table");
    CHECK(hc_update_va_mapping(HYPERVISOR_VIRT_START, good, 0) < 0, "mapped over the m2p");
    CHECK(hc_update_va_mapping(HYPERVISOR_VIRT_START + (3ul << 39), good, 0) < 0, "mapped in the hypervisor");
    CHECK(hc_update_va_mapping(0x0000800000000000ul, good, 0) < 0, "mapped at no address");
    CHECK(hc_update_va_mapping(SCRATCH_VA, 0xfffffffffull << 12 | PTE_DATA, 0) < 0, "mapped beyond memory");
    CHECK(hc_update_va_mapping_otherdomain(SCRATCH_VA, good, 0, 77) < 0, "mapped a page of a domain that is not");
    EXPECT(hc_update_va_mapping_otherdomain(SCRATCH_VA, good, 0, DOMID_SELF), 0);
    EXPECT(hc_update_va_mapping(SCRATCH_VA, good, UVMF_INVLPG), 0);
    EXPECT(try_write(SCRATCH_VA), VECTOR_NONE);
}

void test_main(void)
{
    pt_build(SCRATCH_VA);
    check_flush(UVMF_INVLPG, "INVLPG, local");
    check_flush(UVMF_INVLPG | UVMF_ALL, "INVLPG, all");
    check_flush(UVMF_TLB_FLUSH, "flush, local");
    check_flush(UVMF_TLB_FLUSH | UVMF_ALL, "flush, all");
    check_no_execute();
    check_bad();
}
