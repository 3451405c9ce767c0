/* SPDX-License-Identifier: GPL-2.0-only */
/* A growing text buffer. */
#include "strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define SHORT_TEXT 32

static void strbuf_reserve(struct strbuf *b, size_t more)
{
	size_t need = b->len + more + 1;
	size_t room = b->room ? b->room : 64;

	if (need <= b->room)
		return;
	while (room < need)
		room *= 2;
	b->data = mem_grow(b->data, room, 1);
	b->room = room;
}

void strbuf_add(struct strbuf *b, const void *data, size_t len)
{
	strbuf_reserve(b, len);
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = 0;
}

void strbuf_puts(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_putc(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void strbuf_pad(struct strbuf *b, char c, size_t len)
{
	strbuf_reserve(b, len);
	memset(b->data + b->len, c, len);
	b->len += len;
	b->data[b->len] = 0;
}

/* Most texts have room enough where they are: the format is gone through once. */
void strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	strbuf_reserve(b, SHORT_TEXT);
	va_copy(again, ap);
	len = vsnprintf(b->data + b->len, b->room - b->len, fmt, ap);
	if (len >= 0 && (size_t)len >= b->room - b->len) {
		strbuf_reserve(b, len);
		vsnprintf(b->data + b->len, len + 1, fmt, again);
	}
	va_end(again);
	b->len += len < 0 ? 0 : len;
	b->data[b->len] = 0;
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(b, fmt, ap);
	va_end(ap);
}

void strbuf_drop(struct strbuf *b, size_t len)
{
	if (len >= b->len) {
		strbuf_clear(b);
		return;
	}
	memmove(b->data, b->data + len, b->len - len + 1);
	b->len -= len;
}

void strbuf_clear(struct strbuf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = 0;
}

char *strbuf_take(struct strbuf *b)
{
	char *text = b->data ? b->data : mem_strdup("");

	*b = (struct strbuf){ 0 };
	return text;
}

void strbuf_free(struct strbuf *b)
{
	free(b->data);
	*b = (struct strbuf){ 0 };
}
