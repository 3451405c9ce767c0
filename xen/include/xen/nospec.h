/* SPDX-License-Identifier: GPL-2.0-only */
/* An index that a guest chose, checked already, so that it stays in range on mispredicted paths, too. */
#ifndef XEN_NOSPEC_H
#define XEN_NOSPEC_H

#include <xen/types.h>

/* All ones for @index < @size, else 0, without a branch. */
static inline unsigned long index_mask_nospec(unsigned long index, unsigned long size)
{
    unsigned long mask;

    asm volatile ("cmp %1, %2; sbb %0, %0" : "=r" (mask) : "rme" (size), "r" (index) : "cc");
    return mask;
}

static inline unsigned long index_nospec(unsigned long index, unsigned long size)
{
    return index & index_mask_nospec(index, size);
}

#endif
