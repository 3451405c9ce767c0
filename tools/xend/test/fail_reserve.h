/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocations that fail in turn beside the reserve of lib/mem.h; linked with --wrap of malloc, calloc, realloc and free. */
#ifndef FAIL_RESERVE_H
#define FAIL_RESERVE_H

/*
 * Runs @work with each allocation failing, and with each @step-th and all after it that the reserve does not make good:
 * *answer, which the caller frees, is always the same as without a failure.
 */
void fail_each_allocation(void (*work)(void *arg, char **answer), void *arg, unsigned int step);

#endif
