/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocation that cannot fail. */
#include "mem.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The allocator gives a piece of this size back to the kernel when it is freed. */
#define MEM_PIECE (256u << 10)
#define MEM_PIECES_MAX 256

static pthread_mutex_t mem_lock = PTHREAD_MUTEX_INITIALIZER;	/* guards the three below */
static void *mem_pieces[MEM_PIECES_MAX];
static size_t mem_have, mem_want;

bool mem_is_short(void)
{
	bool is_short;

	pthread_mutex_lock(&mem_lock);
	while (mem_have < mem_want && (mem_pieces[mem_have] = malloc(MEM_PIECE)))
		mem_have++;
	is_short = mem_have < mem_want;
	pthread_mutex_unlock(&mem_lock);
	return is_short;
}

bool mem_reserve(size_t bytes)
{
	size_t pieces = (bytes + MEM_PIECE - 1) / MEM_PIECE;

	pthread_mutex_lock(&mem_lock);
	mem_want = pieces < MEM_PIECES_MAX ? pieces : MEM_PIECES_MAX;
	while (mem_have > mem_want)
		free(mem_pieces[--mem_have]);
	pthread_mutex_unlock(&mem_lock);
	return !mem_is_short();
}

/* Gives a piece of the reserve up for an allocation that has failed. False where there is none left. */
static bool mem_give(void)
{
	bool gives;

	pthread_mutex_lock(&mem_lock);
	gives = mem_have > 0;
	if (gives)
		free(mem_pieces[--mem_have]);
	pthread_mutex_unlock(&mem_lock);
	return gives;
}

static void *mem_check(void *p)
{
	if (p)
		return p;
	fputs("out of memory\n", stderr);
	abort();
}

void *mem_alloc(size_t n, size_t size)
{
	void *p;

	if (!n || !size)
		n = size = 1;
	while (!(p = calloc(n, size)) && mem_give())
		;
	return mem_check(p);
}

void *mem_grow(void *old, size_t n, size_t size)
{
	void *p;

	if (size && n > SIZE_MAX / size)
		return mem_check(NULL);
	while (!(p = realloc(old, n && size ? n * size : 1)) && mem_give())
		;
	return mem_check(p);
}

char *mem_strndup(const char *s, size_t len)
{
	char *copy = mem_alloc(len + 1, 1);

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

	do {
		va_start(ap, fmt);
		len = vasprintf(&text, fmt, ap);
		va_end(ap);
	} while (len < 0 && mem_give());
	return mem_check(len < 0 ? NULL : text);
}

void mem_replace(char **slot, const char *s)
{
	char *copy = s ? mem_strdup(s) : NULL;

	free(*slot);
	*slot = copy;
}
