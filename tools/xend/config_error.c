/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of the config reader: file, line, key, reason, remedy in one line. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "../lib/strbuf.h"
#include "config_internal.h"

static void config_put_where(struct strbuf *b, const char *file, struct config_where where)
{
	if (where.line == CONFIG_LINE_COMMAND)
		strbuf_printf(b, "command line: %s: ", where.key);
	else if (where.line == CONFIG_LINE_KEPT)
		strbuf_printf(b, "%s: %s: ", file, where.key);
	else
		strbuf_printf(b, "%s:%u: %s: ", file, where.line, where.key);
}

int config_fail(struct config_error *err, const char *file, struct config_where where, const char *remedy,
		const char *fmt, ...)
{
	struct strbuf b = { 0 };
	va_list ap;

	if (err->text)
		return -EINVAL;
	config_put_where(&b, file, where);
	va_start(ap, fmt);
	strbuf_vprintf(&b, fmt, ap);
	va_end(ap);
	if (remedy)
		strbuf_printf(&b, "; %s", remedy);
	err->text = strbuf_take(&b);
	for (char *p = err->text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	return -EINVAL;
}

void config_warn(struct config_reader *r, struct config_where where, const char *fmt, ...)
{
	va_list ap;

	config_put_where(r->warnings, r->file, where);
	va_start(ap, fmt);
	strbuf_vprintf(r->warnings, fmt, ap);
	va_end(ap);
	strbuf_putc(r->warnings, '\n');
}

void config_unknown_add(struct config_reader *r, struct config_where where, const char *kind, const char *name, const char *near)
{
	bool key = !strcmp(kind, "key");
	char *remedy = near ? mem_printf("did you mean %s?", near) : mem_strdup(key ? "see xm.cfg(5) for all keys" : "remove it");

	if (!r->unknown.text && key) {
		config_fail(&r->unknown, r->file, where, remedy, "unknown key");
	} else if (!r->unknown.text) {
		config_fail(&r->unknown, r->file, where, remedy, "unknown %s %s", kind, name);
	} else {
		strbuf_printf(&r->unknown_rest, "%s%s%s%s in %s", r->unknown_rest.len ? "; " : "", key ? "" : kind, key ? "" : " ",
			      name, where.line ? "line " : "the command line");
		if (where.line)
			strbuf_printf(&r->unknown_rest, "%u", where.line);
		if (near)
			strbuf_printf(&r->unknown_rest, ", %s", remedy);
	}
	free(remedy);
}

int config_unknown_fail(struct config_reader *r)
{
	if (!r->unknown.text)
		return 0;
	if (!r->err->text)
		r->err->text = mem_printf("%s%s%s", r->unknown.text, r->unknown_rest.len ? "; also unknown: " : "",
					  r->unknown_rest.len ? r->unknown_rest.data : "");
	return -EINVAL;
}

void config_error_free(struct config_error *err)
{
	free(err->text);
	err->text = NULL;
}

/* Edits (insert, delete, replace, swap of neighbours) from a to b; long words count as far apart. */
static unsigned int config_distance(const char *a, const char *b)
{
	enum { MAX = 32 };
	unsigned int row[3][MAX + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > MAX || lb > MAX)
		return MAX;
	for (size_t j = 0; j <= lb; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int best = last[j - 1] + ((a[i - 1] | 32) != (b[j - 1] | 32));

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[la % 3][lb];
}

/* One is the other with something before or behind it: "name" and "vifname". */
static bool config_contains(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);

	if (la < lb)
		return config_contains(b, a);
	return lb >= 3 && (!strncmp(a, b, lb) || !strcmp(a + la - lb, b));
}

const char *config_nearest(const char *word, const void *table, size_t count, size_t stride)
{
	unsigned int best = strlen(word) < 5 ? 2 : strlen(word) < 9 ? 3 : 4;
	const char *found = NULL, *part = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *name = *(const char *const *)((const char *)table + i * stride);
		unsigned int distance = config_distance(word, name);

		if (distance < best) {
			best = distance;
			found = name;
		}
		if (!part && config_contains(name, word))
			part = name;
	}
	return found ? found : part;
}
