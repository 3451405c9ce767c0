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

static int vif_set_mac(struct config_item *item, const char *value)
{
	if (config_parse_mac(value, item->vif.mac) < 0)
		return config_item_fail(item, "\"%s\" is no MAC address, six pairs of hexadecimal digits with colons", value);
	if (item->vif.mac[0] & 1)
		return config_item_fail(item, "%s is a multicast address", value);
	if (!memcmp(item->vif.mac, "\0\0\0\0\0", 6))
		return config_item_fail(item, "the MAC address is zero");
	item->vif.mac_given = true;
	return 0;
}

/* A network interface's name as the kernel takes it. */
static bool vif_name_good(const char *name)
{
	return *name && strlen(name) < IFNAMSIZ && !strpbrk(name, "/ \t\n:") && strcmp(name, ".") && strcmp(name, "..");
}

static int vif_set_interface(struct config_item *item, char **slot, const char *value, const char *what)
{
	if (!vif_name_good(value))
		return config_item_fail(item, "\"%s\" cannot be %s name, which has 1 to %d characters", value, what, IFNAMSIZ - 1);
	mem_replace(slot, value);
	return 0;
}

static int vif_set_bridge(struct config_item *item, const char *value)
{
	return vif_set_interface(item, &item->vif.bridge, value, "a bridge's");
}

static int vif_set_name(struct config_item *item, const char *value)
{
	return vif_set_interface(item, &item->vif.name, value, "an interface's");
}

static int vif_set_script(struct config_item *item, const char *value)
{
	if (!*value)
		return config_item_fail(item, "script is empty");
	free(item->vif.script);
	item->vif.script = *value == '/' ? mem_strdup(value) : mem_printf(SCRIPT_FOLDER "%s", value);
	return 0;
}

static int vif_set_ip(struct config_item *item, const char *value)
{
	mem_replace(&item->vif.ip, *value ? value : NULL);
	return 0;
}

static int vif_set_type(struct config_item *item, const char *value)
{
	if (!strcmp(value, "vif") || !strcmp(value, "netfront"))
		return 0;
	if (!strcmp(value, "ioemu")) {
		config_item_warn(item, "type=ioemu is ignored: it is for HVM guests");
		return 0;
	}
	return config_item_fail(item, "type %s is not supported, only vif is", value);
}

static int vif_set_backend(struct config_item *item, const char *value)
{
	if (!strcmp(value, "0") || !strcmp(value, "Domain-0"))
		return 0;
	return config_item_fail(item, "backend %s is not supported, only domain 0 is", value);
}

/* The interface in dom0 that vif-route has the guest's traffic go through. */
static int vif_set_gatewaydev(struct config_item *item, const char *value)
{
	return vif_set_interface(item, &item->vif.gatewaydev, value, "an interface's");
}

/* Its name in old files. */
static int vif_set_netdev(struct config_item *item, const char *value)
{
	return config_item_set(item, "gatewaydev", value);
}

/* The least is what IPv4 asks for (RFC 791); netback carries no more than 65535 bytes of a packet. */
static int vif_set_mtu(struct config_item *item, const char *value)
{
	char *end;
	unsigned long mtu = strtoul(value, &end, 10);

	if (!isdigit((unsigned char)*value) || *end || mtu < 68 || mtu > 65535)
		return config_item_fail(item, "mtu \"%s\" is no number from 68 to 65535", value);
	item->vif.mtu = mtu;
	return 0;
}

static int vif_set_trusted(struct config_item *item, const char *value)
{
	bool trusted = true;
	int ret = config_item_read_flag(item, "trusted", value, &trusted);

	item->vif.untrusted = !trusted;
	return ret;
}

/* Cards are numbered in the order of the list. */
static int vif_set_devid(struct config_item *item, const char *value)
{
	char *place = mem_printf("%zu", item->r->config->vif_count);
	bool same = !strcmp(place, value);

	free(place);
	return same ? 0 : config_item_fail(item, "devid=%s is not supported: cards are numbered in the list's order", value);
}

static int vif_set_model(struct config_item *item, const char *value)
{
	return 0;
}

/* "50ms" after the @; microseconds, which is the unit where none is given; 0 on error. */
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
	else if (*end && strcmp(end, "us"))
		return 0;
	return value <= 3600000000UL ? value : 0;
}

/* "10Mb/s", "250KB/s@20ms": b counts bits, B bytes; K, M, G are powers of ten. */
static int vif_set_rate(struct config_item *item, const char *value)
{
	static const char units[] = "KMG";
	const char *unit, *end;
	uint64_t rate;
	char *after;

	item->vif.rate_us = 50000;
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
		item->vif.rate_us = vif_parse_interval(end + 1);
	else if (*end)
		goto bad;
	if (!rate || rate > 1000000000000ULL || !item->vif.rate_us)
		goto bad;
	item->vif.rate_bytes = rate * item->vif.rate_us / 1000000;
	if (item->vif.rate_bytes)
		return 0;
bad:
	return config_item_fail(item, "rate \"%s\" is not understood; it looks like 10Mb/s or 250KB/s@20ms", value);
}

static const struct config_item_key vif_keys[] = {
	{ "mac", vif_set_mac, false, false }, { "bridge", vif_set_bridge, false, false },
	{ "script", vif_set_script, false, false }, { "ip", vif_set_ip, false, false },
	{ "vifname", vif_set_name, false, false }, { "rate", vif_set_rate, false, false },
	{ "type", vif_set_type, false, false }, { "backend", vif_set_backend, false, false },
	{ "model", vif_set_model, false, false }, { "gatewaydev", vif_set_gatewaydev, false, false },
	{ "netdev", vif_set_netdev, false, false }, { "mtu", vif_set_mtu, false, false },
	{ "trusted", vif_set_trusted, false, false }, { "devid", vif_set_devid, false, false },
};

static const struct config_item_flag vif_flags[] = {
	{ "trusted", "trusted", "1" }, { "untrusted", "trusted", "0" },
};

void config_vif_free(struct config_vif *v)
{
	free(v->bridge);
	free(v->script);
	free(v->ip);
	free(v->gatewaydev);
	free(v->name);
	*v = (struct config_vif){ 0 };
}

void config_drop_vifs(struct domain_config *c)
{
	for (size_t i = 0; i < c->vif_count; i++)
		config_vif_free(&c->vifs[i]);
	c->vif_count = 0;
}

static void vif_free(struct config_item *item)
{
	config_vif_free(&item->vif);
}

static int vif_finish(struct config_item *item)
{
	struct config_vif *vif = &item->vif;
	struct domain_config *c = item->r->config;

	vif->where = item->where;
	for (size_t i = 0; i < c->vif_count; i++) {
		if (vif->mac_given && c->vifs[i].mac_given && !memcmp(c->vifs[i].mac, vif->mac, 6))
			return config_item_fail(item, "two cards have the same MAC address");
		if (vif->name && c->vifs[i].name && !strcmp(c->vifs[i].name, vif->name))
			return config_item_fail(item, "two cards have the name %s", vif->name);
	}
	if (c->vif_count >= CONFIG_DEVICES_MAX)
		return config_item_fail(item, "more than %d network cards", CONFIG_DEVICES_MAX);
	c->vifs = mem_grow(c->vifs, c->vif_count + 1, sizeof(*c->vifs));
	c->vifs[c->vif_count++] = *vif;
	return 0;
}

const struct config_item_kind config_vif_kind = {
	.remedy = VIF_REMEDY, .keys = vif_keys, .key_count = sizeof(vif_keys) / sizeof(*vif_keys),
	.flags = vif_flags, .flag_count = sizeof(vif_flags) / sizeof(*vif_flags),
	.finish = vif_finish, .free = vif_free, .drop = config_drop_vifs,
};
