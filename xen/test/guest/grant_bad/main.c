/* SPDX-License-Identifier: GPL-2.0-only */
/* Misuse of grants: bad references, domains, handles, addresses, entries, copies, and mappings changed behind the back. */
#include "test.h"

#define MAP_VA (SCRATCH_VA + (2ul << 30))
#define SELF grants_self /* mapping takes real domain ids only; copying knows DOMID_SELF as well */

static char *page;

static void check_references(void)
{
    grant_handle_t handle;

    grant_v1(8, (domid_t)(SELF + 5), page, GTF_permit_access); /* for somebody else */
    CHECK(grant_map(SELF, 8, GNTMAP_host_map, MAP_VA, &handle) < 0, "mapped another domain's grant");
    grants_v1[8].flags = 0;
    CHECK(grant_map(SELF, 8, GNTMAP_host_map, MAP_VA, &handle) < 0, "mapped an invalid entry");
    EXPECT(grant_map(SELF, 1u << 20, GNTMAP_host_map, MAP_VA, &handle), GNTST_bad_gntref);
    EXPECT(grant_map(SELF, ~0u, GNTMAP_host_map, MAP_VA, &handle), GNTST_bad_gntref);
    EXPECT(grant_map(77, 8, GNTMAP_host_map, MAP_VA, &handle), GNTST_bad_domain);
    grants_v1[9].frame = 0xfffffff0u;
    grants_v1[9].domid = SELF;
    grants_v1[9].flags = GTF_permit_access;
    CHECK(grant_map(SELF, 9, GNTMAP_host_map, MAP_VA, &handle) < 0, "mapped a frame that is none");
    grants_v1[9].flags = 0;
    grant_v1(10, SELF, page, GTF_accept_transfer);
    CHECK(grant_map(SELF, 10, GNTMAP_host_map, MAP_VA, &handle) < 0, "mapped a transfer entry");
    grants_v1[10].flags = 0;
    EXPECT(try_read(MAP_VA), VECTOR_PF);
}

static void check_addresses(void)
{
    grant_handle_t handle;

    grant_v1(8, SELF, page, GTF_permit_access);
    CHECK(grant_map(SELF, 8, 0, MAP_VA, &handle) < 0, "a mapping of no kind");
    CHECK(grant_map(SELF, 8, GNTMAP_host_map, SCRATCH_VA + (300ul << 30), &handle) < 0, "mapped without a table");
    CHECK(grant_map(SELF, 8, GNTMAP_host_map, HYPERVISOR_VIRT_START, &handle) < 0, "mapped over the hypervisor");
    CHECK(grant_map(SELF, 8, GNTMAP_host_map, 0x800000000000ul, &handle) < 0, "mapped at no address");
    CHECK(grant_map(SELF, 8, GNTMAP_host_map | GNTMAP_contains_pte, virt_to_mfn(page) * PAGE_SIZE, &handle) < 0,
          "used a data page as a page table");
    CHECK(grant_map(SELF, 8, GNTMAP_host_map | GNTMAP_contains_pte, pt_base_mfn() * PAGE_SIZE, &handle) < 0,
          "put a grant into an L4 entry");
    for (unsigned i = 1; i < 8; i++)
        CHECK(grant_map(SELF, 8, GNTMAP_host_map | GNTMAP_contains_pte, pt_entry_maddr(MAP_VA, 1) + i, &handle) < 0,
              "put a grant %u bytes behind an entry's start", i);
    EXPECT(grants_v1[8].flags, GTF_permit_access);
}

static void check_handles(void)
{
    grant_handle_t handle;

    EXPECT(grant_unmap(0x12345, MAP_VA), GNTST_bad_handle);
    EXPECT(grant_unmap(~0u, MAP_VA), GNTST_bad_handle);
    EXPECT(grant_map(SELF, 8, GNTMAP_host_map, MAP_VA, &handle), GNTST_okay);
    /* At another address than it is mapped: refused, and it stays. */
    CHECK(grant_unmap(handle, MAP_VA + PAGE_SIZE) < 0, "unmapped where it is not mapped");
    EXPECT(try_read(MAP_VA), VECTOR_NONE);
    EXPECT(grant_unmap(handle, MAP_VA), GNTST_okay);
}

/* A grant of a page table: nobody gets a writable mapping of it or copies into it, and what is refused is no use of it. */
static void check_page_table(void)
{
    struct gnttab_copy copy = { .len = 16, .flags = GNTCOPY_dest_gref };
    grant_handle_t handle;
    uint64_t *entry = pt_entry(MAP_VA, 1);
    char *table = (char *)((unsigned long)entry & ~(PAGE_SIZE - 1));

    grant_v1(12, SELF, table, GTF_permit_access);
    CHECK(grant_map(SELF, 12, GNTMAP_host_map, MAP_VA, &handle) < 0, "mapped a page table writable");
    CHECK(grants_v1[12].flags == GTF_permit_access, "flags %x after the refusal", grants_v1[12].flags);
    copy.source.u.gmfn = virt_to_mfn(page);
    copy.source.domid = copy.dest.domid = DOMID_SELF;
    copy.dest.u.ref = 12;
    CHECK(grant_copy(&copy) < 0, "copied into a granted page table");
    CHECK(grants_v1[12].flags == GTF_permit_access, "flags %x after the refused copy", grants_v1[12].flags);
    grants_v1[12].flags = 0;
}

static long copy_with(unsigned src_off, unsigned dst_off, unsigned len, unsigned long dst_mfn)
{
    struct gnttab_copy copy = { .len = (uint16_t)len, .flags = GNTCOPY_source_gref };

    copy.source.u.ref = 8;
    copy.source.domid = copy.dest.domid = DOMID_SELF;
    copy.source.offset = (uint16_t)src_off;
    copy.dest.offset = (uint16_t)dst_off;
    copy.dest.u.gmfn = dst_mfn;
    return grant_copy(&copy);
}

static void check_copies(void)
{
    unsigned long mfn = virt_to_mfn(page_alloc());

    EXPECT(copy_with(0, 0, 4096, mfn), GNTST_okay);
    EXPECT(copy_with(1, 0, 4096, mfn), GNTST_bad_copy_arg);
    EXPECT(copy_with(0, 4095, 2, mfn), GNTST_bad_copy_arg);
    EXPECT(copy_with(5000, 0, 1, mfn), GNTST_bad_copy_arg);
    EXPECT(copy_with(0, 0, 0xffff, mfn), GNTST_bad_copy_arg);
    CHECK(copy_with(0, 0, 16, pt_base_mfn()) < 0, "copied into the page table in use");
    CHECK(copy_with(0, 0, 16, 1ul << 40) < 0, "copied into no frame");
    CHECK(copy_with(0, 0, 16, 0) < 0, "copied into machine frame 0");
}

/*
 * A page that is still granted to a device while its only mapping goes, without a flush; then the device's end, then a
 * page table: what a TLB remembers of the mapping must not be a way to write to it.
 */
static void check_stale_mapping(void)
{
    char *table = page_alloc();
    unsigned long va = MAP_VA + PAGE_SIZE, mfn = virt_to_mfn(table);
    struct gnttab_map_grant_ref map = { .ref = 13, .dom = SELF, .flags = GNTMAP_device_map };
    struct gnttab_unmap_grant_ref unmap = { 0 };

    grant_v1(13, SELF, table, GTF_permit_access);
    NEED(hc_update_va_mapping((unsigned long)table, 0, UVMF_INVLPG), 0);
    NEED(map_frame(va, mfn, PTE_DATA), 0);
    NEED(hc_grant_table_op(GNTTABOP_map_grant_ref, &map, 1), 0);
    NEED(map.status, GNTST_okay);
    NEED(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
    *(volatile char *)(va + 64) = 0;
    NEED(hc_update_va_mapping(va, 0, UVMF_NONE), 0);
    unmap.dev_bus_addr = map.dev_bus_addr;
    unmap.handle = map.handle;
    NEED(hc_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
    NEED(unmap.status, GNTST_okay);
    NEED(pin_table(1, mfn), 0);
    CHECK(try_write(va) != VECTOR_NONE, "wrote to a pinned page table by a stale mapping");
    NEED(unpin_table(mfn), 0);
    grants_v1[13].flags = 0;
}

void test_main(void)
{
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1u << 20 };
    struct gnttab_set_version version = { .version = 3 };

    grants_init(1);
    page = page_alloc();
    pt_build(MAP_VA);
    check_references();
    check_addresses();
    check_handles();
    check_page_table();
    check_copies();
    check_stale_mapping();
    EXPECT(hc_grant_table_op(GNTTABOP_setup_table, &setup, 1), 0);
    CHECK(setup.status < 0, "a table of 2^20 pages: %d", setup.status);
    EXPECT(hc_grant_table_op(GNTTABOP_set_version, &version, 1), -XEN_EINVAL);
    EXPECT(hc_grant_table_op(99, &version, 1), -XEN_ENOSYS);
    EXPECT(hc_grant_table_op(GNTTABOP_map_grant_ref, &version, 0), 0);
    CHECK(hc_grant_table_op(GNTTABOP_map_grant_ref, &version, -1) < 0, "a negative count is taken");
}
