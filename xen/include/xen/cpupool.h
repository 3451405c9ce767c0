/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU pools: disjoint sets of CPUs, each with the domains that run there and nowhere else (common/cpupool.c). Pool 0 has all
 * CPUs at boot and dom0 for good. CPUs of no pool are idle.
 */
#ifndef XEN_CPUPOOL_H
#define XEN_CPUPOOL_H

#include <xen/domain.h>

#define CPUPOOL_ANY 0xffffffffu      /* as an id: a free one; as a CPU: one that can be had */

struct cpupool_info {
    u32 id, nr_domains;
    cpumask_t cpus;
};

/* After all CPUs are up, before the first domain. */
void cpupool_init(void);
/* *@id as wanted or CPUPOOL_ANY; out: what it is. -EEXIST, -ENOMEM. */
int cpupool_create(u32 *id);
/*
 * Changes. The pool's domains follow in steps: -ERESTART, to be called again with the same arguments. *@begun is false at first, and the
 * caller keeps it from call to call. Each change first completes the one before, so any may say -ERESTART.
 */
/* -ENOENT; -EBUSY: pool 0, or CPUs or domains are in it. */
int cpupool_destroy(u32 id);
/* -ENOENT: no such pool; -EINVAL: no such CPU; -EBUSY: in a pool already, or none is free. */
int cpupool_add_cpu(u32 id, u32 cpu, bool *begun);
/* -ENOENT: no such pool; -EINVAL: not in it; -EBUSY: the last one, and there are domains. The CPU is free when it says 0. */
int cpupool_remove_cpu(u32 id, u32 cpu, bool *begun);
/* @d in a pool already. -ENOENT: no such pool; -EINVAL: it has no CPU; -EBUSY: pool 0 is dom0's place. */
int cpupool_move(struct domain *d, u32 id, bool *begun);
/* @d is in none yet, and has no vCPU. -EINVAL: no such pool, or it has no CPU. */
int cpupool_enter(struct domain *d, u32 id);
void cpupool_leave(struct domain *d);         /* before its vCPUs go; harmless if it never entered one */
/* The pool with the lowest id that is not below @from; -ENOENT. */
int cpupool_get_info(u32 from, struct cpupool_info *out);
bool cpupool_exists(u32 id);
/* CPUs of no pool. */
void cpupool_get_free(cpumask_t *out);

#endif
