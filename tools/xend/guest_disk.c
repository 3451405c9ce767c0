/* SPDX-License-Identifier: GPL-2.0-only */
/* Disks: a block device or a loop device over a file, given to the guest through blkback. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../lib/mem.h"
#include "guest.h"
#include "log.h"
#include "loopdev.h"
#include "store.h"

struct disk_fill {
	struct domain *d;
	const struct config_disk *config;
	const struct domain_disk *disk;
};

static void disk_fill_nodes(struct store_batch *b, void *arg)
{
	struct disk_fill *f = arg;
	const struct config_disk *c = f->config;
	uint32_t domid = f->d->domid;

	store_base(b, "/local/domain/%u/device/vbd/%u", domid, c->number);
	store_owner(b, "", domid, 0);
	store_put(b, "backend", "/local/domain/0/backend/vbd/%u/%u", domid, c->number);
	store_put(b, "backend-id", "0");
	store_put(b, "virtual-device", "%u", c->number);
	store_put(b, "device-type", "%s", c->cdrom ? "cdrom" : "disk");
	if (c->untrusted)
		store_put(b, "trusted", "0");
	store_put(b, "state", "%d", STORE_INITIALISING);
	store_base(b, "/local/domain/0/backend/vbd/%u/%u", domid, c->number);
	store_owner(b, "", 0, domid);
	store_put(b, "frontend", "/local/domain/%u/device/vbd/%u", domid, c->number);
	store_put(b, "frontend-id", "%u", domid);
	store_put(b, "online", "1");
	store_put(b, "removable", c->cdrom ? "1" : "0");
	store_put(b, "bootable", "1");
	store_put(b, "dev", "%s", c->vdev);
	store_put(b, "type", "phy");
	store_put(b, "params", "%s", c->target);
	store_put(b, "mode", "%s", c->read_only ? "r" : "w");
	store_put(b, "device-type", "%s", c->cdrom ? "cdrom" : "disk");
	if (c->no_discard)
		store_put(b, "discard-enable", "0");
	store_put(b, "physical-device", "%x:%x", major(f->disk->device), minor(f->disk->device));
	store_put(b, "state", "%d", STORE_INITIALISING);
}

/* blkback shows the attribute `mode` once it has opened the device. */
static int disk_wait_opened(struct call *c, struct domain *d, const struct config_disk *config)
{
	int64_t until = xend_now_ms() + c->x->options.backend_ms;
	char path[96], *said;

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/vbd-%u-%u/mode", d->domid, config->number);
	while (access(path, F_OK) < 0) {
		said = store_read(c->link->xs, "/local/domain/0/error/backend/vbd/%u/%u/error", d->domid, config->number);
		if (!said && xend_now_ms() < until && !atomic_load(&c->x->stopping)) {
			usleep(1000);
			continue;
		}
		c->code = said ? EIO : ETIMEDOUT;
		if (said)
			guest_fail(c, d, config->where, "see dmesg", "blkback refuses %s: %s", config->target, said);
		else
			guest_fail(c, d, config->where, "see dmesg", "blkback did not open %s: waited %u s for %s",
				   config->target, c->x->options.backend_ms / 1000, path);
		free(said);
		return -c->code;
	}
	return 0;
}

int guest_attach_disk(struct call *c, struct domain *d, size_t i)
{
	const struct config_disk *config = &d->config.disks[i];
	struct domain_disk *disk = &d->disks[i];
	struct guest_device device = { "vbd", d->domid, config->number };
	struct disk_fill fill = { d, config, disk };
	char failed[STORE_PATH_MAX];
	const char *step;
	int ret;

	if (disk->ino) {
		ret = loopdev_attach(config->target, disk->dev, disk->ino, config->read_only, &disk->loop, &disk->device, &disk->loop_fd,
				     &step);
		if (ret < 0) {
			disk->loop = -1;
			c->code = -ret;
			return guest_fail(c, d, config->where, NULL, "%s: %s: %s", config->target, step, strerror(-ret));
		}
	}
	disk->nodes = true;
	ret = store_batch_run(c->link->xs, disk_fill_nodes, &fill, failed);
	if (ret < 0)
		return call_fail(c, -ret, "write the nodes of disk %s: %s: %s", config->vdev, failed, strerror(-ret));
	ret = guest_wait_backend(c, d, config->where, &device, STORE_INIT_WAIT);
	if (!ret)
		ret = disk_wait_opened(c, d, config);
	/* From here on the backend holds the loop device; it goes away with it, also when xend is gone. */
	if (!ret && disk->loop_fd >= 0) {
		close(disk->loop_fd);
		disk->loop_fd = -1;
	}
	return ret;
}

void guest_detach_disk(struct xend *x, struct domain *d, size_t i)
{
	struct guest_device device = { "vbd", d->domid, d->config.disks[i].number };
	struct domain_disk *disk = &d->disks[i];

	if (disk->nodes)
		guest_remove_device(x, &device);
	if (disk->loop_fd >= 0)
		close(disk->loop_fd);
	if (disk->loop >= 0 && !loopdev_wait_gone(disk->loop, xend_now_ms() + 2000))
		log_line("/dev/loop%d is still in use after %s has given it up", disk->loop, d->name);
	disk->nodes = false;
	disk->loop_fd = -1;
	disk->loop = -1;
}
