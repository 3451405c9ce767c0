/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files that give a domain memory: common/memory.c, memory_grow.c. */
#ifndef XEN_MEMORY_IMPL_H
#define XEN_MEMORY_IMPL_H

#include <xen/frame.h>

struct domain;

#define EXTENT_STEP_ORDER 9     /* what is given in one piece: by far the most that a guest may ask for, and a step of larger ones */

struct extent {
    unsigned int order, bits;   /* 2^order frames, addresses below 2^bits (0: any) */
    u64 pfn;                    /* of the first in the domain's machine-to-phys table, ~0: none */
};

/*
 * Hands 2^@order clean frames without an owner, from @f on, to @d, at @pfn and up (~0: at none).
 * 0 or what assign_frames() says; then they are as they were.
 */
int extent_assign(struct domain *d, struct frame_info *f, unsigned int order, u64 pfn, unsigned int flags);
/*
 * An extent of more than EXTENT_STEP_ORDER for @d. 0 with *@first; -ENOMEM; -ERESTART: not complete, and to be asked for
 * again with the same @x.
 */
int extent_grow(struct domain *d, const struct extent *x, mfn_t *first);

#endif
