/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The longest time that a call keeps its CPU: a timer is set to fire in the middle of the call, and its event has to come soon after.
 * For kernels that are run with --icount only (@counted): 1 ns is one instruction. Which kernel measures which
 * operation: xen/test/abi/longest.list.
 */
#ifndef TEST_PIECES_H
#define TEST_PIECES_H

#include <stdint.h>

/*
 * Instructions. The longest is what cannot be divided: an L1 table of 512 entries checked or taken down, 43,359. In a build that walks the
 * guest's tables before each copy (ACCESS_CHECK=1) twice as many.
 */
#define PIECE_LIMIT 100000ul
uint64_t piece_limit(void);

struct piece {
    const char *name;
    void (*prepare)(void);       /* or NULL: before each call */
    long (*call)(void);
    long want;
};

/* Binds the timer, whose events are noted from here on, and lets events in. */
void pieces_begin(void);

/*
 * Prints each call's longest piece. A call of fewer instructions than PIECE_LIMIT is one piece; in others timers are set to fire, and
 * the latest event tells. An error where that is piece_limit() or more.
 */
void measure_pieces(const struct piece *pieces, unsigned count);

/* The same by one call each, in which timers fire one after the other: for calls that print. */
void measure_pieces_once(const struct piece *pieces, unsigned count);

/* How much later than @after ns from the call's begin a timer's event came; 0: the call was over before. */
uint64_t lateness(long (*call)(void), uint64_t after, long want, const char *name);

/* Prints a row of docs/performance.md; one of piece_limit() or more fails. */
void report_cost(const char *name, uint64_t instructions);

#endif
