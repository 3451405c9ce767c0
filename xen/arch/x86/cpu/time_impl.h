/* SPDX-License-Identifier: GPL-2.0-only */
/* What the time files of this folder share. */
#ifndef CPU_TIME_IMPL_H
#define CPU_TIME_IMPL_H

#include <xen/percpu.h>
#include <xen/types.h>

/* ns = ns + ((TSC - tsc) << shift) * mul >> 32, as in vcpu_time_info. */
struct time_base {
    u64 tsc;
    s_time_t ns;
    u32 mul;
    int8_t shift;
};
DECLARE_PER_CPU(struct time_base, time_base);
extern bool tsc_is_reliable;

/* Reads the CMOS clock into the wall clock. */
void wallclock_init(void);
/* Seconds since 1970 as the CMOS clock has them (UTC). */
u64 rtc_read(void);
/* tlb.c: flushes if this CPU's last stamp is getting too old to compare. */
void tlb_clock_catch_up(void);
/* watchdog.c: this CPU is alive; looks whether its neighbour is. */
void watchdog_beat(void);

#endif
