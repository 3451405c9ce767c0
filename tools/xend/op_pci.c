/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations on PCI devices: pci-attach, pci-detach, pci-list, pci-assignable-list. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/json.h"
#include "guest_pci.h"
#include "ops.h"
#include "store.h"

#define PCIBACK "/sys/bus/pci/drivers/pciback"

/* The guest and the device that a request names. */
static int op_pci_arguments(struct call *c, struct domain **d, struct config_pci *pci)
{
	uint32_t domid;
	int ret = config_read_pci(json_str(c->args, "device", ""), pci, &c->err);

	if (ret < 0)
		return ret;
	if (call_domain(c, &domid) < 0)
		return -c->code;
	*d = domain_get(c->x, domid);
	return *d ? 0 : call_fail(c, EINVAL, "domain %u was not made by xend", domid);
}

int op_pci_attach(struct call *c)
{
	struct config_pci pci;
	struct domain *d;
	int ret = op_pci_arguments(c, &d, &pci);

	return ret ?: guest_plug_pci(c, d, &pci);
}

int op_pci_detach(struct call *c)
{
	struct config_pci pci;
	struct domain *d;
	int ret = op_pci_arguments(c, &d, &pci);

	return ret ?: guest_unplug_pci(c, d, &pci);
}

int op_pci_list(struct call *c)
{
	struct xs_handle *xs = c->link->xs;
	uint32_t domid;
	int count;

	if (call_domain(c, &domid) < 0)
		return -c->code;
	c->result = json_new(JSON_ARRAY);
	count = pci_count_indices(xs, domid);
	for (int i = 0; i < count; i++) {
		char *device = store_read(xs, PCI_BACKEND "/dev-%d", domid, i), *seen_as = store_read(xs, PCI_BACKEND "/vdev-%d", domid, i);
		struct json *item = device ? json_add_new(c->result, NULL, JSON_OBJECT) : NULL;

		if (item)
			json_add_str(item, "device", device);
		if (item && seen_as)
			json_add_str(item, "seen_as", seen_as);
		free(device);
		free(seen_as);
	}
	return 0;
}

int op_pci_assignable_list(struct call *c)
{
	DIR *dir = opendir(PCIBACK);
	struct dirent *entry;
	struct config_pci pci;

	c->result = json_new(JSON_ARRAY);
	/* Without the driver there is no such device. */
	while (dir && (entry = readdir(dir))) {
		struct config_error none = { 0 };

		if (config_read_pci(entry->d_name, &pci, &none) == 0 && pci_find_user(c->link->xs, pci.address) < 0)
			json_add_str(c->result, NULL, pci.address);
		config_error_free(&none);
	}
	if (dir)
		closedir(dir);
	return 0;
}
