/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocation that cannot fail: the tools stop with a message when dom0 has no memory left. */
#ifndef TOOLS_LIB_MEM_H
#define TOOLS_LIB_MEM_H

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

#endif
