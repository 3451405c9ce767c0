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

/* 1: the bus is in that state, 0: in another, or a negative errno. */
static int pci_bus_is(struct xs_handle *xs, uint32_t domid, int state)
{
	char *value;
	int ret = store_get(xs, &value, PCI_BACKEND "/state", domid), is = pci_state_is(value, state);

	free(value);
	return ret ? ret : is;
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

	ret = pci_bus_is(xs, d->domid, STORE_CONNECTED);
	if (ret < 0)
		return pci_fail_read(c, d->domid, ret);
	change->reconfigure = ret;
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

/* Adds the device to a bus that the guest has already. */
static int pci_plug_into(struct call *c, struct domain *d, const struct config_pci *pci)
{
	struct pci_change change = { .domid = d->domid, .comes = pci };
	struct xs_handle *xs = c->link->xs;
	int index = pci_find_index(xs, d->domid, NULL), count = pci_count_indices(xs, d->domid), ret;

	if (count < 0 || (index < 0 && index != -ENOENT))
		return pci_fail_read(c, d->domid, count < 0 ? count : index);
	change.count = count;
	change.index = index < 0 ? change.count++ : (unsigned int)index;
	ret = change.count > CONFIG_DEVICES_MAX ? call_fail(c, ENOSPC, "%s has %d PCI devices already", d->name, CONFIG_DEVICES_MAX) :
						  pci_change_bus(c, d, &change);
	if (ret < 0)
		pci_remove_nodes(xs, d->domid, change.index);
	return ret;
}

static int pci_plug(struct call *c, struct domain *d, const struct config_pci *pci)
{
	char *bus;
	int ret;

	ret = store_get(c->link->xs, &bus, PCI_BACKEND "/frontend", d->domid);
	if (ret < 0)
		return pci_fail_read(c, d->domid, ret);
	free(bus);
	ret = pci_give(c, d, pci);
	if (!ret && bus) {
		ret = pci_plug_into(c, d, pci);
	} else if (!ret) {
		ret = pci_make_device(c, d, pci, 1);
		if (ret < 0)
			guest_detach_pcis(c->x, d);
	}
	if (ret < 0)
		pci_take(c, d, pci);
	return ret;
}

/* 1: the guest has a device yet, 0: it has none, or a negative errno. */
static int pci_has_any(struct xs_handle *xs, uint32_t domid, unsigned int count)
{
	bool any = false;
	int ret = 0;

	for (unsigned int i = 0; i < count && !any && !ret; i++) {
		char *device;

		ret = store_get(xs, &device, PCI_BACKEND "/dev-%u", domid, i);
		any = device != NULL;
		free(device);
	}
	return ret ? ret : any;
}

static int pci_unplug(struct call *c, struct domain *d, const struct config_pci *pci)
{
	struct xs_handle *xs = c->link->xs;
	int index = pci_find_index(xs, d->domid, pci->address), count = pci_count_indices(xs, d->domid), ret;
	struct pci_change change = { .domid = d->domid, .index = index, .count = count };

	if (count < 0 || (index < 0 && index != -ENOENT))
		return pci_fail_read(c, d->domid, count < 0 ? count : index);
	if (index < 0)
		return call_fail(c, ENODEV, "%s has no PCI device %s; xm pci-list %s shows what it has", d->name, pci->address, d->name);
	ret = pci_change_bus(c, d, &change);
	if (ret < 0) {
		store_write(xs, "3", PCI_BACKEND "/state-%d", d->domid, index);
		return ret;
	}
	pci_remove_nodes(xs, d->domid, index);
	/* An empty bus goes; one that cannot be looked at stays. */
	if (pci_has_any(xs, d->domid, count) == 0)
		guest_detach_pcis(c->x, d);
	log_line("%s: PCI device %s is back", d->name, pci->address);
	return pci_take(c, d, pci);
}

/* All functions, or none. */
int guest_plug_pci(struct call *c, struct domain *d, const struct config_pci *pci)
{
	struct config_pci functions[PCI_FUNCTIONS];
	int count = pci_functions(c, d, pci, functions), done, ret = count < 0 ? count : 0;

	for (int i = 0; i < count && !ret; i++)
		ret = pci_check(c, d, &functions[i]);
	if (ret < 0)
		return ret;
	pci_warn(c, d->name);
	for (done = 0; done < count && !ret; done++)
		ret = pci_plug(c, d, &functions[done]);
	for (done--; ret < 0 && done-- > 0;)
		pci_unplug(c, d, &functions[done]);
	return ret;
}

int guest_unplug_pci(struct call *c, struct domain *d, const struct config_pci *pci)
{
	struct config_pci one = *pci;
	char *function = strchr(one.address, '*');
	int had = 0, ret = 0;

	if (!function)
		return pci_unplug(c, d, pci);
	for (int i = 0; i < PCI_FUNCTIONS && !ret; i++) {
		int index;

		*function = '0' + i;
		index = pci_find_index(c->link->xs, d->domid, one.address);
		had += index >= 0;
		if (index >= 0)
			ret = pci_unplug(c, d, &one);
		else if (index != -ENOENT)
			ret = pci_fail_read(c, d->domid, index);
	}
	return ret || had ? ret : call_fail(c, ENODEV, "%s has no function of PCI device %s", d->name, pci->address);
}
