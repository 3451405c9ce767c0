/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations on guests: create, destroy, pause, unpause, shutdown, reboot, sysrq, vcpu-set. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#include "../lib/json.h"
#include "../lib/mem.h"
#include "guest.h"
#include "log.h"
#include "ops.h"
#include "store.h"

int op_create(struct call *c)
{
	const struct json *overrides = json_get(c->args, "overrides");
	struct domain_source source = { 0 };
	bool dry_run = json_bool(c->args, "dry_run", false);
	struct domain *d;
	int ret;

	source.file = mem_strdup(json_str(c->args, "file", "/dev/null"));
	source.text = mem_strdup(json_str(c->args, "text", ""));
	mem_replace(&source.folder, json_str(c->args, "folder", NULL));
	for (size_t i = 0; overrides && i < overrides->count; i++) {
		if (overrides->items[i]->type != JSON_STRING)
			continue;
		source.overrides = mem_grow(source.overrides, source.override_count + 1, sizeof(char *));
		source.overrides[source.override_count++] = mem_strdup(overrides->items[i]->str);
	}
	ret = guest_create(c, &source, json_bool(c->args, "paused", false), dry_run, &d);
	if (ret < 0)
		return ret;
	c->result = json_new(JSON_OBJECT);
	if (!d)
		return 0;
	json_add_int(c->result, "domid", d->domid);
	json_add_str(c->result, "name", d->name);
	json_add_str(c->result, "uuid", d->uuid_text);
	return 0;
}

/* Domain 0 is the one we live in. */
static int op_other_domain(struct call *c, uint32_t *domid, const char *verb)
{
	int ret = call_domain(c, domid);

	if (!ret && !*domid)
		return call_fail(c, EINVAL, "domain 0 cannot be %s; it is the one that runs this", verb);
	return ret;
}

/* The same, of a domain that is not being created, saved or destroyed. */
static int op_running_domain(struct call *c, uint32_t *domid, const char *verb)
{
	int ret = op_other_domain(c, domid, verb);

	return ret < 0 ? ret : call_domain_runs(c, *domid);
}

/* A domain that others made: hypervisor and store, without knowing its devices. */
static int op_destroy_foreign(struct call *c, uint32_t domid)
{
	int ret = xc_domain_destroy(c->link->xc, domid);

	if (ret < 0)
		return call_fail_xc(c, ret);
	store_remove(c->link->xs, "/local/domain/%u", domid);
	return 0;
}

int op_destroy(struct call *c)
{
	struct domain *d;
	uint32_t domid;

	if (op_other_domain(c, &domid, "destroyed") < 0)
		return -c->code;
	d = domain_get(c->x, domid);
	if (!d)
		return op_destroy_foreign(c, domid);
	guest_destroy(c->x, d);
	return 0;
}

int op_pause(struct call *c)
{
	uint32_t domid;
	int ret;

	if (op_running_domain(c, &domid, "paused") < 0)
		return -c->code;
	ret = xc_domain_pause(c->link->xc, domid);
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

int op_unpause(struct call *c)
{
	struct xc_domain_info info;
	uint32_t domid;
	int ret;

	if (op_running_domain(c, &domid, "unpaused") < 0)
		return -c->code;
	ret = xc_domain_getinfo(c->link->xc, domid, &info);
	if (!ret && !info.paused)
		return call_fail(c, EINVAL, "domain %u is not paused", domid);
	if (!ret)
		ret = xc_domain_unpause(c->link->xc, domid);
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

/* A word that the guest's kernel acts on. */
static int op_control(struct call *c, const char *verb, const char *word)
{
	struct xc_domain_info info;
	uint32_t domid;
	char *feature;
	int ret;

	if (op_running_domain(c, &domid, verb) < 0)
		return -c->code;
	ret = xc_domain_getinfo(c->link->xc, domid, &info);
	if (ret < 0)
		return call_fail_xc(c, ret);
	if (info.shutdown)
		return call_fail(c, EINVAL, "domain %u has ended already; xm destroy removes it", domid);
	if (info.paused)
		strbuf_printf(&c->warnings, "domain %u is paused, it will act on this once it is unpaused\n", domid);
	feature = store_read(c->link->xs, "/local/domain/%u/control/feature-%s", domid, word);
	if (!feature || strcmp(feature, "1"))
		strbuf_printf(&c->warnings, "domain %u has not said yet that it acts on %s; if it does not, use xm destroy\n", domid, word);
	free(feature);
	ret = store_write(c->link->xs, word, "/local/domain/%u/control/shutdown", domid);
	return ret < 0 ? call_fail(c, -ret, "write control/shutdown of domain %u: %s", domid, strerror(-ret)) : 0;
}

int op_shutdown(struct call *c)
{
	return op_control(c, "shut down", "poweroff");
}

int op_reboot(struct call *c)
{
	int ret = op_control(c, "rebooted", "reboot");
	uint32_t domid;

	if (!ret && call_domain(c, &domid) == 0)
		domain_ask_reboot(c->x, domid);
	return ret;
}

int op_sysrq(struct call *c)
{
	const char *key = json_str(c->args, "key", "");
	uint32_t domid;
	int ret;

	if (op_running_domain(c, &domid, "sent a key") < 0)
		return -c->code;
	if (strlen(key) != 1)
		return call_fail(c, EINVAL, "\"%s\" is not one key", key);
	ret = store_write(c->link->xs, key, "/local/domain/%u/control/sysrq", domid);
	return ret < 0 ? call_fail(c, -ret, "write control/sysrq of domain %u: %s", domid, strerror(-ret)) : 0;
}

int op_vcpu_set(struct call *c)
{
	int64_t count = json_int(c->args, "count", 0);
	struct xc_domain_info info;
	uint32_t domid;
	int ret;

	if (op_running_domain(c, &domid, "changed this way") < 0)
		return -c->code;
	ret = xc_domain_getinfo(c->link->xc, domid, &info);
	if (ret < 0)
		return call_fail_xc(c, ret);
	if (count < 1 || count > (int64_t)info.max_vcpu_id + 1)
		return call_fail(c, ERANGE, "domain %u may have 1 to %u vcpus", domid, info.max_vcpu_id + 1);
	for (uint32_t i = 0; i <= info.max_vcpu_id && !ret; i++)
		ret = store_write(c->link->xs, i < count ? "online" : "offline", "/local/domain/%u/cpu/%u/availability", domid, i);
	return ret < 0 ? call_fail(c, -ret, "write cpu nodes of domain %u: %s", domid, strerror(-ret)) : 0;
}
