/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocation that cannot fail. */
#include "mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *mem_check(void *p)
{
	if (p)
		return p;
	fputs("out of memory\n", stderr);
	abort();
}

void *mem_alloc(size_t n, size_t size)
{
	if (!n || !size)
		n = size = 1;
	return mem_check(calloc(n, size));
}

void *mem_grow(void *old, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		return mem_check(NULL);
	return mem_check(realloc(old, n && size ? n * size : 1));
}

char *mem_strndup(const char *s, size_t len)
{
	char *copy = mem_check(malloc(len + 1));

	memcpy(copy, s, len);
	copy[len] = 0;
	return copy;
}

char *mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

char *mem_printf(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	return mem_check(len < 0 ? NULL : text);
}

void mem_replace(char **slot, const char *s)
{
	char *copy = s ? mem_strdup(s) : NULL;

	free(*slot);
	*slot = copy;
}
