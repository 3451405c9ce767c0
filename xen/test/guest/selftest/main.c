/* SPDX-License-Identifier: GPL-2.0-only */
/* The framework itself: start_info, frames, traps, page tables, as every other test relies on them. */
#include "test.h"

static void check_start_info(void)
{
    CHECK(starts_with(start_info->magic, "xen-3."), "magic is %s", start_info->magic);
    CHECK(!(start_info->flags & SIF_INITDOMAIN) == !(start_info->flags & SIF_PRIVILEGED), "flags %x", start_info->flags);
    CHECK(start_info->nr_pages > 1024, "only %lu pages", start_info->nr_pages);
    CHECK(start_info->nr_pt_frames >= 4, "%lu page-table frames", start_info->nr_pt_frames);
    CHECK((start_info->shared_info & (PAGE_SIZE - 1)) == 0, "shared_info %lx", start_info->shared_info);
}

static void check_frames(void)
{
    void *page = page_alloc();
    unsigned long mfn = virt_to_mfn(page);

    CHECK(mfn_to_virt(mfn) == page, "m2p of %lx gives %p, not %p", mfn, mfn_to_virt(mfn), page);
    CHECK((*pt_entry((unsigned long)page, 1) & PTE_FRAME) == mfn * PAGE_SIZE, "entry %lx for mfn %lx",
          *pt_entry((unsigned long)page, 1), mfn);
}

static void check_traps(void)
{
    EXPECT(TRY("nop", NO_OUTPUTS), VECTOR_NONE);
    EXPECT(TRY("ud2", NO_OUTPUTS), VECTOR_UD);
    EXPECT(try_read(SCRATCH_VA), VECTOR_PF);
    EXPECT(trap_last.cr2, SCRATCH_VA);
}

static void check_mapping(void)
{
    unsigned long *page = page_alloc();

    *page = 0x1122334455667788;
    NEED(map_frame(SCRATCH_VA, virt_to_mfn(page), PTE_RO), 0);
    EXPECT(*(volatile unsigned long *)SCRATCH_VA, 0x1122334455667788);
    EXPECT(try_write(SCRATCH_VA), VECTOR_PF);
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    EXPECT(try_read(SCRATCH_VA), VECTOR_PF);
}

void test_main(void)
{
    check_start_info();
    check_frames();
    check_traps();
    check_mapping();
}
