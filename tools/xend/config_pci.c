/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts of PCI devices (xl-pci-configuration(5)): [DDDD:]BB:DD.F[@SLOT], vslot=, permissive=, msitranslate=, power_mgmt=, seize= */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "config_internal.h"

#define PCI_REMEDY "write it as \"00:05.0\", the address that lspci shows"

/* One function, or all of them: '*'. */
static int pci_set_address(struct config_item *item, const char *text)
{
	unsigned int domain = 0, bus = 0, slot = 32;
	const char *at = strchr(text, '@');
	char function = 0;
	int end = 0;

	if (sscanf(text, "%4x:%2x:%2x.%c%n", &domain, &bus, &slot, &function, &end) != 4) {
		domain = 0;
		if (sscanf(text, "%2x:%2x.%c%n", &bus, &slot, &function, &end) != 3)
			return config_item_fail(item, "\"%s\" is no device's address", text);
	}
	if (text[end] != (at ? '@' : 0) || slot > 31 || !strchr("01234567*", function))
		return config_item_fail(item, "\"%s\" is no device's address", text);
	snprintf(item->pci.address, sizeof(item->pci.address), "%04x:%02x:%02x.%c", domain & 0xffff, bus & 0xff, slot, function);
	return at ? config_item_set(item, "vslot", at + 1) : 0;
}

/* Always hexadecimal. */
static int pci_set_slot(struct config_item *item, const char *text)
{
	unsigned int slot;
	int end = 0;

	if (sscanf(text, "%4x%n", &slot, &end) != 1 || text[end] || slot > 31)
		return config_item_fail(item, "\"%s\" is no slot, 0 to 1f", text);
	item->pci.vslot = slot;
	return 0;
}

static int pci_set_permissive(struct config_item *item, const char *value)
{
	return config_item_read_flag(item, "permissive", value, &item->pci.permissive);
}

static int pci_set_msitranslate(struct config_item *item, const char *value)
{
	return config_item_read_flag(item, "msitranslate", value, &item->pci.msitranslate);
}

static int pci_set_power_mgmt(struct config_item *item, const char *value)
{
	return config_item_read_flag(item, "power_mgmt", value, &item->pci.power_mgmt);
}

static int pci_set_seize(struct config_item *item, const char *value)
{
	return config_item_read_flag(item, "seize", value, &item->pci.seize);
}

static int pci_set_rdm_policy(struct config_item *item, const char *value)
{
	config_item_warn(item, "rdm_policy is ignored: it is for HVM guests");
	return 0;
}

static const struct config_item_key pci_keys[] = {
	{ "bdf", pci_set_address, true, false }, { "vslot", pci_set_slot, true, false },
	{ "permissive", pci_set_permissive, false, false }, { "msitranslate", pci_set_msitranslate, false, false },
	{ "power_mgmt", pci_set_power_mgmt, false, false }, { "seize", pci_set_seize, false, false },
	{ "rdm_policy", pci_set_rdm_policy, false, false },
};

static int pci_check(struct config_item *item)
{
	return *item->pci.address ? 0 : config_item_fail(item, "no device's address");
}

bool config_pci_same(const char *a, const char *b)
{
	size_t function = strlen(a) - 1;

	return !strncmp(a, b, function) && (a[function] == b[function] || a[function] == '*' || b[function] == '*');
}

static int pci_finish(struct config_item *item)
{
	struct domain_config *c = item->r->config;

	item->pci.where = item->where;
	if (pci_check(item) < 0)
		return -EINVAL;
	for (size_t i = 0; i < c->pci_count; i++)
		if (config_pci_same(c->pcis[i].address, item->pci.address))
			return config_item_fail(item, "%s is named twice", item->pci.address);
	if (c->pci_count >= CONFIG_DEVICES_MAX)
		return config_item_fail(item, "more than %d devices", CONFIG_DEVICES_MAX);
	c->pcis = mem_grow(c->pcis, c->pci_count + 1, sizeof(*c->pcis));
	c->pcis[c->pci_count++] = item->pci;
	return 0;
}

static void pci_drop(struct domain_config *c)
{
	c->pci_count = 0;
}

static void pci_start(struct config_item *item)
{
	item->pci.vslot = -1;
}

const struct config_item_kind config_pci_kind = {
	.remedy = PCI_REMEDY, .empty_is_default = true, .keys = pci_keys, .key_count = sizeof(pci_keys) / sizeof(*pci_keys),
	.start = pci_start, .finish = pci_finish, .drop = pci_drop,
};

int config_read_pci(const char *spec, struct config_pci *out, struct config_error *err)
{
	struct strbuf warnings = { 0 };
	struct config_reader r = { .file = "", .warnings = &warnings, .err = err };
	struct config_item item;
	int ret;

	config_item_start(&item, &r, &config_pci_kind, (struct config_where){ .key = "pci" });
	ret = config_item_parse(&item, spec) ?: pci_check(&item);
	strbuf_free(&warnings);
	*out = item.pci;
	out->where = item.where;
	return ret;
}
