/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON values (RFC 8259): what xm and xend say to each other, and xend's state files. */
#ifndef TOOLS_LIB_JSON_H
#define TOOLS_LIB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;

enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* Deepest nesting and most nodes that json_parse() takes from a peer. */
#define JSON_DEPTH_MAX 32
#define JSON_NODES_MAX 200000

/*
 * One value. An array or object owns its items; an item's key is set only inside an object.
 * Numbers are integers of 64 bits: nothing here needs fractions, and json_parse() refuses them.
 */
struct json {
	enum json_type type;
	char *key;
	char *str;			/* JSON_STRING */
	int64_t num;			/* JSON_INT, JSON_BOOL */
	struct json **items;
	size_t count;
};

struct json *json_new(enum json_type type);
void json_free(struct json *j);

/* Adding to an object (key set) or an array (key NULL). The value belongs to the parent afterwards; it is returned. */
struct json *json_add(struct json *parent, const char *key, struct json *value);
struct json *json_add_str(struct json *parent, const char *key, const char *value);
struct json *json_add_int(struct json *parent, const char *key, int64_t value);
struct json *json_add_bool(struct json *parent, const char *key, bool value);
struct json *json_add_new(struct json *parent, const char *key, enum json_type type);

/* Reading; j may be NULL or of another type: then the default (or NULL) comes back. */
struct json *json_get(const struct json *j, const char *key);
const char *json_str(const struct json *j, const char *key, const char *fallback);
int64_t json_int(const struct json *j, const char *key, int64_t fallback);
bool json_bool(const struct json *j, const char *key, bool fallback);
size_t json_count(const struct json *j, const char *key);
/* The i-th item of an array or object, NULL past the end. */
struct json *json_item(const struct json *j, size_t i);

/* indent 0: one line; otherwise spaces per level. */
void json_write(const struct json *j, struct strbuf *out, int indent);
/* NULL and *why (static text) where the text is not one JSON value. */
struct json *json_parse(const char *text, size_t len, const char **why);

#endif
