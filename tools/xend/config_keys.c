/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of keys of the classic syntax, and the handlers that put their values into the configuration. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "../lib/strbuf.h"
#include "config_internal.h"

#define FIELD(r, key, type) ((type *)(void *)((char *)(r)->config + (key)->field))
#define AT(name) offsetof(struct domain_config, name)
#define NO_AT CONFIG_NO_AT

static const struct config_key *key_find(const char *name);

static int key_fail_type(struct config_reader *r, const struct config_key *key, struct config_where where,
			 const struct config_value *v)
{
	static const char *const names[] = { "None", "a number", "text", "a list" };

	return config_fail(r->err, r->file, where, key->doc, "wants a %s, not %s", key->type,
			   v->boolean ? "True or False" : names[v->type]);
}

/* The one text of v, a number as it was written; NULL with the error set where it is something else. */
static const char *key_text(struct config_reader *r, const struct config_key *key, struct config_where where,
			    const struct config_value *v)
{
	if (v->type == VALUE_STRING || (v->type == VALUE_NUMBER && !v->boolean))
		return v->string;
	key_fail_type(r, key, where, v);
	return NULL;
}

static int key_string(struct config_reader *r, const struct config_key *key, struct config_where where,
		      const struct config_value *v)
{
	const char *text = key_text(r, key, where, v);

	if (!text)
		return -EINVAL;
	mem_replace(FIELD(r, key, char *), *text ? text : NULL);
	return 0;
}

static int key_folder(struct config_reader *r, const struct config_key *key, struct config_where where,
		    const struct config_value *v)
{
	const char *text = key_text(r, key, where, v);

	if (!text)
		return -EINVAL;
	if (*text != '/')
		return config_fail(r->err, r->file, where, "write the whole path, from /", "\"%s\" is no absolute path", text);
	mem_replace(FIELD(r, key, char *), text);
	return 0;
}

static int key_name(struct config_reader *r, const struct config_key *key, struct config_where where,
		    const struct config_value *v)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+:@-";
	const char *text = key_text(r, key, where, v);
	const char *remedy = "use letters, digits and _.+:@-, at most 63, not digits alone";
	size_t len;

	if (!text)
		return -EINVAL;
	len = strlen(text);
	if (!len)
		return config_fail(r->err, r->file, where, remedy, "the name is empty");
	if (len > CONFIG_NAME_MAX)
		return config_fail(r->err, r->file, where, remedy, "the name has %zu characters", len);
	if (strspn(text, allowed) != len)
		return config_fail(r->err, r->file, where, remedy, "the name has a character that is not allowed");
	if (strspn(text, "0123456789") == len)
		return config_fail(r->err, r->file, where, remedy, "%s would be taken for a domain's number", text);
	if (!strcmp(text, "Domain-0"))
		return config_fail(r->err, r->file, where, "choose another", "Domain-0 is the name of domain 0");
	mem_replace(&r->config->name, text);
	return 0;
}

/* A number, or digits in quotes, as xm's files have them. */
static int key_read_number(struct config_reader *r, const struct config_key *key, struct config_where where,
			   const struct config_value *v, int64_t *out)
{
	char *end;

	if (v->type == VALUE_NUMBER && !v->boolean) {
		*out = v->number;
	} else if (v->type == VALUE_STRING) {
		errno = 0;
		*out = strtoll(v->string, &end, 0);
		if (errno || end == v->string || *end || isspace((unsigned char)*v->string))
			return config_fail(r->err, r->file, where, "write the digits alone",
					   "\"%s\" is not a %s", v->string, key->type);
	} else {
		return key_fail_type(r, key, where, v);
	}
	if (*out >= key->min && *out <= key->max)
		return 0;
	return config_fail(r->err, r->file, where, NULL, "%lld is out of range; a value from %ld to %ld is possible",
			   (long long)*out, key->min, key->max);
}

static int key_number(struct config_reader *r, const struct config_key *key, struct config_where where,
		      const struct config_value *v)
{
	int64_t number = 0;

	if (key_read_number(r, key, where, v, &number) < 0)
		return -EINVAL;
	*FIELD(r, key, uint32_t) = (uint32_t)number;
	return 0;
}

/* One of a set of words, stored as its number. */
struct key_word {
	const char *name;
	uint32_t value;
};

static const struct key_word action_words[] = {
	{ "destroy", ACTION_DESTROY }, { "restart", ACTION_RESTART },
	{ "rename-restart", ACTION_RENAME_RESTART }, { "preserve", ACTION_PRESERVE },
};

static const struct key_word tsc_words[] = {
	{ "default", 0 }, { "always_emulate", 1 }, { "native", 2 },
};

static int key_one_of(struct config_reader *r, const struct config_key *key, struct config_where where,
		      const struct config_value *v, const struct key_word *words, size_t count)
{
	const char *text = key_text(r, key, where, v);
	struct strbuf b = { 0 };
	char *remedy;

	if (!text)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(words[i].name, text)) {
			*FIELD(r, key, uint32_t) = words[i].value;
			strbuf_free(&b);
			return 0;
		}
		strbuf_printf(&b, "%s%s", i ? ", " : "use one of ", words[i].name);
	}
	remedy = strbuf_take(&b);
	config_fail(r->err, r->file, where, remedy, "\"%s\" is not known here", text);
	free(remedy);
	return -EINVAL;
}

static int key_action(struct config_reader *r, const struct config_key *key, struct config_where where,
		      const struct config_value *v)
{
	_Static_assert(sizeof(enum config_action) == sizeof(uint32_t), "stored through a uint32_t");
	return key_one_of(r, key, where, v, action_words, sizeof(action_words) / sizeof(*action_words));
}

static int key_tsc_mode(struct config_reader *r, const struct config_key *key, struct config_where where,
			const struct config_value *v)
{
	if (v->type == VALUE_NUMBER || (v->type == VALUE_STRING && strspn(v->string, "012") == 1 && !v->string[1]))
		return key_number(r, key, where, v);
	return key_one_of(r, key, where, v, tsc_words, sizeof(tsc_words) / sizeof(*tsc_words));
}

static int key_uuid(struct config_reader *r, const struct config_key *key, struct config_where where,
		    const struct config_value *v)
{
	const char *text = key_text(r, key, where, v);

	if (!text)
		return -EINVAL;
	if (config_parse_uuid(text, r->config->uuid) < 0)
		return config_fail(r->err, r->file, where, "write 32 hexadecimal digits as 8-4-4-4-12",
				   "\"%s\" is no UUID", text);
	r->config->uuid_given = true;
	return 0;
}

/* "0-3,^1", "node:0" or a number into a bitmap of CPUs. */
static int key_cpu_set(struct config_reader *r, const struct config_key *key, struct config_where where,
		       const struct config_value *v, uint8_t *map, uint32_t *nodes)
{
	char *text;
	int ret = 0;

	if (v->type == VALUE_STRING)
		text = mem_strdup(v->string);
	else if (v->type == VALUE_NUMBER && !v->boolean)
		text = mem_printf("%lld", (long long)v->number);
	else
		return key_fail_type(r, key, where, v);
	if (!config_parse_cpus(text, map, nodes))
		ret = config_fail(r->err, r->file, where, "write it as \"0-3,5,^2\", \"node:0\" or \"all\"", "\"%s\" is no set of CPUs", text);
	free(text);
	return ret;
}

/* One set is for all vCPUs; a list has one for each. */
static int key_cpus(struct config_reader *r, const struct config_key *key, struct config_where where,
		    const struct config_value *v)
{
	struct config_affinity *a = FIELD(r, key, struct config_affinity);

	if (v->type != VALUE_LIST) {
		memset(a->cpus, 0, sizeof(a->cpus));
		a->given = true;
		return key_cpu_set(r, key, where, v, a->cpus, &a->nodes);
	}
	a->pins = mem_grow(a->pins, v->count, sizeof(*a->pins));
	a->pin_count = v->count;
	for (size_t i = 0; i < v->count; i++) {
		a->pins[i] = (struct config_pin){ .given = true };
		if (key_cpu_set(r, key, where, v->items[i], a->pins[i].cpus, &a->nodes) < 0)
			return -EINVAL;
	}
	return 0;
}

int config_pin_vcpu(struct config_reader *r, struct config_where where, uint32_t vcpu, const char *cpus)
{
	struct config_value value = { .type = VALUE_STRING, .line = where.line, .string = (char *)cpus };
	uint8_t map[CONFIG_CPUS_MAX / 8] = { 0 };
	struct domain_config *c = r->config;

	if (vcpu < c->hard.pin_count && c->hard.pins[vcpu].given)
		return config_fail(r->err, r->file, where, "remove one", "the CPUs of vCPU %u are given twice", vcpu);
	c->at_cpus = where;
	if (key_cpu_set(r, key_find("cpus"), where, &value, map, &c->hard.nodes) < 0)
		return -EINVAL;
	config_affinity_pin(&c->hard, vcpu, map);
	return 0;
}

/* Each item, of that kind. One text, as the command line gives it, is a list of one. */
static int key_items(struct config_reader *r, const struct config_key *key, struct config_where where,
		     const struct config_value *v,
		     const struct config_item_kind *kind)
{
	if (v->type == VALUE_STRING)
		return config_item_add(r, kind, where, v->string);
	if (v->type != VALUE_LIST)
		return key_fail_type(r, key, where, v);
	for (size_t i = 0; i < v->count; i++) {
		struct config_where at = { where.key, where.line ? v->items[i]->line : CONFIG_LINE_COMMAND };

		if (v->items[i]->type != VALUE_STRING)
			return key_fail_type(r, key, at, v->items[i]);
		if (config_item_add(r, kind, at, v->items[i]->string) < 0)
			return -EINVAL;
	}
	return 0;
}

static int key_disk(struct config_reader *r, const struct config_key *key, struct config_where where,
		    const struct config_value *v)
{
	return key_items(r, key, where, v, &config_disk_kind);
}

static int key_vif(struct config_reader *r, const struct config_key *key, struct config_where where,
		   const struct config_value *v)
{
	return key_items(r, key, where, v, &config_vif_kind);
}

static int key_pci(struct config_reader *r, const struct config_key *key, struct config_where where,
		   const struct config_value *v)
{
	return key_items(r, key, where, v, &config_pci_kind);
}

static int key_type(struct config_reader *r, const struct config_key *key, struct config_where where,
		    const struct config_value *v)
{
	const char *text = key_text(r, key, where, v);

	if (!text)
		return -EINVAL;
	if (!strcmp(text, "pv") || !strcmp(text, "linux") || !strcmp(text, "generic"))
		return 0;
	return config_fail(r->err, r->file, where, key->doc, "%s guests are not supported", text);
}

static void reset_text(struct domain_config *c, const struct config_key *key)
{
	mem_replace((char **)(void *)((char *)c + key->field), NULL);
}

static void reset_number(struct domain_config *c, const struct config_key *key)
{
	memcpy((char *)c + key->field, (const char *)&config_defaults + key->field, sizeof(uint32_t));
}

static void reset_uuid(struct domain_config *c, const struct config_key *key)
{
	memset(c->uuid, 0, sizeof(c->uuid));
	c->uuid_given = false;
}

/* Both, the set for all vCPUs and those of each. */
static void reset_cpus(struct domain_config *c, const struct config_key *key)
{
	struct config_affinity *a = (struct config_affinity *)(void *)((char *)c + key->field);

	a->pin_count = 0;
	a->given = false;
	a->nodes = 0;
}

static void reset_disks(struct domain_config *c, const struct config_key *key)
{
	config_disk_kind.drop(c);
}

static void reset_vifs(struct domain_config *c, const struct config_key *key)
{
	config_vif_kind.drop(c);
}

static void reset_pcis(struct domain_config *c, const struct config_key *key)
{
	config_pci_kind.drop(c);
}

#define PLAIN(name, type, min, max, handler, reset, field, doc) \
	{ name, type, min, max, handler, AT(field), NO_AT, reset, doc, NULL }
#define PLACED(name, type, min, max, handler, reset, field, at, doc) \
	{ name, type, min, max, handler, AT(field), AT(at), reset, doc, NULL }
static const struct config_key keys[] = {
	PLACED("name", "text", 0, 0, key_name, reset_text, name, at_name, "the guest's name, unique on this host"),
	PLACED("uuid", "text", 0, 0, key_uuid, reset_uuid, uuid, at_uuid, "the guest's UUID; random where not given"),
	PLACED("kernel", "path", 0, 0, key_string, reset_text, kernel, at_kernel, "the kernel to start, a path in dom0"),
	PLACED("ramdisk", "path", 0, 0, key_string, reset_text, ramdisk, at_ramdisk, "the kernel's initrd"),
	PLAIN("folder", "path", 0, 0, key_folder, reset_text, folder, "where relative paths start"),
	PLAIN("root", "text", 0, 0, key_string, reset_text, root, "put on the kernel's command line as root=..."),
	PLAIN("extra", "text", 0, 0, key_string, reset_text, extra, "added at the end of the kernel's command line"),
	PLACED("cmdline", "text", 0, 0, key_string, reset_text, cmdline, at_cmdline, "the kernel's whole command line; root and extra then count for nothing"),
	PLACED("memory", "number of MiB", 1, CONFIG_MEMORY_MAX, key_number, reset_number, memory_mib, at_memory, "memory the guest starts with, in MiB"),
	PLACED("maxmem", "number of MiB", 1, CONFIG_MEMORY_MAX, key_number, reset_number, maxmem_mib, at_maxmem, "memory the guest may grow to, in MiB"),
	PLACED("vcpus", "number", 1, CONFIG_VCPUS_MAX, key_number, reset_number, vcpus, at_vcpus, "CPUs that are online when the guest starts"),
	PLACED("maxvcpus", "number", 1, CONFIG_VCPUS_MAX, key_number, reset_number, maxvcpus, at_maxvcpus, "CPUs that the guest may bring online"),
	PLACED("cpus", "text or list of CPUs", 0, 0, key_cpus, reset_cpus, hard, at_cpus, "physical CPUs that the guest may run on: \"0-3,5,^2\", \"node:0\" or \"all\""),
	PLACED("cpus_soft", "text or list of CPUs", 0, 0, key_cpus, reset_cpus, soft, at_cpus_soft, "physical CPUs that the guest prefers among those it may run on; as in cpus"),
	PLAIN("cpu_weight", "number", 1, 65535, key_number, reset_number, weight, "share of CPU time against other guests; 256 is usual"),
	PLACED("cap", "number of percent", 0, 65535, key_number, reset_number, cap, at_cap, "most CPU time in percent of one CPU; 0: no limit"),
	PLACED("cpu_cap", "number of percent", 0, 65535, key_number, reset_number, cap, at_cap, "cap, as files of xm have it"),
	PLAIN("on_poweroff", "word", 0, 0, key_action, reset_number, on_poweroff, "what to do when the guest powers off"),
	PLAIN("on_reboot", "word", 0, 0, key_action, reset_number, on_reboot, "what to do when the guest reboots"),
	PLAIN("on_crash", "word", 0, 0, key_action, reset_number, on_crash, "what to do when the guest crashes"),
	PLAIN("on_watchdog", "word", 0, 0, key_action, reset_number, on_watchdog, "what to do when the guest's watchdog fires"),
	PLAIN("disk", "list of disk texts", 0, 0, key_disk, reset_disks, disks, "the guest's disks; see DISKS"),
	PLAIN("vif", "list of vif texts", 0, 0, key_vif, reset_vifs, vifs, "the guest's network cards; see NETWORK CARDS"),
	PLAIN("pci", "list of PCI device texts", 0, 0, key_pci, reset_pcis, pcis, "devices of dom0's that the guest drives; see PCI DEVICES"),
	PLAIN("type", "word", 0, 0, key_type, NULL, name, "use \"pv\", or remove it"),
	PLAIN("builder", "word", 0, 0, key_type, NULL, name, "use \"linux\" or \"generic\", or remove it"),
	PLAIN("max_grant_frames", "number", 1, 4096, key_number, reset_number, max_grant_frames, "grant table size in pages"),
	PLAIN("max_maptrack_frames", "number", 1, 16384, key_number, reset_number, max_maptrack_frames, "maptrack table size in pages"),
	PLAIN("max_event_channels", "number", 16, 131071, key_number, reset_number, max_event_channels, "highest event channel the guest may have"),
	PLAIN("tsc_mode", "word", 0, 2, key_tsc_mode, reset_number, tsc_mode, "default, always_emulate or native"),
	PLAIN("rtc_timeoffset", "number of seconds", INT_MIN, INT_MAX, key_number, reset_number, time_offset, "how far the guest's clock is ahead of the host's"),
};

const struct config_key *config_key_table(size_t *count)
{
	*count = sizeof(keys) / sizeof(*keys);
	return keys;
}

static const struct config_key *key_find_in(const struct config_key *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

static const struct config_key *key_find(const char *name)
{
	const struct config_key *key = key_find_in(keys, sizeof(keys) / sizeof(*keys), name), *others;
	size_t count;

	others = config_other_table(&count);
	return key ? key : key_find_in(others, count, name);
}

/* A setting rather than a key that is refused or ignored. */
static const char *key_nearest(const char *name)
{
	const char *near = config_nearest(name, keys, sizeof(keys) / sizeof(*keys), sizeof(*keys));
	const struct config_key *others;
	size_t count;

	others = config_other_table(&count);
	return near ? near : config_nearest(name, others, count, sizeof(*others));
}

static int config_apply_one(struct config_reader *r, const char *name, struct config_where where,
			    const struct config_value *value)
{
	const struct config_key *key = key_find(name);

	/* None takes a setting back to its default. */
	if (value->type == VALUE_NONE)
		return 0;
	if (key->at != NO_AT) {
		where.key = where.key == name ? key->name : where.key;
		*(struct config_where *)(void *)((char *)r->config + key->at) = where;
	}
	return key->handler(r, key, where, value);
}

/* One key, or two that set the same (cap and cpu_cap). */
static bool key_same_setting(const char *a, const char *b)
{
	const struct config_key *first = key_find(a), *second = key_find(b);

	return !strcmp(a, b) || (first->at != NO_AT && first->at == second->at);
}

/* An earlier setting of a key counts for nothing when a later one is there: said when both are in the file. */
static bool config_superseded(struct config_reader *r, const struct config_settings *s, size_t i)
{
	for (size_t j = i + 1; j < s->count; j++) {
		if (!key_same_setting(s->list[i].key, s->list[j].key))
			continue;
		/* Several disk=, vif= or pci= on the command line add up. */
		if (!s->list[i].line && !s->list[j].line &&
		    (!strcmp(s->list[i].key, "disk") || !strcmp(s->list[i].key, "vif") ||
		     !strcmp(s->list[i].key, "pci")))
			continue;
		if (s->list[j].line)
			config_warn(r, (struct config_where){ s->list[i].key, s->list[i].line }, "ignored: line %u sets it again",
				    s->list[j].line);
		return true;
	}
	return false;
}

int config_apply(struct config_reader *r, const struct config_settings *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const char *name = s->list[i].key;

		if (!key_find(name))
			config_unknown_add(r, (struct config_where){ name, s->list[i].line }, "key", name,
					   key_nearest(name));
	}
	if (config_unknown_fail(r) < 0)
		return -EINVAL;
	for (size_t i = 0; i < s->count; i++) {
		const struct config_setting *one = &s->list[i];
		struct config_where where = { key_find(one->key)->name, one->line };

		if (config_superseded(r, s, i))
			continue;
		if (config_apply_one(r, one->key, where, one->value) < 0)
			return -EINVAL;
	}
	return 0;
}

void config_reset(struct config_reader *r, const struct config_settings *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct config_key *key = key_find(s->list[i].key);

		if (!key || !key->reset)
			continue;
		key->reset(r->config, key);
		if (key->at != NO_AT)
			*(struct config_where *)(void *)((char *)r->config + key->at) = (struct config_where){ 0 };
	}
}

int config_set_text(struct config_reader *r, const char *key, struct config_where where, const char *text)
{
	struct config_value value = { .type = VALUE_STRING, .line = where.line, .string = (char *)text };

	return config_apply_one(r, key, where, &value);
}
