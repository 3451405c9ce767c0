/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that are not the guest's: the hypervisor's own, none at all, another domain's, devices'. */
#include "test.h"

#define PRESENT(mfn, flags) ((uint64_t)(mfn) * PAGE_SIZE | (flags))

static bool ours(unsigned long mfn)
{
    unsigned long pfn = mfn_to_pfn(mfn);

    return pfn < start_info->nr_pages && pfn_to_mfn(pfn) == mfn;
}

/* Every 61st frame of the machine that is memory and not ours. */
static void check_all_memory(void)
{
    long top = hc_memory_op(XENMEM_maximum_ram_page, NULL);
    unsigned refused = 0, mapped = 0;

    for (unsigned long mfn = 0x100; (long)mfn < top; mfn += 61) {
        if (ours(mfn))
            continue;
        if (hc_update_va_mapping(SCRATCH_VA, PRESENT(mfn, PTE_DATA), UVMF_INVLPG) < 0) {
            refused++;
        } else {
            /* dom0 may map what no RAM is behind, as devices are. */
            mapped++;
            hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG);
        }
    }
    CHECK(refused > 100, "%u frames refused, %u mapped", refused, mapped);
    printf("%u frames refused, %u mapped\n", refused, mapped);
}

/* The hypervisor's text, found through nothing but its being RAM that nobody may have: all frames by pages of the m2p. */
static void check_hypervisor(void)
{
    xen_pfn_t frames[1];
    struct xen_machphys_mfn_list list = { .max_extents = 1 };

    set_xen_guest_handle(list.extent_start, frames);
    NEED(hc_memory_op(XENMEM_machphys_mfn_list, &list), 0);
    CHECK(hc_update_va_mapping(SCRATCH_VA, PRESENT(frames[0], PTE_DATA), 0) < 0, "the m2p mapped writable");
    CHECK(hc_update_va_mapping_otherdomain(SCRATCH_VA, PRESENT(frames[0], PTE_DATA), 0, DOMID_XEN) < 0,
          "the m2p mapped writable as DOMID_XEN's");
    CHECK(pin_table(1, frames[0]) < 0, "the m2p pinned as a page table");
    CHECK(hc_set_gdt(frames, 512) < 0, "the m2p as GDT");
}

static void check_other_domains(void)
{
    uint64_t entry = PRESENT(virt_to_mfn(page_alloc()), PTE_DATA);
    struct mmu_update req = { pt_entry_maddr(SCRATCH_VA, 1), entry };

    CHECK(hc_update_va_mapping_otherdomain(SCRATCH_VA, entry, 0, DOMID_IO) < 0, "RAM mapped as a device's");
    CHECK(hc_update_va_mapping_otherdomain(SCRATCH_VA, entry, 0, DOMID_XEN) < 0, "our page mapped as DOMID_XEN's");
    CHECK(hc_update_va_mapping_otherdomain(SCRATCH_VA, entry, 0, DOMID_COW) < 0, "our page mapped as DOMID_COW's");
    CHECK(hc_update_va_mapping_otherdomain(SCRATCH_VA, entry, 0, 1) < 0, "mapped for a domain that is not");
    CHECK(hc_mmu_update(&req, 1, NULL, 1) < 0, "mmu_update with a domain that is not");
    CHECK(hc_mmu_update(&req, 1, NULL, (2u << 16) | DOMID_SELF) < 0, "a page table of a domain that is not");
    CHECK(hc_mmu_update(&req, 1, NULL, DOMID_INVALID) < 0, "mmu_update with DOMID_INVALID");
}

/* dom0 does get at devices: the VGA window, the HPET; but not at the interrupt controllers the hypervisor drives. */
static void check_devices(void)
{
    EXPECT(hc_update_va_mapping_otherdomain(SCRATCH_VA, PRESENT(0xb8, PTE_DATA), UVMF_INVLPG, DOMID_IO), 0);
    EXPECT(try_read(SCRATCH_VA), VECTOR_NONE);
    EXPECT(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    CHECK(hc_update_va_mapping_otherdomain(SCRATCH_VA, PRESENT(0xfee00, PTE_DATA), 0, DOMID_IO) < 0, "the local APIC");
    if (hc_update_va_mapping_otherdomain(SCRATCH_VA, PRESENT(0xfec00, PTE_RO), UVMF_INVLPG, DOMID_IO) == 0)
        EXPECT(try_write(SCRATCH_VA), VECTOR_PF);
    hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG);
    CHECK(hc_update_va_mapping_otherdomain(SCRATCH_VA, PRESENT(0xfec00, PTE_DATA), UVMF_INVLPG, DOMID_IO) < 0 ||
          try_write(SCRATCH_VA) == VECTOR_PF, "the IO-APIC mapped writable");
}

/* Others get at none that they were not given. */
static void check_no_devices(void)
{
    static const unsigned long frames[] = { 0xb8, 0xf0, 0xfee00, 0xfec00, 0xfed00, 0xffff0 };

    for (unsigned i = 0; i < ARRAY_SIZE(frames); i++) {
        CHECK(hc_update_va_mapping_otherdomain(SCRATCH_VA, PRESENT(frames[i], PTE_RO), 0, DOMID_IO) < 0,
              "frame %lx as a device's", frames[i]);
        CHECK(hc_update_va_mapping(SCRATCH_VA, PRESENT(frames[i], PTE_RO), 0) < 0, "frame %lx", frames[i]);
    }
}

void test_main(void)
{
    pt_build(SCRATCH_VA);
    check_all_memory();
    check_hypervisor();
    check_other_domains();
    if (privileged())
        check_devices();
    else
        check_no_devices();
}
