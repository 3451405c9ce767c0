/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the test preempt share. */
#ifndef PREEMPT_H
#define PREEMPT_H

#include "pieces.h"
#include "test.h"

#define LIST_BYTES (1ul << 20)
extern char list[LIST_BYTES];   /* for arguments, or as pages */

void measure_own_calls(void);    /* own.c: about the caller itself */
void measure_keys(void);         /* keys.c: debug keys */
void measure_control(void);      /* control.c: sysctl, platform_op, physdev_op, kexec_op, the console */
void measure_domains(void);      /* domains.c: domctl, and other calls about another domain */
void measure_scattered(void);    /* scattered.c: an exchange where no block of memory is left */
/* events.c: event channels, 2-level and FIFO, of the initial domain, which may have all of them; none is left. */
void measure_events(void);

#endif
