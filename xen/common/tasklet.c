/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasklets: a queue a CPU, worked off in SOFTIRQ_TASKLET. */
#include <xen/lib.h>
#include <xen/softirq.h>
#include <x86/irqflags.h>

/* Of its CPU only, interrupts off. */
struct tasklet_queue { struct tasklet *first, *last; };
static DEFINE_PER_CPU(struct tasklet_queue, queue);

void tasklet_init(struct tasklet *t, void (*fn)(void *), void *arg)
{
    *t = (struct tasklet){ .fn = fn, .arg = arg };
}

void tasklet_schedule(struct tasklet *t)
{
    unsigned long flags = local_irq_save();

    if (!__atomic_exchange_n(&t->queued, true, __ATOMIC_ACQ_REL)) {
        t->next = NULL;
        if (this_cpu(queue).first)
            this_cpu(queue).last->next = t;
        else
            this_cpu(queue).first = t;
        this_cpu(queue).last = t;
        softirq_raise(SOFTIRQ_TASKLET);
    }
    local_irq_restore(flags);
}

/* One at a time, so that other softirqs get their turn in between. */
void tasklet_softirq(void)
{
    unsigned long flags = local_irq_save();
    struct tasklet *t = this_cpu(queue).first;

    if (t) {
        this_cpu(queue).first = t->next;
        if (t->next)
            softirq_raise(SOFTIRQ_TASKLET);
        /* From here on it may be queued again, by its own function too. */
        __atomic_store_n(&t->queued, false, __ATOMIC_RELEASE);
    }
    local_irq_restore(flags);
    if (t)
        t->fn(t->arg);
}
