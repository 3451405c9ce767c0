/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op's pieces: each takes the sub-command, its argument and, in continuations, where to go on. */
#ifndef HC_MEMORY_H
#define HC_MEMORY_H

#include <xen/guest_access.h>

/* The register of the sub-command: 6 bits, above them the number of the extent to go on with. */
#define MEMOP_SHIFT 6
#define MEMOP_MASK  ((1UL << MEMOP_SHIFT) - 1)

typedef long memop_fn(unsigned int cmd, gva_t arg, u64 start);
memop_fn memop_reservation, memop_exchange, memop_acquire_resource;

#endif
