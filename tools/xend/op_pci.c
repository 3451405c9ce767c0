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

/* Appends device @index of the guest, if there is one. 0 or a negative errno. */
static int op_pci_add(struct xs_handle *xs, uint32_t domid, int index, struct json *list)
{
	char *device, *seen_as = NULL;
	int ret = store_get(xs, &device, PCI_BACKEND "/dev-%d", domid, index);

	if (!ret)
		ret = store_get(xs, &seen_as, PCI_BACKEND "/vdev-%d", domid, index);
	if (!ret && device) {
		struct json *item = json_add_new(list, NULL, JSON_OBJECT);

		json_add_str(item, "device", device);
		if (seen_as)
			json_add_str(item, "seen_as", seen_as);
	}
	free(device);
	free(seen_as);
	return ret;
}

int op_pci_list(struct call *c)
{
	int count, ret = 0;
	uint32_t domid;

	if (call_domain(c, &domid) < 0)
		return -c->code;
	count = pci_count_indices(c->link->xs, domid);
	c->result = json_new(JSON_ARRAY);
	for (int i = 0; i < count && !ret; i++)
		ret = op_pci_add(c->link->xs, domid, i, c->result);
	ret = count < 0 ? count : ret;
	return ret < 0 ? pci_fail_read(c, domid, ret) : 0;
}

/* Appends the device of that name, if it is one and no guest has it. 0 or call_fail()ed. */
static int op_pci_add_free(struct call *c, const char *name)
{
	struct config_error none = { 0 };
	struct config_pci pci;
	int64_t user = 0;
	int ret = 0;

	if (config_read_pci(name, &pci, &none) == 0)
		ret = pci_find_user(c->link->xs, pci.address, &user);
	config_error_free(&none);
	if (ret < 0)
		return call_fail(c, -ret, "look in the store for the user of PCI device %s: %s", pci.address, strerror(-ret));
	if (user < 0)
		json_add_str(c->result, NULL, pci.address);
	return 0;
}

int op_pci_assignable_list(struct call *c)
{
	DIR *dir = opendir(PCIBACK);
	struct dirent *entry;
	int ret = 0;

	/* Without the driver there is no such device. */
	if (!dir && errno != ENOENT)
		return call_fail(c, errno, PCIBACK ": %s", strerror(errno));
	c->result = json_new(JSON_ARRAY);
	while (dir && !ret && (entry = readdir(dir)))
		ret = op_pci_add_free(c, entry->d_name);
	if (dir)
		closedir(dir);
	return ret;
}
