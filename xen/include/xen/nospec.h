/* SPDX-License-Identifier: GPL-2.0-only */
/* An index that a guest chose, checked already, so that it stays in range on mispredicted paths, too. */
#ifndef XEN_NOSPEC_H
#define XEN_NOSPEC_H

#include <xen/types.h>

/* @index where it is below @size, else 0; without a branch. */
static inline u32 index_nospec(u32 index, u32 size)
{
    u32 mask;

    asm volatile ("cmp %1, %2; sbb %0, %0" : "=r" (mask) : "rme" (size), "r" (index) : "cc");
    return index & mask;
}

#endif
