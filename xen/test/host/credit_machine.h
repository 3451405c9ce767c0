/* SPDX-License-Identifier: GPL-2.0-only */
/* Pretended CPUs, on which domains' vCPUs are scheduled by the real core and policy; time goes in steps. */
#ifndef HOST_CREDIT_MACHINE_H
#define HOST_CREDIT_MACHINE_H

#include "host.h"
#include <xen/cpupool.h>
#include <xen/sched.h>
#include <xen/time.h>

#define STEP MICROSECS(100)

extern unsigned int nr_cpus, nr_doms;
extern struct domain *dom[8];
extern s64 ran[8][4];       /* how long each vCPU of each domain ran since machine() or since a test cleared it, ns */

void machine(unsigned int n);                   /* @n CPUs without domains */
void end_machine(void);
struct domain *add_domain(unsigned int vcpus, unsigned int weight, unsigned int cap);
void wake_all(struct domain *d);
void play(s_time_t ns);
void fall_asleep(struct vcpu *v);               /* it waits for an event */
s_time_t wake_for(struct vcpu *v, s_time_t busy);   /* asleep, it wakes, runs for @busy and sleeps again; how late it was */
void near_permille(s64 got, s64 want, unsigned int permille);
void near(s64 got, s64 want, unsigned int percent);

#endif
