/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The version of a grant table changes again and again on one vCPU while another one copies, maps and transfers by its
 * entries, also by those that only version 1 has (XSA-501), by those of version 2, whose marks of use are in status pages, and
 * by a reserved entry, which stays as it is and may be in use meanwhile (XSA-517); and a copy by an entry that is in use, and that has been
 * rewritten since, goes to the page in use (XSA-500). 4.17 has the faults that these advisories describe.
 */
#include "test.h"

#define CHANGES 10000
#define CALLS   100000
#define SECONDS_MOST 4
#define FRAMES  2
#define V2_ENTRIES (FRAMES * PAGE_SIZE / sizeof(union grant_entry_v2))

static volatile bool stop, stopped;
static volatile unsigned calls, copied, copied_reserved;
static char *page, *to;

static void copy_by(grant_ref_t ref)
{
    struct gnttab_copy c = { .len = 64, .flags = GNTCOPY_source_gref };

    c.source.u.ref = ref;
    c.source.domid = c.dest.domid = DOMID_SELF;
    c.dest.u.gmfn = virt_to_mfn(to);
    copied += grant_copy(&c) == GNTST_okay;
    calls++;
}

static void map_by(grant_ref_t ref)
{
    struct gnttab_map_grant_ref map = { .ref = ref, .dom = grants_self, .flags = GNTMAP_device_map | GNTMAP_readonly };
    struct gnttab_unmap_grant_ref unmap;

    hc_grant_table_op(GNTTABOP_map_grant_ref, &map, 1);
    calls++;
    if (map.status != GNTST_okay)
        return;
    unmap = (struct gnttab_unmap_grant_ref){ .dev_bus_addr = map.dev_bus_addr, .handle = map.handle, .status = 99 };
    hc_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);
    CHECK(unmap.status == GNTST_okay, "unmap: %d", unmap.status);
}

#define RESERVED_REF 5
#define V2_REF 100

static void fill_v2(grant_ref_t ref)
{
    grants_v2[ref].hdr.domid = grants_self;
    grants_v2[ref].full_page.frame = virt_to_mfn(page);
    barrier();
    grants_v2[ref].hdr.flags = GTF_permit_access;
}

/* Entries that only version 1 has; they are filled in again and again, as each change clears them. */
static void other_cpu(void)
{
    for (unsigned i = 0; !stop; i++) {
        grant_ref_t ref = (grant_ref_t)(V2_ENTRIES + i % V2_ENTRIES);

        grant_v1(ref, grants_self, page, GTF_permit_access);
        for (unsigned k = 0; k < 8; k++)
            copy_by(ref);
        map_by(ref);
        fill_v2((grant_ref_t)(V2_REF + i % 64));
        copy_by((grant_ref_t)(V2_REF + i % 64));
        map_by((grant_ref_t)(V2_REF + i % 64));
        copied_reserved -= copied;
        copy_by(RESERVED_REF);
        copied_reserved += copied;
        map_by(RESERVED_REF);
        copy_by((grant_ref_t)(2 * V2_ENTRIES + i % 4096));
    }
    stopped = true;
    smp_stop();
}

static void check_changes(void)
{
    uint64_t end = time_now() + SECONDS_MOST * 1000 * MILLISECONDS;
    unsigned changed = 0, busy = 0;

    grant_v1(RESERVED_REF, grants_self, page, GTF_permit_access);
    smp_start(other_cpu);
    while ((changed < CHANGES || calls < CALLS) && time_now() < end) {
        struct gnttab_set_version set = { .version = 2 - changed % 2 };
        long result;

        result = hc_grant_table_op(GNTTABOP_set_version, &set, 1);
        CHECK(result == 0 || result == -XEN_EBUSY, "set_version: %ld", result);
        changed += result == 0;
        busy += result == -XEN_EBUSY;
    }
    stop = true;
    while (!stopped || hc_vcpu_op(VCPUOP_is_up, 1, NULL) == 1)
        hc_sched_op(SCHEDOP_yield, NULL);
    CHECK(changed > 100 && calls > 1000, "%u changes, %u calls", changed, calls);
    CHECK(copied_reserved > 100, "%u copies by the reserved entry", copied_reserved);
    printf("  %u changes, refused %u times; %u calls, %u copied, %u by a reserved entry\n", changed, busy, calls, copied,
           copied_reserved);
}

/* Nothing is in use any more: the version can be chosen, an entry be used, its page become a table. */
static void check_whole(void)
{
    struct gnttab_set_version set = { .version = 1 };

    EXPECT(hc_grant_table_op(GNTTABOP_set_version, &set, 1), 0);
    EXPECT(grants_v1[RESERVED_REF].flags, GTF_permit_access);
    grant_v1(20, grants_self, page, GTF_permit_access);
    memcpy(page, "granted", 8);
    copied = 0;
    copy_by(20);
    EXPECT(copied, 1);
    EXPECT(memcmp(to, "granted", 8), 0);
    EXPECT(grants_v1[20].flags, GTF_permit_access);
    memset(page, 0, PAGE_SIZE);
    EXPECT(page_set_ro(page), 0);
    EXPECT(pin_table(1, virt_to_mfn(page)), 0);
    EXPECT(unpin_table(virt_to_mfn(page)), 0);
    EXPECT(page_set_rw(page), 0);
}

/* The entry names a page table by now: what is copied goes to the page that the mapping holds, or nowhere. */
static void check_entry_in_use(void)
{
    struct gnttab_copy c = { .len = 64, .flags = GNTCOPY_dest_gref };
    struct gnttab_map_grant_ref map = { .ref = 20, .dom = grants_self, .flags = GNTMAP_device_map, .status = 99 };
    struct gnttab_unmap_grant_ref unmap = { .status = 99 };
    char *table = page_alloc();
    long status;

    memset(page, 0, PAGE_SIZE);
    memset(to, 'x', 64);
    NEED(page_set_ro(table), 0);
    NEED(pin_table(1, virt_to_mfn(table)), 0);
    NEED(hc_grant_table_op(GNTTABOP_map_grant_ref, &map, 1), 0);
    NEED(map.status, GNTST_okay);
    grants_v1[20].frame = (uint32_t)virt_to_mfn(table);
    c.source.u.gmfn = virt_to_mfn(to);
    c.source.domid = c.dest.domid = DOMID_SELF;
    c.dest.u.ref = 20;
    status = grant_copy(&c);
    CHECK(status != GNTST_okay || page[63] == 'x', "copied, but not to the page in use");
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        CHECK(!table[i], "byte %u of the table was written", i);
    unmap.dev_bus_addr = map.dev_bus_addr;
    unmap.handle = map.handle;
    EXPECT(hc_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
    EXPECT(unmap.status, GNTST_okay);
    EXPECT(unpin_table(virt_to_mfn(table)), 0);
    EXPECT(page_set_rw(table), 0);
}

void test_main(void)
{
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = FRAMES };
    xen_pfn_t frames[FRAMES];

    event_mask_all();
    page = page_alloc();
    to = page_alloc();
    grants_init(1);
    set_xen_guest_handle(setup.frame_list, frames);
    NEED(hc_grant_table_op(GNTTABOP_setup_table, &setup, 1), 0);
    NEED(setup.status, GNTST_okay);
    NEED(map_frame((unsigned long)grants_v1 + PAGE_SIZE, frames[1], PTE_DATA), 0);
    check_changes();
    check_whole();
    check_entry_in_use();
}
