/* SPDX-License-Identifier: GPL-2.0-only */
/* Grants, version 1, lent to oneself: map writable and read-only, by address and by entry, in-use bits, copy. */
#include "test.h"

#define MAP_VA (SCRATCH_VA + (2ul << 30))
#define SELF grants_self /* mapping takes real domain ids only; copying knows DOMID_SELF as well */

static char *page;

static void check_map(void)
{
    grant_handle_t handle;

    grant_v1(8, SELF, page, GTF_permit_access);
    EXPECT(grant_map(SELF, 8, GNTMAP_host_map, MAP_VA, &handle), GNTST_okay);
    EXPECT(*(volatile char *)MAP_VA, 'a');
    *(volatile char *)MAP_VA = 'b';
    EXPECT(page[0], 'b');
    CHECK(grants_v1[8].flags == (GTF_permit_access | GTF_reading | GTF_writing), "flags in use: %x", grants_v1[8].flags);
    EXPECT(grant_unmap(handle, MAP_VA), GNTST_okay);
    EXPECT(try_read(MAP_VA), VECTOR_PF);
    EXPECT(grants_v1[8].flags, GTF_permit_access);
    /* A handle is good once. */
    EXPECT(grant_unmap(handle, MAP_VA), GNTST_bad_handle);
    grants_v1[8].flags = 0;
}

static void check_readonly(void)
{
    grant_handle_t handle;

    grant_v1(9, SELF, page, GTF_permit_access | GTF_readonly);
    EXPECT(grant_map(SELF, 9, GNTMAP_host_map, MAP_VA, &handle), GNTST_general_error);
    EXPECT(grant_map(SELF, 9, GNTMAP_host_map | GNTMAP_readonly, MAP_VA, &handle), GNTST_okay);
    EXPECT(try_read(MAP_VA), VECTOR_NONE);
    EXPECT(try_write(MAP_VA), VECTOR_PF);
    CHECK(grants_v1[9].flags == (GTF_permit_access | GTF_readonly | GTF_reading), "flags in use: %x", grants_v1[9].flags);
    EXPECT(grant_unmap(handle, MAP_VA), GNTST_okay);
    grants_v1[9].flags = 0;
}

/* Two mappings of one grant: the bits go with the last. */
static void check_twice(void)
{
    grant_handle_t one, two;

    grant_v1(10, SELF, page, GTF_permit_access);
    EXPECT(grant_map(SELF, 10, GNTMAP_host_map, MAP_VA, &one), GNTST_okay);
    EXPECT(grant_map(SELF, 10, GNTMAP_host_map | GNTMAP_readonly, MAP_VA + PAGE_SIZE, &two), GNTST_okay);
    CHECK(one != two, "one handle for two mappings");
    EXPECT(grant_unmap(one, MAP_VA), GNTST_okay);
    CHECK(grants_v1[10].flags & GTF_reading, "flags %x with a reader left", grants_v1[10].flags);
    EXPECT(grant_unmap(two, MAP_VA + PAGE_SIZE), GNTST_okay);
    EXPECT(grants_v1[10].flags, GTF_permit_access);
}

/* A writable mapping's handle is ended with the entry of a read-only one: what can be written is said to be, as long as it can. */
static void check_swapped(void)
{
    grant_handle_t writable, readonly;

    grant_v1(10, SELF, page, GTF_permit_access);
    EXPECT(grant_map(SELF, 10, GNTMAP_host_map, MAP_VA, &writable), GNTST_okay);
    EXPECT(grant_map(SELF, 10, GNTMAP_host_map | GNTMAP_readonly, MAP_VA + PAGE_SIZE, &readonly), GNTST_okay);
    if (grant_unmap(writable, MAP_VA + PAGE_SIZE) == GNTST_okay) {
        EXPECT(try_write(MAP_VA), VECTOR_NONE);
        CHECK(grants_v1[10].flags & GTF_writing, "flags %x, and it is written", grants_v1[10].flags);
        EXPECT(grant_unmap(readonly, MAP_VA), GNTST_okay);
    } else {
        EXPECT(grant_unmap(writable, MAP_VA), GNTST_okay);
        EXPECT(grant_unmap(readonly, MAP_VA + PAGE_SIZE), GNTST_okay);
    }
    EXPECT(grants_v1[10].flags, GTF_permit_access);
}

static void check_by_entry(void)
{
    uint64_t entry = pt_entry_maddr(MAP_VA, 1);
    grant_handle_t handle;

    EXPECT(grant_map(SELF, 10, GNTMAP_host_map | GNTMAP_contains_pte, entry, &handle), GNTST_okay);
    EXPECT(*(volatile char *)MAP_VA, 'b');
    EXPECT(grant_unmap(handle, entry), GNTST_okay);
    EXPECT(try_read(MAP_VA), VECTOR_PF);
    grants_v1[10].flags = 0;
}

static void check_copy(void)
{
    char *to = page_alloc();
    struct gnttab_copy copy = { .len = 100, .flags = GNTCOPY_source_gref };

    memcpy(page + 50, "granted bytes", 14);
    grant_v1(11, SELF, page, GTF_permit_access | GTF_readonly);
    copy.source.u.ref = 11;
    copy.source.domid = DOMID_SELF;
    copy.source.offset = 50;
    copy.dest.u.gmfn = virt_to_mfn(to);
    copy.dest.domid = DOMID_SELF;
    copy.dest.offset = 4096 - 100;
    EXPECT(grant_copy(&copy), GNTST_okay);
    EXPECT(memcmp(to + 4096 - 100, "granted bytes", 14), 0);
    EXPECT(grants_v1[11].flags, GTF_permit_access | GTF_readonly);
    /* Into a read-only grant. */
    copy = (struct gnttab_copy){ .len = 4, .flags = GNTCOPY_dest_gref };
    copy.source.u.gmfn = virt_to_mfn(to);
    copy.source.domid = copy.dest.domid = DOMID_SELF;
    copy.dest.u.ref = 11;
    EXPECT(grant_copy(&copy), GNTST_general_error);
}

static void check_sizes(void)
{
    struct gnttab_query_size size = { .dom = DOMID_SELF };
    struct gnttab_get_version version = { .dom = DOMID_SELF };

    EXPECT(hc_grant_table_op(GNTTABOP_query_size, &size, 1), 0);
    EXPECT(size.status, GNTST_okay);
    CHECK(size.nr_frames >= 1 && size.max_nr_frames >= size.nr_frames, "%u of %u frames", size.nr_frames,
          size.max_nr_frames);
    EXPECT(hc_grant_table_op(GNTTABOP_get_version, &version, 1), 0);
    EXPECT(version.version, 1);
}

void test_main(void)
{
    grants_init(1);
    page = page_alloc();
    page[0] = 'a';
    pt_build(MAP_VA);
    check_map();
    check_readonly();
    check_twice();
    if (!on_reference())
        check_swapped();
    check_by_entry();
    check_copy();
    check_sizes();
}
