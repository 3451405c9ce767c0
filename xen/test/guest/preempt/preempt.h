/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the test preempt share. */
#ifndef PREEMPT_H
#define PREEMPT_H

#include "test.h"

/* Instructions. The longest is what cannot be divided: an L1 table of 512 entries checked or taken down, 43,359. */
#define LIMIT 100000ul

#define LIST_BYTES (1ul << 20)
extern char list[LIST_BYTES];   /* for arguments, or as pages */

/* Prints a row of docs/performance.md; one above LIMIT fails. */
void report_cost(const char *name, uint64_t instructions);

/* Event channels, 2-level and FIFO, of the initial domain, which may have all of them; none is left. */
void measure_events(void);

#endif
