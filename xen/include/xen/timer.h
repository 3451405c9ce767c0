/* SPDX-License-Identifier: GPL-2.0-only */
/* One-shot timers, one heap a CPU (common/timer.c). Callbacks run in SOFTIRQ_TIMER on the timer's CPU, interrupts on, no lock held. */
#ifndef XEN_TIMER_H
#define XEN_TIMER_H

#include <xen/types.h>

struct timer {
    s_time_t expires;
    void (*fn)(void *);
    void *arg;
    u32 heap_index;      /* 0 = inactive */
    u16 cpu;
    u8 killed;
};

void timer_init(struct timer *t, void (*fn)(void *), void *arg, unsigned int cpu);
void timer_set(struct timer *t, s_time_t expires);     /* replaces an earlier expiry; no-op after kill */
void timer_stop(struct timer *t);
void timer_kill(struct timer *t);                      /* waits until the callback is not running elsewhere */
void timer_migrate(struct timer *t, unsigned int cpu);
static inline bool timer_is_active(const struct timer *t) { return t->heap_index != 0; }

/* Provided by arch/x86/time: programs this CPU's event source; @deadline 0 = none. False: already past, raise at once. */
bool arch_timer_program(s_time_t deadline);
/* Boot CPU, once: SOFTIRQ_TIMER. */
void timer_subsys_init(void);
/* Before @cpu runs. 0 or -ENOMEM. */
int timer_subsys_init_cpu(unsigned int cpu);
void timer_dump(void);

#endif
