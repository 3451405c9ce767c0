/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's pt_lock (x86/arch_domain.h) as calls take it that can be preempted.
 *
 * One lock guards all page tables of a domain, and a single piece of work under it can be a whole L1 table. A vCPU that
 * waited for its turn behind N others would keep its CPU from every other domain meanwhile. So a call that can be preempted
 * waits only until its CPU has pending work, and a preemptible call that holds the lock lets it go after one piece of
 * work when another vCPU wants it. Calls that cannot be preempted take a ticket of the lock and come before those that can.
 */
#ifndef X86_PT_LOCK_H
#define X86_PT_LOCK_H

#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>

/* common/frame.c: pt_lock_preemptible() of a lock that is held. */
int pt_lock_wait(struct domain *d);

/* Takes @d's pt_lock: 0, or -ERESTART with nothing held when pending work of this CPU comes first. */
static inline int pt_lock_preemptible(struct domain *d)
{
    return likely(spin_trylock(&d->arch.pt_lock)) ? 0 : pt_lock_wait(d);
}

/* For the holder of @d's pt_lock between two pieces of work: is there a reason to be preempted? */
static inline bool pt_preempt_check(struct domain *d)
{
    return preempt_check() || READ_ONCE(d->arch.pt_waiters) || spin_is_contended(&d->arch.pt_lock);
}

#endif
