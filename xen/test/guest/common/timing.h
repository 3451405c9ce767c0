/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock and timers of a test kernel. */
#ifndef TEST_TIMING_H
#define TEST_TIMING_H

#include <stdint.h>

#include <public/xen.h>

#define MILLISECONDS 1000000ull

/* System time in ns, by the vCPU's time page. */
uint64_t time_now(void);
/* The same by the time page of the vCPU that asks. */
uint64_t time_by(const volatile struct vcpu_time_info *t);
/* Busy for that many ns. */
void time_spin(uint64_t ns);

/* Binds VIRQ_TIMER of vCPU 0 once and stops the periodic tick that every vCPU starts with; its port. */
unsigned timer_port(void);
/* Blocks until a one-shot timer that far ahead (or any event) comes; leaves upcalls unmasked. */
void timer_sleep(uint64_t ns);

#endif
