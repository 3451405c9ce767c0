/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock and timers of a test kernel. */
#ifndef TEST_TIMING_H
#define TEST_TIMING_H

#include <stdbool.h>
#include <stdint.h>

#include <public/xen.h>

#define MILLISECONDS 1000000ull

/* System time in ns, by the vCPU's time page. */
uint64_t time_now(void);
/* The same by the time page of the vCPU that asks. */
uint64_t time_by(const volatile struct vcpu_time_info *t);
/*
 * Is a nanosecond an instruction (QEMU's -icount)? Then nothing disturbs a measurement. Elsewhere the emulator's threads lose
 * their CPU now and then, and its clock is set back: a test tries several times, as a fault of the hypervisor's own shows each time.
 */
bool time_is_counted(void);
static inline unsigned time_attempts(void) { return time_is_counted() ? 1 : 5; }
/* Busy for that many ns. */
void time_spin(uint64_t ns);

/* Binds VIRQ_TIMER of vCPU 0 once and stops the periodic tick that every vCPU starts with; its port. */
unsigned timer_port(void);
/* Blocks until a one-shot timer that far ahead (or any event) comes; leaves upcalls unmasked. */
void timer_sleep(uint64_t ns);

#endif
