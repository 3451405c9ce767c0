/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Disk texts (xl-disk-configuration(5)): target, format, vdev, access in this order or by name, and the older
 * prefix:target, vdev[:devtype], access.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "../lib/strbuf.h"
#include "config_internal.h"

#define DISK_REMEDY "write it as \"format=raw, vdev=xvda, access=rw, target=/path\" or \"file:/path,xvda,w\""

static int disk_set_target(struct config_item *item, const char *value)
{
	mem_replace(&item->disk.target, value);
	return 0;
}

static int disk_set_format(struct config_item *item, const char *value)
{
	return strcmp(value, "raw") ? config_item_fail(item, "format %s is not supported, only raw is", value) : 0;
}

/* The older form has the devtype behind it. */
static int disk_set_vdev(struct config_item *item, const char *value)
{
	char *suffix;

	value += strncmp(value, "ioemu:", 6) ? 0 : 6;
	mem_replace(&item->disk.vdev, value);
	suffix = strchr(item->disk.vdev, ':');
	if (!suffix)
		return 0;
	*suffix++ = 0;
	if (!strcmp(suffix, "cdrom") || !strcmp(suffix, "disk"))
		return config_item_set(item, "devtype", suffix);
	return config_item_fail(item, ":%s after the device's name is not known", suffix);
}

static int disk_set_access(struct config_item *item, const char *value)
{
	static const struct { const char *name; bool read_only, shared; } modes[] = {
		{ "rw", false, false }, { "w", false, false }, { "ro", true, false }, { "r", true, false },
		{ "w!", false, true }, { "r!", true, true }, { "!", false, true },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(modes[i].name, value))
			continue;
		item->disk.read_only = modes[i].read_only;
		item->disk.shared = modes[i].shared;
		return 0;
	}
	return config_item_fail(item, "access \"%s\" is not known, only r, ro, w, rw and w! are", value);
}

static int disk_set_backendtype(struct config_item *item, const char *value)
{
	bool other = !strcmp(value, "qdisk") || !strcmp(value, "tap");

	if (other)
		config_item_warn(item, "backendtype %s is ignored: blkback serves the disk", value);
	else if (strcmp(value, "phy"))
		return config_item_fail(item, "backendtype %s is not supported, only phy is", value);
	return 0;
}

static int disk_set_backend(struct config_item *item, const char *value)
{
	if (!strcmp(value, "0") || !strcmp(value, "Domain-0"))
		return 0;
	return config_item_fail(item, "backend %s is not supported, only domain 0 is", value);
}

static int disk_set_devtype(struct config_item *item, const char *value)
{
	item->disk.cdrom = !strcmp(value, "cdrom");
	if (item->disk.cdrom || !strcmp(value, "disk"))
		return 0;
	return config_item_fail(item, "devtype %s is not known, only disk and cdrom are", value);
}

static int disk_set_script(struct config_item *item, const char *value)
{
	return config_item_fail(item, "a disk's script is not supported");
}

static int disk_set_trusted(struct config_item *item, const char *value)
{
	bool trusted = true;
	int ret = config_item_read_flag(item, "trusted", value, &trusted);

	item->disk.untrusted = !trusted;
	return ret;
}

static int disk_set_specification(struct config_item *item, const char *value)
{
	return strcmp(value, "xen") ? config_item_fail(item, "specification %s is not supported, only xen is", value) : 0;
}

static int disk_set_discard(struct config_item *item, const char *value)
{
	bool discard = true;
	int ret = config_item_read_flag(item, "discard", value, &discard);

	item->disk.no_discard = !discard;
	return ret;
}

/* It asks QEMU, which serves no disk here, to drop a work-around. */
static int disk_set_direct_io(struct config_item *item, const char *value)
{
	return 0;
}

static const struct config_item_key disk_keys[] = {
	{ "target", disk_set_target, true, true }, { "format", disk_set_format, true, false },
	{ "vdev", disk_set_vdev, true, false }, { "access", disk_set_access, true, false },
	{ "backendtype", disk_set_backendtype, false, false }, { "backend", disk_set_backend, false, false },
	{ "devtype", disk_set_devtype, false, false }, { "script", disk_set_script, false, false },
	{ "discard", disk_set_discard, false, false }, { "direct-io-safe", disk_set_direct_io, false, false },
	{ "trusted", disk_set_trusted, false, false }, { "specification", disk_set_specification, false, false },
};

static const struct config_item_flag disk_flags[] = {
	{ "cdrom", "devtype", "cdrom" }, { "discard", "discard", "1" }, { "no-discard", "discard", "0" },
	{ "direct-io-safe", "direct-io-safe", "1" }, { "trusted", "trusted", "1" }, { "untrusted", "trusted", "0" },
};

/*
 * Takes the prefixes off the front; the text then has no place for a format. Several may stand one after the other
 * ("tap:aio:"): most name the driver that opened the file on older hosts, and make no difference.
 */
static int disk_take_prefix(struct config_item *item, char **spec)
{
	static const struct { const char *name; const char *key, *value; } prefixes[] = {
		{ "phy", NULL, NULL }, { "file", NULL, NULL }, { "tap", NULL, NULL }, { "tap2", NULL, NULL }, { "tapdisk", NULL, NULL },
		{ "aio", NULL, NULL }, { "ioemu", NULL, NULL }, { "raw", "format", "raw" }, { "qcow", "format", "qcow" },
		{ "qcow2", "format", "qcow2" }, { "vhd", "format", "vhd" }, { "iscsi", "script", "block-iscsi" },
		{ "nbd", "script", "block-nbd" }, { "enbd", "script", "block-enbd" }, { "drbd", "script", "block-drbd" },
	};
	const size_t count = sizeof(prefixes) / sizeof(*prefixes);
	size_t len, i;

	while (len = strspn(*spec, "abcdefghijklmnopqrstuvwxyz0123456789"), len && (*spec)[len] == ':') {
		for (i = 0; i < count && (strlen(prefixes[i].name) != len || strncmp(*spec, prefixes[i].name, len)); i++)
			;
		/* No prefix, but a name with its devtype. */
		if (i == count && !strncmp(*spec + len, ":cdrom", 6))
			return 0;
		if (i == count)
			return config_item_fail(item, "%.*s: is not supported, only phy: and file: are", (int)len, *spec);
		if (prefixes[i].key && config_item_set(item, prefixes[i].key, prefixes[i].value) < 0)
			return -EINVAL;
		item->disk.want_phy |= !strcmp(prefixes[i].name, "phy");
		config_item_take_place(item, "format");
		*spec += len + 1;
	}
	return 0;
}

/* "iso,hdc:cdrom,r" is of the older form without a prefix: it has no place for a format either. */
static void disk_see_word(struct config_item *item, const char *word)
{
	const char *place = config_item_next_place(item), *suffix = strchr(word, ':');

	if (place && suffix && !strcmp(place, "format") && (!strcmp(suffix, ":cdrom") || !strcmp(suffix, ":disk") ||
							    !strncmp(word, "ioemu:", 6)))
		config_item_take_place(item, "format");
}

void config_disk_free(struct config_disk *d)
{
	free(d->target);
	free(d->vdev);
	free(d->in_dev);
	*d = (struct config_disk){ 0 };
}

void config_drop_disks(struct domain_config *c)
{
	for (size_t i = 0; i < c->disk_count; i++)
		config_disk_free(&c->disks[i]);
	c->disk_count = 0;
}

static void disk_free(struct config_item *item)
{
	config_disk_free(&item->disk);
}

static int disk_check(struct config_item *item)
{
	struct config_disk *d = &item->disk;
	struct domain_config *c = item->r->config;
	long number;

	if (!d->target && !d->cdrom)
		return config_item_fail(item, "no target, the file or device in domain 0");
	if (!d->vdev)
		return config_item_fail(item, "no vdev, the guest's name for the disk");
	number = config_vdev_number(d->vdev);
	if (number < 0)
		return config_item_fail(item, "vdev \"%s\" is no name of a disk, such as xvda, xvdb1, sda, hdc, d0p1 or 51712", d->vdev);
	d->number = number;
	for (size_t i = 0; i < c->disk_count; i++)
		if (c->disks[i].number == d->number)
			return config_item_fail(item, "%s is there twice", d->vdev);
	if (c->disk_count >= CONFIG_DEVICES_MAX)
		return config_item_fail(item, "more than %d disks", CONFIG_DEVICES_MAX);
	return 0;
}

/* A relative path means below /dev with phy:, otherwise a file in the folder, and below /dev where that is not there. */
int config_disk_place(struct config_reader *r, struct config_disk *d)
{
	char *under_dev;

	if (*d->target == '/')
		return 0;
	under_dev = mem_printf("/dev/%s", d->target);
	if (d->want_phy) {
		free(d->target);
		d->target = under_dev;
		return 0;
	}
	d->in_dev = under_dev;
	return config_make_absolute(r, d->where, &d->target);
}

static int disk_finish(struct config_item *item)
{
	struct domain_config *c = item->r->config;

	if (item->disk.cdrom)
		item->disk.read_only = true;
	item->disk.where = item->where;
	if (disk_check(item) < 0)
		return -EINVAL;
	if (!item->disk.target) {
		config_item_warn(item, "an empty drive is left out: nothing could be put into it later");
		config_disk_free(&item->disk);
		return 0;
	}
	c->disks = mem_grow(c->disks, c->disk_count + 1, sizeof(*c->disks));
	c->disks[c->disk_count++] = item->disk;
	return 0;
}

const struct config_item_kind config_disk_kind = {
	.remedy = DISK_REMEDY, .empty_is_default = true,
	.keys = disk_keys, .key_count = sizeof(disk_keys) / sizeof(*disk_keys),
	.flags = disk_flags, .flag_count = sizeof(disk_flags) / sizeof(*disk_flags),
	.prefix = disk_take_prefix, .word = disk_see_word, .finish = disk_finish, .free = disk_free,
	.drop = config_drop_disks,
};
