/* SPDX-License-Identifier: GPL-2.0-only */
/* An allocation that fails: see no_memory.h. */
#include "no_memory.h"

#include <stdbool.h>

unsigned no_memory_after;

void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_calloc(size_t n, size_t size);

static bool fails(void)
{
    return no_memory_after && !--no_memory_after;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}
