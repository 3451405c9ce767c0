/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watchdog: each CPU beats once a second from its timer softirq and looks at the next CPU's last beat. One
 * that has not looked for work for watchdog_timeout= seconds is stuck in the hypervisor: panic. It takes a
 * second CPU to notice; there is no NMI behind it.
 */
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/percpu.h>
#include <xen/time.h>
#include "time_impl.h"

static bool opt_watchdog;
PARAM("watchdog", watchdog, PARAM_BOOL, &opt_watchdog, "panic when a CPU is stuck in the hypervisor");
static unsigned int opt_timeout = 5;
PARAM("watchdog_timeout", watchdog_timeout, PARAM_UINT, &opt_timeout, "seconds until a CPU counts as stuck");

static DEFINE_PER_CPU(s_time_t, last_beat);      /* 0: none yet */

void watchdog_beat(void)
{
    unsigned int self = smp_processor_id(), next = cpumask_next(self + 1, &cpu_online_map);
    s_time_t beat, t = now();

    WRITE_ONCE(this_cpu(last_beat), t);
    if (next >= nr_cpu_ids)
        next = cpumask_first(&cpu_online_map);
    if (!opt_watchdog || next == self)
        return;
    beat = READ_ONCE(per_cpu(last_beat, next));
    if (beat && t - beat > (s_time_t)opt_timeout * NSEC_PER_SEC)
        panic("watchdog: CPU %u is stuck for %ld ms, it ran %pv", next, (t - beat) / 1000000,
              cpu_info_of(next)->current_vcpu);
}
