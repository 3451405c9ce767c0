/* SPDX-License-Identifier: GPL-2.0-only */
/* The queue of a domain's pt_lock: waiting, sleeping, handing over. The essay is in x86/pt_lock.h. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <x86/cpu_info.h>
#include <x86/pt_lock.h>

#define SPINS        256                 /* looks at the lock before a waiter sleeps */
#define LOCK_RESCUE  MICROSECS(250)      /* time for a woken sleeper to come back */
#define TURN_LATER   (1UL << 63)         /* in turns of calls that can be preempted: the others come before */
#define OVERTAKINGS  64u                 /* of the others, one after the other, while one that can be preempted waits */

/*
 * Held for some hundred instructions at most. Not by tickets: a host that runs a few of many emulated CPUs at a time may run the
 * one whose ticket it is last, while all others spin.
 */
static void lock_queue(struct pt_lock *l)
{
    while (!spin_trylock(&l->queue_lock))
        cpu_relax();
}

static struct pt_waiter *first_of(struct list_head *h)
{
    return list_empty(h) ? NULL : list_first_entry(h, struct pt_waiter, link);
}

static struct vcpu *vcpu_of(struct pt_waiter *w)
{
    return container_of(w, struct vcpu, arch.pt_waiter);
}

/* @w into @list, which is ordered by turns. Most turns are later than those there. */
static void enqueue(struct list_head *list, struct pt_waiter *w)
{
    struct list_head *at = list->prev;

    while (at != list && list_entry(at, struct pt_waiter, link)->turn > w->turn)
        at = at->prev;
    list_add(&w->link, at);
}

/* WAITED := is there a waiter? */
static void note_queue(struct pt_lock *l)
{
    if (list_empty(&l->spinning) && list_empty(&l->sleeping))
        __atomic_fetch_and(&l->word, ~PT_LOCK_WAITED, __ATOMIC_RELAXED);
}

static void dequeue(struct pt_lock *l, struct pt_waiter *w)
{
    list_del(&w->link);
    w->asleep = false;
    note_queue(l);
}

/* Takes the lock if it is free, else queues @w, which then spins. */
static bool take_or_queue(struct pt_lock *l, struct pt_waiter *w)
{
    if (!(__atomic_fetch_or(&l->word, PT_LOCK_HELD | PT_LOCK_WAITED, __ATOMIC_ACQUIRE) & PT_LOCK_HELD)) {
        note_queue(l);
        return true;
    }
    w->granted = false;
    enqueue(&l->spinning, w);
    return false;
}

static bool is_later(const struct pt_waiter *w) { return w->turn & TURN_LATER; }

/* The spinner that is handed the lock next: that with the lowest turn, or, where enough others came before it, that of the calls that can be preempted. */
static struct pt_waiter *next_spinner(struct pt_lock *l)
{
    struct pt_waiter *first = first_of(&l->spinning), *w;

    if (first && l->overtaken >= OVERTAKINGS)
        list_for_each_entry(w, &l->spinning, link)
            if (is_later(w))
                return w;
    return first;
}

/* @next is handed the lock: does it come before one that can be preempted? All sleepers can, and come last among the spinners. */
static void count_overtaking(struct pt_lock *l, const struct pt_waiter *next)
{
    if (is_later(next))
        l->overtaken = 0;
    else if (!list_empty(&l->sleeping) || is_later(list_entry(l->spinning.prev, struct pt_waiter, link)))
        l->overtaken++;
}

/* Is it the sleeper @w's turn, before that of all that spin? */
static bool sleeper_is_next(struct pt_lock *l, const struct pt_waiter *w)
{
    const struct pt_waiter *spins = next_spinner(l);

    return !spins || w->turn < spins->turn || (l->overtaken >= OVERTAKINGS && !is_later(spins));
}

/* Wakes the sleeper with the lowest turn, if it is next and no other one was woken. Skips vCPUs that are awake. */
static void wake_next(struct pt_lock *l)
{
    struct pt_waiter *w;

    while (!l->woken && (w = first_of(&l->sleeping)) && sleeper_is_next(l, w)) {
        struct vcpu *v = vcpu_of(w);

        dequeue(l, w);
        if (!(READ_ONCE(v->pause_flags) & VPF_LOCK_WAIT))
            continue;
        vcpu_unblock(v);
        if (vcpu_runnable(v) && !list_empty(&l->sleeping))
            l->woken = w;
    }
    if (l->woken && !list_empty(&l->sleeping) && !timer_is_active(&l->rescue)) {
        timer_migrate(&l->rescue, smp_processor_id());
        timer_set(&l->rescue, now() + LOCK_RESCUE);
    }
}

static void rescue_fired(void *arg)
{
    struct pt_lock *l = arg;

    lock_queue(l);
    l->woken = NULL;
    wake_next(l);
    spin_unlock(&l->queue_lock);
}

void pt_lock_init(struct domain *d)
{
    struct pt_lock *l = &d->arch.pt_lock;

    spin_lock_init(&l->queue_lock);
    list_init(&l->spinning);
    list_init(&l->sleeping);
    timer_init(&l->rescue, rescue_fired, l, 0);
}

void pt_lock_destroy(struct domain *d)
{
    timer_kill(&d->arch.pt_lock.rescue);
}

void pt_lock_slow(struct domain *d)
{
    struct pt_lock *l = &d->arch.pt_lock;
    struct pt_waiter w;
    bool taken;

    lock_queue(l);
    w.turn = l->next_turn++;
    taken = take_or_queue(l, &w);
    spin_unlock(&l->queue_lock);
    while (!taken && !__atomic_load_n(&w.granted, __ATOMIC_ACQUIRE))
        cpu_relax();
}

/* The lock was dropped. A CPU that came between has it now, and looks at the queue when it drops it. */
void pt_unlock_slow(struct domain *d)
{
    struct pt_lock *l = &d->arch.pt_lock;
    struct pt_waiter *next;

    lock_queue(l);
    if (l->woken == &current->arch.pt_waiter)
        l->woken = NULL;
    next = next_spinner(l);
    if (next && !(__atomic_fetch_or(&l->word, PT_LOCK_HELD, __ATOMIC_ACQUIRE) & PT_LOCK_HELD)) {
        count_overtaking(l, next);
        dequeue(l, next);
        __atomic_store_n(&next->granted, true, __ATOMIC_RELEASE);
    }
    wake_next(l);
    spin_unlock(&l->queue_lock);
}

/*
 * An event or its turn woke @v, the current vCPU, which is at another call or at none: it may be in the queue still. Or its call
 * was told to sleep, and asks once more before it ends: off the list nothing would wake it, so it does not sleep.
 */
static void leave_sleepers(struct vcpu *v)
{
    struct pt_lock *l = &v->domain->arch.pt_lock;

    if (!READ_ONCE(v->arch.pt_waiter.asleep))
        return;
    lock_queue(l);
    if (v->arch.pt_waiter.asleep)
        dequeue(l, &v->arch.pt_waiter);
    spin_unlock(&l->queue_lock);
    if (READ_ONCE(v->pause_flags) & VPF_LOCK_WAIT)
        vcpu_unblock(v);
}

/* True: the lock was handed to @w meanwhile. */
static bool leave_spinners(struct pt_lock *l, struct pt_waiter *w)
{
    bool granted;

    lock_queue(l);
    granted = w->granted;
    if (!granted)
        dequeue(l, w);
    spin_unlock(&l->queue_lock);
    return granted;
}

static bool is_next(struct pt_lock *l, const struct pt_waiter *w)
{
    const struct pt_waiter *sleeper = first_of(&l->sleeping);

    return next_spinner(l) == w && !(sleeper && sleeper->turn < w->turn);
}

/* The current vCPU @v, which spins, is blocked when it leaves its call. False: it is the next one, or has the lock. */
static bool fall_asleep(struct pt_lock *l, struct vcpu *v)
{
    struct pt_waiter *w = &v->arch.pt_waiter;

    lock_queue(l);
    if (w->granted || is_next(l, w)) {
        spin_unlock(&l->queue_lock);
        return false;
    }
    list_del(&w->link);
    enqueue(&l->sleeping, w);
    w->asleep = true;
    __atomic_fetch_or(&v->pause_flags, VPF_BLOCKED | VPF_LOCK_WAIT, __ATOMIC_SEQ_CST);
    spin_unlock(&l->queue_lock);
    /* As vcpu_block(): an event that comes from here on wakes it. */
    if (vcpu_event_deliverable(v))
        vcpu_unblock(v);
    else
        softirq_raise(SOFTIRQ_SCHEDULE);
    return true;
}

/* 0 with the lock, or -ERESTART: pending work, or to sleep. */
static int wait_for_turn(struct domain *d, struct vcpu *v)
{
    struct pt_lock *l = &d->arch.pt_lock;
    struct pt_waiter *w = &v->arch.pt_waiter;
    unsigned int looks = 0;

    while (!__atomic_load_n(&w->granted, __ATOMIC_ACQUIRE)) {
        if (preempt_check())
            return leave_spinners(l, w) ? 0 : -ERESTART;
        if (++looks % SPINS == 0 && v->domain == d && fall_asleep(l, v))
            return -ERESTART;
        cpu_relax();
    }
    return 0;
}

int pt_lock_wait(struct domain *d)
{
    struct pt_lock *l = &d->arch.pt_lock;
    struct vcpu *v = current;
    struct pt_waiter *w = &v->arch.pt_waiter;
    bool taken;
    int rc;

    leave_sleepers(v);
    lock_queue(l);
    if (l->woken == w)
        l->woken = NULL;
    if (w->of != l) {
        w->of = l;
        w->turn = TURN_LATER | l->next_turn++;
    }
    taken = take_or_queue(l, w);
    spin_unlock(&l->queue_lock);
    rc = taken ? 0 : wait_for_turn(d, v);
    if (!rc)
        w->of = NULL;
    return rc;
}

void pt_end_turn(struct domain *d)
{
    struct pt_waiter *w = &current->arch.pt_waiter;

    if (w->of == &d->arch.pt_lock)
        w->of = NULL;
}
