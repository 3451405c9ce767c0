/* SPDX-License-Identifier: GPL-2.0-only */
/* Grants, version 2: status words, sub-page copies, the way between the versions. */
#include "test.h"

#define MAP_VA (SCRATCH_VA + (2ul << 30))
#define SELF grants_self /* mapping takes real domain ids only; copying knows DOMID_SELF as well */

static char *page;

static void grant_full(grant_ref_t ref, uint16_t flags)
{
    grants_v2[ref].full_page.hdr.domid = SELF;
    grants_v2[ref].full_page.frame = virt_to_mfn(page);
    barrier();
    grants_v2[ref].hdr.flags = flags;
}

static void check_map(void)
{
    grant_handle_t handle;

    grant_full(8, GTF_permit_access);
    EXPECT(grant_map(SELF, 8, GNTMAP_host_map, MAP_VA, &handle), GNTST_okay);
    EXPECT(*(volatile char *)MAP_VA, 'a');
    CHECK(grants_status[8] == (GTF_reading | GTF_writing), "status in use: %x", grants_status[8]);
    EXPECT(grants_v2[8].hdr.flags, GTF_permit_access);
    EXPECT(grant_unmap(handle, MAP_VA), GNTST_okay);
    EXPECT(grants_status[8], 0);
    grants_v2[8].hdr.flags = 0;
    CHECK(grant_map(SELF, 8, GNTMAP_host_map, MAP_VA, &handle) < 0, "mapped an invalid entry");
}

static void check_sub_page(void)
{
    char *to = page_alloc();
    struct gnttab_copy copy = { .len = 16, .flags = GNTCOPY_source_gref };
    grant_handle_t handle;

    grants_v2[9].sub_page.hdr.domid = SELF;
    grants_v2[9].sub_page.page_off = 100;
    grants_v2[9].sub_page.length = 16;
    grants_v2[9].sub_page.frame = virt_to_mfn(page);
    barrier();
    grants_v2[9].hdr.flags = GTF_permit_access | GTF_sub_page;
    memcpy(page + 100, "sixteen bytes...", 16);
    copy.source.u.ref = 9;
    copy.source.domid = copy.dest.domid = DOMID_SELF;
    copy.source.offset = 100;
    copy.dest.u.gmfn = virt_to_mfn(to);
    EXPECT(grant_copy(&copy), GNTST_okay);
    EXPECT(memcmp(to, "sixteen bytes...", 16), 0);
    copy.source.offset = 101;
    CHECK(grant_copy(&copy) < 0, "copied beyond the granted part");
    copy.source.offset = 99;
    CHECK(grant_copy(&copy) < 0, "copied from before the granted part");
    CHECK(grant_map(SELF, 9, GNTMAP_host_map | GNTMAP_readonly, MAP_VA, &handle) < 0, "mapped part of a page");
    grants_v2[9].hdr.flags = 0;
}

static void check_versions(void)
{
    struct gnttab_set_version set = { .version = 1 };
    struct gnttab_get_version get = { .dom = DOMID_SELF };
    grant_handle_t handle;

    EXPECT(hc_grant_table_op(GNTTABOP_get_version, &get, 1), 0);
    EXPECT(get.version, 2);
    /* Not while a grant is in use. */
    grant_full(10, GTF_permit_access);
    EXPECT(grant_map(SELF, 10, GNTMAP_host_map, MAP_VA, &handle), GNTST_okay);
    EXPECT(hc_grant_table_op(GNTTABOP_set_version, &set, 1), -XEN_EBUSY);
    EXPECT(grant_unmap(handle, MAP_VA), GNTST_okay);
    grants_v2[10].hdr.flags = 0;
    /* Nor while the status page, which version 1 does not have, is mapped; nothing has changed then. */
    set.version = 1;
    EXPECT(hc_grant_table_op(GNTTABOP_set_version, &set, 1), -XEN_EBUSY);
    EXPECT(set.version, 2);
    EXPECT(hc_grant_table_op(GNTTABOP_get_version, &get, 1), 0);
    EXPECT(get.version, 2);
    NEED(hc_update_va_mapping(grants_status, 0, UVMF_INVLPG), 0);
    set.version = 1;
    EXPECT(hc_grant_table_op(GNTTABOP_set_version, &set, 1), 0);
    EXPECT(set.version, 1);
    EXPECT(hc_grant_table_op(GNTTABOP_get_version, &get, 1), 0);
    EXPECT(get.version, 1);
}

/* What the tools put into the first entries holds in either version, and may be in use while the version changes. */
static void check_reserved(void)
{
    if (privileged())
        return;
    EXPECT(grants_v2[GNTTAB_RESERVED_CONSOLE].hdr.domid, 0);
    EXPECT(grants_v2[GNTTAB_RESERVED_CONSOLE].hdr.flags, GTF_permit_access);
    EXPECT(grants_v2[GNTTAB_RESERVED_CONSOLE].full_page.frame, start_info->console.domU.mfn);
    EXPECT(grants_v2[GNTTAB_RESERVED_XENSTORE].full_page.frame, start_info->store_mfn);
}

void test_main(void)
{
    grants_init(2);
    check_reserved();
    page = page_alloc();
    page[0] = 'a';
    pt_build(MAP_VA);
    check_map();
    check_sub_page();
    check_versions();
}
