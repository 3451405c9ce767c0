/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The classic config syntax (xm.cfg(5)): `key = value` lines, where a value is text in quotes, a number, True, False,
 * None, or a list of values. Text may be written in pieces ("a" "b", "a" + "b"), in triple quotes, and lists may span
 * lines. Statements of Python beyond that are refused with a message that says so.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "../lib/strbuf.h"
#include "config_internal.h"

#define PARSE_DEPTH_MAX 8
#define PARSE_SETTINGS_MAX 1024
#define PARSE_ITEMS_MAX 4096

struct parser {
	const char *file;
	const char *at, *end;
	unsigned int line;
	unsigned int brackets;		/* open ones: line ends are white space inside */
	const char *key;		/* being read; NULL between statements */
	struct config_error *err;
};

static struct config_value *parse_value(struct parser *p, int depth);

#define parse_fail(p, remedy, ...) \
	config_fail((p)->err, (p)->file, (struct config_where){ (p)->key ? (p)->key : "syntax", (p)->line }, remedy, __VA_ARGS__)

struct config_value *config_value_new(enum value_type type, unsigned int line)
{
	struct config_value *v = mem_alloc(1, sizeof(*v));

	v->type = type;
	v->line = line;
	return v;
}

void config_value_free(struct config_value *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->count; i++)
		config_value_free(v->items[i]);
	free(v->items);
	free(v->string);
	free(v);
}

void config_settings_free(struct config_settings *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->list[i].key);
		config_value_free(s->list[i].value);
	}
	free(s->list);
	*s = (struct config_settings){ 0 };
}

/* Past blanks, comments and continued lines; past line ends too while a bracket is open. */
static void parse_skip(struct parser *p)
{
	for (; p->at < p->end; p->at++) {
		if (*p->at == '#') {
			while (p->at + 1 < p->end && p->at[1] != '\n')
				p->at++;
		} else if (*p->at == '\\' && p->end - p->at >= 2 && p->at[1] == '\n') {
			p->line++;
			p->at++;
		} else if (*p->at == '\n') {
			if (!p->brackets)
				return;
			p->line++;
		} else if (!isblank((unsigned char)*p->at) && *p->at != '\r' && *p->at != '\f') {
			return;
		}
	}
}

static bool parse_take(struct parser *p, char c)
{
	parse_skip(p);
	if (p->at >= p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

/* The number of a character, in up to @most digits of @base. 0 where there is none, or one that no text can have. */
static unsigned int parse_character(struct parser *p, int base, int most)
{
	unsigned int value = 0;

	for (int i = 0; i < most && p->at < p->end && isxdigit((unsigned char)*p->at); i++, p->at++) {
		int digit = isdigit((unsigned char)*p->at) ? *p->at - '0' : (*p->at | 32) - 'a' + 10;

		if (digit >= base)
			break;
		value = value * base + digit;
	}
	return value > 255 ? 0 : value;
}

/* At the character after a backslash inside quotes. 0 or -EINVAL. */
static int parse_escape(struct parser *p, struct strbuf *b)
{
	static const char letters[] = "ntrabfv\\\"'", values[] = "\n\t\r\a\b\f\v\\\"'";
	char c = *p->at;
	const char *letter = c ? strchr(letters, c) : NULL;
	unsigned int value;

	if (c == 'x' || (c >= '0' && c <= '7')) {
		p->at += c == 'x';
		value = parse_character(p, c == 'x' ? 16 : 8, c == 'x' ? 2 : 3);
		if (!value)
			return parse_fail(p, "write \\x01 to \\xff, or \\1 to \\377", "a \\%c that is no character", c);
		strbuf_putc(b, value);
		return 0;
	}
	p->at++;
	p->line += c == '\n';
	if (letter) {
		strbuf_putc(b, values[letter - letters]);
	} else if (c != '\n') {
		strbuf_putc(b, '\\');
		strbuf_putc(b, c);
	}
	return 0;
}

/* At an opening quote: appends the text up to the closing one. */
static int parse_quoted(struct parser *p, struct strbuf *b)
{
	char quote = *p->at;
	bool triple = p->end - p->at >= 3 && p->at[1] == quote && p->at[2] == quote;
	unsigned int first = p->line;

	p->at += triple ? 3 : 1;
	while (p->at < p->end) {
		if (*p->at == quote && (!triple || (p->end - p->at >= 3 && p->at[1] == quote && p->at[2] == quote))) {
			p->at += triple ? 3 : 1;
			return 0;
		}
		if (*p->at == '\\' && p->end - p->at >= 2) {
			p->at++;
			if (parse_escape(p, b) < 0)
				return -EINVAL;
			continue;
		}
		if (*p->at == '\n' && !triple)
			return parse_fail(p, "close it before the end of the line", "text without its closing %c", quote);
		if (*p->at == '\n')
			p->line++;
		strbuf_putc(b, *p->at++);
	}
	p->line = first;
	return parse_fail(p, "close it", "text without its closing %.*s", triple ? 3 : 1, quote == '"' ? "\"\"\"" : "'''");
}

/* Pieces of text one after another, with or without + between, are one text. */
static struct config_value *parse_text(struct parser *p)
{
	struct config_value *v = config_value_new(VALUE_STRING, p->line);
	struct strbuf b = { 0 };
	struct parser saved;

	do {
		if (parse_quoted(p, &b) < 0) {
			strbuf_free(&b);
			config_value_free(v);
			return NULL;
		}
		saved = *p;
		if (parse_take(p, '+'))
			parse_skip(p);
		parse_skip(p);
	} while (p->at < p->end && (*p->at == '"' || *p->at == '\''));
	*p = saved;
	v->string = strbuf_take(&b);
	return v;
}

static struct config_value *parse_number(struct parser *p)
{
	struct config_value *v = config_value_new(VALUE_NUMBER, p->line);
	char word[32];
	size_t len = 0;
	char *end;

	while (p->at + len < p->end && len < sizeof(word) - 1 && (isalnum((unsigned char)p->at[len]) ||
	       strchr("+-._", p->at[len])))
		len++;
	memcpy(word, p->at, len);
	word[len] = 0;
	errno = 0;
	v->number = strtoll(word, &end, 0);
	if (!errno && end != word && !*end) {
		v->string = mem_strdup(word);
		p->at += len;
		return v;
	}
	if (errno)
		parse_fail(p, NULL, "the number %s is out of range", word);
	else
		parse_fail(p, "write digits only, or quote the text", "%s is not a number", word);
	config_value_free(v);
	return NULL;
}

/* After the opening bracket. A tuple in round brackets is a list too, unless it holds one value without a comma. */
static struct config_value *parse_list(struct parser *p, char close, int depth)
{
	struct config_value *list = config_value_new(VALUE_LIST, p->line), *item;
	unsigned int first = p->line;
	bool comma = false;

	p->brackets++;
	while (!parse_take(p, close)) {
		if (p->at >= p->end) {
			p->line = first;
			parse_fail(p, "close it", "the bracket opened here has no closing %c", close);
			goto fail;
		}
		if (list->count && !comma) {
			parse_fail(p, "separate items with a comma", "expected , or %c but found %c", close,
				   isprint((unsigned char)*p->at) ? *p->at : '?');
			goto fail;
		}
		item = parse_value(p, depth + 1);
		if (!item)
			goto fail;
		list->items = mem_grow(list->items, list->count + 1, sizeof(*list->items));
		list->items[list->count++] = item;
		if (list->count > PARSE_ITEMS_MAX) {
			parse_fail(p, NULL, "more than %d items", PARSE_ITEMS_MAX);
			goto fail;
		}
		comma = parse_take(p, ',');
	}
	p->brackets--;
	if (close == ')' && list->count == 1 && !comma) {
		item = list->items[0];
		list->count = 0;
		config_value_free(list);
		return item;
	}
	return list;
fail:
	p->brackets--;
	config_value_free(list);
	return NULL;
}

/* A bare word in a value's place. */
static struct config_value *parse_word(struct parser *p)
{
	static const struct { const char *word; enum value_type type; int number; } words[] = {
		{ "True", VALUE_NUMBER, 1 }, { "False", VALUE_NUMBER, 0 }, { "None", VALUE_NONE, 0 },
		{ "true", VALUE_NUMBER, 1 }, { "false", VALUE_NUMBER, 0 },
	};
	struct config_value *v;
	int len = 0;

	while (p->at + len < p->end && (isalnum((unsigned char)p->at[len]) || p->at[len] == '_') && len < 64)
		len++;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if ((size_t)len != strlen(words[i].word) || memcmp(p->at, words[i].word, len))
			continue;
		p->at += len;
		v = config_value_new(words[i].type, p->line);
		v->number = words[i].number;
		v->boolean = words[i].type == VALUE_NUMBER;
		return v;
	}
	if (len)
		parse_fail(p, "put text in quotes", "%.*s is neither a number nor quoted text", len, p->at);
	else
		parse_fail(p, "give a number, \"text\" or a [list]", "expected a value but found %c",
			   isprint((unsigned char)*p->at) ? *p->at : '?');
	return NULL;
}

static struct config_value *parse_value(struct parser *p, int depth)
{
	parse_skip(p);
	if (depth > PARSE_DEPTH_MAX) {
		parse_fail(p, NULL, "brackets nested more than %d deep", PARSE_DEPTH_MAX);
		return NULL;
	}
	if (p->at >= p->end || *p->at == '\n' || *p->at == ';') {
		parse_fail(p, "give one, or remove the line", "there is no value after =");
		return NULL;
	}
	if (*p->at == '"' || *p->at == '\'')
		return parse_text(p);
	if (parse_take(p, '['))
		return parse_list(p, ']', depth);
	if (parse_take(p, '('))
		return parse_list(p, ')', depth);
	if (isdigit((unsigned char)*p->at) || *p->at == '-' || *p->at == '+')
		return parse_number(p);
	return parse_word(p);
}

static void parse_add(struct config_settings *out, const char *key, unsigned int line, struct config_value *v)
{
	out->list = mem_grow(out->list, out->count + 1, sizeof(*out->list));
	out->list[out->count++] = (struct config_setting){ mem_strdup(key), line, v };
}

/* Text and numbers are joined as they were written; the sum of two numbers is not for us. */
static bool parse_joins(const struct config_value *old, const struct config_value *v)
{
	if (old->type == VALUE_LIST || v->type == VALUE_LIST)
		return old->type == v->type;
	return old->string && v->string && (old->type == VALUE_STRING || v->type == VALUE_STRING);
}

/* `key += value`: joins to the last setting of that key, or sets it where there is none. Takes v. */
static int parse_append(struct parser *p, struct config_settings *out, const char *key, struct config_value *v)
{
	struct config_value *old = NULL;
	char *joined;

	for (size_t i = out->count; i-- && !old;)
		if (!strcmp(out->list[i].key, key))
			old = out->list[i].value;
	if (!old) {
		parse_add(out, key, v->line, v);
		return 0;
	}
	if (!parse_joins(old, v)) {
		config_value_free(v);
		return parse_fail(p, "set it with = to the whole value", "nothing that += could add to");
	}
	if (v->type != VALUE_LIST) {
		joined = mem_printf("%s%s", old->string, v->string);
		free(old->string);
		old->string = joined;
		old->type = VALUE_STRING;
	} else {
		old->items = mem_grow(old->items, old->count + v->count, sizeof(*old->items));
		if (v->count)
			memcpy(old->items + old->count, v->items, v->count * sizeof(*v->items));
		old->count += v->count;
		v->count = 0;
	}
	config_value_free(v);
	return 0;
}

/* The name before =, into key. */
static int parse_key(struct parser *p, char *key, size_t room)
{
	size_t len = 0;

	while (p->at < p->end && (isalnum((unsigned char)*p->at) || *p->at == '_' || *p->at == '-') && len < room - 1)
		key[len++] = *p->at++;
	key[len] = 0;
	if (len && !isdigit((unsigned char)*key))
		return 0;
	return parse_fail(p, "write key = value, and # before a comment", "a line starts with %c, which is no key",
			  len ? *key : p->at < p->end && isprint((unsigned char)*p->at) ? *p->at : '?');
}

static int parse_statement(struct parser *p, struct config_settings *out)
{
	char key[65];
	unsigned int line = p->line;
	struct config_value *v;
	bool append;

	if (parse_key(p, key, sizeof(key)) < 0)
		return -EINVAL;
	append = parse_take(p, '+');
	if (!parse_take(p, '='))
		return parse_fail(p, "only key = value is read here, no other Python", "expected = after %s", key);
	p->key = key;
	v = parse_value(p, 0);
	if (!v)
		goto fail;
	parse_skip(p);
	if (p->at < p->end && *p->at != '\n' && *p->at != ';') {
		parse_fail(p, "end the statement there; expressions are not read", "unexpected %c after the value",
			   isprint((unsigned char)*p->at) ? *p->at : '?');
		config_value_free(v);
		goto fail;
	}
	if (append ? parse_append(p, out, key, v) < 0 : (parse_add(out, key, line, v), false))
		goto fail;
	p->key = NULL;
	return 0;
fail:
	p->key = NULL;
	return -EINVAL;
}

int config_parse(const char *file, const char *text, size_t len, struct config_settings *out, struct config_error *err)
{
	struct parser p = { .file = file, .at = text, .end = text + len, .line = 1, .err = err };
	const char *nul = memchr(text, 0, len);

	if (nul) {
		for (; p.at < nul; p.at++)
			p.line += *p.at == '\n';
		return parse_fail(&p, "give a text file", "a zero byte in the text");
	}
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		p.at += 3;
	for (;;) {
		parse_skip(&p);
		if (p.at >= p.end)
			return 0;
		if (*p.at == '\n' || *p.at == ';') {
			p.line += *p.at++ == '\n';
			continue;
		}
		if (out->count >= PARSE_SETTINGS_MAX)
			return parse_fail(&p, NULL, "more than %d settings", PARSE_SETTINGS_MAX);
		if (parse_statement(&p, out) < 0)
			return -EINVAL;
	}
}

int config_parse_override(const char *text, struct config_settings *out, struct config_error *err)
{
	const char *equals = strchr(text, '='), *value;
	struct config_where where = { "override", 0 };
	struct config_settings one = { 0 };
	struct config_value *v;
	char *key;
	int ret;

	if (!equals || equals == text)
		return config_fail(err, "", where, "write key=value", "%s is no setting", text);
	value = equals + 1 + strspn(equals + 1, " \t");
	if (*value == '"' || *value == '\'' || *value == '[' || *value == '(') {
		ret = config_parse("command line", text, strlen(text), &one, err);
		for (size_t i = 0; i < one.count && !ret; i++) {
			parse_add(out, one.list[i].key, 0, one.list[i].value);
			one.list[i].value->line = 0;
			one.list[i].value = NULL;
		}
		config_settings_free(&one);
		return ret;
	}
	/* As in a file, it takes the setting back to its default; the text None is written in quotes. */
	v = config_value_new(strcmp(value, "None") ? VALUE_STRING : VALUE_NONE, 0);
	if (v->type == VALUE_STRING)
		v->string = mem_strdup(value);
	key = mem_strndup(text, strcspn(text, " \t="));
	parse_add(out, key, 0, v);
	free(key);
	return 0;
}
