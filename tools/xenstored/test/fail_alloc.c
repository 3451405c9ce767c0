/* SPDX-License-Identifier: GPL-2.0-only */
/* Counting allocations, and refusing some. */
#include "fail_alloc.h"

#include <errno.h>
#include <stddef.h>

void *__real_malloc(size_t len);
void *__real_calloc(size_t nr, size_t len);
void *__real_realloc(void *p, size_t len);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t nr, size_t len);
void *__wrap_realloc(void *p, size_t len);

static unsigned long count, failing;
static int all_after;

void fail_alloc(unsigned long n, int many)
{
    count = 0;
    failing = n;
    all_after = many;
}

unsigned long fail_alloc_count(void)
{
    return count;
}

static int fails(void)
{
    count++;
    if (!failing || (count != failing && !(all_after && count > failing)))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *__wrap_malloc(size_t len)
{
    return fails() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t nr, size_t len)
{
    return fails() ? NULL : __real_calloc(nr, len);
}

void *__wrap_realloc(void *p, size_t len)
{
    return fails() ? NULL : __real_realloc(p, len);
}
