/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices of a guest that runs come and go as the states of its PCI bus say (Linux, drivers/xen/xen-pciback/xenbus.c and
 * drivers/pci/xen-pcifront.c): the tool writes the device's nodes and takes the backend from Connected to Reconfiguring, the
 * guest lets go of devices in state Closing and follows, the backend does its part and says Reconfigured, the guest looks
 * for new devices, and both are Connected again. A bus that no guest's driver has met yet takes devices without that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "guest_pci.h"
#include "log.h"
#include "store.h"

static bool pci_state_is(const char *value, int state)
{
	return value && atoi(value) == state;
}

static bool pci_bus_is(struct xs_handle *xs, uint32_t domid, int state)
{
	char *value = store_read(xs, PCI_BACKEND "/state", domid);
	bool is = pci_state_is(value, state);

	free(value);
	return is;
}

/* One change of the bus: a device that comes, with its nodes, or goes. */
struct pci_change {
	uint32_t domid;
	unsigned int index, count;	/* the device's number; how many there are then */
	const struct config_pci *comes;	/* NULL: it goes */
	bool reconfigure;
};

static void pci_fill_change(struct store_batch *b, void *arg)
{
	const struct pci_change *change = arg;
	char key[32];

	store_base(b, PCI_BACKEND, change->domid);
	snprintf(key, sizeof(key), "state-%u", change->index);
	if (change->comes)
		pci_put_nodes(b, change->index, change->comes);
	else
		store_put(b, key, "%d", STORE_CLOSING);
	store_put(b, "num_devs", "%u", change->count);
	if (change->reconfigure)
		store_put(b, "state", "%d", STORE_RECONFIGURING);
}

static void pci_remove_nodes(struct xs_handle *xs, uint32_t domid, unsigned int index)
{
	static const char *const keys[] = { "key", "dev", "vdev", "opts", "state", "vdevfn" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		store_remove(xs, PCI_BACKEND "/%s-%u", domid, keys[i], index);
}

/* Writes the change and waits until the guest has followed; a guest that has no driver yet finds it later. */
static int pci_change_bus(struct call *c, struct domain *d, struct pci_change *change)
{
	char failed[STORE_PATH_MAX], path[STORE_PATH_MAX];
	struct xs_handle *xs = c->link->xs;
	int ret;

	change->reconfigure = pci_bus_is(xs, d->domid, STORE_CONNECTED);
	ret = store_batch_run(xs, pci_fill_change, change, failed);
	if (ret < 0)
		return call_fail(c, -ret, "write the nodes of PCI devices: %s: %s", failed, strerror(-ret));
	if (!change->reconfigure)
		return 0;
	snprintf(path, sizeof(path), PCI_BACKEND "/state", d->domid);
	ret = store_wait(c->x, xs, path, pci_state_is, STORE_CONNECTED, xend_now_ms() + c->x->options.backend_ms);
	if (!ret)
		return 0;
	store_write(xs, "4", PCI_BACKEND "/state", d->domid);
	return ret == -EINTR ? call_fail(c, EINTR, "xend stops") :
			       call_fail(c, -ret, "%s did not follow the change of its PCI bus within %u s; see its console", d->name,
					 c->x->options.backend_ms / 1000);
}

int guest_plug_pci(struct call *c, struct domain *d, const struct config_pci *pci)
{
	struct pci_change change = { .domid = d->domid, .comes = pci };
	struct xs_handle *xs = c->link->xs;
	int ret, index;

	ret = pci_check(c, d, pci);
	if (ret < 0)
		return ret;
	pci_warn(c, d->name);
	ret = pci_give(c, d, pci);
	if (ret < 0)
		goto out;
	if (!store_exists(xs, PCI_BACKEND, d->domid)) {
		ret = pci_make_device(c, d, pci, 1);
		if (ret < 0)
			guest_detach_pcis(c->x, d);
		goto out;
	}
	index = pci_find_index(xs, d->domid, NULL);
	change.count = pci_count_indices(xs, d->domid);
	change.index = index < 0 ? change.count++ : (unsigned int)index;
	ret = change.count > CONFIG_DEVICES_MAX ? call_fail(c, ENOSPC, "%s has %d PCI devices already", d->name, CONFIG_DEVICES_MAX) :
						  pci_change_bus(c, d, &change);
	if (ret < 0)
		pci_remove_nodes(xs, d->domid, change.index);
out:
	if (ret < 0)
		pci_take(c, d, pci);
	return ret;
}

int guest_unplug_pci(struct call *c, struct domain *d, const struct config_pci *pci)
{
	struct xs_handle *xs = c->link->xs;
	int index = pci_find_index(xs, d->domid, pci->address), ret;
	struct pci_change change = { .domid = d->domid, .index = index, .count = pci_count_indices(xs, d->domid) };
	bool others = false;

	if (index < 0)
		return call_fail(c, ENODEV, "%s has no PCI device %s; xm pci-list %s shows what it has", d->name, pci->address, d->name);
	ret = pci_change_bus(c, d, &change);
	if (ret < 0) {
		store_write(xs, "3", PCI_BACKEND "/state-%d", d->domid, index);
		return ret;
	}
	pci_remove_nodes(xs, d->domid, index);
	for (unsigned int i = 0; i < change.count && !others; i++)
		others = store_exists(xs, PCI_BACKEND "/dev-%u", d->domid, i);
	if (!others)
		guest_detach_pcis(c->x, d);
	log_line("%s: PCI device %s is back", d->name, pci->address);
	return pci_take(c, d, pci);
}
