/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the config reader share among themselves. */
#ifndef XEND_CONFIG_INTERNAL_H
#define XEND_CONFIG_INTERNAL_H

#include "config.h"

enum value_type { VALUE_NONE, VALUE_NUMBER, VALUE_STRING, VALUE_LIST };

/* A value of the classic syntax. A list owns its items. True and False are the numbers 1 and 0. */
struct config_value {
	enum value_type type;
	unsigned int line;
	bool boolean;			/* written as True or False */
	int64_t number;
	char *string;
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
};

/* One key of the classic syntax. */
struct config_key {
	const char *name;
	const char *type;		/* for the manual and messages: "number", "text", "list of text" */
	long min, max;			/* of a number */
	int (*handler)(struct config_reader *r, const struct config_key *key, struct config_where where,
		       const struct config_value *value);
	size_t field, at;		/* offsets in struct domain_config of the value and its config_where */
	const char *doc;		/* what it sets; for a refused key: what to do instead */
};

/* Classic text to settings, in order. 0 or -EINVAL. */
int config_parse(const char *file, const char *text, size_t len, struct config_settings *out, struct config_error *err);
/* One "key=value" of the command line, appended to out. A value that is no list and not quoted is taken as it stands. */
int config_parse_override(const char *text, struct config_settings *out, struct config_error *err);
void config_settings_free(struct config_settings *s);
struct config_value *config_value_new(enum value_type type, unsigned int line);
void config_value_free(struct config_value *v);

/* Settings through the key table into r->config. */
int config_apply(struct config_reader *r, const struct config_settings *s);
/* One setting, by its name in the classic syntax, from XML: messages carry where. */
int config_set_text(struct config_reader *r, const char *key, struct config_where where, const char *text);
const struct config_key *config_key_table(size_t *count);

/* Handlers of list items; they append to the config. where.key is "disk", "vif" or "pci". */
int config_add_disk(struct config_reader *r, struct config_where where, const char *spec);
int config_add_vif(struct config_reader *r, struct config_where where, const char *spec);
int config_add_pci(struct config_reader *r, struct config_where where, const char *spec);
/* The rest of a disk's or vif's checks, shared with XML; they move *disk or *vif into the config or free it. */
int config_finish_disk(struct config_reader *r, struct config_disk *disk);
int config_finish_vif(struct config_reader *r, struct config_vif *vif);
void config_disk_free(struct config_disk *d);
void config_vif_free(struct config_vif *v);
int config_parse_mac(const char *text, unsigned char mac[6]);
int config_parse_uuid(const char *text, unsigned char uuid[16]);
/* "xvda1" to the number of its store node, -1 where the name is none (public: io/blkif.h, "virtual-device"). */
long config_vdev_number(const char *vdev);
/* "0-3,5,^2" or "all" into a bitmap of CONFIG_CPUS_MAX. False on bad syntax. */
bool config_parse_cpus(const char *text, uint8_t *map);

/* Checks that concern several keys, and defaults. */
int config_check(struct config_reader *r);
/* Domain XML into r->config. */
int config_read_xml(struct config_reader *r, const char *text, size_t len);

/* The name of the table (stride bytes an entry, name first) that is nearest to word, NULL where none is near. */
const char *config_nearest(const char *word, const void *table, size_t count, size_t stride);

#endif
