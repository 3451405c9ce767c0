/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the scheduler's core (common/sched.c) and its policies (common/sched_credit.c). */
#ifndef XEN_SCHED_OPS_H
#define XEN_SCHED_OPS_H

#include <xen/percpu.h>
#include <xen/sched.h>

/* A CPU's part of the core. The lock also guards all scheduling state of the vCPUs whose v->cpu is this CPU. */
struct sched_cpu {
    spinlock_t lock;             /* taken with interrupts off */
    struct vcpu *curr;           /* what runs or is being switched to */
    s_time_t curr_start;         /* when curr was chosen last; ns */
    struct timer tick;           /* armed while a guest's vCPU is curr */
    bool ready;                  /* has an idle vCPU: may be scheduled on */
};
DECLARE_PER_CPU(struct sched_cpu, sched_cpu);

/* CPUs whose idle vCPU runs and that nobody has woken yet. Atomic bits. */
extern cpumask_t sched_idle_cpus;

struct sched_params { u16 weight, cap; };      /* of a domain; cap in percent of one CPU, 0 none */
struct sched_global { u32 tslice_ms, ratelimit_us, migr_delay_us; };

/* CPUs to be made to schedule once no lock is held: an IPI is slow, on virtual machines very. */
struct sched_tickle { unsigned int n; u16 cpu[2]; };

/* "L": called with the lock of v->cpu (or of @cpu) held. */
struct sched_ops {
    const char *opt_name, *name;
    u32 id;                                          /* XEN_SCHEDULER_* of public/domctl.h */
    void (*init)(void);
    void (*init_cpu)(unsigned int cpu);
    int (*init_domain)(struct domain *d);
    void (*destroy_domain)(struct domain *d);
    int (*init_vcpu)(struct vcpu *v);
    void (*destroy_vcpu)(struct vcpu *v);            /* not queued, not running */
    unsigned int (*pick_cpu)(const struct vcpu *v);  /* L; where it had best run */
    bool (*is_queued)(const struct vcpu *v);         /* L */
    void (*enqueue)(struct vcpu *v, bool woken);     /* L; runnable, not queued, not curr. @woken: after a wait for an event */
    void (*dequeue)(struct vcpu *v);                 /* L */
    void (*tickle)(struct vcpu *v, struct sched_tickle *out);   /* L; who is to look at the newly queued @v */
    void (*tick)(unsigned int cpu, s_time_t t);      /* L; returns after re-arming the timer if needed */
    void (*yield)(struct vcpu *v);                   /* L */
    /* L; accounts for the running @prev and queues it if it can go on, then takes the next one off the queue; NULL idle. */
    struct vcpu *(*pick_next)(unsigned int cpu, struct vcpu *prev, s_time_t t);
    int (*set_params)(struct domain *d, const struct sched_params *p);
    void (*get_params)(struct domain *d, struct sched_params *p);
    int (*set_global)(const struct sched_global *g);
    void (*get_global)(struct sched_global *g);
    /* A piece of @cpu's queue, of which @shown vCPUs were shown. How many are by now; 0: all. */
    unsigned int (*dump)(unsigned int cpu, unsigned int shown);
};
extern const struct sched_ops sched_credit_ops;

static inline struct sched_cpu *sched_cpu_of(unsigned int cpu) { return &per_cpu(sched_cpu, cpu); }

#endif
