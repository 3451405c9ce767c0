/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the config reader share among themselves. */
#ifndef XEND_CONFIG_INTERNAL_H
#define XEND_CONFIG_INTERNAL_H

#include "../lib/strbuf.h"
#include "config.h"

enum value_type { VALUE_NONE, VALUE_NUMBER, VALUE_STRING, VALUE_LIST };

/* A value of the classic syntax. A list owns its items. True and False are the numbers 1 and 0. */
struct config_value {
	enum value_type type;
	unsigned int line;
	bool boolean;			/* written as True or False */
	int64_t number;
	char *string;			/* of a number: as it was written; NULL for True and False */
	struct config_value **items;
	size_t count;
};

/* One `key = value`. */
struct config_setting {
	char *key;
	unsigned int line;
	struct config_value *value;
};

struct config_settings {
	struct config_setting *list;
	size_t count;
};

/* What handlers work on. */
struct config_reader {
	const char *file;
	struct domain_config *config;
	struct strbuf *warnings;
	struct config_error *err;
	/* Keys and elements that no table knows: the first one's message, and the names of the rest. */
	struct config_error unknown;
	struct strbuf unknown_rest;
};

/* One key of the classic syntax. */
struct config_key {
	const char *name;
	const char *type;		/* for the manual and messages: "number", "text", "list of text" */
	long min, max;			/* of a number */
	int (*handler)(struct config_reader *r, const struct config_key *key, struct config_where where,
		       const struct config_value *value);
	size_t field, at;		/* offsets in struct domain_config of the value and its config_where */
	/* Takes what it sets back to its default; NULL: it sets nothing. */
	void (*reset)(struct domain_config *c, const struct config_key *key);
	const char *doc;		/* what it sets; for a refused key: what to do instead */
	const char *harmless;		/* of a refused key: a value that asks for nothing; NULL: none */
};

#define CONFIG_NO_AT SIZE_MAX

/* Classic text to settings, in order. 0 or -EINVAL. */
int config_parse(const char *file, const char *text, size_t len, struct config_settings *out, struct config_error *err);
/* One "key=value" of the command line, appended to out. A value that is no list and not quoted is taken as it stands. */
int config_parse_override(const char *text, struct config_settings *out, struct config_error *err);
void config_settings_free(struct config_settings *s);
struct config_value *config_value_new(enum value_type type, unsigned int line);
void config_value_free(struct config_value *v);

/* What is set where nothing is given. */
extern const struct domain_config config_defaults;

/* Takes all that @s sets back to its default, where domain XML has set it before. */
void config_reset(struct config_reader *r, const struct config_settings *s);
/* Settings through the key table into r->config. */
int config_apply(struct config_reader *r, const struct config_settings *s);
/* One setting, by its name in the classic syntax, from XML: messages carry where. */
int config_set_text(struct config_reader *r, const char *key, struct config_where where, const char *text);
/* The CPUs that one vCPU is pinned to. */
int config_pin_vcpu(struct config_reader *r, struct config_where where, uint32_t vcpu, const char *cpus);
const struct config_key *config_key_table(size_t *count);
/* The keys that are refused or ignored. */
const struct config_key *config_other_table(size_t *count);

/*
 * One item of a list-shaped setting, while it is read: from a text of the classic syntax (config_item_parse) or key by key
 * from XML (config_item_set). Both go through the keys of its kind.
 */
struct config_item {
	struct config_reader *r;
	const struct config_item_kind *kind;
	struct config_where where;
	const char *remedy;		/* ends the messages; NULL: none */
	uint32_t given, set;		/* bit i: keys[i] was given, perhaps as an empty value; has a value */
	union {
		struct config_disk disk;
		struct config_vif vif;
		struct config_pci pci;
	};
};

struct config_item_key {
	const char *name;
	int (*set)(struct config_item *item, const char *value);
	bool place;			/* a word without a key may be its value, in the table's order */
	bool last;			/* name= has all of the rest, commas too */
};

/* A word that stands for key=value. */
struct config_item_flag {
	const char *name, *key, *value;
};

struct config_item_kind {
	const char *remedy;		/* of messages about a text: how to write it */
	const struct config_item_key *keys;
	const struct config_item_flag *flags;
	size_t key_count, flag_count;
	bool empty_is_default;
	/* Old spellings: takes a prefix off *spec; looks at a word without a key before its place is chosen. May be NULL. */
	int (*prefix)(struct config_item *item, char **spec);
	void (*word)(struct config_item *item, const char *word);
	/* Checks the item as a whole and moves it into the configuration. */
	void (*start)(struct config_item *item);	/* defaults that are not zero; NULL: none */
	int (*finish)(struct config_item *item);
	void (*free)(struct config_item *item);
	void (*drop)(struct domain_config *c);		/* removes those that the configuration has */
};

extern const struct config_item_kind config_disk_kind, config_vif_kind, config_pci_kind;

#define config_item_fail(item, ...) \
	config_fail((item)->r->err, (item)->r->file, (item)->where, (item)->remedy, __VA_ARGS__)

#define config_item_warn(item, ...) config_warn((item)->r, (item)->where, __VA_ARGS__)

void config_item_start(struct config_item *item, struct config_reader *r, const struct config_item_kind *kind,
		       struct config_where where);
int config_item_parse(struct config_item *item, const char *spec);
int config_item_set(struct config_item *item, const char *name, const char *value);
/* Sets *flag by the value "0" or "1" of key @name. */
int config_item_read_flag(struct config_item *item, const char *name, const char *value, bool *flag);
/* Counts the key as given, with its default. */
void config_item_take_place(struct config_item *item, const char *name);
/* The key whose value a word without a key is; NULL where all places are given. */
const char *config_item_next_place(const struct config_item *item);
/* Moves the item into the configuration, or frees it: with ret below zero, or where it is refused. */
int config_item_finish(struct config_item *item, int ret);
/* All of one text. where.key is "disk", "vif" or "pci". */
int config_item_add(struct config_reader *r, const struct config_item_kind *kind, struct config_where where, const char *spec);
/* Cuts white space off both ends, in place. */
char *config_trim(char *s);

void config_disk_free(struct config_disk *d);
void config_drop_disks(struct domain_config *c);
void config_drop_vifs(struct domain_config *c);
/* Puts the folder before a relative path. */
int config_make_absolute(struct config_reader *r, struct config_where where, char **path);
int config_disk_place(struct config_reader *r, struct config_disk *d);
void config_vif_free(struct config_vif *v);
int config_parse_mac(const char *text, unsigned char mac[6]);
int config_parse_uuid(const char *text, unsigned char uuid[16]);
/* "xvda1" to the number of its store node, -1 where the name is none (public: io/blkif.h, "virtual-device"). */
long config_vdev_number(const char *vdev);

/* A line of warning, with its place. */
void config_warn(struct config_reader *r, struct config_where where, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Notes an unknown @kind ("key", "element") of that name; near: the name that may be meant, or NULL. */
void config_unknown_add(struct config_reader *r, struct config_where where, const char *kind, const char *name,
			const char *near);
/* -EINVAL with all of them in one error, 0 where there was none. */
int config_unknown_fail(struct config_reader *r);

/* Checks that concern several keys, and defaults. */
int config_check(struct config_reader *r);
/* Domain XML into r->config. */
int config_read_xml(struct config_reader *r, const char *text, size_t len);

/* The name of the table (stride bytes an entry, name first) that is nearest to word, NULL where none is near. */
const char *config_nearest(const char *word, const void *table, size_t count, size_t stride);

#endif
