/* SPDX-License-Identifier: GPL-2.0-only */
#include "fail_reserve.h"

#include <limits.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/mem.h"

#define RESERVE (1u << 20)
#define PIECE (200u << 10)	/* whatever is freed of this size is of the reserve */

void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_realloc(void *old, size_t size);
void __wrap_free(void *p);
void __real_free(void *p);

/*
 * Allocations are counted; from number @fail_at on (0: never) they get what was freed of the reserve, or with @stride each
 * @stride-th fails, and no other.
 */
static unsigned int allocations, fail_at, stride;
static size_t budget;

static bool fails(size_t size)
{
	if (!fail_at || ++allocations < fail_at)
		return false;
	if (stride)
		return (allocations - fail_at) % stride == 0;
	if (size > budget)
		return true;
	budget -= size;
	return false;
}

void *__wrap_malloc(size_t size) { return fails(size) ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t n, size_t size) { return fails(n * size) ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *old, size_t size) { return fails(size) ? NULL : __real_realloc(old, size); }

void __wrap_free(void *p)
{
	if (p && fail_at && malloc_usable_size(p) >= PIECE)
		budget += PIECE;
	__real_free(p);
}

/* Runs @work with allocation number @at failing; what the reserve does not make good is another answer. */
static void fail_one(void (*work)(void *arg, char **answer), void *arg, unsigned int at, const char *expected)
{
	char *got;

	assert_true(mem_reserve(RESERVE));
	allocations = budget = 0;
	fail_at = at;
	work(arg, &got);
	if (!stride && !mem_is_short())
		fail_msg("allocation %u fails: the reserve is complete", at);
	fail_at = 0;
	if (strcmp(got, expected))
		fail_msg("allocation %u fails: %s\n    instead of %s", at, got, expected);
	assert_false(mem_is_short());
	free(got);
}

void fail_each_allocation(void (*work)(void *arg, char **answer), void *arg, unsigned int step)
{
	unsigned int count;
	char *expected;

	/* Libraries allocate more the first time. */
	work(arg, &expected);
	free(expected);
	fail_at = stride = UINT_MAX;
	allocations = 0;
	work(arg, &expected);
	count = allocations;
	fail_at = 0;
	assert_true(count > 20);
	/* Three in one run, so that the reserve suffices. */
	stride = count / 3 + 1;
	for (unsigned int at = 1; at <= stride; at++)
		fail_one(work, arg, at, expected);
	stride = 0;
	for (unsigned int at = 1; at <= count; at += step)
		fail_one(work, arg, at, expected);
	free(expected);
	mem_reserve(0);
}
