/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's pt_lock: the contents of its page tables, and transitions of the types of its frames.
 *
 * One lock guards all page tables of a domain, and a single piece of work under it can be a whole L1 table. Two kinds of callers
 * take it.
 *
 *  - A call that can be preempted (pt_lock_preemptible) gives up with -ERESTART when its CPU has pending work, and a preemptible
 *    holder drops the lock after one piece of work when another vCPU waits (pt_preempt_check). So another domain is kept from a
 *    CPU for one piece at most, however many vCPUs of a guest want the lock.
 *  - A call that cannot be preempted (pt_lock) spins, and is served before the others, in the order of asking. Of those that can be
 *    preempted one is served after 64 of these, if they come without a pause: a call waits for one piece of work of theirs at most.
 *
 * The lock is fair. A vCPU that finds it held takes a turn, a number, and keeps it across -ERESTART until it has had the lock.
 * The CPU that drops the lock hands it over to the spinning waiter that is next. A waiter that does not spin is handed
 * nothing: a vCPU that went away with its turn (preempted, paused, destroyed, or at another call) delays no other one, and is
 * served first once it is back.
 *
 * A waiter that is not the next one spins for a moment only and then gives its CPU back: it sleeps as a blocked vCPU does
 * (VPF_LOCK_WAIT), at the begin of its call, which is made again when an event or its turn wakes it. Only vCPUs of the lock's own
 * domain sleep, so that the queue and the vCPUs in it are freed together. One sleeper is woken at a time, the one
 * with the lowest turn. The lock is not kept for it: others take the lock meanwhile, and hand it over once the sleeper is back and spins.
 * A woken sleeper that does not come back within LOCK_RESCUE does not let the others sleep on: a timer wakes the next one.
 *
 * The word says whether the lock is held and whether there is a queue. To take and to drop the lock is one atomic instruction each
 * while there is no queue. A CPU that finds the lock free takes it, though sleepers may be in the queue.
 *
 *   PT_LOCK_HELD    held
 *   PT_LOCK_WAITED  the queue is not empty: the holder gives way, and looks at the queue when it drops the lock
 *
 * Invariants, with queue_lock held: WAITED is set exactly while a waiter is in the queue. While a waiter spins, the lock is held or
 * a CPU that has just dropped it is about to take queue_lock. While a waiter sleeps, the lock is held, or a CPU is about to look at the
 * queue, or the rescue timer runs.
 */
#ifndef X86_PT_LOCK_H
#define X86_PT_LOCK_H

#include <xen/domain.h>
#include <xen/softirq.h>
#include <x86/cpu_info.h>

#define PT_LOCK_HELD   1u
#define PT_LOCK_WAITED 2u

/* common/pt_lock.c: what the inline functions do where the lock is held, or waited for. */
void pt_lock_slow(struct domain *d);
int pt_lock_wait(struct domain *d);
void pt_unlock_slow(struct domain *d);
void pt_end_turn(struct domain *d);    /* the current vCPU's: it has had the lock */

void pt_lock_init(struct domain *d);
/* Before @d's vCPUs are freed: no timer looks at the queue any more. May be repeated. */
void pt_lock_destroy(struct domain *d);

static inline bool pt_trylock(struct domain *d)
{
    return !(__atomic_fetch_or(&d->arch.pt_lock.word, PT_LOCK_HELD, __ATOMIC_ACQUIRE) & PT_LOCK_HELD);
}

/* Takes @d's pt_lock. Interrupts on: the holder may wait for this CPU to flush its TLB. */
static inline void pt_lock(struct domain *d)
{
    if (unlikely(!pt_trylock(d)))
        pt_lock_slow(d);
}

/* Takes @d's pt_lock: 0, or -ERESTART with nothing held when the current vCPU has to leave its call first. */
static inline int pt_lock_preemptible(struct domain *d)
{
    if (unlikely(!pt_trylock(d)))
        return pt_lock_wait(d);
    if (unlikely(current->arch.pt_waiter.of))
        pt_end_turn(d);
    return 0;
}

static inline void pt_unlock(struct domain *d)
{
    if (unlikely(__atomic_sub_fetch(&d->arch.pt_lock.word, PT_LOCK_HELD, __ATOMIC_RELEASE)))
        pt_unlock_slow(d);
}

static inline bool pt_is_locked(const struct domain *d)
{
    return READ_ONCE(d->arch.pt_lock.word) & PT_LOCK_HELD;
}

/* For the holder of @d's pt_lock between two pieces of work: is there a reason to be preempted? */
static inline bool pt_preempt_check(struct domain *d)
{
    return preempt_check() || (READ_ONCE(d->arch.pt_lock.word) & PT_LOCK_WAITED);
}

#endif
