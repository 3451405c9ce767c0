/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers: a pairing heap a CPU, ordered by expiry, linked through the timers: setting one takes no memory, so that it cannot
 * fail, and no lock of the allocator, which interrupts that set timers could meet.
 * The lock of t->cpu guards all fields of a timer and its heap. t->cpu itself
 * changes with both CPUs' locks held, so whoever has locked looks again.
 */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>
#include <xen/time.h>
#include <xen/timer.h>

struct timer_queue {
    spinlock_t lock;
    u32 n;                       /* timers in the heap */
    struct timer *first;         /* no other is due before it; NULL: none */
    struct timer *running;       /* whose callback runs now; lock */
};
static DEFINE_PER_CPU(struct timer_queue, timer_queue);

#define TIMER_IS_DUE(t, now_ns) ((t)->expires <= (now_ns))

static struct timer_queue *queue_of(unsigned int cpu) { return &per_cpu(timer_queue, cpu); }

static struct timer_queue *lock_timer(const struct timer *t, unsigned long *flags)
{
    for (;;) {
        unsigned int cpu = READ_ONCE(t->cpu);
        struct timer_queue *q = queue_of(cpu);

        *flags = spin_lock_irqsave(&q->lock);
        if (t->cpu == cpu)
            return q;
        spin_unlock_irqrestore(&q->lock, *flags);
    }
}

/* Two heaps, either may be NULL, become one: the later one the first child of the earlier. */
static struct timer *meld(struct timer *a, struct timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->expires < a->expires) {
        struct timer *t = a;

        a = b;
        b = t;
    }
    b->prev = a;
    b->next = a->child;
    if (b->next)
        b->next->prev = b;
    a->child = b;
    return a;
}

/* The children from @t on, NULL for none: in pairs, then all from the last pair to the first, which keeps heaps flat. */
static struct timer *meld_all(struct timer *t)
{
    struct timer *pairs = NULL, *all = NULL, *rest;

    for (; t; t = rest) {
        struct timer *second = t->next;

        rest = second ? second->next : NULL;
        t->next = t->prev = NULL;
        if (second)
            second->next = second->prev = NULL;
        t = meld(t, second);
        t->next = pairs;
        pairs = t;
    }
    for (; pairs; pairs = rest) {
        rest = pairs->next;
        pairs->next = NULL;
        all = meld(all, pairs);
    }
    return all;
}

static void heap_add(struct timer_queue *q, struct timer *t)
{
    t->active = true;
    q->n++;
    q->first = meld(q->first, t);
}

static void heap_remove(struct timer_queue *q, struct timer *t)
{
    struct timer *below = meld_all(t->child);

    if (t == q->first) {
        q->first = below;
    } else {
        if (t->prev->child == t)
            t->prev->child = t->next;
        else
            t->prev->next = t->next;
        if (t->next)
            t->next->prev = t->prev;
        q->first = meld(q->first, below);
    }
    t->child = t->next = t->prev = NULL;
    t->active = false;
    q->n--;
}

/* The one that follows @t when each comes before its children. NULL: @t is the last. */
static const struct timer *heap_next(const struct timer *t)
{
    if (t->child)
        return t->child;
    while (t && !t->next) {
        while (t->prev && t->prev->child != t)
            t = t->prev;
        t = t->prev;
    }
    return t ? t->next : NULL;
}

/* The CPU has to look again when the timer that it waits for may have changed. */
static void kick_if_first(struct timer_queue *q, const struct timer *t)
{
    if (q->first == t)
        cpu_softirq_raise(t->cpu, SOFTIRQ_TIMER);
}

void timer_init(struct timer *t, void (*fn)(void *), void *arg, unsigned int cpu)
{
    *t = (struct timer){ .fn = fn, .arg = arg, .cpu = (u16)cpu };
}

void timer_set(struct timer *t, s_time_t expires)
{
    unsigned long flags;
    struct timer_queue *q = lock_timer(t, &flags);

    if (t->active)
        heap_remove(q, t);
    t->expires = expires;
    if (!t->killed) {
        heap_add(q, t);
        kick_if_first(q, t);
    }
    spin_unlock_irqrestore(&q->lock, flags);
}

/* The CPU may still wake up for it, and finds nothing due. */
void timer_stop(struct timer *t)
{
    unsigned long flags;
    struct timer_queue *q = lock_timer(t, &flags);

    if (t->active)
        heap_remove(q, t);
    spin_unlock_irqrestore(&q->lock, flags);
}

void timer_kill(struct timer *t)
{
    unsigned int cpu = smp_processor_id();
    unsigned long flags;
    bool running_elsewhere;

    do {
        struct timer_queue *q = lock_timer(t, &flags);

        if (t->active)
            heap_remove(q, t);
        t->killed = true;
        running_elsewhere = q->running == t && t->cpu != cpu;
        spin_unlock_irqrestore(&q->lock, flags);
        if (running_elsewhere)
            cpu_relax();
    } while (running_elsewhere);
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
    unsigned long flags;

    for (;;) {
        unsigned int from_cpu = READ_ONCE(t->cpu);
        struct timer_queue *from = queue_of(from_cpu), *to = queue_of(cpu);
        bool same;

        if (from == to)
            return;
        flags = local_irq_save();
        spin_lock(from < to ? &from->lock : &to->lock);
        spin_lock(from < to ? &to->lock : &from->lock);
        same = t->cpu == from_cpu;
        /* A callback that runs is the old CPU's to finish: timer_kill looks there. */
        if (same && from->running != t) {
            bool active = t->active;

            if (active)
                heap_remove(from, t);
            t->cpu = (u16)cpu;
            if (active) {
                heap_add(to, t);
                kick_if_first(to, t);
            }
        }
        spin_unlock(&from->lock);
        spin_unlock(&to->lock);
        local_irq_restore(flags);
        if (same)
            return;
    }
}

static void run_due(struct timer_queue *q)
{
    spin_lock_irq(&q->lock);
    while (q->first && TIMER_IS_DUE(q->first, now())) {
        struct timer *t = q->first;

        heap_remove(q, t);
        q->running = t;
        spin_unlock_irq(&q->lock);
        t->fn(t->arg);
        spin_lock_irq(&q->lock);
        q->running = NULL;
    }
    if (!arch_timer_program(q->first ? max(q->first->expires, (s_time_t)1) : 0))
        softirq_raise(SOFTIRQ_TIMER);
    spin_unlock_irq(&q->lock);
}

static void timer_softirq(void)
{
    run_due(&this_cpu(timer_queue));
}

void timer_subsys_init(void)
{
    softirq_register(SOFTIRQ_TIMER, timer_softirq);
}

/* ---- debug key 'a' ---- */

#define SHOWN_BITS       16
#define MAX_SHOWN_TIMERS 512u     /* of a CPU: each piece passes those that were shown before */

/* A piece of @q's timers, of which @shown were shown. True: more are left. */
static bool dump_queue(struct timer_queue *q, unsigned int cpu, unsigned int shown)
{
    unsigned long flags = spin_lock_irqsave(&q->lock);
    unsigned int n = 0, end = min(shown + KEY_LINES, MAX_SHOWN_TIMERS);
    const struct timer *t;

    if (!shown)
        printk("CPU %u: %u timers\n", cpu, q->n);
    for (t = q->first; t && n < end; t = heap_next(t))
        if (n++ >= shown)
            printk("  %ld ns: %ps\n", t->expires, (void *)t->fn);
    spin_unlock_irqrestore(&q->lock, flags);
    if (t && end == MAX_SHOWN_TIMERS)
        printk("  and more\n");
    return t && end < MAX_SHOWN_TIMERS;
}

/* @pos: a CPU << SHOWN_BITS | its timers that were shown. */
u64 timer_dump(u64 pos)
{
    unsigned int cpu = cpumask_next((unsigned int)min(pos >> SHOWN_BITS, (u64)nr_cpu_ids), &cpu_online_map);
    unsigned int shown = cpu == pos >> SHOWN_BITS ? pos & ((1u << SHOWN_BITS) - 1) : 0;

    if (cpu >= nr_cpu_ids)
        return 0;
    if (!pos)
        printk("now %ld ns\n", now());
    return dump_queue(queue_of(cpu), cpu, shown) ? (u64)cpu << SHOWN_BITS | (shown + KEY_LINES) : (u64)(cpu + 1) << SHOWN_BITS;
}
