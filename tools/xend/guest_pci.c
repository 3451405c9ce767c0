/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI devices that a guest drives: xen-pciback in dom0 holds the device and answers for its configuration space, the
 * hypervisor lets the guest at its registers, ports and interrupt line (store nodes: xen-pciback's, public/io/pciif.h).
 * All devices are one frontend, number 0. Rights end with the domain.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenctrl.h>

#include "../lib/mem.h"
#include "domain.h"
#include "guest_pci.h"
#include "log.h"
#include "store.h"

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

int pci_fail_read(struct call *c, uint32_t domid, int ret)
{
	return call_fail(c, -ret, "read the PCI devices of domain %u in the store: %s", domid, strerror(-ret));
}

int pci_find_index(struct xs_handle *xs, uint32_t domid, const char *address)
{
	int count = pci_count_indices(xs, domid), found = -ENOENT, ret = count < 0 ? count : 0;

	for (int i = 0; i < count && found < 0 && !ret; i++) {
		char *device;

		ret = store_get(xs, &device, PCI_BACKEND "/dev-%d", domid, i);
		if (!ret && (address ? device && !strcmp(device, address) : !device))
			found = i;
		free(device);
	}
	return ret ? ret : found;
}

int pci_count_indices(struct xs_handle *xs, uint32_t domid)
{
	char *count;
	int ret = store_get(xs, &count, PCI_BACKEND "/num_devs", domid), n = count ? atoi(count) : 0;

	free(count);
	return ret ? ret : n < 0 ? 0 : n;
}

/* Device @index as the configuration would name it: 1; 0 where the number is free, or a negative errno. */
static int pci_read_device(struct xs_handle *xs, uint32_t domid, int index, struct config_pci *out)
{
	char *device, *opts = NULL, *slot = NULL, *text = NULL;
	struct config_error err = { 0 };
	bool good = false;
	int ret;

	ret = store_get(xs, &device, PCI_BACKEND "/dev-%d", domid, index);
	if (!ret)
		ret = store_get(xs, &opts, PCI_BACKEND "/opts-%d", domid, index);
	if (!ret)
		ret = store_get(xs, &slot, PCI_BACKEND "/vdevfn-%d", domid, index);
	if (!ret && device) {
		text = mem_printf("%s%s%s", device, opts && *opts ? "," : "", opts ? opts : "");
		good = config_read_pci(text, out, &err) == 0;
	}
	if (good && slot)
		out->vslot = strtoul(slot, NULL, 16) >> 3 & 31;
	config_error_free(&err);
	free(device);
	free(opts);
	free(slot);
	free(text);
	return ret ? ret : good;
}

int pci_list(struct xs_handle *xs, uint32_t domid, struct config_pci **out)
{
	int count = pci_count_indices(xs, domid), found = 0, ret = count < 0 ? count : 0;

	*out = NULL;
	for (int i = 0; i < count && found < CONFIG_DEVICES_MAX && ret >= 0; i++) {
		*out = mem_grow(*out, found + 1, sizeof(**out));
		ret = pci_read_device(xs, domid, i, &(*out)[found]);
		found += ret > 0;
	}
	return ret < 0 ? ret : found;
}

int pci_find_user(struct xs_handle *xs, const char *address, int64_t *user)
{
	unsigned int count = 0;
	char **users = xs_directory(xs, XBT_NULL, PCI_BACKENDS, &count);
	int ret = users || errno == ENOENT ? 0 : -errno;

	*user = -1;
	for (unsigned int i = 0; users && i < count && *user < 0 && !ret; i++) {
		int index = pci_find_index(xs, atoi(users[i]), address);

		if (index >= 0)
			*user = atoi(users[i]);
		else if (index != -ENOENT)
			ret = index;
	}
	free(users);
	return ret;
}

int pci_functions(struct call *c, struct domain *d, const struct config_pci *pci, struct config_pci out[PCI_FUNCTIONS])
{
	char *function, path[96];
	int count = 0;

	*out = *pci;
	if (!strchr(pci->address, '*'))
		return 1;
	for (int i = 0; i < PCI_FUNCTIONS; i++) {
		out[count] = *pci;
		function = strchr(out[count].address, '*');
		*function = '0' + i;
		snprintf(path, sizeof(path), PCI_SYSFS "%s", out[count].address);
		count += access(path, F_OK) == 0;
	}
	return count ? count : guest_fail(c, d, pci->where, "lspci shows what there is", "this host has no PCI device %s", pci->address);
}

int pci_check(struct call *c, struct domain *d, const struct config_pci *pci)
{
	char path[96], driver[64], *name;
	int64_t user;
	int ret;

	snprintf(path, sizeof(path), PCI_SYSFS "%s", pci->address);
	if (access(path, F_OK) < 0)
		return guest_fail(c, d, pci->where, "lspci shows what there is", "this host has no PCI device %s", pci->address);
	pci_driver(pci, driver);
	if (strcmp(driver, "pciback") && !pci->seize)
		return guest_fail(c, d, pci->where, "give it to xen-pciback: xm.cfg(5), PCI DEVICES", "%s is %s%s", pci->address,
				  *driver ? "in use by dom0's driver " : "not held by xen-pciback", driver);
	if (pci->seize && access(PCIBACK, F_OK) < 0)
		return guest_fail(c, d, pci->where, "modprobe xen-pciback", "domain 0 has no driver xen-pciback to hold %s", pci->address);
	ret = pci_find_user(c->link->xs, pci->address, &user);
	if (ret < 0)
		return call_fail(c, -ret, "look in the store for the user of PCI device %s: %s", pci->address, strerror(-ret));
	if (user < 0)
		return 0;
	name = domain_name(c->x, c->link, user);
	guest_fail(c, d, pci->where, "shut that guest down, or xm pci-detach it there", "%s is in use by guest %s", pci->address, name);
	free(name);
	return -EINVAL;
}

static bool pci_iommu_in_use(struct xc_handle *xc)
{
	struct xc_physinfo info;

	return !xc_physinfo(xc, &info) && info.cap_directio;
}

void pci_warn(struct call *c, const char *file)
{
	if (!pci_iommu_in_use(c->link->xc))
		strbuf_printf(&c->warnings, "%s: pci: without an IOMMU in use the guest can read and write all of this machine's memory "
			      "by its device: trust it as dom0\n", file);
}

bool guest_confines_pcis(struct call *c, const struct domain *d)
{
	return d->config.pci_count && pci_iommu_in_use(c->link->xc);
}

/* Puts the functions in the place of an address that names all of them. 0 or call_fail()ed. */
static int pci_expand(struct call *c, struct domain *d)
{
	struct config_pci pcis[CONFIG_DEVICES_MAX + PCI_FUNCTIONS];
	size_t count = 0;

	for (size_t i = 0; i < d->config.pci_count; i++) {
		const struct config_pci *pci = &d->config.pcis[i];
		int added = pci_functions(c, d, pci, pcis + count);

		if (added < 0)
			return added;
		count += added;
		if (count > CONFIG_DEVICES_MAX)
			return guest_fail(c, d, pci->where, NULL, "more than %d devices, with all functions", CONFIG_DEVICES_MAX);
	}
	present_set_pcis(&d->source.present, &d->config, pcis, count);
	return 0;
}

int guest_check_pci(struct call *c, struct domain *d)
{
	if (pci_expand(c, d) < 0)
		return -EINVAL;
	for (size_t i = 0; i < d->config.pci_count; i++)
		if (pci_check(c, d, &d->config.pcis[i]) < 0)
			return -EINVAL;
	if (d->config.pci_count)
		pci_warn(c, d->source.file);
	return 0;
}

/* One line of the device's resources. */
static int pci_set_resource(struct call *c, struct domain *d, bool allow, unsigned long long first, unsigned long long last,
			    unsigned long long flags)
{
	if (last < first || !last)
		return 0;
	if (flags & PCI_RESOURCE_PORTS)
		return xc_domain_ioport_permission(c->link->xc, d->domid, first, last - first + 1, allow);
	if (flags & PCI_RESOURCE_MEMORY)
		return xc_domain_iomem_permission(c->link->xc, d->domid, first >> PAGE_SHIFT,
						  (last >> PAGE_SHIFT) - (first >> PAGE_SHIFT) + 1, allow);
	return 0;
}

static int pci_set_resources(struct call *c, struct domain *d, const struct config_pci *pci, bool allow)
{
	unsigned long long first, last, flags;
	FILE *f = pci_open(pci, "resource");
	int ret = 0;

	if (!f)
		return call_fail(c, errno, "%s%s/resource: %s", PCI_SYSFS, pci->address, strerror(errno));
	while (!ret && fscanf(f, "%llx %llx %llx", &first, &last, &flags) == 3)
		ret = pci_set_resource(c, d, allow, first, last, flags);
	fclose(f);
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

/* dom0's number of a line is the line's own (xen_register_gsi() of Linux). */
static int pci_set_line(struct call *c, struct domain *d, const struct config_pci *pci, bool allow)
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
	if (!allow)
		xc_physdev_unmap_pirq(c->link->xc, d->domid, line);
	ret = xc_domain_irq_permission(c->link->xc, d->domid, line, allow);
	if (!ret && allow)
		ret = xc_physdev_map_gsi(c->link->xc, d->domid, line);
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

static uint32_t pci_number(const struct config_pci *pci)
{
	unsigned int segment, bus, device, function;

	if (sscanf(pci->address, "%x:%x:%x.%x", &segment, &bus, &device, &function) != 4)
		abort();
	return segment << 16 | bus << 8 | device << 3 | function;
}

/* From now on it reaches the guest's memory, and no other. */
static int pci_confine(struct call *c, struct domain *d, const struct config_pci *pci)
{
	int ret = xc_assign_device(c->link->xc, d->domid, pci_number(pci));

	if (ret < 0)
		return guest_fail(c, d, pci->where, "xm dmesg says why", "%s cannot be assigned to the guest: %s", pci->address, strerror(-ret));
	return 0;
}

/* Writes the address to a file in sysfs. 0 or a negative errno. */
static int pci_write_address(const struct config_pci *pci, const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, pci->address, strlen(pci->address)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* pciback lets a guest write what it does not know only where it was told to. */
static int pci_set_permissive(struct call *c, const struct config_pci *pci)
{
	int ret = pci_write_address(pci, PCIBACK "/permissive");

	return ret < 0 ? call_fail(c, -ret, "make %s permissive: %s", pci->address, strerror(-ret)) : 0;
}

/* From its driver in dom0, if one has it, to xen-pciback, where it stays. Back to the driver where that fails. */
static int pci_seize(struct call *c, struct domain *d, const struct config_pci *pci)
{
	char driver[64], now[64], unbind[96], bind[128];
	int ret = 0;

	pci_driver(pci, driver);
	if (!strcmp(driver, "pciback"))
		return 0;
	snprintf(unbind, sizeof(unbind), PCI_SYSFS "%s/driver/unbind", pci->address);
	snprintf(bind, sizeof(bind), PCI_SYSFS "../drivers/%s/bind", driver);
	log_line("%s: PCI device %s is taken from %s", d->name, pci->address, *driver ? driver : "no driver");
	if (*driver)
		ret = pci_write_address(pci, unbind);
	if (!ret)
		ret = pci_write_address(pci, PCIBACK "/new_slot");
	/* Which may have been enough. */
	pci_driver(pci, now);
	if (!ret && strcmp(now, "pciback"))
		ret = pci_write_address(pci, PCIBACK "/bind");
	if (!ret)
		return 0;
	if (*driver)
		pci_write_address(pci, bind);
	return guest_fail(c, d, pci->where, "give it to xen-pciback: xm.cfg(5), PCI DEVICES", "%s cannot be seized: %s", pci->address,
			  strerror(-ret));
}

int pci_give(struct call *c, struct domain *d, const struct config_pci *pci)
{
	int ret = pci->seize ? pci_seize(c, d, pci) : 0;

	if (!ret && pci_iommu_in_use(c->link->xc))
		ret = pci_confine(c, d, pci);
	if (!ret)
		ret = pci_set_resources(c, d, pci, true);
	if (!ret)
		ret = pci_set_line(c, d, pci, true);
	if (!ret && pci->permissive)
		ret = pci_set_permissive(c, pci);
	if (!ret)
		log_line("%s: gets PCI device %s", d->name, pci->address);
	return ret;
}

/* Where it is the guest's no more, or never was, there is nothing to do. */
static void pci_release(struct xc_handle *xc, const struct domain *d, const struct config_pci *pci)
{
	int ret = pci_iommu_in_use(xc) ? xc_deassign_device(xc, d->domid, pci_number(pci)) : 0;

	if (ret < 0 && ret != -ENODEV && ret != -ESRCH)
		log_line("%s: %s cannot be taken back: %s", d->name, pci->address, strerror(-ret));
}

int pci_take(struct call *c, struct domain *d, const struct config_pci *pci)
{
	int ret = pci_set_line(c, d, pci, false);

	ret = pci_set_resources(c, d, pci, false) ?: ret;
	pci_release(c->link->xc, d, pci);
	return ret;
}

void pci_put_nodes(struct store_batch *b, unsigned int index, const struct config_pci *pci)
{
	char key[32];

	snprintf(key, sizeof(key), "key-%u", index);
	store_put(b, key, "%s", pci->address);
	snprintf(key, sizeof(key), "dev-%u", index);
	store_put(b, key, "%s", pci->address);
	snprintf(key, sizeof(key), "opts-%u", index);
	store_put(b, key, "msitranslate=%d,power_mgmt=%d,permissive=%d", pci->msitranslate, pci->power_mgmt, pci->permissive);
	snprintf(key, sizeof(key), "state-%u", index);
	store_put(b, key, "%d", STORE_INITIALISING);
	if (pci->vslot >= 0) {
		snprintf(key, sizeof(key), "vdevfn-%u", index);
		store_put(b, key, "%x", pci->vslot << 3);
	}
}

/* What the nodes of both ends are made from. */
struct pci_front {
	struct domain *d;
	const struct config_pci *pcis;
	size_t count;
};

static void pci_fill_nodes(struct store_batch *b, void *arg)
{
	const struct pci_front *front = arg;
	uint32_t domid = front->d->domid;

	store_base(b, "/local/domain/%u/device/pci/0", domid);
	store_owner(b, "", domid, 0);
	store_put(b, "backend", PCI_BACKEND, domid);
	store_put(b, "backend-id", "0");
	store_put(b, "state", "%d", STORE_INITIALISING);
	store_base(b, PCI_BACKEND, domid);
	store_owner(b, "", 0, domid);
	store_put(b, "frontend", "/local/domain/%u/device/pci/0", domid);
	store_put(b, "frontend-id", "%u", domid);
	store_put(b, "online", "1");
	store_put(b, "domain", "%s", front->d->name);
	for (size_t i = 0; i < front->count; i++)
		pci_put_nodes(b, i, &front->pcis[i]);
	store_put(b, "num_devs", "%zu", front->count);
	store_put(b, "state", "%d", STORE_INITIALISING);
}

int pci_make_device(struct call *c, struct domain *d, const struct config_pci *pcis, size_t count)
{
	struct guest_device device = { "pci", d->domid, 0 };
	struct pci_front front = { d, pcis, count };
	char failed[STORE_PATH_MAX];
	int ret = store_batch_run(c->link->xs, pci_fill_nodes, &front, failed);

	if (ret < 0)
		return call_fail(c, -ret, "write the nodes of PCI devices: %s: %s", failed, strerror(-ret));
	return guest_wait_backend(c, d, pcis[0].where, &device, STORE_INIT_WAIT);
}

int guest_attach_pcis(struct call *c, struct domain *d)
{
	int ret = 0;

	for (size_t i = 0; i < d->config.pci_count && !ret; i++)
		ret = pci_give(c, d, &d->config.pcis[i]);
	return ret || !d->config.pci_count ? ret : pci_make_device(c, d, d->config.pcis, d->config.pci_count);
}

void guest_detach_pcis(struct xend *x, struct domain *d)
{
	struct guest_device device = { "pci", d->domid, 0 };
	struct config_pci *pcis = NULL;
	/* What it has now; what it was to have, where the creation failed before it had nodes, or the store cannot be read. */
	char *bus;
	int count = store_get(x->worker.xs, &bus, PCI_BACKEND "/frontend", d->domid);

	if (!count && bus)
		count = pci_list(x->worker.xs, d->domid, &pcis);
	if (count < 0)
		log_line("%s: read its PCI devices in the store: %s", d->name, strerror(-count));
	if (count < 0 || bus)
		guest_remove_device(x, &device);
	free(bus);
	for (int i = 0; i < count; i++)
		pci_release(x->worker.xc, d, &pcis[i]);
	for (size_t i = 0; count <= 0 && i < d->config.pci_count; i++)
		pci_release(x->worker.xc, d, &d->config.pcis[i]);
	free(pcis);
}
