/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory a domain has: extents given, taken and exchanged (common/memory.c). */
#ifndef XEN_MEMORY_H
#define XEN_MEMORY_H

#include <xen/frame.h>

struct domain;

/* Largest extent that @by may ask for at once, as power of two of pages. */
unsigned int memory_max_order(const struct domain *by);
/*
 * 2^@order frames more for @d, addresses below 2^@bits (0: any). *@first: the first one. With @pfn not ~0 the
 * machine-to-phys table gets pfn, pfn + 1, …. 0 or -ENOMEM; -ERESTART: to be asked again with the same arguments, and
 * meanwhile @d has no more frames, or some that are not all of the extent yet and are charged as all of it.
 */
int memory_give(struct domain *d, unsigned int order, unsigned int bits, u64 pfn, mfn_t *first);
/* Frees what dying @d was to have of extents that are not complete. 0, or -ERESTART while a CPU is at one. */
int growths_undo(struct domain *d);
/* Takes frame @m away from @d; it is free when nobody uses it any more. 0 or -EINVAL. */
int memory_take(struct domain *d, mfn_t m);
/* 2^(order - out_order) extents of 2^out_order frames below 2^bits (0: any) in place of 2^order frames. */
struct exchange {
    const u64 *in;          /* 2^order frames */
    const u64 *pfn;         /* what the machine-to-phys table gets for each extent's first frame */
    u64 *out;               /* out: each extent's first frame */
    unsigned int order, out_order, bits;
};
/* Replaces frames of @d, which nothing uses. All or nothing: -ENOMEM, -EBUSY (a frame in use), -EINVAL, -ERESTART. */
int memory_exchange(struct domain *d, const struct exchange *x);
/* Frees, in steps, what @d had before its last exchanges, and what exchanges that were preempted had collected. 0 or -ERESTART. */
int exchange_end(struct domain *d);
/* Is there memory for a domain that will have @pages? 0 or -ENOMEM. A check, not a reservation. */
int memory_check_claim(struct domain *d, u64 pages);

#endif
