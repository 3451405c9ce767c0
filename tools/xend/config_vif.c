/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts of network cards: mac=..., bridge=..., script=..., ip=..., vifname=..., rate=... */
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "../lib/strbuf.h"
#include "config_internal.h"

#define VIF_REMEDY "write it as \"mac=00:16:3e:..., bridge=xenbr0\" or leave it empty for the defaults"

struct vif_parse {
	struct config_reader *r;
	struct config_vif *vif;
};

#define vif_fail(p, ...) config_fail((p)->r->err, (p)->r->file, (p)->vif->where, VIF_REMEDY, __VA_ARGS__)

static int vif_set_mac(struct vif_parse *p, const char *value)
{
	if (config_parse_mac(value, p->vif->mac) < 0)
		return vif_fail(p, "\"%s\" is no MAC address, six pairs of hexadecimal digits with colons", value);
	if (p->vif->mac[0] & 1)
		return vif_fail(p, "%s is a multicast address", value);
	if (!memcmp(p->vif->mac, "\0\0\0\0\0", 6))
		return vif_fail(p, "the MAC address is zero");
	p->vif->mac_given = true;
	return 0;
}

/* A network interface's name as the kernel takes it. */
static bool vif_name_good(const char *name)
{
	return *name && strlen(name) < IFNAMSIZ && !strpbrk(name, "/ \t\n:") && strcmp(name, ".") && strcmp(name, "..");
}

static int vif_set_bridge(struct vif_parse *p, const char *value)
{
	if (!vif_name_good(value))
		return vif_fail(p, "\"%s\" cannot be a bridge's name", value);
	mem_replace(&p->vif->bridge, value);
	return 0;
}

static int vif_set_name(struct vif_parse *p, const char *value)
{
	if (!vif_name_good(value))
		return vif_fail(p, "\"%s\" cannot be an interface's name, which has 1 to %d characters", value, IFNAMSIZ - 1);
	mem_replace(&p->vif->name, value);
	return 0;
}

static int vif_set_script(struct vif_parse *p, const char *value)
{
	if (!*value)
		return vif_fail(p, "script is empty");
	free(p->vif->script);
	p->vif->script = *value == '/' ? mem_strdup(value) : mem_printf(SCRIPT_FOLDER "%s", value);
	return 0;
}

static int vif_set_ip(struct vif_parse *p, const char *value)
{
	mem_replace(&p->vif->ip, *value ? value : NULL);
	return 0;
}

static int vif_set_type(struct vif_parse *p, const char *value)
{
	if (!strcmp(value, "vif") || !strcmp(value, "netfront"))
		return 0;
	return vif_fail(p, "type %s is not supported, only vif is", value);
}

static int vif_set_backend(struct vif_parse *p, const char *value)
{
	if (!strcmp(value, "0") || !strcmp(value, "Domain-0"))
		return 0;
	return vif_fail(p, "backend %s is not supported, only domain 0 is", value);
}

static int vif_set_model(struct vif_parse *p, const char *value)
{
	return 0;
}

/* "50ms" after the @; microseconds, 0 on error. */
static uint32_t vif_parse_interval(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || value > 3600000000UL || !isdigit((unsigned char)*text))
		return 0;
	if (!strcmp(end, "s"))
		value *= 1000000;
	else if (!strcmp(end, "ms"))
		value *= 1000;
	else if (strcmp(end, "us"))
		return 0;
	return value <= 3600000000UL ? value : 0;
}

/* "10Mb/s", "250KB/s@20ms": b counts bits, B bytes; K, M, G are powers of ten. */
static int vif_set_rate(struct vif_parse *p, const char *value)
{
	static const char units[] = "KMG";
	const char *unit, *end;
	uint64_t rate;
	char *after;

	p->vif->rate_us = 50000;
	errno = 0;
	rate = strtoull(value, &after, 10);
	if (errno || after == value || !isdigit((unsigned char)*value) || rate > 1000000000000ULL)
		goto bad;
	unit = *after ? strchr(units, *after) : NULL;
	for (after += unit != NULL; unit && unit >= units; unit--)
		rate *= 1000;
	if ((*after != 'b' && *after != 'B') || strncmp(after + 1, "/s", 2))
		goto bad;
	end = after + 3;
	if (*after == 'b')
		rate /= 8;
	if (*end == '@')
		p->vif->rate_us = vif_parse_interval(end + 1);
	else if (*end)
		goto bad;
	if (!rate || rate > 1000000000000ULL || !p->vif->rate_us)
		goto bad;
	p->vif->rate_bytes = rate * p->vif->rate_us / 1000000;
	if (p->vif->rate_bytes)
		return 0;
bad:
	return vif_fail(p, "rate \"%s\" is not understood; it looks like 10Mb/s or 250KB/s@20ms", value);
}

static const struct vif_key {
	const char *name;
	int (*set)(struct vif_parse *p, const char *value);
} vif_keys[] = {
	{ "mac", vif_set_mac }, { "bridge", vif_set_bridge }, { "script", vif_set_script }, { "ip", vif_set_ip },
	{ "vifname", vif_set_name }, { "rate", vif_set_rate }, { "type", vif_set_type }, { "backend", vif_set_backend },
	{ "model", vif_set_model },
};

static char *vif_trim(char *s)
{
	char *end;

	s += strspn(s, " \t\n");
	for (end = s + strlen(s); end > s && strchr(" \t\n", end[-1]); end--)
		;
	*end = 0;
	return s;
}

static int vif_parse_word(struct vif_parse *p, char *word)
{
	char *value = strchr(word, '=');
	const char *near;

	if (!value)
		return vif_fail(p, "\"%s\" is no key=value", word);
	*value++ = 0;
	word = vif_trim(word);
	for (size_t i = 0; i < sizeof(vif_keys) / sizeof(*vif_keys); i++)
		if (!strcmp(vif_keys[i].name, word))
			return vif_keys[i].set(p, vif_trim(value));
	near = config_nearest(word, vif_keys, sizeof(vif_keys) / sizeof(*vif_keys), sizeof(*vif_keys));
	if (near)
		return vif_fail(p, "unknown key %s, did you mean %s?", word, near);
	return vif_fail(p, "unknown key %s", word);
}

void config_vif_free(struct config_vif *v)
{
	free(v->bridge);
	free(v->script);
	free(v->ip);
	free(v->name);
	*v = (struct config_vif){ 0 };
}

int config_finish_vif(struct config_reader *r, struct config_vif *vif)
{
	struct vif_parse p = { r, vif };
	struct domain_config *c = r->config;

	for (size_t i = 0; i < c->vif_count; i++) {
		if (vif->mac_given && c->vifs[i].mac_given && !memcmp(c->vifs[i].mac, vif->mac, 6))
			vif_fail(&p, "two cards have the same MAC address");
		if (vif->name && c->vifs[i].name && !strcmp(c->vifs[i].name, vif->name))
			vif_fail(&p, "two cards have the name %s", vif->name);
	}
	if (c->vif_count >= CONFIG_DEVICES_MAX)
		vif_fail(&p, "more than %d network cards", CONFIG_DEVICES_MAX);
	if (r->err->text) {
		config_vif_free(vif);
		return -EINVAL;
	}
	c->vifs = mem_grow(c->vifs, c->vif_count + 1, sizeof(*c->vifs));
	c->vifs[c->vif_count++] = *vif;
	return 0;
}

int config_add_vif(struct config_reader *r, struct config_where where, const char *spec)
{
	struct config_vif vif = { .where = where };
	struct vif_parse p = { r, &vif };
	char *copy = mem_strdup(spec), *rest = copy, *word;
	int ret = 0;

	while (rest && !ret) {
		word = vif_trim(strsep(&rest, ","));
		if (*word)
			ret = vif_parse_word(&p, word);
	}
	free(copy);
	if (!ret)
		return config_finish_vif(r, &vif);
	config_vif_free(&vif);
	return ret;
}
