/* SPDX-License-Identifier: GPL-2.0-only */
/* The grant table of a test kernel. */
#include "grants.h"
#include "test.h"

#define TABLE_VA  (SCRATCH_VA + (1ul << 30))
#define STATUS_VA (TABLE_VA + 0x100000)

struct grant_entry_v1 *grants_v1 = (struct grant_entry_v1 *)TABLE_VA;
union grant_entry_v2 *grants_v2 = (union grant_entry_v2 *)TABLE_VA;
domid_t grants_self;
volatile uint16_t *grants_status = (volatile uint16_t *)STATUS_VA;

void grants_init(unsigned version)
{
    struct gnttab_set_version set = { .version = version };
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };
    struct gnttab_get_status_frames get = { .nr_frames = 1, .dom = DOMID_SELF };
    xen_pfn_t frame;
    uint64_t status_frame;
    long result = hc_grant_table_op(GNTTABOP_set_version, &set, 1);

    grants_self = own_domid();
    if (version == 2 && result == -XEN_ENOSYS)
        report_skip("no version 2 grant tables here: %ld", result);
    NEED(result, 0);
    set_xen_guest_handle(setup.frame_list, &frame);
    NEED(hc_grant_table_op(GNTTABOP_setup_table, &setup, 1), 0);
    NEED(setup.status, GNTST_okay);
    NEED(map_frame(TABLE_VA, frame, PTE_DATA), 0);
    if (version != 2)
        return;
    set_xen_guest_handle(get.frame_list, &status_frame);
    NEED(hc_grant_table_op(GNTTABOP_get_status_frames, &get, 1), 0);
    NEED(get.status, GNTST_okay);
    NEED(map_frame(STATUS_VA, status_frame, PTE_RO), 0);
}

void grant_v1(grant_ref_t ref, domid_t dom, const void *page, uint16_t flags)
{
    grants_v1[ref].domid = dom;
    grants_v1[ref].frame = (uint32_t)virt_to_mfn(page);
    barrier();
    grants_v1[ref].flags = flags;
}

long grant_map(domid_t dom, grant_ref_t ref, unsigned flags, uint64_t host_addr, grant_handle_t *handle)
{
    struct gnttab_map_grant_ref map = { .host_addr = host_addr, .flags = flags, .ref = ref, .dom = dom, .status = 99 };
    long result = hc_grant_table_op(GNTTABOP_map_grant_ref, &map, 1);

    if (handle)
        *handle = map.handle;
    return result ? result - 1000 : map.status;
}

long grant_unmap(grant_handle_t handle, uint64_t host_addr)
{
    struct gnttab_unmap_grant_ref unmap = { .host_addr = host_addr, .handle = handle, .status = 99 };
    long result = hc_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1);

    return result ? result - 1000 : unmap.status;
}

long grant_copy(const struct gnttab_copy *op)
{
    struct gnttab_copy copy = *op;
    long result;

    copy.status = 99;
    result = hc_grant_table_op(GNTTABOP_copy, &copy, 1);
    return result ? result - 1000 : copy.status;
}
