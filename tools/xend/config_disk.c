/* SPDX-License-Identifier: GPL-2.0-only */
/* Disk texts: phy:, file: and the keyed form format=raw, vdev=xvda, access=rw, target=... */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "../lib/strbuf.h"
#include "config_internal.h"

#define DISK_REMEDY "write it as \"format=raw, vdev=xvda, access=rw, target=/path\" or \"file:/path,xvda,w\""

struct disk_parse {
	struct config_reader *r;
	struct config_disk *disk;
	bool access_given;
};

#define disk_fail(p, ...) config_fail((p)->r->err, (p)->r->file, (p)->disk->where, DISK_REMEDY, __VA_ARGS__)

static int disk_set_target(struct disk_parse *p, const char *value)
{
	mem_replace(&p->disk->target, value);
	return 0;
}

static int disk_set_format(struct disk_parse *p, const char *value)
{
	if (!*value || !strcmp(value, "raw"))
		return 0;
	return disk_fail(p, "format %s is not supported, only raw is", value);
}

static int disk_set_vdev(struct disk_parse *p, const char *value)
{
	char *suffix = strchr(value, ':');

	mem_replace(&p->disk->vdev, value);
	if (!suffix)
		return 0;
	p->disk->vdev[suffix - value] = 0;
	if (!strcmp(suffix, ":cdrom"))
		p->disk->cdrom = true;
	else if (strcmp(suffix, ":disk"))
		return disk_fail(p, "%s after the device's name is not known", suffix);
	return 0;
}

static int disk_set_access(struct disk_parse *p, const char *value)
{
	static const struct { const char *name; bool read_only, shared; } modes[] = {
		{ "rw", false, false }, { "w", false, false }, { "ro", true, false }, { "r", true, false },
		{ "w!", false, true }, { "r!", true, true }, { "!", false, true },
	};

	p->access_given = true;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(modes[i].name, value))
			continue;
		p->disk->read_only = modes[i].read_only;
		p->disk->shared = modes[i].shared;
		return 0;
	}
	return disk_fail(p, "access \"%s\" is not known, only r, ro, w, rw and w! are", value);
}

static int disk_set_backendtype(struct disk_parse *p, const char *value)
{
	if (!strcmp(value, "phy"))
		return 0;
	return disk_fail(p, "backendtype %s is not supported, only phy is", value);
}

static int disk_set_backend(struct disk_parse *p, const char *value)
{
	if (!strcmp(value, "0") || !strcmp(value, "Domain-0"))
		return 0;
	return disk_fail(p, "backend %s is not supported, only domain 0 is", value);
}

static int disk_set_devtype(struct disk_parse *p, const char *value)
{
	p->disk->cdrom = !strcmp(value, "cdrom");
	if (p->disk->cdrom || !strcmp(value, "disk"))
		return 0;
	return disk_fail(p, "devtype %s is not known, only disk and cdrom are", value);
}

static int disk_set_script(struct disk_parse *p, const char *value)
{
	return disk_fail(p, "a disk's script is not supported");
}

/* Flags and keys. A key has its = in the text, a flag has not. */
static const struct disk_key {
	const char *name;
	int (*set)(struct disk_parse *p, const char *value);
} disk_keys[] = {
	{ "target", disk_set_target }, { "format", disk_set_format }, { "vdev", disk_set_vdev },
	{ "access", disk_set_access }, { "backendtype", disk_set_backendtype }, { "backend", disk_set_backend },
	{ "devtype", disk_set_devtype }, { "script", disk_set_script },
};

static int disk_set_keyed(struct disk_parse *p, char *word, char *value)
{
	const char *near;

	for (size_t i = 0; i < sizeof(disk_keys) / sizeof(*disk_keys); i++)
		if (!strcmp(disk_keys[i].name, word))
			return disk_keys[i].set(p, value);
	near = config_nearest(word, disk_keys, sizeof(disk_keys) / sizeof(*disk_keys), sizeof(*disk_keys));
	if (near)
		return disk_fail(p, "unknown key %s, did you mean %s?", word, near);
	return disk_fail(p, "unknown key %s", word);
}

/* Takes "phy:" and its like off the front. Then the words without a key are target, vdev, access. */
static int disk_take_prefix(struct disk_parse *p, char **spec, bool *old_order)
{
	static const struct { const char *name; bool phy, file; } prefixes[] = {
		{ "phy:", true, false }, { "file:", false, true }, { "tap:aio:", false, true }, { "tap2:aio:", false, true },
		{ "raw:", false, false }, { "aio:", false, true },
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (strncmp(*spec, prefixes[i].name, strlen(prefixes[i].name)))
			continue;
		*spec += strlen(prefixes[i].name);
		p->disk->want_phy = prefixes[i].phy;
		p->disk->file = prefixes[i].file;
		*old_order = true;
		return 0;
	}
	if (strchr(*spec, ':') && strspn(*spec, "abcdefghijklmnopqrstuvwxyz0123456789") == (size_t)(strchr(*spec, ':') - *spec))
		return disk_fail(p, "%.*s: is not supported, only phy: and file: are", (int)(strchr(*spec, ':') - *spec), *spec);
	return 0;
}

static char *disk_trim(char *s)
{
	char *end;

	s += strspn(s, " \t\n");
	for (end = s + strlen(s); end > s && strchr(" \t\n", end[-1]); end--)
		;
	*end = 0;
	return s;
}

static int disk_parse_words(struct disk_parse *p, char *spec)
{
	static int (*const new_places[])(struct disk_parse *, const char *) = {
		disk_set_target, disk_set_format, disk_set_vdev, disk_set_access };
	static int (*const old_places[])(struct disk_parse *, const char *) = {
		disk_set_target, disk_set_vdev, disk_set_access };
	bool old = false;
	size_t place = 0;
	char *word, *value;

	if (disk_take_prefix(p, &spec, &old) < 0)
		return -EINVAL;
	while (spec) {
		/* A target may have commas: as a key it goes to the end of the text. */
		spec += strspn(spec, " \t\n");
		if (!strncmp(spec, "target=", 7))
			return disk_set_target(p, disk_trim(spec + 7));
		word = disk_trim(strsep(&spec, ","));
		value = strchr(word, '=');
		if (value && *word != '/') {
			*value++ = 0;
			if (disk_set_keyed(p, disk_trim(word), disk_trim(value)) < 0)
				return -EINVAL;
		} else if (!strcmp(word, "cdrom")) {
			p->disk->cdrom = true;
		} else if (!strcmp(word, "discard") || !strcmp(word, "no-discard") || !strcmp(word, "direct-io-safe")) {
			continue;
		} else if (place >= (old ? 3u : 4u)) {
			return disk_fail(p, "\"%s\" is one word too many", word);
		} else if ((old ? old_places : new_places)[place++](p, word) < 0) {
			return -EINVAL;
		}
	}
	return 0;
}

void config_disk_free(struct config_disk *d)
{
	free(d->target);
	free(d->vdev);
	*d = (struct config_disk){ 0 };
}

static int disk_check(struct disk_parse *p)
{
	struct config_disk *d = p->disk;
	struct domain_config *c = p->r->config;
	char *path;
	long number;

	if (!d->target || !*d->target)
		return disk_fail(p, "no target, the file or device in domain 0");
	if (!d->vdev || !*d->vdev)
		return disk_fail(p, "no vdev, the guest's name for the disk");
	number = config_vdev_number(d->vdev);
	if (number < 0)
		return disk_fail(p, "vdev \"%s\" is no name of a disk, such as xvda, xvdb1, sda or hdc", d->vdev);
	d->number = number;
	if (*d->target != '/' && d->want_phy) {
		path = mem_printf("/dev/%s", d->target);
		free(d->target);
		d->target = path;
	}
	if (*d->target != '/')
		return disk_fail(p, "target \"%s\" is no absolute path", d->target);
	for (size_t i = 0; i < c->disk_count; i++)
		if (c->disks[i].number == d->number)
			return disk_fail(p, "%s is there twice", d->vdev);
	if (c->disk_count >= CONFIG_DEVICES_MAX)
		return disk_fail(p, "more than %d disks", CONFIG_DEVICES_MAX);
	return 0;
}

int config_finish_disk(struct config_reader *r, struct config_disk *disk)
{
	struct disk_parse p = { .r = r, .disk = disk };
	struct domain_config *c = r->config;

	if (disk->cdrom)
		disk->read_only = true;
	if (disk_check(&p) < 0) {
		config_disk_free(disk);
		return -EINVAL;
	}
	c->disks = mem_grow(c->disks, c->disk_count + 1, sizeof(*c->disks));
	c->disks[c->disk_count++] = *disk;
	return 0;
}

int config_add_disk(struct config_reader *r, struct config_where where, const char *spec)
{
	struct config_disk disk = { .where = where };
	struct disk_parse p = { .r = r, .disk = &disk };
	char *copy = mem_strdup(spec);
	int ret = disk_parse_words(&p, disk_trim(copy));

	free(copy);
	if (!ret)
		return config_finish_disk(r, &disk);
	config_disk_free(&disk);
	return ret;
}
