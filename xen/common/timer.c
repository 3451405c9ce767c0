/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers: a binary heap a CPU, ordered by expiry; heap_index is 1-based, 0 = not in a heap.
 * The lock of t->cpu guards all fields of a timer and its heap. t->cpu itself
 * changes with both CPUs' locks held, so whoever has locked looks again.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>
#include <xen/time.h>
#include <xen/timer.h>

struct timer_queue {
    spinlock_t lock;
    u32 n, room;                 /* heap[1..n] used, heap[1..room] there */
    struct timer **heap;
    struct timer *running;       /* whose callback runs now; lock */
};
static DEFINE_PER_CPU(struct timer_queue, timer_queue);

#define FIRST_ROOM 255
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

static void place(struct timer_queue *q, u32 i, struct timer *t)
{
    q->heap[i] = t;
    t->heap_index = i;
}

static void sift_up(struct timer_queue *q, u32 i, struct timer *t)
{
    for (; i > 1 && t->expires < q->heap[i / 2]->expires; i /= 2)
        place(q, i, q->heap[i / 2]);
    place(q, i, t);
}

static void sift_down(struct timer_queue *q, u32 i, struct timer *t)
{
    for (u32 child = 2 * i; child <= q->n; child = 2 * i) {
        if (child < q->n && q->heap[child + 1]->expires < q->heap[child]->expires)
            child++;
        if (t->expires <= q->heap[child]->expires)
            break;
        place(q, i, q->heap[child]);
        i = child;
    }
    place(q, i, t);
}

/* Puts @t, which may be earlier or later than what is at @i, there or where it belongs from there. */
static void sift(struct timer_queue *q, u32 i, struct timer *t)
{
    if (i > 1 && t->expires < q->heap[i / 2]->expires)
        sift_up(q, i, t);
    else
        sift_down(q, i, t);
}

static void heap_remove(struct timer_queue *q, struct timer *t)
{
    u32 i = t->heap_index;
    struct timer *last = q->heap[q->n--];

    t->heap_index = 0;
    if (last != t)
        sift(q, i, last);
}

/* The heap doubles when it is full; the queue's lock comes before heap_lock. */
static bool heap_grow(struct timer_queue *q)
{
    u32 room = q->room * 2 + 1;
    struct timer **bigger = xmalloc((room + 1) * sizeof(*bigger));

    if (!bigger)
        return false;
    memcpy(bigger, q->heap, (q->n + 1) * sizeof(*bigger));
    xfree(q->heap);
    q->heap = bigger;
    q->room = room;
    return true;
}

static void heap_add(struct timer_queue *q, struct timer *t)
{
    if (q->n == q->room && !heap_grow(q))
        panic("no memory for one more timer");
    sift_up(q, ++q->n, t);
}

/* The CPU has to look again when the timer that it waits for may have changed. */
static void kick_if_first(struct timer_queue *q, const struct timer *t)
{
    if (q->heap[1] == t)
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

    t->expires = expires;
    if (t->heap_index)
        sift(q, t->heap_index, t);
    else if (!t->killed)
        heap_add(q, t);
    if (t->heap_index)
        kick_if_first(q, t);
    spin_unlock_irqrestore(&q->lock, flags);
}

/* The CPU may still wake up for it, and finds nothing due. */
void timer_stop(struct timer *t)
{
    unsigned long flags;
    struct timer_queue *q = lock_timer(t, &flags);

    if (t->heap_index)
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

        if (t->heap_index)
            heap_remove(q, t);
        t->killed = 1;
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
            bool active = t->heap_index;

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
    while (q->n && TIMER_IS_DUE(q->heap[1], now())) {
        struct timer *t = q->heap[1];

        heap_remove(q, t);
        q->running = t;
        spin_unlock_irq(&q->lock);
        t->fn(t->arg);
        spin_lock_irq(&q->lock);
        q->running = NULL;
    }
    if (!arch_timer_program(q->n ? max(q->heap[1]->expires, (s_time_t)1) : 0))
        softirq_raise(SOFTIRQ_TIMER);
    spin_unlock_irq(&q->lock);
}

static void timer_softirq(void)
{
    run_due(&this_cpu(timer_queue));
}

int timer_subsys_init_cpu(unsigned int cpu)
{
    struct timer_queue *q = queue_of(cpu);

    q->heap = xcalloc(FIRST_ROOM + 1, sizeof(*q->heap));
    if (!q->heap)
        return -ENOMEM;
    q->room = FIRST_ROOM;
    return 0;
}

void timer_subsys_init(void)
{
    softirq_register(SOFTIRQ_TIMER, timer_softirq);
}

/* Debug key 'a'. */
void timer_dump(void)
{
    unsigned int cpu;

    printk("now %ld ns\n", now());
    for_each_online_cpu(cpu) {
        struct timer_queue *q = queue_of(cpu);
        unsigned long flags = spin_lock_irqsave(&q->lock);

        printk("CPU %u: %u timers\n", cpu, q->n);
        for (u32 i = 1; i <= q->n; i++)
            printk("  %ld ns: %ps\n", q->heap[i]->expires, (void *)q->heap[i]->fn);
        spin_unlock_irqrestore(&q->lock, flags);
    }
}
