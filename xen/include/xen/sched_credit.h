/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the two files of the credit policy: who runs (common/sched_credit.c), what it costs (common/sched_credit_account.c). */
#ifndef XEN_SCHED_CREDIT_H
#define XEN_SCHED_CREDIT_H

#include <xen/list.h>
#include <xen/sched_ops.h>
#include <xen/time.h>

#define CREDIT_WEIGHT  256       /* of a domain unless said otherwise */
#define RATE_SHIFT     20        /* a rate of 1 << RATE_SHIFT: vtime goes as fast as time */
#define DEMAND_ONE     1024      /* one vCPU that wants a CPU all the time */

struct sched_vcpu {              /* lock of v->cpu */
    struct list_head link;       /* in the queue of v->cpu, or empty */
    struct vcpu *v;
    u64 vtime;                   /* wraps: compare by vtime_before() */
    s_time_t burn_from;          /* running: accounted up to here */
    s_time_t slice_from;         /* running: began its slice */
    s_time_t wanted;             /* time it ran or waited to run, as of the last account() */
    bool queued;
    bool woken;                  /* queued after a wait for an event: preempts */
    bool parked;                 /* its domain's cap is used up: not queued although runnable */
    bool yielding;
};

struct credit_dom {
    struct list_head link;       /* all_doms; credit_lock */
    struct domain *d;
    u16 weight, cap;             /* credit_lock for writing */
    u32 demand;                  /* vCPUs that want a CPU, in 1/DEMAND_ONE; at least one; credit_lock */
    u64 rate;                    /* of its vCPUs' vtime; credit_lock for writing */
    s64 budget;                  /* ns left under its cap; atomic; negative: used up */
};

struct credit_cpu {              /* sched_cpu.lock */
    struct list_head queue;      /* by rising vtime, first come first served */
    unsigned int nr_queued;      /* read by others without the lock as a hint */
    u64 floor;                   /* vtime; only rises, but for level_cpu() */
};
DECLARE_PER_CPU(struct credit_cpu, credit_cpu);

extern unsigned int credit_tslice_ms;

static inline struct credit_cpu *ccpu(unsigned int cpu) { return &per_cpu(credit_cpu, cpu); }
static inline struct credit_dom *dom_of(const struct sched_vcpu *s) { return s->v->domain->sched_dom; }
static inline s64 slice_ns(void) { return MILLISECS(READ_ONCE(credit_tslice_ms)); }
static inline bool vtime_before(u64 a, u64 b) { return (s64)(a - b) < 0; }
static inline u64 vtime_of(s_time_t ns, u64 rate) { return (u64)((unsigned __int128)(u64)ns * rate >> RATE_SHIFT); }
static inline bool over_cap(const struct credit_dom *cd) { return READ_ONCE(cd->cap) && READ_ONCE(cd->budget) < 0; }

/* What @s has run up to @t is added to its vtime and taken from its domain's budget. Lock of its CPU. */
void credit_burn(struct sched_vcpu *s, s_time_t t);
/* Somebody wants CPU time: the accounting goes on if it slept. */
void credit_want_accounting(s_time_t t);
void credit_account_init(void);
int credit_init_domain(struct domain *d);
void credit_destroy_domain(struct domain *d);
void credit_destroy_vcpu(struct vcpu *v);
int credit_set_params(struct domain *d, const struct sched_params *p);
void credit_get_params(struct domain *d, struct sched_params *p);

#endif
