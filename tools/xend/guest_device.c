/* SPDX-License-Identifier: GPL-2.0-only */
/* What disks and network cards have in common: waiting for the backend driver, and getting rid of a device. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/mem.h"
#include "guest.h"
#include "log.h"
#include "store.h"

static bool device_state_reached(const char *value, int state)
{
	return value && atoi(value) >= state;
}

static bool device_state_closed(const char *value, int arg)
{
	return !value || atoi(value) == STORE_CLOSED || atoi(value) == 0;
}

int guest_wait_backend(struct call *c, struct domain *d, struct config_where where, const struct guest_device *device, int state)
{
	static const struct { const char *kind, *remedy; } remedies[] = {
		{ "vbd", "see that the module xen-blkback is loaded" }, { "vif", "see that the module xen-netback is loaded" },
		{ "pci", "see that the module xen-pciback is loaded" },
	};
	const char *remedy = NULL;
	char path[128], *said;
	int ret;

	snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%u/%u/state", device->kind, device->domid, device->number);
	ret = store_wait(c->x, c->link->xs, path, device_state_reached, state, xend_now_ms() + c->x->options.backend_ms);
	if (!ret)
		return 0;
	if (ret == -EINTR)
		return call_fail(c, EINTR, "xend stops");
	for (size_t i = 0; i < sizeof(remedies) / sizeof(*remedies); i++)
		if (!strcmp(remedies[i].kind, device->kind))
			remedy = remedies[i].remedy;
	said = store_read(c->link->xs, "/local/domain/0/error/backend/%s/%u/%u/error", device->kind, device->domid, device->number);
	c->code = -ret;
	guest_fail(c, d, where, remedy, "the backend did not come up: waited %u s for %s to become %d%s%s", c->x->options.backend_ms / 1000, path, state,
		   said ? ", its driver says " : "", said ? said : "");
	free(said);
	return ret;
}

/* Whether the kernel still has the backend device. */
static bool device_in_kernel(const struct guest_device *device)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/devices/%s-%u-%u", device->kind, device->domid, device->number);
	return access(path, F_OK) == 0;
}

void guest_remove_device(struct xend *x, const struct guest_device *device)
{
	struct xs_handle *xs = x->worker.xs;
	int64_t until = xend_now_ms() + x->options.backend_ms;
	char back[96], front[96], state[128];

	snprintf(back, sizeof(back), "/local/domain/0/backend/%s/%u/%u", device->kind, device->domid, device->number);
	snprintf(front, sizeof(front), "/local/domain/%u/device/%s/%u", device->domid, device->kind, device->number);
	snprintf(state, sizeof(state), "%s/state", back);
	/* Offline first: then the driver gives the device up when its frontend has closed. */
	if (device_in_kernel(device)) {
		store_write(xs, "0", "%s/online", back);
		store_write(xs, "6", "%s/state", front);
		if (store_wait(x, xs, state, device_state_closed, 0, until) == -ETIMEDOUT)
			log_line("%s did not close in %u s", back, x->options.backend_ms / 1000);
	}
	store_remove(xs, "%s", front);
	while (device_in_kernel(device) && xend_now_ms() < until)
		usleep(1000);
	store_remove_up(xs, back, "/local/domain/0/backend");
	snprintf(back, sizeof(back), "/local/domain/0/error/backend/%s/%u", device->kind, device->domid);
	if (store_exists(xs, "%s", back))
		store_remove_up(xs, back, "/local/domain/0");
}
