/* SPDX-License-Identifier: GPL-2.0-only */
/* The credit policy's arithmetic, apart for its tests. */
#ifndef XEN_SCHED_CREDIT_H
#define XEN_SCHED_CREDIT_H

#include <xen/types.h>

struct credit_claim {
    struct credit_claim *next;
    u64 weight, limit;           /* in: limit is the most it can use or is allowed, ns */
    u64 share;                   /* out: ns */
    bool full;
};
void credit_distribute(struct credit_claim *first, u64 total);

#endif
