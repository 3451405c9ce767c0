/* SPDX-License-Identifier: GPL-2.0-only */
/* How the credit policy shares time out: plain arithmetic, apart for its tests (common/sched_credit_share.c). */
#ifndef XEN_SCHED_CREDIT_H
#define XEN_SCHED_CREDIT_H

#include <xen/cpumask.h>

struct credit_claim {
    struct credit_claim *next;
    u64 weight, limit;           /* in: limit is the most it can use or is allowed, ns */
    u64 share;                   /* out: ns */
    bool full;                   /* scratch */
};

/* What a domain wants. @only: the CPUs that it is confined to; empty: all. */
struct credit_want {
    struct credit_want *next;    /* in */
    struct credit_claim own;     /* in: weight, limit; out: share */
    cpumask_t only;              /* in */
    struct credit_claim group;   /* scratch: stands for all who are confined to the same CPUs, in the first of them */
    struct credit_claim *members;
};

/* Shares @total out by weight, nobody above its limit. */
void credit_distribute(struct credit_claim *first, u64 total);

/* The same for @cpus CPUs with @slice ns each, where those confined to some CPUs together get no more than these have. */
void credit_share_out(struct credit_want *first, unsigned int cpus, u64 slice);

#endif
