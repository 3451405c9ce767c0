/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's own nodes (docs of the store's layout: xenstore-paths). Nodes take over the permissions of the folder
 * they are made in, so permissions are set on folders, before what is in them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"
#include "guest.h"
#include "log.h"
#include "store.h"

#define CONSOLE_WAIT_MS 10000
#define CONSOLE_WARNING "%s: nobody has taken the guest's console within %d s: see whether xenconsoled runs"

/* What the guest writes to; all else it only reads. */
static const char *const guest_owned[] = {
	"control/shutdown", "control/sysrq", "control/feature-poweroff", "control/feature-reboot",
	"control/feature-suspend", "control/feature-s3", "control/feature-s4", "data", "drivers", "feature", "attr", "error",
	"device/suspend/event-channel",
};

static void guest_fill_vm(struct store_batch *b, struct domain *d)
{
	store_base(b, "/vm/%s", d->uuid_text);
	store_owner(b, "", 0, d->domid);
	store_put(b, "name", "%s", d->name);
	store_put(b, "uuid", "%s", d->uuid_text);
	store_put(b, "start_time", "%lld", (long long)d->started);
	store_put(b, "image/ostype", "linux");
	store_put(b, "image/kernel", "%s", d->config.kernel);
	store_put(b, "image/cmdline", "%s", d->config.cmdline);
	if (d->config.ramdisk)
		store_put(b, "image/ramdisk", "%s", d->config.ramdisk);
}

/* The console's nodes; the daemon that serves it adds the tty. */
static void guest_fill_console(struct store_batch *b, struct domain *d)
{
	store_put(b, "console/backend", "/local/domain/0/backend/console/%u/0", d->domid);
	store_put(b, "console/backend-id", "0");
	store_put(b, "console/type", "xenconsoled");
	store_put(b, "console/output", "pty");
	store_put(b, "console/limit", "1048576");
	store_put(b, "console/ring-ref", "%llu", (unsigned long long)d->built.console_mfn);
	store_put(b, "console/port", "%u", d->built.console_port);
	store_base(b, "/local/domain/0/backend/console/%u/0", d->domid);
	store_owner(b, "", 0, d->domid);
	store_put(b, "frontend", "/local/domain/%u/console", d->domid);
	store_put(b, "frontend-id", "%u", d->domid);
	store_put(b, "online", "1");
	store_put(b, "state", "%d", STORE_INITIALISING);
	store_put(b, "protocol", "vt100");
}

static void guest_fill(struct store_batch *b, void *arg)
{
	struct domain *d = arg;
	char key[48];

	guest_fill_vm(b, d);
	store_base(b, "/local/domain/%u", d->domid);
	store_owner(b, "", 0, d->domid);
	for (size_t i = 0; i < sizeof(guest_owned) / sizeof(*guest_owned); i++)
		store_owner(b, guest_owned[i], d->domid, -1);
	store_put(b, "name", "%s", d->name);
	store_put(b, "domid", "%u", d->domid);
	store_put(b, "vm", "/vm/%s", d->uuid_text);
	store_put(b, "memory/static-max", "%llu", (unsigned long long)d->config.maxmem_mib << 10);
	store_put(b, "memory/target", "%llu", (unsigned long long)d->source.present.target_kib);
	store_put(b, "control/platform-feature-multiprocessor-suspend", "1");
	store_put(b, "control/platform-feature-xs_reset_watches", "1");
	store_put(b, "store/ring-ref", "%llu", (unsigned long long)d->built.store_mfn);
	store_put(b, "store/port", "%u", d->built.store_port);
	for (unsigned int i = 0; i < d->config.maxvcpus; i++) {
		snprintf(key, sizeof(key), "cpu/%u/availability", i);
		store_put(b, key, "%s", present_vcpu_online(&d->source.present, i) ? "online" : "offline");
	}
	guest_fill_console(b, d);
}

int guest_write_store(struct call *c, struct domain *d)
{
	char failed[STORE_PATH_MAX];
	int ret = store_batch_run(c->link->xs, guest_fill, d, failed);

	if (ret < 0)
		return call_fail(c, -ret, "write the guest's store nodes: %s: %s; see whether xenstored runs", failed, strerror(-ret));
	if (!xs_introduce_domain(c->link->xs, d->domid, d->built.store_mfn, d->built.store_port))
		return call_fail(c, errno, "introduce domain %u to xenstored: %s", d->domid, strerror(errno));
	return 0;
}

static bool guest_node_there(const char *value, int unused)
{
	return value != NULL;
}

/*
 * Until the console daemon has the guest's ring: what a guest writes before it ends, however soon, is then in its log. A
 * guest without a reader of its console can run all the same.
 */
int guest_wait_console(struct call *c, struct domain *d)
{
	char path[STORE_PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), "/local/domain/%u/console/tty", d->domid);
	ret = store_wait(c->x, c->link->xs, path, guest_node_there, 0, xend_now_ms() + CONSOLE_WAIT_MS);
	if (ret == -EINTR)
		return call_fail(c, EINTR, "xend stops");
	if (!ret)
		return 0;
	strbuf_printf(&c->warnings, CONSOLE_WARNING "\n", d->name, CONSOLE_WAIT_MS / 1000);
	log_line(CONSOLE_WARNING, d->name, CONSOLE_WAIT_MS / 1000);
	return 0;
}

void guest_remove_store(struct xend *x, struct domain *d)
{
	struct xs_handle *xs = x->worker.xs;
	char paths[3][128];

	snprintf(paths[0], sizeof(paths[0]), "/local/domain/%u", d->domid);
	snprintf(paths[1], sizeof(paths[1]), "/vm/%s", d->uuid_text);
	snprintf(paths[2], sizeof(paths[2]), "/local/domain/0/backend/console/%u", d->domid);
	store_remove_all(xs, (const char *const[]){ paths[0], paths[1], paths[2] }, 3);
	store_remove_parents(xs, paths[2], "/local/domain/0/backend");
	/* xenstored lets go of the domain by itself when the hypervisor says that it is gone, and only then tells others. */
}

static void guest_fill_rename(struct store_batch *b, void *arg)
{
	struct domain *d = arg;

	store_base(b, "/vm/%s", d->uuid_text);
	store_owner(b, "", 0, d->domid);
	store_put(b, "name", "%s", d->name);
	store_put(b, "uuid", "%s", d->uuid_text);
	store_put(b, "start_time", "%lld", (long long)d->started);
	store_base(b, "/local/domain/%u", d->domid);
	store_put(b, "name", "%s", d->name);
	store_put(b, "vm", "/vm/%s", d->uuid_text);
}

int guest_rename_store(struct xend *x, struct domain *d, const char *old_uuid)
{
	char failed[STORE_PATH_MAX];
	int ret = store_batch_run(x->worker.xs, guest_fill_rename, d, failed);

	if (!ret && old_uuid)
		store_remove(x->worker.xs, "/vm/%s", old_uuid);
	return ret;
}
