/* SPDX-License-Identifier: GPL-2.0-only */
/* set_timer_op: VIRQ_TIMER of the calling vCPU at a system time in ns. */
#include <xen/hypercall.h>
#include <xen/percpu.h>
#include <xen/time.h>

/* Further than this (13 days) is a guest's "never", which some kernels still want to be woken from: they get a tick in 100 s. */
#define HUGE_NS (1L << 50)

long hc_set_timer_op(unsigned long at, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct vcpu *v = current;
    s_time_t when = at;

    if (at == 0) {
        timer_stop(&v->singleshot_timer);
        return 0;
    }
    if (unlikely(when < 0 || when >= HUGE_NS)) {
        s_time_t t = now();

        if (when < 0 || when - t >= HUGE_NS)
            when = t + 100 * NSEC_PER_SEC;
    }
    timer_set(&v->singleshot_timer, when);
    return 0;
}
