/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocation that cannot fail: the tools stop with a message when dom0 has no memory left. A daemon, which must not stop in the
 * middle of something, has a reserve: what cannot be allocated otherwise is taken from it. The daemon finishes what it does, and
 * begins nothing until the reserve is complete again.
 */
#ifndef TOOLS_LIB_MEM_H
#define TOOLS_LIB_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory of n objects of size bytes. Never NULL; the caller frees it with free(). */
void *mem_alloc(size_t n, size_t size);
/* realloc() to n objects of size bytes; the new part is not zeroed. */
void *mem_grow(void *old, size_t n, size_t size);
char *mem_strdup(const char *s);
/* The first len bytes of s and a NUL. */
char *mem_strndup(const char *s, size_t len);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Frees *slot and puts a copy of s (or NULL) there. */
void mem_replace(char **slot, const char *s);

/* Has a reserve of @bytes from now on. False where that is too much. The threads share it. */
bool mem_reserve(size_t bytes);
/* True as long as the reserve is not complete, and cannot be completed now. */
bool mem_is_short(void);

#endif
