/* SPDX-License-Identifier: GPL-2.0-only */
/* Work deferred to the way back to the guest or the idle loop (common/softirq.c). */
#ifndef XEN_SOFTIRQ_H
#define XEN_SOFTIRQ_H

#include <xen/percpu.h>

enum softirq { SOFTIRQ_TIMER, SOFTIRQ_SCHEDULE, SOFTIRQ_TASKLET, SOFTIRQ_RCU, SOFTIRQ_TIME, NR_SOFTIRQS };

void softirq_register(enum softirq nr, void (*fn)(void));
/* Any context, any CPU. cpu_softirq_raise sends an IPI when the target is not this CPU. */
void softirq_raise(enum softirq nr);
void cpu_softirq_raise(unsigned int cpu, enum softirq nr);
/* Runs all that is pending on this CPU; interrupts enabled on entry. May not return (schedule). */
void softirq_run(void);
static inline bool softirq_is_pending(void) { return READ_ONCE(get_cpu_info()->softirq_pending); }

/* Long hypercalls ask this between bounded pieces of work, then return -ERESTART. */
static inline bool preempt_check(void) { return unlikely(softirq_is_pending()); }

/* A function run once on a CPU outside of interrupt context. */
struct tasklet {
    struct tasklet *next;
    void (*fn)(void *);
    void *arg;
    bool queued;
};
void tasklet_init(struct tasklet *t, void (*fn)(void *), void *arg);
void tasklet_schedule(struct tasklet *t);   /* on this CPU; no-op while queued */
void tasklet_softirq(void);                 /* SOFTIRQ_TASKLET's function */

#endif
