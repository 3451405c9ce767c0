/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts of PCI devices: [DDDD:]BB:DD.F[@SLOT][,permissive=0|1][,msitranslate=0|1][,power_mgmt=0|1] */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "config_internal.h"

#define PCI_REMEDY "write it as \"00:05.0\", the address that lspci shows"
#define pci_fail(r, pci, ...) config_fail((r)->err, (r)->file, (pci)->where, PCI_REMEDY, __VA_ARGS__)

static int pci_set_flag(struct config_reader *r, struct config_pci *pci, const char *word)
{
	const struct { const char *name; bool *flag; } flags[] = {
		{ "permissive", &pci->permissive }, { "msitranslate", &pci->msitranslate }, { "power_mgmt", &pci->power_mgmt },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		size_t n = strlen(flags[i].name);

		if (strncmp(word, flags[i].name, n) || word[n] != '=')
			continue;
		if (strcmp(word + n + 1, "0") && strcmp(word + n + 1, "1"))
			return pci_fail(r, pci, "%s is 0 or 1", flags[i].name);
		*flags[i].flag = word[n + 1] == '1';
		return 0;
	}
	return pci_fail(r, pci, "\"%s\" is not understood", word);
}

static int pci_set_address(struct config_reader *r, struct config_pci *pci, const char *text)
{
	unsigned int domain = 0, bus, slot, function, vslot;
	char *at = strchr(text, '@');
	int end = 0;

	if (sscanf(text, "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &end) != 4) {
		domain = 0;
		if (sscanf(text, "%2x:%2x.%1x%n", &bus, &slot, &function, &end) != 3)
			return pci_fail(r, pci, "\"%s\" is no device's address", text);
	}
	if (text[end] != (at ? '@' : 0) || slot > 31 || function > 7)
		return pci_fail(r, pci, "\"%s\" is no device's address", text);
	if (at) {
		if (sscanf(at + 1, "%2x%n", &vslot, &end) != 1 || at[1 + end] || vslot > 31)
			return pci_fail(r, pci, "\"%s\" is no slot, 0 to 1f", at + 1);
		pci->vslot = vslot;
	}
	snprintf(pci->address, sizeof(pci->address), "%04x:%02x:%02x.%u", domain & 0xffff, bus & 0xff, slot, function);
	return 0;
}

/* All of the text. */
static int pci_parse(struct config_reader *r, struct config_pci *pci, const char *spec)
{
	char *copy = mem_strdup(spec), *rest = copy, *word = strsep(&rest, ",");
	int ret = pci_set_address(r, pci, word + strspn(word, " "));

	while (!ret && (word = strsep(&rest, ",")))
		ret = pci_set_flag(r, pci, word + strspn(word, " "));
	free(copy);
	return ret;
}

int config_read_pci(const char *spec, struct config_pci *out, struct config_error *err)
{
	struct config_reader r = { .file = "", .err = err };

	*out = (struct config_pci){ .where = { .key = "pci" }, .vslot = -1 };
	return pci_parse(&r, out, spec);
}

int config_add_pci(struct config_reader *r, struct config_where where, const char *spec)
{
	struct config_pci pci = { .where = where, .vslot = -1 };
	struct domain_config *c = r->config;
	int ret = pci_parse(r, &pci, spec);

	for (size_t i = 0; !ret && i < c->pci_count; i++)
		if (!strcmp(c->pcis[i].address, pci.address))
			ret = pci_fail(r, &pci, "%s is named twice", pci.address);
	if (!ret && c->pci_count >= CONFIG_DEVICES_MAX)
		ret = pci_fail(r, &pci, "more than %d devices", CONFIG_DEVICES_MAX);
	if (ret)
		return ret;
	c->pcis = mem_grow(c->pcis, c->pci_count + 1, sizeof(*c->pcis));
	c->pcis[c->pci_count++] = pci;
	return 0;
}
