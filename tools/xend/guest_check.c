/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks of a configuration against this host, before anything is touched. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xenctrl.h>

#include "../lib/mem.h"
#include "disk_use.h"
#include "guest.h"

static int check_name(struct call *c, struct domain *d)
{
	struct xc_domain_info info[64];
	uint32_t domid, first = 1;
	int got, ret;

	ret = domain_find_name(c->x, c->link, d->name, &domid);
	if (ret < 0 && ret != -ESRCH)
		return call_fail(c, -ret, "look for a domain of the name %s: %s", d->name, strerror(-ret));
	if (!ret)
		return guest_fail(c, d, d->config.at_name, "choose another name, or xm destroy that one",
				  "domain %u has the name %s already", domid, d->name);
	if (!d->config.at_uuid.key)
		return 0;
	while ((got = xc_domain_getinfolist(c->link->xc, first, 64, info)) > 0) {
		for (int i = 0; i < got; i++)
			if (!info[i].dying && !memcmp(info[i].handle, d->uuid, sizeof(d->uuid)))
				return guest_fail(c, d, d->config.at_uuid, "use another", "domain %u has this UUID already",
						  info[i].domid);
		first = info[got - 1].domid + 1;
	}
	return got < 0 ? call_fail_xc(c, got) : 0;
}

/* The setting that libxc's last error is about. */
static struct config_where check_where(const struct domain *d, enum xc_about about)
{
	switch (about) {
	case XC_ABOUT_RAMDISK:
		return d->config.at_ramdisk;
	case XC_ABOUT_CMDLINE:
		return d->config.at_cmdline;
	case XC_ABOUT_MEMORY:
		return d->config.at_memory;
	case XC_ABOUT_VCPUS:
		return d->config.at_vcpus;
	default:
		return d->config.at_kernel;
	}
}

/* Where libxc has none of its own. */
static const char *check_remedy(enum xc_about about)
{
	switch (about) {
	case XC_ABOUT_KERNEL:
		return "give a PV kernel, a bzImage or an ELF file";
	case XC_ABOUT_RAMDISK:
		return "give the kernel's initrd";
	case XC_ABOUT_MEMORY:
		return "change memory";
	default:
		return NULL;
	}
}

int guest_fail_build(struct call *c, struct domain *d, int ret)
{
	const struct xc_error *e = xc_last_error(c->link->xc);

	c->code = -ret;
	if (e->code != ret || e->about == XC_ABOUT_HYPERVISOR || e->about == XC_ABOUT_SYSTEM)
		return call_fail_xc(c, ret);
	return guest_fail(c, d, check_where(d, e->about), *e->remedy ? e->remedy : check_remedy(e->about), "%s",
			  *e->reason ? e->reason : strerror(-ret));
}

static bool check_has_cpu(const uint8_t *cpus, int max)
{
	for (int cpu = 0; cpu < max && cpu < CONFIG_CPUS_MAX; cpu++)
		if (cpus[cpu / 8] >> (cpu % 8) & 1)
			return true;
	return false;
}

/* A set that the guest had, on another host or before CPUs went, keeps it from nothing. */
static void check_drop_affinity(struct call *c, struct domain *d, enum present_affinity_kind kind, uint32_t vcpu)
{
	bool soft = kind == PRESENT_SOFT;
	uint8_t all[CONFIG_CPUS_MAX / 8];

	memset(all, 0xff, sizeof(all));
	present_set_affinity(&d->source.present, kind, vcpu, all);
	config_affinity_pin(soft ? &d->config.soft : &d->config.hard, vcpu, all);
	strbuf_printf(&c->warnings, "%s: vcpu %u %s: none of those that it %s is on this host\n", d->name, vcpu,
		      soft ? "prefers no CPUs" : "may run on all CPUs", soft ? "preferred" : "was pinned to");
}

/* At least one of the CPUs named for the vCPU must be there: the hypervisor refuses an empty set of either kind. */
static int check_vcpu(struct call *c, struct domain *d, enum present_affinity_kind kind, uint32_t vcpu, int max)
{
	bool soft = kind == PRESENT_SOFT;
	const uint8_t *cpus = soft ? domain_config_soft_cpus(&d->config, vcpu) : domain_config_cpus(&d->config, vcpu);

	if (!cpus || check_has_cpu(cpus, max))
		return 0;
	if (!present_affinity(&d->source.present, kind, vcpu))
		return guest_fail(c, d, soft ? d->config.at_cpus_soft : d->config.at_cpus, "xm info shows nr_cpus",
				  "none of the CPUs %s vcpu %u is on this host", soft ? "preferred by" : "of", vcpu);
	check_drop_affinity(c, d, kind, vcpu);
	return 0;
}

/* Sets were read for a host of one node. */
static int check_nodes(struct call *c, struct domain *d, const struct config_affinity *a, struct config_where where)
{
	struct xc_physinfo host;
	int ret;

	if (!a->nodes)
		return 0;
	ret = xc_physinfo(c->link->xc, &host);
	if (ret < 0)
		return call_fail_xc(c, ret);
	if (host.nr_nodes > 1)
		return guest_fail(c, d, where, "name the CPUs", "this host has %u NUMA nodes: node: is only for a host of one",
				  host.nr_nodes);
	if (a->nodes > 1)
		return guest_fail(c, d, where, "name node 0 or CPUs", "NUMA node %u is not on this host, which has only node 0", a->nodes - 1);
	return 0;
}

static int check_cpus(struct call *c, struct domain *d)
{
	int max = xc_max_cpus(c->link->xc), ret;

	ret = check_nodes(c, d, &d->config.hard, d->config.at_cpus) ?: check_nodes(c, d, &d->config.soft, d->config.at_cpus_soft);
	for (uint32_t vcpu = 0; max >= 0 && vcpu < d->config.maxvcpus && !ret; vcpu++)
		ret = check_vcpu(c, d, PRESENT_HARD, vcpu, max) ?: check_vcpu(c, d, PRESENT_SOFT, vcpu, max);
	return ret;
}

/* Fills in what the disk is. A file has an inode number; a device is identified by its own number. */
static int check_disk_target(struct call *c, struct domain *d, const struct config_disk *disk, struct domain_disk *out)
{
	struct stat st;

	if (stat(disk->target, &st) < 0) {
		c->code = errno;
		return guest_fail(c, d, disk->where, "create it, or correct the path", "%s: %s", disk->target, strerror(errno));
	}
	if (S_ISBLK(st.st_mode)) {
		*out = (struct domain_disk){ .dev = st.st_rdev, .device = st.st_rdev, .loop = -1, .loop_fd = -1 };
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return guest_fail(c, d, disk->where, "give one of these", "%s is neither a file nor a block device", disk->target);
	if (disk->want_phy)
		return guest_fail(c, d, disk->where, "use file: for it", "%s is a file, no block device", disk->target);
	if (!st.st_size)
		return guest_fail(c, d, disk->where, "give it a size, for example with truncate -s 1G", "%s is empty", disk->target);
	*out = (struct domain_disk){ .dev = st.st_dev, .ino = st.st_ino, .loop = -1, .loop_fd = -1 };
	return 0;
}

static bool check_same_disk(const struct domain_disk *a, const struct domain_disk *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* Two users of one disk are fine when both only read, or both say that they share. */
static bool check_may_share(const struct config_disk *a, const struct config_disk *b)
{
	return (a->read_only && b->read_only) || (a->shared && b->shared);
}

/* The other use of disk i, among the guests and among the disks before it; NULL where there is none. */
static const struct config_disk *check_find_use(struct xend *x, struct domain *d, size_t i, char **user)
{
	const struct config_disk *found = NULL;

	for (size_t n = 0; n < i && !found; n++)
		if (check_same_disk(&d->disks[n], &d->disks[i]) && !check_may_share(&d->config.disks[n], &d->config.disks[i]))
			found = &d->config.disks[n];
	if (found)
		*user = mem_strdup("this guest");
	/* This runs in the worker, which alone changes disks and the list; the lock is for names. */
	pthread_mutex_lock(&x->lock);
	for (struct domain *other = x->domains; other && !found; other = other->next) {
		for (size_t n = 0; other->disks && n < other->config.disk_count && !found; n++)
			if (other->disks[n].nodes && check_same_disk(&other->disks[n], &d->disks[i]) &&
			    !check_may_share(&other->config.disks[n], &d->config.disks[i]))
				found = &other->config.disks[n];
		if (found)
			*user = mem_printf("guest %s", other->name);
	}
	pthread_mutex_unlock(&x->lock);
	return found;
}

/* Fails for a disk that another guest has. */
static int check_fail_use(struct call *c, struct domain *d, const struct config_disk *disk, bool read_only, const char *user)
{
	c->code = EBUSY;
	return guest_fail(c, d, disk->where, "stop that guest, use access=ro for both, or w! for both where the guests can share it",
			  "%s is used for %s by %s", disk->target, read_only ? "reading" : "writing", user);
}

/* The same for a use by domains that xend does not manage. */
static int check_foreign_use(struct call *c, struct domain *d, size_t i)
{
	const struct config_disk *disk = &d->config.disks[i];
	char *name, *user;
	bool read_only;
	uint32_t domid;
	int ret = disk_use_find(c->x, c->link, &d->disks[i], disk, &domid, &read_only);

	if (ret < 0)
		return call_fail(c, -ret, "look for other users of %s: %s", disk->target, strerror(-ret));
	if (!ret)
		return 0;
	name = domain_name(c->x, c->link, domid);
	user = mem_printf("domain %u (%s), which xend does not manage", domid, name);
	ret = check_fail_use(c, d, disk, read_only, user);
	free(name);
	free(user);
	return ret;
}

static int check_disks(struct call *c, struct domain *d)
{
	const struct config_disk *other;
	char *user = NULL;

	present_choose_targets(&d->source.present, &d->config);
	d->disks = mem_alloc(d->config.disk_count, sizeof(*d->disks));
	for (size_t i = 0; i < d->config.disk_count; i++)
		d->disks[i].loop = d->disks[i].loop_fd = -1;
	for (size_t i = 0; i < d->config.disk_count; i++) {
		const struct config_disk *disk = &d->config.disks[i];

		if (check_disk_target(c, d, disk, &d->disks[i]) < 0)
			return -EINVAL;
		other = check_find_use(c->x, d, i, &user);
		if (other) {
			check_fail_use(c, d, disk, other->read_only, user);
			free(user);
			return -EINVAL;
		}
		if (check_foreign_use(c, d, i) < 0)
			return -EINVAL;
	}
	return 0;
}

static bool check_is_bridge(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", name);
	return access(path, F_OK) == 0;
}

/* Open vSwitch and the like have bridges of their own kind; their scripts know. */
static int check_bridge(struct call *c, struct domain *d, struct config_vif *vif)
{
	if (vif->script && !vif->bridge)
		return 0;
	if (vif->bridge && check_is_bridge(vif->bridge))
		return 0;
	if (vif->bridge && if_nametoindex(vif->bridge) && vif->script)
		return 0;
	if (!vif->bridge && (check_is_bridge("xenbr0") || check_is_bridge("br0"))) {
		vif->bridge = mem_strdup(check_is_bridge("xenbr0") ? "xenbr0" : "br0");
		return 0;
	}
	return guest_fail(c, d, vif->where, "create it (/etc/xen/scripts/network-bridge start), or name another with bridge=",
			  "there is no bridge %s", vif->bridge ? vif->bridge : "xenbr0");
}

/* 00:16:3e is Xen's prefix; the rest comes from the UUID, so that a guest keeps its address as long as that. */
static void check_default_mac(const struct domain *d, struct config_vif *vif, unsigned int number)
{
	uint32_t hash = 2166136261u;	/* FNV-1a */

	for (int i = 0; i < 17; i++)
		hash = (hash ^ (i < 16 ? d->uuid[i] : number)) * 16777619u;
	memcpy(vif->mac, "\x00\x16\x3e", 3);
	vif->mac[3] = hash >> 16 & 0x7f;
	vif->mac[4] = hash >> 8;
	vif->mac[5] = hash;
}

/*
 * A script runs as root. The text of a saved guest comes with the image, whose author need not be trusted as a configuration
 * file's is: it may name the scripts that are installed, no others.
 */
static int check_script(struct call *c, struct domain *d, const struct config_vif *vif)
{
	const char *name = strrchr(vif->script, '/') + 1;
	size_t folder = name - vif->script;

	if (d->source.image && (folder != strlen(SCRIPT_FOLDER) || memcmp(vif->script, SCRIPT_FOLDER, folder)))
		return guest_fail(c, d, vif->where, "copy it to " SCRIPT_FOLDER " and save the guest with that path",
				  "script %s: a saved guest may only name scripts of " SCRIPT_FOLDER, vif->script);
	if (access(vif->script, X_OK) < 0)
		return guest_fail(c, d, vif->where, "correct the path, or make it executable", "script %s: %s", vif->script,
				  strerror(errno));
	return 0;
}

static int check_vifs(struct call *c, struct domain *d)
{
	for (size_t i = 0; i < d->config.vif_count; i++) {
		struct config_vif *vif = &d->config.vifs[i];

		if (!vif->mac_given)
			check_default_mac(d, vif, i);
		if (vif->script && check_script(c, d, vif) < 0)
			return -EINVAL;
		if (vif->name && if_nametoindex(vif->name))
			return guest_fail(c, d, vif->where, "choose another vifname", "there is an interface %s already", vif->name);
		if (check_bridge(c, d, vif) < 0)
			return -EINVAL;
	}
	return 0;
}

void guest_build_params(const struct domain *d, struct xc_build_params *p)
{
	*p = (struct xc_build_params){
		.kernel_path = d->config.kernel, .ramdisk_path = d->config.ramdisk, .cmdline = d->config.cmdline,
		.memory_mib = d->source.present.start_mib, .maxmem_mib = d->config.maxmem_mib, .max_vcpus = d->config.maxvcpus,
		.online_vcpus = d->config.vcpus,
	};
}

int guest_check_host(struct call *c, struct domain *d)
{
	struct xc_build_params params;
	int ret;

	if (check_name(c, d) < 0 || check_cpus(c, d) < 0 || check_disks(c, d) < 0 || check_vifs(c, d) < 0 ||
	    guest_check_pci(c, d) < 0)
		return -EINVAL;
	/* A guest that comes back has its kernel with it. */
	if (d->source.image)
		return 0;
	guest_build_params(d, &params);
	/* Files, kernel, and the memory that is free. */
	ret = xc_build_check(c->link->xc, &params, NULL);
	/* A guest that gave memory back while it ran may need more than that to start. */
	if (ret == -ENOSPC && d->source.present.start_mib < d->source.present.made_mib) {
		d->source.present.start_mib = d->source.present.made_mib;
		guest_build_params(d, &params);
		ret = xc_build_check(c->link->xc, &params, NULL);
	}
	return ret < 0 ? guest_fail_build(c, d, ret) : 0;
}
