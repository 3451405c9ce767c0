/* SPDX-License-Identifier: GPL-2.0-only */
/* System time, wall clock and the guests' time pages (arch/x86/irq is no place for it: arch/x86/cpu/time*.c). */
#ifndef XEN_TIME_H
#define XEN_TIME_H

#include <xen/types.h>

struct vcpu;
struct domain;

#define NSEC_PER_SEC 1000000000L
#define MILLISECS(n) ((s_time_t)(n) * 1000000L)
#define MICROSECS(n) ((s_time_t)(n) * 1000L)

s_time_t now(void);                         /* ns since start; monotonic over CPUs to within calibration error */
u64 rdtsc(void);
extern unsigned long cpu_khz;               /* TSC frequency */
void udelay(unsigned long us);

/* Writes @v's vcpu_time_info (public/xen.h) when it changed or @force; called on every switch to @v. */
void time_update_vcpu(struct vcpu *v, bool force);
/* Writes wc_sec, wc_nsec of @d's shared_info (version protocol of public/xen.h). */
void time_update_wallclock(struct domain *d);
/* XENPF_settime: wall clock = @secs.@nsecs at system time @system_time; all domains updated. */
void time_set_wallclock(u64 secs, u32 nsecs, u64 system_time);
/* Guest TSC policy: 0 native. */
void time_init(void);
void time_init_cpu(void);

#endif
