/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One item of a list-shaped setting (disk, vif, pci): words with commas between. A word is a key=value, a flag, or the
 * value of the first place that was not given yet, by its key or by an earlier word (xl-disk-configuration(5)). Each key
 * counts once; where the kind says so, an empty value gives a place its default.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "config_internal.h"

char *config_trim(char *s)
{
	char *end;

	s += strspn(s, " \t\n");
	for (end = s + strlen(s); end > s && strchr(" \t\n", end[-1]); end--)
		;
	*end = 0;
	return s;
}

static const struct config_item_key *item_find(const struct config_item *item, const char *name)
{
	const struct config_item_kind *kind = item->kind;

	for (size_t i = 0; i < kind->key_count; i++)
		if (!strcmp(kind->keys[i].name, name))
			return &kind->keys[i];
	return NULL;
}

/* An empty value takes the place, and a value given by name may still follow it. */
static int item_put(struct config_item *item, const struct config_item_key *key, const char *value)
{
	uint32_t bit = 1u << (key - item->kind->keys);

	if (item->set & bit)
		return config_item_fail(item, "%s is given twice", key->name);
	item->given |= bit;
	if (!*value && item->kind->empty_is_default)
		return 0;
	item->set |= bit;
	return key->set(item, value);
}

int config_item_set(struct config_item *item, const char *name, const char *value)
{
	const struct config_item_kind *kind = item->kind;
	const struct config_item_key *key = item_find(item, name);
	const char *near;

	if (key)
		return item_put(item, key, value);
	near = config_nearest(name, kind->keys, kind->key_count, sizeof(*kind->keys));
	if (near)
		return config_item_fail(item, "unknown key %s, did you mean %s?", name, near);
	return config_item_fail(item, "unknown key %s", name);
}

int config_item_read_flag(struct config_item *item, const char *name, const char *value, bool *flag)
{
	if (strcmp(value, "0") && strcmp(value, "1"))
		return config_item_fail(item, "%s is 0 or 1", name);
	*flag = *value == '1';
	return 0;
}

void config_item_take_place(struct config_item *item, const char *name)
{
	item->given |= 1u << (item_find(item, name) - item->kind->keys);
}

const char *config_item_next_place(const struct config_item *item)
{
	const struct config_item_kind *kind = item->kind;

	for (size_t i = 0; i < kind->key_count; i++)
		if (kind->keys[i].place && !(item->given >> i & 1))
			return kind->keys[i].name;
	return NULL;
}

/* A word without a key. An empty one behind the last place is a comma at the end. */
static int item_place(struct config_item *item, const char *word)
{
	const struct config_item_kind *kind = item->kind;
	const char *place;

	for (size_t i = 0; i < kind->flag_count; i++)
		if (!strcmp(kind->flags[i].name, word))
			return config_item_set(item, kind->flags[i].key, kind->flags[i].value);
	place = config_item_next_place(item);
	if (place)
		return config_item_set(item, place, word);
	if (!*word)
		return 0;
	return config_item_fail(item, kind->keys[0].place ? "\"%s\" is one word too many" : "\"%s\" is no key=value", word);
}

/* Is it key=...? A path may have an = too. */
static char *item_value(char *word)
{
	size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
	size_t blank = strspn(word + len, " \t");

	return len && word[len + blank] == '=' ? word + len + blank : NULL;
}

/* Cuts the next word off *spec; a key that is last has all of the rest. */
static char *item_next_word(const struct config_item *item, char **spec)
{
	const struct config_item_kind *kind = item->kind;

	*spec += strspn(*spec, " \t\n");
	for (size_t i = 0; i < kind->key_count; i++) {
		size_t len = strlen(kind->keys[i].name);

		if (kind->keys[i].last && !strncmp(*spec, kind->keys[i].name, len) && (*spec)[len] == '=') {
			char *word = *spec;

			*spec = NULL;
			return word;
		}
	}
	return strsep(spec, ",");
}

/* All words of the text. A comma at the end is no part of a value, even of one that may have commas. */
static int item_parse(struct config_item *item, char *spec)
{
	const struct config_item_kind *kind = item->kind;
	size_t len = strlen(spec);

	if (len && spec[len - 1] == ',')
		spec[len - 1] = 0;
	if (kind->prefix && kind->prefix(item, &spec) < 0)
		return -EINVAL;
	while (spec) {
		char *word = config_trim(item_next_word(item, &spec)), *value = item_value(word);
		int ret;

		if (value) {
			*value++ = 0;
			ret = config_item_set(item, config_trim(word), config_trim(value));
		} else {
			if (kind->word)
				kind->word(item, word);
			ret = item_place(item, word);
		}
		if (ret < 0)
			return ret;
	}
	return 0;
}

int config_item_parse(struct config_item *item, const char *spec)
{
	char *copy = mem_strdup(spec);
	int ret;

	item->remedy = item->kind->remedy;
	ret = item_parse(item, config_trim(copy));
	free(copy);
	return ret;
}

void config_item_start(struct config_item *item, struct config_reader *r, const struct config_item_kind *kind,
		       struct config_where where)
{
	*item = (struct config_item){ .r = r, .kind = kind, .where = where };
	if (kind->start)
		kind->start(item);
}

int config_item_finish(struct config_item *item, int ret)
{
	if (!ret)
		ret = item->kind->finish(item);
	if (ret < 0 && item->kind->free)
		item->kind->free(item);
	return ret;
}

int config_item_add(struct config_reader *r, const struct config_item_kind *kind, struct config_where where, const char *spec)
{
	struct config_item item;

	config_item_start(&item, r, kind, where);
	return config_item_finish(&item, config_item_parse(&item, spec));
}
