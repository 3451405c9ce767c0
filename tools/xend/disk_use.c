/* SPDX-License-Identifier: GPL-2.0-only */
/* What backend nodes say of disks in use: see disk_use.h. */
#include "disk_use.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <xenctrl.h>

#include "../lib/mem.h"
#include "store.h"

#define BACKENDS "/local/domain/0/backend/%s"
#define LOOP_MAJOR 7	/* Linux, include/uapi/linux/major.h */

/* One backend of another domain. */
struct disk_backend {
	const char *kind;	/* "vbd": blkback; "qdisk": QEMU, which other toolstacks use for files */
	uint32_t domid;
	const char *device;
};

static int backend_get(struct xend_link *link, const struct disk_backend *b, const char *key, char **value)
{
	return store_get(link->xs, value, BACKENDS "/%u/%s/%s", b->kind, b->domid, b->device, key);
}

static bool same_file(const struct domain_disk *is, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	if (S_ISBLK(st.st_mode))
		return !is->ino && is->dev == st.st_rdev;
	return is->ino == st.st_ino && is->dev == st.st_dev;
}

/* A loop device stands for its file. */
static bool same_device(const struct domain_disk *is, unsigned int maj, unsigned int min)
{
	char path[96], file[4096] = "";
	FILE *f;

	if (!is->ino && is->dev == makedev(maj, min))
		return true;
	if (maj != LOOP_MAJOR)
		return false;
	snprintf(path, sizeof(path), DISK_USE_SYSFS "/dev/block/%u:%u/loop/backing_file", maj, min);
	f = fopen(path, "re");
	if (f && fgets(file, sizeof(file), f))
		file[strcspn(file, "\n")] = 0;
	if (f)
		fclose(f);
	return same_file(is, file);
}

/* 1 where the backend has that disk, 0 where it has another, or a negative errno. */
static int backend_has(struct xend_link *link, const struct disk_backend *b, const struct domain_disk *is)
{
	char *device, *params = NULL;
	unsigned int maj, min;
	int ret = backend_get(link, b, "physical-device", &device);
	bool has = false;

	if (!ret)
		ret = backend_get(link, b, "params", &params);
	if (!ret && device && sscanf(device, "%x:%x", &maj, &min) == 2)
		has = same_device(is, maj, min);
	/* "aio:/path" and the like. */
	else if (!ret && params && strchr(params, '/'))
		has = same_file(is, strchr(params, '/'));
	free(device);
	free(params);
	return ret ? ret : has;
}

/* 1 where the backend's use and ours exclude each other. Whether it is a shared disk for the other one is not known: ours says. */
static int backend_conflicts(struct xend_link *link, const struct disk_backend *b, const struct domain_disk *is,
			     const struct config_disk *disk, bool *read_only)
{
	int ret = backend_has(link, b, is);
	char *mode;

	if (ret <= 0)
		return ret;
	ret = backend_get(link, b, "mode", &mode);
	*read_only = mode && *mode == 'r';
	free(mode);
	return ret ? ret : !disk->shared && !(disk->read_only && *read_only);
}

/* 1 where the domain is there and not xend's, 0 where its nodes count for nothing, or a negative errno. */
static int domain_counts(struct xend *x, struct xend_link *link, uint32_t domid)
{
	struct xc_domain_info info;
	int ret = domain_get(x, domid) ? -ESRCH : xc_domain_getinfo(link->xc, domid, &info);

	return ret == -ESRCH ? 0 : ret < 0 ? ret : 1;
}

/* The names in a folder of the store; *count 0 where it is not there. 0 or a negative errno. The caller frees *names. */
static int list(struct xend_link *link, const char *path, char ***names, unsigned int *count)
{
	*count = 0;
	*names = xs_directory(link->xs, XBT_NULL, path, count);
	return *names || errno == ENOENT ? 0 : -errno;
}

static int find_in_domain(struct xend *x, struct xend_link *link, struct disk_backend *b, const struct domain_disk *is,
			  const struct config_disk *disk, bool *read_only)
{
	char path[STORE_PATH_MAX], **devices;
	unsigned int count;
	int ret = domain_counts(x, link, b->domid);

	if (ret <= 0)
		return ret;
	snprintf(path, sizeof(path), BACKENDS "/%u", b->kind, b->domid);
	ret = list(link, path, &devices, &count);
	for (unsigned int i = 0; i < count && !ret; i++) {
		b->device = devices[i];
		ret = backend_conflicts(link, b, is, disk, read_only);
	}
	free(devices);
	return ret;
}

int disk_use_find(struct xend *x, struct xend_link *link, const struct domain_disk *is, const struct config_disk *disk,
		  uint32_t *domid, bool *read_only)
{
	static const char *const kinds[] = { "vbd", "qdisk" };
	int ret = 0;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds) && !ret; k++) {
		char path[STORE_PATH_MAX], **domains;
		unsigned int count;

		snprintf(path, sizeof(path), BACKENDS, kinds[k]);
		ret = list(link, path, &domains, &count);
		for (unsigned int i = 0; i < count && !ret; i++) {
			struct disk_backend b = { .kind = kinds[k], .domid = strtoul(domains[i], NULL, 10) };

			*domid = b.domid;
			ret = find_in_domain(x, link, &b, is, disk, read_only);
		}
		free(domains);
	}
	return ret;
}
