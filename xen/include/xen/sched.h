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
void vcpu_sleep_sync(struct vcpu *v);         /* … and wait until its state is saved */
void vcpu_unblock(struct vcpu *v);            /* clears BLOCKED and POLLING, wakes */
void vcpu_kick(struct vcpu *v);               /* an event became pending: unblock it, or make it enter the hypervisor when running elsewhere */
void vcpu_block(void);                        /* current; enables event delivery (upcall mask 0) first; returns, switch happens on the way out */
void vcpu_yield(void);
int vcpu_set_hard_affinity(struct vcpu *v, const cpumask_t *m);   /* -EINVAL: no online CPU in it */
int vcpu_set_soft_affinity(struct vcpu *v, const cpumask_t *m);
void vcpu_get_runstate(const struct vcpu *v, struct vcpu_runstate_info *out);

void schedule(void);                          /* SOFTIRQ_SCHEDULE */
/* Provided by arch/x86/pv/switch.c. Does not return to the caller: ends in the next vCPU's way out. */
void context_switch(struct vcpu *prev, struct vcpu *next) noreturn;
/* Called by context_switch when @prev's state is saved and nothing of it is on this CPU any more. */
void context_saved(struct vcpu *prev);
/* The idle vCPU's loop (arch/x86/cpu/idle.c). */
void idle_loop(void) noreturn;

#endif
