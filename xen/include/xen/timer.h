/* SPDX-License-Identifier: GPL-2.0-only */
/* One-shot timers, one heap a CPU, made of the timers themselves (common/timer.c). Callbacks run in SOFTIRQ_TIMER on the timer's CPU, interrupts on, no lock held. */
#ifndef XEN_TIMER_H
#define XEN_TIMER_H

#include <xen/types.h>

struct timer {
    s_time_t expires;
    void (*fn)(void *);
    void *arg;
    /* In the heap: its children's list, and its place in its parent's; @prev of a first child is the parent. */
    struct timer *child, *next, *prev;
    u16 cpu;
    bool active, killed;
};

void timer_init(struct timer *t, void (*fn)(void *), void *arg, unsigned int cpu);
void timer_set(struct timer *t, s_time_t expires);     /* replaces an earlier expiry; no-op after kill */
void timer_stop(struct timer *t);
void timer_kill(struct timer *t);                      /* waits until the callback is not running elsewhere */
void timer_migrate(struct timer *t, unsigned int cpu);
static inline bool timer_is_active(const struct timer *t) { return t->active; }

/* Provided by arch/x86/time: programs this CPU's event source; @deadline 0 = none. False: already past, raise at once. */
bool arch_timer_program(s_time_t deadline);
/* Boot CPU, once: SOFTIRQ_TIMER. */
void timer_subsys_init(void);
u64 timer_dump(u64 pos);       /* debug key a (xen/console.h) */

#endif
