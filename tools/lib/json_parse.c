/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading JSON text from a peer that is not trusted: depth, size and numbers are bounded. */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "strbuf.h"

struct json_reader {
	const char *at, *end;
	const char *why;	/* first error, static text */
	size_t nodes;
};

static struct json *json_read_value(struct json_reader *r, int depth);

static void *json_fail(struct json_reader *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return NULL;
}

static void json_skip_space(struct json_reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

/* True, and past it, when the next character after white space is c. */
static bool json_take(struct json_reader *r, char c)
{
	json_skip_space(r);
	if (r->at >= r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* The four digits after \u; -1 where they are not there. */
static int json_read_hex4(struct json_reader *r)
{
	int value = 0;

	if (r->end - r->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *r->at++;
		int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static void json_put_utf8(struct strbuf *b, unsigned int c)
{
	if (c < 0x80) {
		strbuf_putc(b, c);
	} else if (c < 0x800) {
		strbuf_putc(b, 0xc0 | c >> 6);
		strbuf_putc(b, 0x80 | (c & 63));
	} else if (c < 0x10000) {
		strbuf_putc(b, 0xe0 | c >> 12);
		strbuf_putc(b, 0x80 | (c >> 6 & 63));
		strbuf_putc(b, 0x80 | (c & 63));
	} else {
		strbuf_putc(b, 0xf0 | c >> 18);
		strbuf_putc(b, 0x80 | (c >> 12 & 63));
		strbuf_putc(b, 0x80 | (c >> 6 & 63));
		strbuf_putc(b, 0x80 | (c & 63));
	}
}

/* After \u: one code point, from two escapes when it is a surrogate pair. NUL is refused: our strings are C strings. */
static bool json_read_unicode(struct json_reader *r, struct strbuf *b)
{
	int c = json_read_hex4(r), low;

	if (c >= 0xd800 && c < 0xdc00) {
		if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
			return false;
		r->at += 2;
		low = json_read_hex4(r);
		if (low < 0xdc00 || low > 0xdfff)
			return false;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c <= 0 || (c >= 0xdc00 && c <= 0xdfff)) {
		return false;
	}
	json_put_utf8(b, c);
	return true;
}

static bool json_read_escape(struct json_reader *r, struct strbuf *b)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p;
	char c;

	if (r->at >= r->end)
		return false;
	c = *r->at++;
	if (c == 'u')
		return json_read_unicode(r, b);
	p = c ? strchr(from, c) : NULL;
	if (!p)
		return false;
	strbuf_putc(b, to[p - from]);
	return true;
}

/* After the opening quote. NULL on error; otherwise the caller frees the text. */
static char *json_read_string(struct json_reader *r)
{
	struct strbuf b = { 0 };

	while (r->at < r->end && *r->at != '"') {
		if ((unsigned char)*r->at < 0x20) {
			json_fail(r, "control character in a string");
			goto fail;
		}
		if (*r->at != '\\') {
			strbuf_putc(&b, *r->at++);
			continue;
		}
		r->at++;
		if (!json_read_escape(r, &b)) {
			json_fail(r, "bad escape in a string");
			goto fail;
		}
	}
	if (r->at >= r->end) {
		json_fail(r, "string without end");
		goto fail;
	}
	r->at++;
	return strbuf_take(&b);
fail:
	strbuf_free(&b);
	return NULL;
}

static struct json *json_read_number(struct json_reader *r)
{
	bool negative = *r->at == '-';
	const char *start;
	int64_t value = 0;
	struct json *j;

	if (negative)
		r->at++;
	start = r->at;
	while (r->at < r->end && *r->at >= '0' && *r->at <= '9') {
		int digit = *r->at++ - '0';

		if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digit, &value))
			return json_fail(r, "number too large");
	}
	if (r->at == start)
		return json_fail(r, "not a value");
	if (r->at < r->end && (*r->at == '.' || *r->at == 'e' || *r->at == 'E'))
		return json_fail(r, "number is not an integer");
	/* Collected as a negative number, which reaches one further. */
	if (!negative && value == INT64_MIN)
		return json_fail(r, "number too large");
	j = json_new(JSON_INT);
	j->num = negative ? value : -value;
	return j;
}

static struct json *json_read_container(struct json_reader *r, enum json_type type, int depth)
{
	char close = type == JSON_ARRAY ? ']' : '}';
	struct json *j = json_new(type), *item;

	if (json_take(r, close))
		return j;
	do {
		char *key = NULL;

		if (type == JSON_OBJECT) {
			if (!json_take(r, '"') || !(key = json_read_string(r)) || !json_take(r, ':')) {
				free(key);
				json_fail(r, "expected \"name\":");
				goto fail;
			}
		}
		item = json_read_value(r, depth + 1);
		if (item)
			json_add(j, key, item);
		free(key);
		if (!item)
			goto fail;
	} while (json_take(r, ','));
	if (json_take(r, close))
		return j;
	json_fail(r, "list or object without end");
fail:
	json_free(j);
	return NULL;
}

static struct json *json_read_word(struct json_reader *r)
{
	static const struct { const char *word; enum json_type type; int num; } words[] = {
		{ "true", JSON_BOOL, 1 }, { "false", JSON_BOOL, 0 }, { "null", JSON_NULL, 0 },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t len = strlen(words[i].word);
		struct json *j;

		if ((size_t)(r->end - r->at) < len || memcmp(r->at, words[i].word, len))
			continue;
		r->at += len;
		j = json_new(words[i].type);
		j->num = words[i].num;
		return j;
	}
	return json_fail(r, "not a value");
}

static struct json *json_read_value(struct json_reader *r, int depth)
{
	struct json *j;
	char *text;

	if (depth > JSON_DEPTH_MAX)
		return json_fail(r, "nested too deeply");
	if (++r->nodes > JSON_NODES_MAX)
		return json_fail(r, "too many values");
	if (json_take(r, '{'))
		return json_read_container(r, JSON_OBJECT, depth);
	if (json_take(r, '['))
		return json_read_container(r, JSON_ARRAY, depth);
	if (json_take(r, '"')) {
		text = json_read_string(r);
		if (!text)
			return NULL;
		j = json_new(JSON_STRING);
		j->str = text;
		return j;
	}
	if (r->at >= r->end)
		return json_fail(r, "text ends too early");
	if (*r->at == '-' || (*r->at >= '0' && *r->at <= '9'))
		return json_read_number(r);
	return json_read_word(r);
}

struct json *json_parse(const char *text, size_t len, const char **why)
{
	struct json_reader r = { .at = text, .end = text + len };
	struct json *j = json_read_value(&r, 0);

	json_skip_space(&r);
	if (j && r.at != r.end) {
		json_free(j);
		j = json_fail(&r, "text after the value");
	}
	if (why)
		*why = r.why;
	return j;
}
