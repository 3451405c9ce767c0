/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt lines of domains that drive devices. */
#include "xc_private.h"

int xc_physdev_map_gsi(struct xc_handle *h, uint32_t domid, uint32_t gsi)
{
    struct physdev_map_pirq m = { .domid = domid, .type = MAP_PIRQ_TYPE_GSI, .index = gsi, .pirq = gsi };
    int rc = xc_call_arg(h, __HYPERVISOR_physdev_op, PHYSDEVOP_map_pirq, &m, sizeof(m));

    return rc < 0 ? xc_fail_call(h, rc, "map line %u to domain %u", gsi, domid) : 0;
}

int xc_physdev_unmap_pirq(struct xc_handle *h, uint32_t domid, uint32_t pirq)
{
    struct physdev_unmap_pirq u = { .domid = domid, .pirq = pirq };
    int rc = xc_call_arg(h, __HYPERVISOR_physdev_op, PHYSDEVOP_unmap_pirq, &u, sizeof(u));

    return rc < 0 ? xc_fail_call(h, rc, "unmap line %u from domain %u", pirq, domid) : 0;
}
