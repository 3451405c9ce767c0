/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op's pieces: each takes the sub-command, its argument and, in continuations, where to go on. */
#ifndef HC_MEMORY_H
#define HC_MEMORY_H

#include <xen/guest_access.h>

/*
 * The register of the sub-command: 6 bits; above them where to go on, which is the number of an extent (44 bits) and, if
 * that was begun, how many steps of MEMOP_STEP frames are done (14 bits, up to extents of 2^20).
 */
#define MEMOP_SHIFT 6
#define MEMOP_MASK  ((1UL << MEMOP_SHIFT) - 1)
#define MEMOP_EXTENT_BITS 44
#define MEMOP_EXTENT_MASK ((1UL << MEMOP_EXTENT_BITS) - 1)
#define MEMOP_STEP 64u

typedef long memop_fn(unsigned int cmd, gva_t arg, u64 start);
memop_fn memop_reservation, memop_exchange, memop_acquire_resource;

#endif
