/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits of grants: uses of one entry, handles of one domain, frames of one table. Each ends in an error, and is whole again after it. */
#include "test.h"

#define BATCH 256
#define USES 70000u     /* more than a 16-bit count holds */
#define ENTRIES 6u      /* with 65,535 uses each, more than 1,024 pages of handles hold */

static struct gnttab_map_grant_ref maps[BATCH];
static struct gnttab_unmap_grant_ref unmaps[BATCH];
static grant_handle_t handles[ENTRIES * USES];
static uint64_t address;

/* Maps an entry for devices, up to @n times, handles go to @to; how many worked, the status of the first that did not. */
static unsigned map_many(grant_ref_t ref, grant_handle_t *to, unsigned n, int *status)
{
    unsigned made = 0;

    *status = GNTST_okay;
    while (made < n && *status == GNTST_okay) {
        for (unsigned i = 0; i < BATCH; i++)
            maps[i] = (struct gnttab_map_grant_ref){ .ref = ref, .dom = grants_self, .flags = GNTMAP_device_map | GNTMAP_readonly, .status = 99 };
        NEED(hc_grant_table_op(GNTTABOP_map_grant_ref, maps, BATCH), 0);
        for (unsigned i = 0; i < BATCH; i++) {
            if (maps[i].status == GNTST_okay && made < USES)
                to[made++] = maps[i].handle;
            else if (*status == GNTST_okay)
                *status = maps[i].status;
            address = maps[i].status == GNTST_okay ? maps[i].dev_bus_addr : address;
        }
    }
    return made;
}

static unsigned unmap_many(unsigned n)
{
    unsigned good = 0;

    for (unsigned at = 0; at < n; at += BATCH) {
        unsigned k = n - at < BATCH ? n - at : BATCH;

        for (unsigned i = 0; i < k; i++)
            unmaps[i] = (struct gnttab_unmap_grant_ref){ .dev_bus_addr = address, .handle = handles[at + i], .status = 99 };
        NEED(hc_grant_table_op(GNTTABOP_unmap_grant_ref, unmaps, k), 0);
        for (unsigned i = 0; i < k; i++)
            good += unmaps[i].status == GNTST_okay;
    }
    return good;
}

static void check_uses(void)
{
    char *page = page_alloc();
    unsigned made;
    int status;

    grant_v1(8, grants_self, page, GTF_permit_access);
    made = map_many(8, handles, USES, &status);
    printf("  %u mappings of one entry, then status %d\n", made, status);
    CHECK(made <= 65535, "%u uses in a 16-bit count", made);
    CHECK(made > 1000, "only %u mappings", made);
    CHECK(status == GNTST_general_error || status == GNTST_no_device_space, "status %d", status);
    CHECK(grants_v1[8].flags & GTF_reading, "flags %x while in use", grants_v1[8].flags);
    /* Full for this use; others get on: another entry's copy. */
    EXPECT(unmap_many(made), made);
    EXPECT(grants_v1[8].flags, GTF_permit_access);
    EXPECT(page_set_ro(page), 0);
    EXPECT(pin_table(1, virt_to_mfn(page)), 0);
    EXPECT(unpin_table(virt_to_mfn(page)), 0);
}

/* One entry has not as many uses as a domain has handles: several do. */
static void check_handles(void)
{
    char *page = page_alloc();
    int status = GNTST_general_error;
    unsigned made = 0, used = 0;

    while (used < ENTRIES && status == GNTST_general_error) {
        grant_v1(9 + used, grants_self, page, GTF_permit_access);
        made += map_many(9 + used++, handles + made, USES, &status);
    }
    printf("  %u mappings of %u entries, then status %d\n", made, used, status);
    CHECK(status == GNTST_no_device_space, "status %d", status);
    EXPECT(unmap_many(made), made);
    while (used--)
        EXPECT(grants_v1[9 + used].flags, GTF_permit_access);
    EXPECT(map_many(9, handles, BATCH, &status), BATCH);
    EXPECT(unmap_many(BATCH), BATCH);
}

static void check_table(void)
{
    static xen_pfn_t frames[4096];
    struct gnttab_query_size size = { .dom = DOMID_SELF };
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .status = 99 };

    NEED(hc_grant_table_op(GNTTABOP_query_size, &size, 1), 0);
    set_xen_guest_handle(setup.frame_list, frames);
    setup.nr_frames = size.max_nr_frames + 1;
    EXPECT(hc_grant_table_op(GNTTABOP_setup_table, &setup, 1), 0);
    CHECK(setup.status < 0, "%u frames, where %u are the most: %d", setup.nr_frames, size.max_nr_frames, setup.status);
    setup.nr_frames = ~0u;
    EXPECT(hc_grant_table_op(GNTTABOP_setup_table, &setup, 1), 0);
    CHECK(setup.status < 0, "4 Gi frames: %d", setup.status);
    setup.nr_frames = size.max_nr_frames;
    EXPECT(hc_grant_table_op(GNTTABOP_setup_table, &setup, 1), 0);
    EXPECT(setup.status, GNTST_okay);
    for (unsigned i = 0; i < size.max_nr_frames && i < 4096; i++)
        CHECK(frames[i] && mfn_to_pfn(frames[i]) != frames[i], "frame %u", i);
}

void test_main(void)
{
    grants_init(1);
    check_uses();
    check_handles();
    check_table();
}
