/* SPDX-License-Identifier: GPL-2.0-only */
/* Small texts inside values: MAC addresses, UUIDs, sets of CPUs, names of virtual disks. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_internal.h"

static int text_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Six groups of one or two digits, with colons or, throughout, dashes. */
int config_parse_mac(const char *text, unsigned char mac[6])
{
	const char separator = strchr(text, '-') ? '-' : ':';

	for (int i = 0; i < 6; i++) {
		int digit = text_hex_digit(*text);

		if (digit < 0)
			return -EINVAL;
		mac[i] = digit;
		digit = text_hex_digit(*++text);
		if (digit >= 0) {
			mac[i] = mac[i] << 4 | digit;
			text++;
		}
		if (*text++ != (i < 5 ? separator : 0))
			return -EINVAL;
	}
	return 0;
}

int config_parse_uuid(const char *text, unsigned char uuid[16])
{
	for (int i = 0; i < 16; i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return -EINVAL;
		high = text_hex_digit(text[0]);
		low = high < 0 ? -1 : text_hex_digit(text[1]);
		if (low < 0)
			return -EINVAL;
		uuid[i] = high << 4 | low;
		text += 2;
	}
	return *text ? -EINVAL : 0;
}

/* The number of a CPU or node at *p, which is moved past it; -1 where there is none in range. */
static long text_cpu(const char **p)
{
	char *end;
	long cpu;

	if (!isdigit((unsigned char)**p))
		return -1;
	cpu = strtol(*p, &end, 10);
	*p = end;
	return cpu < CONFIG_CPUS_MAX ? cpu : -1;
}

/* "1" or "1-3" at *p, which is moved past it. */
static bool text_range(const char **p, long *first, long *last)
{
	*first = *last = text_cpu(p);
	if (*first >= 0 && **p == '-') {
		++*p;
		*last = text_cpu(p);
	}
	return *first >= 0 && *last >= *first;
}

/* "node:0" or "nodes:0-1" at *p, which is moved past the word. */
static bool text_node_word(const char **p)
{
	const char *end = *p + 4;

	if (strncmp(*p, "node", 4))
		return false;
	end += *end == 's';
	if (*end != ':')
		return false;
	*p = end + 1;
	return true;
}

/* The CPUs of one item, from *first to *last, none where that is less. */
static bool text_cpu_item(const char **p, long *first, long *last, uint32_t *nodes)
{
	bool of_nodes = text_node_word(p);

	if (!of_nodes && !strncmp(*p, "all", 3)) {
		*p += 3;
		*first = 0;
		*last = CONFIG_CPUS_MAX - 1;
		return true;
	}
	if (!text_range(p, first, last))
		return false;
	if (!of_nodes)
		return true;
	if (*nodes <= *last)
		*nodes = *last + 1;
	*last = *first ? *first - 1 : CONFIG_CPUS_MAX - 1;
	return true;
}

bool config_parse_cpus(const char *text, uint8_t *map, uint32_t *nodes)
{
	const char *p = text;

	for (;;) {
		bool remove = *p == '^';
		long first, last;

		p += remove;
		if (!text_cpu_item(&p, &first, &last, nodes))
			return false;
		for (long cpu = first; cpu <= last; cpu++)
			map[cpu / 8] = remove ? map[cpu / 8] & ~(1u << (cpu % 8)) : map[cpu / 8] | 1u << (cpu % 8);
		if (!*p)
			return true;
		if (*p++ != ',')
			return false;
		p += *p == ' ';
	}
}

static bool text_has_cpu(const uint8_t *cpus, int cpu)
{
	return cpu < CONFIG_CPUS_MAX && (cpus[cpu / 8] >> (cpu % 8) & 1);
}

char *config_cpus_text(const uint8_t *cpus)
{
	struct strbuf b = { 0 };

	for (int first = 0, last; first < CONFIG_CPUS_MAX; first = last + 1) {
		for (last = first; text_has_cpu(cpus, first) && text_has_cpu(cpus, last + 1); last++)
			;
		if (text_has_cpu(cpus, first))
			strbuf_printf(&b, last > first ? "%s%d-%d" : "%s%d", b.len ? "," : "", first, last);
		if (last - first == CONFIG_CPUS_MAX - 1) {
			strbuf_clear(&b);
			strbuf_puts(&b, "all");
		}
	}
	return strbuf_take(&b);
}

struct vdev_kind {
	const char *prefix;
	int disks;
	long base;
	int shift, parts;
};

/* xvd's numbers: the major 202 where disk and partition fit, otherwise 1 << 28. */
static long vdev_xvd(long disk, long part)
{
	return disk < 16 && part < 16 ? (202 << 8) + (disk << 4) + part : 1L << 28 | disk << 8 | part;
}

/*
 * The forms without letters (xen-vbd-interface(7)): a number that goes to the store as it is, decimal, hexadecimal or
 * octal, below 2 << 28; dXpY and dX, xvd's disk X and its partition Y. -1 where vdev is neither.
 */
static long vdev_plain(const char *vdev)
{
	bool form = *vdev == 'd';
	long number, part = 0;
	char *end;

	if (!isdigit((unsigned char)vdev[form]))
		return -1;
	number = strtol(vdev + form, &end, form ? 10 : 0);
	if (!form)
		return *end || number >= 2L << 28 ? -1 : number;
	if (*end == 'p' && isdigit((unsigned char)end[1]))
		part = strtol(end + 1, &end, 10);
	return *end || number >= 1L << 20 || part > 255 ? -1 : vdev_xvd(number, part);
}

/*
 * Numbers of the field (io/blkif.h and the guests' drivers): the classic major and minor where the disk fits into
 * one, otherwise the extended form 1 << 28 | disk << 8 | partition, which only xvd has.
 */
long config_vdev_number(const char *vdev)
{
	static const struct vdev_kind kinds[] = {
		{ "xvd", 16, 202 << 8, 4, 16 }, { "sd", 16, 8 << 8, 4, 16 }, { "hd", 2, 3 << 8, 6, 64 },
	};
	long disk = 0, part = 0;
	const char *p;
	size_t kind;
	char *end;

	for (kind = 0; kind < 3 && strncmp(vdev, kinds[kind].prefix, strlen(kinds[kind].prefix)); kind++)
		;
	if (kind == 3)
		return vdev_plain(vdev);
	p = vdev + strlen(kinds[kind].prefix);
	if (!(*p >= 'a' && *p <= 'z'))
		return -1;
	for (; *p >= 'a' && *p <= 'z' && disk < 4096; p++)
		disk = disk * 26 + *p - 'a' + 1;
	disk--;
	if (*p) {
		if (!isdigit((unsigned char)*p) || *p == '0')
			return -1;
		part = strtol(p, &end, 10);
		if (*end || part > 255)
			return -1;
	}
	/* The second pair of IDE disks has a major of its own. */
	if (kind == 2 && disk >= 2 && disk < 4 && part < 64)
		return (22 << 8) + ((disk - 2) << 6) + part;
	if (kind == 0)
		return disk < 1L << 20 ? vdev_xvd(disk, part) : -1;
	if (disk < kinds[kind].disks && part < kinds[kind].parts)
		return kinds[kind].base + (disk << kinds[kind].shift) + part;
	return -1;
}
