/* SPDX-License-Identifier: GPL-2.0-only */
/* grant_table_op. Statuses of an element are rows of -1000 and below. */
#include "errnos.h"

#define LIST(...) __VA_ARGS__
#define GRANT(op_, type, fields_, ...)                                                                                \
    { .name = "grant." #op_, .nr = __HYPERVISOR_grant_table_op, .args = { GNTTABOP_##op_, 0, 1 }, .pointer = 1,       \
      .size = sizeof(struct type), .fields = { AV("count", 2, 0, 2, 0x80000000, 0xffffffff), fields_ }, __VA_ARGS__ }
#define STATUS(type) .status = offsetof(struct type, status)
#define GOOD(type, ...) .good = &(const struct type){ __VA_ARGS__ }
#define HANDLES 5000, 0x7fffffff, 0xffffffff
#define REFS 8, 400, 5000, 0x7fffffff, 0xffffffff

const struct op grant_ops[] = {
    GRANT(map_grant_ref, gnttab_map_grant_ref, LIST(F(struct gnttab_map_grant_ref, dom, DOMID), V(struct gnttab_map_grant_ref, ref, REFS),
        V(struct gnttab_map_grant_ref, flags, 0, 4, 8, 1, 0x40, 0xffffffff), F(struct gnttab_map_grant_ref, host_addr, POINTER)),
        GOOD(gnttab_map_grant_ref, .dom = DOMID_SELF, .ref = 400, .flags = 2), STATUS(gnttab_map_grant_ref)),
    GRANT(unmap_grant_ref, gnttab_unmap_grant_ref, LIST(V(struct gnttab_unmap_grant_ref, handle, HANDLES)),
        GOOD(gnttab_unmap_grant_ref, .handle = 5000), STATUS(gnttab_unmap_grant_ref)),
    GRANT(setup_table, gnttab_setup_table, LIST(F(struct gnttab_setup_table, dom, DOMID), V(struct gnttab_setup_table, nr_frames, 0, 1, 10000, 0xffffffff),
        F(struct gnttab_setup_table, frame_list, POINTER)), GOOD(gnttab_setup_table, .dom = DOMID_SELF, .nr_frames = 1, .frame_list = { (void *)buffer }),
        STATUS(gnttab_setup_table), .run = true),
    GRANT(dump_table, gnttab_dump_table, LIST(F(struct gnttab_dump_table, dom, OTHER_DOMID)), GOOD(gnttab_dump_table, .dom = 0x1234), STATUS(gnttab_dump_table)),
    GRANT(transfer, gnttab_transfer, LIST(F(struct gnttab_transfer, mfn, OTHER_FRAME), F(struct gnttab_transfer, domid, DOMID),
        V(struct gnttab_transfer, ref, REFS)), GOOD(gnttab_transfer, .mfn = 0x3ffffff, .domid = DOMID_SELF, .ref = 8), STATUS(gnttab_transfer)),
    GRANT(copy, gnttab_copy, LIST(F(struct gnttab_copy, source.domid, DOMID), F(struct gnttab_copy, dest.domid, DOMID),
        F(struct gnttab_copy, source.u.gmfn, FRAME), V(struct gnttab_copy, len, 0, 4096, 4097, 0xffff), V(struct gnttab_copy, source.offset, 4095, 4096, 0xffff),
        V(struct gnttab_copy, flags, 3, 4, 0xffff)),
        GOOD(gnttab_copy, .source = { .u.gmfn = 0x3ffffff, .domid = DOMID_SELF }, .dest = { .u.gmfn = 0x3ffffff, .domid = DOMID_SELF }, .len = 8), STATUS(gnttab_copy)),
    GRANT(query_size, gnttab_query_size, LIST(F(struct gnttab_query_size, dom, DOMID)), GOOD(gnttab_query_size, .dom = DOMID_SELF),
        STATUS(gnttab_query_size), .run = true),
    GRANT(unmap_and_replace, gnttab_unmap_and_replace, LIST(V(struct gnttab_unmap_and_replace, handle, HANDLES)),
        GOOD(gnttab_unmap_and_replace, .handle = 5000), STATUS(gnttab_unmap_and_replace)),
    GRANT(set_version, gnttab_set_version, LIST(V(struct gnttab_set_version, version, 0, 1, 3, 0xffffffff)), GOOD(gnttab_set_version, .version = 1), .run = true),
    GRANT(get_status_frames, gnttab_get_status_frames, LIST(F(struct gnttab_get_status_frames, dom, DOMID),
        V(struct gnttab_get_status_frames, nr_frames, 0, 1, 1000, 0xffffffff)),
        GOOD(gnttab_get_status_frames, .dom = DOMID_SELF, .frame_list = { (void *)buffer }), STATUS(gnttab_get_status_frames)),
    GRANT(get_version, gnttab_get_version, LIST(F(struct gnttab_get_version, dom, DOMID)), GOOD(gnttab_get_version, .dom = DOMID_SELF), .run = true),
    GRANT(swap_grant_ref, gnttab_swap_grant_ref, LIST(V(struct gnttab_swap_grant_ref, ref_a, REFS), V(struct gnttab_swap_grant_ref, ref_b, REFS)),
        GOOD(gnttab_swap_grant_ref, .ref_a = 9, .ref_b = 10), STATUS(gnttab_swap_grant_ref)),
    GRANT(cache_flush, gnttab_cache_flush, LIST(V(struct gnttab_cache_flush, op, 0, 1, 3, 4, 0x80000001, 0xffffffff), V(struct gnttab_cache_flush, offset, 1, 4096, 0xffff),
        V(struct gnttab_cache_flush, length, 1, 4097, 0xffff), F(struct gnttab_cache_flush, a.dev_bus_addr, MADDR)), GOOD(gnttab_cache_flush, .op = 1, .length = 4096)),
    { .name = "grant", .nr = __HYPERVISOR_grant_table_op, .args = { 0, 0, 1 }, .pointer = 1,
      .fields = { AV("cmd", 0, 13, 14, 64, 0xfff, 0x7fffffff, 0xffffffff) } },
    { .name = NULL },
};
