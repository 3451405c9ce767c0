/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices that a guest drives: xen-pciback in dom0 holds the device and answers for its configuration space, the
 * hypervisor lets the guest at its registers, ports and interrupt line (store nodes: xen-pciback's, public/io/pciif.h).
 * All devices are one frontend, number 0. Rights end with the domain.
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenctrl.h>

#include "../lib/mem.h"
#include "guest.h"
#include "log.h"
#include "store.h"

#define PCI_SYSFS "/sys/bus/pci/devices/"
#define PCI_RESOURCE_PORTS  0x100	/* flags in sysfs, include/linux/ioport.h */
#define PCI_RESOURCE_MEMORY 0x200
#define PAGE_SHIFT 12

static FILE *pci_open(const struct config_pci *pci, const char *file)
{
	char path[96];

	snprintf(path, sizeof(path), PCI_SYSFS "%s/%s", pci->address, file);
	return fopen(path, "re");
}

/* The driver that has the device; "" for none. */
static void pci_driver(const struct config_pci *pci, char name[64])
{
	char path[96], target[256];
	ssize_t n;

	snprintf(path, sizeof(path), PCI_SYSFS "%s/driver", pci->address);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	snprintf(name, 64, "%s", n > 0 ? basename(target) : "");
}

static struct domain *pci_find_user(struct xend *x, const struct domain *d, const struct config_pci *pci)
{
	/* In the worker, which alone changes the list. */
	for (struct domain *other = x->domains; other; other = other->next)
		for (size_t i = 0; other != d && i < other->config.pci_count; i++)
			if (!strcmp(other->config.pcis[i].address, pci->address))
				return other;
	return NULL;
}

int guest_check_pci(struct call *c, struct domain *d)
{
	struct xc_physinfo info;
	struct domain *other;
	char path[96], driver[64];

	for (size_t i = 0; i < d->config.pci_count; i++) {
		const struct config_pci *pci = &d->config.pcis[i];

		snprintf(path, sizeof(path), PCI_SYSFS "%s", pci->address);
		if (access(path, F_OK) < 0)
			return guest_fail(c, d, pci->where, "lspci shows what there is", "this host has no PCI device %s", pci->address);
		pci_driver(pci, driver);
		if (strcmp(driver, "pciback"))
			return guest_fail(c, d, pci->where, "give it to xen-pciback: xm.cfg(5), PCI DEVICES", "%s is %s%s", pci->address,
					  *driver ? "in use by dom0's driver " : "not held by xen-pciback", driver);
		other = pci_find_user(c->x, d, pci);
		if (other)
			return guest_fail(c, d, pci->where, "shut that guest down first", "%s is in use by guest %s", pci->address, other->name);
	}
	if (d->config.pci_count && !xc_physinfo(c->link->xc, &info) && !info.cap_directio)
		strbuf_printf(&c->warnings, "%s: pci: without an IOMMU in use the guest can read and write all of this machine's memory "
			      "by its device: trust it as dom0\n", d->source.file);
	return 0;
}

/* One line of the device's resources. */
static int pci_give_resource(struct call *c, struct domain *d, unsigned long long first, unsigned long long last, unsigned long long flags)
{
	if (last < first || !last)
		return 0;
	if (flags & PCI_RESOURCE_PORTS)
		return xc_domain_ioport_permission(c->link->xc, d->domid, first, last - first + 1, true);
	if (flags & PCI_RESOURCE_MEMORY)
		return xc_domain_iomem_permission(c->link->xc, d->domid, first >> PAGE_SHIFT,
						  (last >> PAGE_SHIFT) - (first >> PAGE_SHIFT) + 1, true);
	return 0;
}

static int pci_give_resources(struct call *c, struct domain *d, const struct config_pci *pci)
{
	unsigned long long first, last, flags;
	FILE *f = pci_open(pci, "resource");
	int ret = 0;

	if (!f)
		return call_fail(c, errno, "%s%s/resource: %s", PCI_SYSFS, pci->address, strerror(errno));
	while (!ret && fscanf(f, "%llx %llx %llx", &first, &last, &flags) == 3)
		ret = pci_give_resource(c, d, first, last, flags);
	fclose(f);
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

/* dom0's number of a line is the line's own (xen_register_gsi() of Linux). */
static int pci_give_line(struct call *c, struct domain *d, const struct config_pci *pci)
{
	FILE *f = pci_open(pci, "irq");
	unsigned int line = 0;
	int ret;

	if (f) {
		if (fscanf(f, "%u", &line) != 1)
			line = 0;
		fclose(f);
	}
	if (!line)
		return 0;
	ret = xc_domain_irq_permission(c->link->xc, d->domid, line, true);
	if (!ret)
		ret = xc_physdev_map_gsi(c->link->xc, d->domid, line);
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

static void pci_fill_nodes(struct store_batch *b, void *arg)
{
	struct domain *d = arg;
	char key[32];

	store_base(b, "/local/domain/%u/device/pci/0", d->domid);
	store_owner(b, "", d->domid, 0);
	store_put(b, "backend", "/local/domain/0/backend/pci/%u/0", d->domid);
	store_put(b, "backend-id", "0");
	store_put(b, "state", "%d", STORE_INITIALISING);
	store_base(b, "/local/domain/0/backend/pci/%u/0", d->domid);
	store_owner(b, "", 0, d->domid);
	store_put(b, "frontend", "/local/domain/%u/device/pci/0", d->domid);
	store_put(b, "frontend-id", "%u", d->domid);
	store_put(b, "online", "1");
	store_put(b, "domain", "%s", d->name);
	for (size_t i = 0; i < d->config.pci_count; i++) {
		const struct config_pci *pci = &d->config.pcis[i];

		snprintf(key, sizeof(key), "key-%zu", i);
		store_put(b, key, "%s", pci->address);
		snprintf(key, sizeof(key), "dev-%zu", i);
		store_put(b, key, "%s", pci->address);
		snprintf(key, sizeof(key), "opts-%zu", i);
		store_put(b, key, "msitranslate=%d,power_mgmt=%d,permissive=%d", pci->msitranslate, pci->power_mgmt, pci->permissive);
		snprintf(key, sizeof(key), "state-%zu", i);
		store_put(b, key, "%d", STORE_INITIALISING);
		if (pci->vslot >= 0) {
			snprintf(key, sizeof(key), "vdevfn-%zu", i);
			store_put(b, key, "%x", pci->vslot << 3);
		}
	}
	store_put(b, "num_devs", "%zu", d->config.pci_count);
	store_put(b, "state", "%d", STORE_INITIALISING);
}

/* pciback lets a guest write what it does not know only where it was told to. */
static int pci_set_permissive(struct call *c, const struct config_pci *pci)
{
	FILE *f = fopen("/sys/bus/pci/drivers/pciback/permissive", "we");
	bool good = f && fprintf(f, "%s\n", pci->address) > 0;

	if (f && fclose(f))
		good = false;
	return good ? 0 : call_fail(c, errno, "make %s permissive: %s", pci->address, strerror(errno));
}

int guest_attach_pcis(struct call *c, struct domain *d)
{
	struct guest_device device = { "pci", d->domid, 0 };
	char failed[STORE_PATH_MAX];
	int ret;

	if (!d->config.pci_count)
		return 0;
	for (size_t i = 0; i < d->config.pci_count; i++) {
		const struct config_pci *pci = &d->config.pcis[i];

		ret = pci_give_resources(c, d, pci);
		if (!ret)
			ret = pci_give_line(c, d, pci);
		if (!ret && pci->permissive)
			ret = pci_set_permissive(c, pci);
		if (ret < 0)
			return ret;
		log_line("%s: gets PCI device %s", d->name, pci->address);
	}
	ret = store_batch_run(c->link->xs, pci_fill_nodes, d, failed);
	if (ret < 0)
		return call_fail(c, -ret, "write the nodes of PCI devices: %s: %s", failed, strerror(-ret));
	return guest_wait_backend(c, d, d->config.pcis[0].where, &device, STORE_INIT_WAIT);
}

void guest_detach_pcis(struct xend *x, struct domain *d)
{
	struct guest_device device = { "pci", d->domid, 0 };

	if (d->config.pci_count && store_exists(x->worker.xs, "/local/domain/0/backend/pci/%u/0", d->domid))
		guest_remove_device(x, &device);
}
