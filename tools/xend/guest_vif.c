/* SPDX-License-Identifier: GPL-2.0-only */
/* Network cards: netback's interface in dom0, attached by a hotplug script. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/mem.h"
#include "guest.h"
#include "hotplug.h"
#include "log.h"
#include "store.h"

#define VIF_SCRIPT SCRIPT_FOLDER "vif-bridge"

struct vif_fill {
	struct domain *d;
	const struct config_vif *config;
	unsigned int number;
	char mac[18];
};

static void vif_fill_nodes(struct store_batch *b, void *arg)
{
	struct vif_fill *f = arg;
	const struct config_vif *c = f->config;
	uint32_t domid = f->d->domid;

	store_base(b, "/local/domain/%u/device/vif/%u", domid, f->number);
	store_owner(b, "", domid, 0);
	store_put(b, "backend", "/local/domain/0/backend/vif/%u/%u", domid, f->number);
	store_put(b, "backend-id", "0");
	store_put(b, "handle", "%u", f->number);
	store_put(b, "mac", "%s", f->mac);
	if (c->untrusted)
		store_put(b, "trusted", "0");
	store_put(b, "state", "%d", STORE_INITIALISING);
	store_base(b, "/local/domain/0/backend/vif/%u/%u", domid, f->number);
	store_owner(b, "", 0, domid);
	store_put(b, "frontend", "/local/domain/%u/device/vif/%u", domid, f->number);
	store_put(b, "frontend-id", "%u", domid);
	store_put(b, "online", "1");
	store_put(b, "handle", "%u", f->number);
	store_put(b, "mac", "%s", f->mac);
	store_put(b, "type", "vif");
	store_put(b, "script", "%s", c->script ? c->script : VIF_SCRIPT);
	if (c->bridge)
		store_put(b, "bridge", "%s", c->bridge);
	if (c->ip)
		store_put(b, "ip", "%s", c->ip);
	if (c->name)
		store_put(b, "vifname", "%s", c->name);
	if (c->gatewaydev)
		store_put(b, "gatewaydev", "%s", c->gatewaydev);
	if (c->mtu)
		store_put(b, "mtu", "%u", c->mtu);
	if (c->rate_bytes)
		store_put(b, "rate", "%llu,%u", (unsigned long long)c->rate_bytes, c->rate_us);
	store_put(b, "state", "%d", STORE_INITIALISING);
}

/* Debian's scripts write their reason to the backend's node hotplug-error, not to their output. */
static void vif_add_reason(struct xend *x, const struct domain *d, size_t i, char **why)
{
	char *reason = store_read(x->worker.xs, "/local/domain/0/backend/vif/%u/%zu/hotplug-error", d->domid, i), *old = *why;

	if (reason && *reason && old && !strstr(old, reason))
		*why = mem_printf("%s: %s", old, reason);
	if (*why != old)
		free(old);
	free(reason);
}

static int vif_run_script(struct xend *x, struct domain *d, size_t i, const char *argument, char **why)
{
	const struct config_vif *c = &d->config.vifs[i];
	char *env[] = {
		mem_strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
		mem_strdup("XENBUS_TYPE=vif"), mem_strdup("XENBUS_BASE_PATH=backend"),
		mem_printf("XENBUS_PATH=backend/vif/%u/%zu", d->domid, i),
		mem_printf("vif=vif%u.%zu", d->domid, i), mem_printf("vifname=%s", c->name ? c->name : ""),
		mem_printf("bridge=%s", c->bridge ? c->bridge : ""), mem_printf("ip=%s", c->ip ? c->ip : ""),
		mem_printf(c->mtu ? "mtu=%u" : "mtu=", c->mtu), mem_printf("netdev=%s", c->gatewaydev ? c->gatewaydev : ""),
		mem_printf("domain=%s", d->name), mem_printf("script=%s", c->script ? c->script : VIF_SCRIPT), NULL,
	};
	int ret = hotplug_run(x, c->script ? c->script : VIF_SCRIPT, argument, env, why);

	if (ret < 0)
		vif_add_reason(x, d, i, why);
	for (size_t n = 0; env[n]; n++)
		free(env[n]);
	return ret;
}

/* netback says that it has initialised shortly before it makes the interface (netback_probe() of Linux). */
static int vif_wait_interface(struct xend *x, const struct domain *d, size_t i)
{
	int64_t until = xend_now_ms() + x->options.backend_ms;
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "vif%u.%zu", d->domid, i);
	while (!if_nametoindex(name)) {
		if (xend_now_ms() >= until)
			return -ETIMEDOUT;
		usleep(1000);
	}
	return 0;
}

int guest_attach_vif(struct call *c, struct domain *d, size_t i)
{
	const struct config_vif *config = &d->config.vifs[i];
	struct guest_device device = { "vif", d->domid, i };
	struct vif_fill fill = { .d = d, .config = config, .number = i };
	char failed[STORE_PATH_MAX], *why = NULL;
	int ret;

	for (int n = 0; n < 6; n++)
		sprintf(fill.mac + 3 * n, "%02x%s", config->mac[n], n < 5 ? ":" : "");
	d->vifs_up = i + 1;
	ret = store_batch_run(c->link->xs, vif_fill_nodes, &fill, failed);
	if (ret < 0)
		return call_fail(c, -ret, "write the nodes of network card %zu: %s: %s", i, failed, strerror(-ret));
	ret = guest_wait_backend(c, d, config->where, &device, STORE_INIT_WAIT);
	if (ret < 0)
		return ret;
	ret = vif_wait_interface(c->x, d, i);
	if (ret < 0) {
		c->code = -ret;
		return guest_fail(c, d, config->where, "see dom0's kernel log", "network card %zu: waited %u s for the interface vif%u.%zu",
				  i, c->x->options.backend_ms / 1000, d->domid, i);
	}
	ret = vif_run_script(c->x, d, i, "online", &why);
	if (ret < 0) {
		c->code = -ret;
		guest_fail(c, d, config->where, NULL, "network card %zu: %s", i, why ? why : strerror(-ret));
		free(why);
		return ret;
	}
	/* netback connects when it sees this. */
	ret = store_write(c->link->xs, "connected", "/local/domain/0/backend/vif/%u/%zu/hotplug-status", d->domid, i);
	return ret < 0 ? call_fail(c, -ret, "write hotplug-status: %s", strerror(-ret)) : 0;
}

void guest_detach_vif(struct xend *x, struct domain *d, size_t i)
{
	struct guest_device device = { "vif", d->domid, i };
	const struct config_vif *c = &d->config.vifs[i];
	char name[IFNAMSIZ], *why = NULL;

	snprintf(name, sizeof(name), "vif%u.%zu", d->domid, i);
	/* The default script has nothing to undo: the kernel takes an interface that goes away off its bridge. */
	if (c->script && if_nametoindex(c->name ? c->name : name))
		vif_run_script(x, d, i, "offline", &why);
	free(why);
	guest_remove_device(x, &device);
}
