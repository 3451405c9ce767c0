/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON values: building, looking up, writing. */
#include "json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "strbuf.h"

struct json *json_new(enum json_type type)
{
	struct json *j = mem_alloc(1, sizeof(*j));

	j->type = type;
	return j;
}

void json_free(struct json *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->count; i++)
		json_free(j->items[i]);
	free(j->items);
	free(j->key);
	free(j->str);
	free(j);
}

struct json *json_add(struct json *parent, const char *key, struct json *value)
{
	/* Room doubles at each power of two, so count alone says when it is full. */
	if (!(parent->count & (parent->count - 1)))
		parent->items = mem_grow(parent->items, parent->count ? parent->count * 2 : 1, sizeof(*parent->items));
	parent->items[parent->count++] = value;
	mem_replace(&value->key, key);
	return value;
}

struct json *json_add_new(struct json *parent, const char *key, enum json_type type)
{
	return json_add(parent, key, json_new(type));
}

struct json *json_add_str(struct json *parent, const char *key, const char *value)
{
	struct json *j = json_add_new(parent, key, value ? JSON_STRING : JSON_NULL);

	mem_replace(&j->str, value);
	return j;
}

struct json *json_add_int(struct json *parent, const char *key, int64_t value)
{
	struct json *j = json_add_new(parent, key, JSON_INT);

	j->num = value;
	return j;
}

struct json *json_add_bool(struct json *parent, const char *key, bool value)
{
	struct json *j = json_add_new(parent, key, JSON_BOOL);

	j->num = value;
	return j;
}

struct json *json_get(const struct json *j, const char *key)
{
	if (!j || j->type != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < j->count; i++)
		if (!strcmp(j->items[i]->key, key))
			return j->items[i];
	return NULL;
}

const char *json_str(const struct json *j, const char *key, const char *fallback)
{
	const struct json *v = json_get(j, key);

	return v && v->type == JSON_STRING ? v->str : fallback;
}

int64_t json_int(const struct json *j, const char *key, int64_t fallback)
{
	const struct json *v = json_get(j, key);

	return v && v->type == JSON_INT ? v->num : fallback;
}

bool json_bool(const struct json *j, const char *key, bool fallback)
{
	const struct json *v = json_get(j, key);

	return v && v->type == JSON_BOOL ? v->num : fallback;
}

size_t json_count(const struct json *j, const char *key)
{
	const struct json *v = json_get(j, key);

	return v ? v->count : 0;
}

struct json *json_item(const struct json *j, size_t i)
{
	return j && i < j->count ? j->items[i] : NULL;
}

static void json_write_string(const char *s, struct strbuf *out)
{
	const char *plain = s;

	strbuf_putc(out, '"');
	for (; *s; s++) {
		unsigned char c = *s;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		strbuf_add(out, plain, s - plain);
		plain = s + 1;
		if (c < 0x20 && c != '\n') {
			strbuf_printf(out, "\\u%04x", c);
			continue;
		}
		strbuf_putc(out, '\\');
		strbuf_putc(out, c == '\n' ? 'n' : c);
	}
	strbuf_add(out, plain, s - plain);
	strbuf_putc(out, '"');
}

static void json_newline(struct strbuf *out, int indent, int level)
{
	if (!indent)
		return;
	strbuf_putc(out, '\n');
	for (int i = 0; i < indent * level; i++)
		strbuf_putc(out, ' ');
}

static void json_write_level(const struct json *j, struct strbuf *out, int indent, int level)
{
	char open = j->type == JSON_ARRAY ? '[' : '{', close = j->type == JSON_ARRAY ? ']' : '}';

	switch (j->type) {
	case JSON_NULL:
		strbuf_puts(out, "null");
		return;
	case JSON_BOOL:
		strbuf_puts(out, j->num ? "true" : "false");
		return;
	case JSON_INT:
		strbuf_printf(out, "%" PRId64, j->num);
		return;
	case JSON_STRING:
		json_write_string(j->str, out);
		return;
	default:
		break;
	}
	strbuf_putc(out, open);
	for (size_t i = 0; i < j->count; i++) {
		if (i)
			strbuf_putc(out, ',');
		json_newline(out, indent, level + 1);
		if (j->type == JSON_OBJECT) {
			json_write_string(j->items[i]->key, out);
			strbuf_puts(out, indent ? ": " : ":");
		}
		json_write_level(j->items[i], out, indent, level + 1);
	}
	if (j->count)
		json_newline(out, indent, level);
	strbuf_putc(out, close);
}

void json_write(const struct json *j, struct strbuf *out, int indent)
{
	json_write_level(j, out, indent, 0);
}
