/* SPDX-License-Identifier: GPL-2.0-only */
/* mmu_update: good requests, batches that stop in the middle, m2p updates, accessed and dirty bits, bad requests. */
#include "test.h"

static void *data[4];

/* mmu_update leaves flushing to the guest. */
static void flush(void)
{
    NEED(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
}

static void check_good(void)
{
    uint64_t at = pt_entry_maddr(SCRATCH_VA, 1);
    struct mmu_update req[4];
    unsigned done = 99;

    for (unsigned i = 0; i < 4; i++)
        req[i] = (struct mmu_update){ (at + 8 * i) | MMU_NORMAL_PT_UPDATE, virt_to_mfn(data[i]) * PAGE_SIZE | PTE_DATA };
    EXPECT(hc_mmu_update(req, 4, &done, DOMID_SELF), 0);
    EXPECT(done, 4);
    for (unsigned i = 0; i < 4; i++)
        EXPECT(*(volatile unsigned *)(SCRATCH_VA + i * PAGE_SIZE), i);
    EXPECT(hc_mmu_update(req, 0, &done, DOMID_SELF), 0);
    EXPECT(done, 0);
    /* The third is bad: two are done, the fourth is not. */
    for (unsigned i = 0; i < 4; i++)
        req[i].val = 0;
    req[2].val = 1ul << 46 | PTE_DATA;
    CHECK(hc_mmu_update(req, 4, &done, DOMID_SELF) < 0, "a batch with a bad entry succeeds");
    EXPECT(done, 2);
    flush();
    EXPECT(try_read(SCRATCH_VA + PAGE_SIZE), VECTOR_PF);
    EXPECT(try_read(SCRATCH_VA + 3 * PAGE_SIZE), VECTOR_NONE);
}

static void check_preserve(void)
{
    uint64_t at = pt_entry_maddr(SCRATCH_VA, 1);
    uint64_t frame = virt_to_mfn(data[0]) * PAGE_SIZE;
    struct mmu_update req = { at, frame | PTE_P | PTE_RW | PTE_US };
    volatile uint64_t *entry = pt_entry(SCRATCH_VA, 1);

    NEED(hc_mmu_update(&req, 1, NULL, DOMID_SELF), 0);
    flush();
    *(volatile char *)SCRATCH_VA = 0;
    CHECK((*entry & (PTE_A | PTE_D)) == (PTE_A | PTE_D), "entry %lx after a write", *entry);
    req.ptr = at | MMU_PT_UPDATE_PRESERVE_AD;
    req.val = frame | PTE_P | PTE_US;
    EXPECT(hc_mmu_update(&req, 1, NULL, DOMID_SELF), 0);
    CHECK((*entry & (PTE_A | PTE_D | PTE_RW)) == (PTE_A | PTE_D), "entry %lx after a preserving update", *entry);
    req.ptr = at;
    EXPECT(hc_mmu_update(&req, 1, NULL, DOMID_SELF), 0);
    CHECK(!(*entry & PTE_D), "entry %lx after a plain update", *entry);
}

static void check_m2p(void)
{
    unsigned long mfn = virt_to_mfn(data[1]), pfn = mfn_to_pfn(mfn);
    struct mmu_update req = { mfn * PAGE_SIZE | MMU_MACHPHYS_UPDATE, 0x1234 };

    EXPECT(hc_mmu_update(&req, 1, NULL, DOMID_SELF), 0);
    EXPECT(mfn_to_pfn(mfn), 0x1234);
    req.val = pfn;
    EXPECT(hc_mmu_update(&req, 1, NULL, DOMID_SELF), 0);
    EXPECT(mfn_to_pfn(mfn), pfn);
    req.ptr = 0 | MMU_MACHPHYS_UPDATE; /* not ours */
    CHECK(hc_mmu_update(&req, 1, NULL, DOMID_SELF) < 0, "changed the m2p of machine frame 0");
    req.ptr = 1ul << 50 | MMU_MACHPHYS_UPDATE;
    CHECK(hc_mmu_update(&req, 1, NULL, DOMID_SELF) < 0, "changed the m2p of no frame");
}

/* A page is exchanged only while nobody refers to it: the updates keep no reference. */
static void check_m2p_references(void)
{
    unsigned long pfn = pfn_spare(), mfn = pfn_to_mfn(pfn);
    xen_pfn_t in = mfn, out = pfn;
    struct xen_memory_exchange x = {
        .in = { .nr_extents = 1, .domid = DOMID_SELF }, .out = { .nr_extents = 1, .domid = DOMID_SELF },
    };

    EXPECT(pt_write(mfn * PAGE_SIZE | MMU_MACHPHYS_UPDATE, 0x1234), 0);
    EXPECT(pt_write(mfn * PAGE_SIZE | MMU_MACHPHYS_UPDATE, pfn), 0);
    set_xen_guest_handle(x.in.extent_start, &in);
    set_xen_guest_handle(x.out.extent_start, &out);
    EXPECT(hc_memory_op(XENMEM_exchange, &x), 0);
    EXPECT(x.nr_exchanged, 1);
}

static void check_bad(void)
{
    uint64_t at = pt_entry_maddr(SCRATCH_VA, 1), frame = virt_to_mfn(data[0]) * PAGE_SIZE;
    unsigned done = 99;
    struct mmu_update req = { at, frame | PTE_DATA };

    /* A page that the guest may write itself, it may write this way too. */
    EXPECT(pt_write(frame + 16, 0x1234567), 0);
    EXPECT(((uint64_t *)data[0])[2], 0x1234567);
    CHECK(pt_write(1ul << 50, 0) < 0, "an entry in no frame");
    CHECK(pt_write(0, 0) < 0, "an entry in machine frame 0");
    CHECK(pt_write(at, 1ul << 51 | PTE_DATA) < 0, "mapped an address beyond memory");
    CHECK(pt_write(pt_entry_maddr(HYPERVISOR_VIRT_START, 4), 0) < 0, "wrote the hypervisor's L4 slot");
    CHECK(hc_mmu_update(&req, 1, &done, 77) < 0, "for a domain that is not");
    EXPECT(done, 0);
    EXPECT(hc_mmu_update(0x1000, 1, &done, DOMID_SELF), -XEN_EFAULT);
    EXPECT(hc_mmu_update(HYPERVISOR_VIRT_START, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    EXPECT(pt_write(at, frame | PTE_DATA), 0);
}

void test_main(void)
{
    for (unsigned i = 0; i < 4; i++) {
        data[i] = page_alloc();
        *(unsigned *)data[i] = i;
    }
    pt_build(SCRATCH_VA);
    check_good();
    check_preserve();
    check_m2p();
    check_m2p_references();
    check_bad();
}
