/* SPDX-License-Identifier: GPL-2.0-only */
/* What came of the calls. */
#ifndef TALLY_H
#define TALLY_H

void tally(unsigned fuzzer, unsigned row, long result);
/* Prints a line an operation; how many rows succeeded at least once. */
unsigned tally_report(void);
/* To the hypervisor's console, whatever domain this is: a random close takes a domain's own console away. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* playground.c */
/* A page that is not mapped: lists of a random length end before it. */
void guard(void);
void playground_init(void);
void playground_restore(struct fuzzer *f);

#endif
