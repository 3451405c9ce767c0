/* SPDX-License-Identifier: GPL-2.0-only */
/* A growing text buffer; always NUL-terminated once something was added. */
#ifndef TOOLS_LIB_STRBUF_H
#define TOOLS_LIB_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
	char *data;		/* NULL while empty; owned */
	size_t len;		/* bytes used, without the NUL */
	size_t room;		/* bytes allocated */
};

void strbuf_add(struct strbuf *b, const void *data, size_t len);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_putc(struct strbuf *b, char c);
void strbuf_pad(struct strbuf *b, char c, size_t len);	/* @len times the character */
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap);
/* Removes the first len bytes. */
void strbuf_drop(struct strbuf *b, size_t len);
void strbuf_clear(struct strbuf *b);
/* Gives the text to the caller (never NULL) and leaves b empty. */
char *strbuf_take(struct strbuf *b);
void strbuf_free(struct strbuf *b);

#endif
