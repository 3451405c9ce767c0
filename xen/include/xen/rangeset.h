/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of numbers as ranges, with their own lock (common/rangeset.c): ports, IRQs, MMIO frames. */
#ifndef XEN_RANGESET_H
#define XEN_RANGESET_H

#include <xen/types.h>

struct rangeset;

struct rangeset *rangeset_new(void);                                    /* NULL: no memory */
void rangeset_limit(struct rangeset *r, unsigned int max);              /* from here on -ENOMEM for more ranges; 0: no limit */
/* Frees its ranges, some between two looks at pending work. False: work is pending, and some are left. NULL: there are none. */
bool rangeset_clear(struct rangeset *r);
void rangeset_free(struct rangeset *r);
int rangeset_add(struct rangeset *r, u64 first, u64 last);              /* inclusive; -ENOMEM */
int rangeset_remove(struct rangeset *r, u64 first, u64 last);
bool rangeset_contains(struct rangeset *r, u64 first, u64 last);
bool rangeset_overlaps(struct rangeset *r, u64 first, u64 last);
/* Calls @fn for each range inside [first, last]; stops at its first non-zero result and returns it. */
int rangeset_for_each(struct rangeset *r, u64 first, u64 last, int (*fn)(u64 s, u64 e, void *), void *arg);

#endif
