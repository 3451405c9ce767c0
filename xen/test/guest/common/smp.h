/* SPDX-License-Identifier: GPL-2.0-only */
/* A test kernel's second vCPU. */
#ifndef TEST_SMP_H
#define TEST_SMP_H

#include "hypercall.h"

/* What vCPU 1 starts with: function on a stack of its own, the kernel's tables and traps, upcalls masked. */
void smp_context(struct vcpu_guest_context *context, void (*function)(void));
/* Initialises vCPU 1 and starts it there; skips the test where there is no second vCPU. */
void smp_start(void (*function)(void));
/* From vCPU 1: ends it. */
void smp_stop(void);

#endif
