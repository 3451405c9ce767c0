/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduling: what the rest calls (common/sched.c with the policy in sched_credit.c behind struct sched_ops). */
#ifndef XEN_SCHED_H
#define XEN_SCHED_H

#include <xen/domain.h>

void sched_init(void);                        /* boot CPU; policy by sched= */
int sched_init_cpu(unsigned int cpu);         /* before @cpu starts: its queue and its idle vCPU is created */
int sched_init_domain(struct domain *d);
void sched_destroy_domain(struct domain *d);
int sched_init_vcpu(struct vcpu *v);
void sched_destroy_vcpu(struct vcpu *v);

void vcpu_wake(struct vcpu *v);               /* pause_flags may have become 0 */
void vcpu_sleep_nosync(struct vcpu *v);       /* pause_flags became non-zero: leave the CPU soon */
void vcpu_wait_stopped(struct vcpu *v);       /* after that: waits until its state is saved, unless it is to run again */
void vcpu_unblock(struct vcpu *v);            /* clears BLOCKED, POLLING and LOCK_WAIT, wakes */
void vcpu_kick(struct vcpu *v);               /* an event became pending: unblock it, or make it enter the hypervisor when running elsewhere */
void vcpu_block(void);                        /* current; enables event delivery (upcall mask 0) first; returns, switch happens on the way out */
void vcpu_yield(void);
int vcpu_set_hard_affinity(struct vcpu *v, const cpumask_t *m);   /* -EINVAL: no online CPU of its pool in it */
void vcpu_confine(struct vcpu *v);            /* its domain's pool_cpus have changed */
int vcpu_set_soft_affinity(struct vcpu *v, const cpumask_t *m);
/* SCHEDOP_pin_override: @cpu, or -1 to undo. -EBUSY: held by an override already; -EINVAL: no such CPU or nothing to undo. */
int vcpu_pin_override(struct vcpu *v, int cpu);
unsigned int sched_place_new_vcpu(const struct domain *d, unsigned int id);   /* first CPU of a vCPU about to be created */
/* SCHEDOP_poll: @nr ports (at most 128, valid for @v); @timeout system time, 0 none. 0 or -EINVAL. */
int vcpu_poll(struct vcpu *v, const u32 *ports, unsigned int nr, s_time_t timeout);
/* Time this CPU was idle since start, ns. */
u64 sched_idle_time(unsigned int cpu);

struct sched_params;
struct sched_global;
u32 sched_id(void);                           /* XEN_SCHEDULER_* */
int sched_set_params(struct domain *d, const struct sched_params *p);     /* -EINVAL: weight 0 or cap above what the vCPUs can use */
void sched_get_params(struct domain *d, struct sched_params *p);
int sched_set_global(const struct sched_global *g);                       /* -EINVAL: out of range */
void sched_get_global(struct sched_global *g);
void vcpu_get_runstate(const struct vcpu *v, struct vcpu_runstate_info *out);

void schedule(void);                          /* SOFTIRQ_SCHEDULE */
/* Provided by arch/x86/pv/switch.c. Does not return to the caller: ends in the next vCPU's way out. */
void context_switch(struct vcpu *prev, struct vcpu *next) noreturn;
/* Called by context_switch when @prev's state is saved and nothing of it is on this CPU any more. */
void context_saved(struct vcpu *prev);
/* The idle vCPU's loop (arch/x86/cpu/idle.c). */
void idle_loop(void) noreturn;

#endif
