/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op. */
#define __XEN_TOOLS__
#include "errnos.h"

#define LIST(...) __VA_ARGS__
#define MEM(op_, type, fields_, ...)                                                                                  \
    { .name = "memory." #op_, .nr = __HYPERVISOR_memory_op, .args = { XENMEM_##op_ }, .pointer = 1,                   \
      .size = sizeof(struct type), .fields = { fields_ }, __VA_ARGS__ }
#define GOOD(type, ...) .good = &(const struct type){ __VA_ARGS__ }
#define RESERVATION(op_)                                                                                              \
    MEM(op_, xen_memory_reservation, LIST(F(struct xen_memory_reservation, extent_start, POINTER),                    \
        V(struct xen_memory_reservation, nr_extents, 0, 1ul << 52, 1ul << 60, ~0ul),                                  \
        V(struct xen_memory_reservation, extent_order, 20, 31, 32, 64, 0xffffffff),                                   \
        F(struct xen_memory_reservation, domid, OTHER_DOMID)),                                                        \
        GOOD(xen_memory_reservation, .extent_start = { (void *)list_of_zeros }, .nr_extents = 1, .extent_order = 255, .domid = DOMID_SELF))
#define DOMAIN(op_) MEM(op_, xen_memory_domain, F(struct xen_memory_domain, domid, DOMID), GOOD(xen_memory_domain, .domid = DOMID_SELF), .run = true)
#define ONE(nr) { .extent_start = { (void *)list_of_zeros }, .nr_extents = nr, .domid = DOMID_SELF }

const struct op memory_ops[] = {
    RESERVATION(increase_reservation),
    RESERVATION(decrease_reservation),
    RESERVATION(populate_physmap),
    DOMAIN(current_reservation),
    DOMAIN(maximum_reservation),
    DOMAIN(maximum_gpfn),
    { .name = "memory.maximum_ram_page", .nr = __HYPERVISOR_memory_op, .args = { XENMEM_maximum_ram_page }, .pointer = 1 },
    MEM(machphys_mfn_list, xen_machphys_mfn_list, LIST(F(struct xen_machphys_mfn_list, extent_start, POINTER),
        V(struct xen_machphys_mfn_list, max_extents, 0, 0xffffffff)),
        GOOD(xen_machphys_mfn_list, .max_extents = 1, .extent_start = { (void *)buffer }), .run = true),
    MEM(machphys_compat_mfn_list, xen_machphys_mfn_list, LIST(F(struct xen_machphys_mfn_list, extent_start, POINTER)),
        GOOD(xen_machphys_mfn_list, .max_extents = 1, .extent_start = { (void *)buffer }), .run = true),
    MEM(machphys_mapping, xen_machphys_mapping, LIST(), .run = true),
    MEM(memory_map, xen_memory_map, LIST(F(struct xen_memory_map, buffer, POINTER)),
        GOOD(xen_memory_map, .nr_entries = 1, .buffer = { buffer }), .run = true),
    MEM(machine_memory_map, xen_memory_map, LIST(F(struct xen_memory_map, buffer, POINTER), V(struct xen_memory_map, nr_entries, 0, 1, 0xffffffff)),
        GOOD(xen_memory_map, .nr_entries = 100, .buffer = { buffer }), .run = true),
    MEM(set_memory_map, xen_foreign_memory_map, LIST(F(struct xen_foreign_memory_map, domid, OTHER_DOMID),
        V(struct xen_foreign_memory_map, map.nr_entries, 128, 129, 0xffffffff)), GOOD(xen_foreign_memory_map, .domid = 0x1234, .map = { 1, { buffer } })),
    MEM(exchange, xen_memory_exchange, LIST(F(struct xen_memory_exchange, in.domid, DOMID), F(struct xen_memory_exchange, out.domid, DOMID),
        F(struct xen_memory_exchange, in.extent_start, POINTER), F(struct xen_memory_exchange, out.extent_start, POINTER),
        V(struct xen_memory_exchange, in.nr_extents, 0, 2, 1ul << 52, 1ul << 60, ~0ul), V(struct xen_memory_exchange, in.extent_order, 1, 10, 20, 64, 0xffffffff),
        V(struct xen_memory_exchange, nr_exchanged, 1, 2, ~0ul)), GOOD(xen_memory_exchange, .in = ONE(1), .out = ONE(1))),
    { .name = "memory.exchange out", .nr = __HYPERVISOR_memory_op, .args = { XENMEM_exchange }, .pointer = 1,
      .size = sizeof(struct xen_memory_exchange), .fields = { V(struct xen_memory_exchange, out.nr_extents, 0, 2, 1ul << 60, ~0ul),
        V(struct xen_memory_exchange, out.extent_order, 1, 10, 20, 64, 0xffffffff) }, GOOD(xen_memory_exchange, .in = ONE(1), .out = ONE(1)) },
    MEM(claim_pages, xen_memory_reservation, LIST(F(struct xen_memory_reservation, extent_start, POINTER),
        V(struct xen_memory_reservation, nr_extents, 1ul << 31, 1ul << 52, ~0ul), V(struct xen_memory_reservation, extent_order, 1),
        V(struct xen_memory_reservation, mem_flags, 1, 1 << 16), F(struct xen_memory_reservation, domid, DOMID)),
        GOOD(xen_memory_reservation, .domid = DOMID_SELF), .run = true),
    MEM(acquire_resource, xen_mem_acquire_resource, LIST(F(struct xen_mem_acquire_resource, domid, DOMID),
        V(struct xen_mem_acquire_resource, pad, 1)), GOOD(xen_mem_acquire_resource, .domid = 0x1234, .type = 1)),
    MEM(reserved_device_memory_map, xen_reserved_device_memory_map, LIST(F(struct xen_reserved_device_memory_map, buffer, POINTER),
        V(struct xen_reserved_device_memory_map, flags, 0, 2, 3, 0xffffffff)), GOOD(xen_reserved_device_memory_map, .flags = 1), .run = true),
    MEM(add_to_physmap, xen_add_to_physmap, LIST(F(struct xen_add_to_physmap, domid, DOMID),
        V(struct xen_add_to_physmap, space, 1, 2, 3, 4, 5, 6, 0xffffffff), F(struct xen_add_to_physmap, gpfn, FRAME)),
        GOOD(xen_add_to_physmap, .domid = DOMID_SELF)),
    MEM(add_to_physmap_batch, xen_add_to_physmap_batch, LIST(F(struct xen_add_to_physmap_batch, domid, DOMID),
        V(struct xen_add_to_physmap_batch, space, 0, 1, 2, 3, 4, 5, 6), F(struct xen_add_to_physmap_batch, idxs, POINTER),
        V(struct xen_add_to_physmap_batch, size, 0, 1)),
        GOOD(xen_add_to_physmap_batch, .domid = DOMID_SELF, .size = 1, .space = 4, .idxs = { (void *)buffer }, .gpfns = { (void *)buffer }, .errs = { (void *)buffer })),
    MEM(remove_from_physmap, xen_remove_from_physmap, LIST(F(struct xen_remove_from_physmap, domid, DOMID), F(struct xen_remove_from_physmap, gpfn, FRAME)),
        GOOD(xen_remove_from_physmap, .domid = DOMID_SELF)),
    MEM(set_pod_target, xen_pod_target, LIST(F(struct xen_pod_target, domid, DOMID)), GOOD(xen_pod_target, .domid = DOMID_SELF)),
    MEM(get_pod_target, xen_pod_target, LIST(F(struct xen_pod_target, domid, DOMID)), GOOD(xen_pod_target, .domid = DOMID_SELF)),
    MEM(paging_op, xen_mem_paging_op, LIST(F(struct xen_mem_paging_op, domain, DOMID)), GOOD(xen_mem_paging_op, .domain = DOMID_SELF)),
    MEM(access_op, xen_mem_access_op, LIST(F(struct xen_mem_access_op, domid, DOMID)), GOOD(xen_mem_access_op, .domid = DOMID_SELF)),
    MEM(sharing_op, xen_mem_sharing_op, LIST(F(struct xen_mem_sharing_op, domain, DOMID)), GOOD(xen_mem_sharing_op, .domain = DOMID_SELF)),
    MEM(get_vnumainfo, xen_memory_map, LIST(V(struct xen_memory_map, nr_entries, 0, 1))),
    { .name = "memory", .nr = __HYPERVISOR_memory_op, .pointer = 1, .fields = { AV("cmd", 0, 8, 18, 19, 29, 30, 62, 63) } },
    { .name = NULL },
};
