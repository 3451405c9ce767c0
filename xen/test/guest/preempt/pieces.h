/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls whose longest piece is measured; which file measures which operation: xen/test/abi/longest.list. */
#ifndef PREEMPT_PIECES_H
#define PREEMPT_PIECES_H

#include <stdint.h>

struct piece {
    const char *name;
    void (*prepare)(void);       /* or NULL: before each call */
    long (*call)(void);
    long want;
};

/*
 * Prints each call's longest piece. A call of fewer instructions than LIMIT is one piece; in others timers are set to fire, and
 * the latest event tells. An error where that is LIMIT or more.
 */
void measure_pieces(const struct piece *pieces, unsigned count);

/* main.c: how much later than @after ns from the call's begin a timer's event came; 0: the call was over before. */
uint64_t lateness(long (*call)(void), uint64_t after, long want, const char *name);

void measure_own_calls(void);    /* own.c: about the caller itself */
void measure_control(void);      /* control.c: sysctl, platform_op, physdev_op, kexec_op, the console */
void measure_domains(void);      /* domains.c: domctl, and other calls about another domain */
void measure_scattered(void);    /* scattered.c: an exchange where no block of memory is left */

#endif
