/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations that look at domains: list, domid and domname, vcpu-list, uptime. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xenctrl.h>

#include "../lib/json.h"
#include "../lib/mem.h"
#include "domain.h"
#include "ops.h"
#include "store.h"

/* Each name is looked up in the store, for any local user. */
#define LIST_NAMES_MAX 1024u

static void list_add_state(struct json *j, const struct xc_domain_info *info)
{
	char state[7] = "------";
	bool crashed = info->shutdown && info->shutdown_reason == XC_SHUTDOWN_CRASH;

	if (info->running)
		state[0] = 'r';
	if (info->blocked)
		state[1] = 'b';
	if (info->paused)
		state[2] = 'p';
	if (info->shutdown && !crashed)
		state[3] = 's';
	if (crashed)
		state[4] = 'c';
	if (info->dying)
		state[5] = 'd';
	json_add_str(j, "state", state);
}

static void list_add_devices(struct json *j, const struct domain_config *c)
{
	struct json *list = json_add_new(j, "disks", JSON_ARRAY), *item;
	char mac[18];

	for (size_t i = 0; i < c->disk_count; i++) {
		item = json_add_new(list, NULL, JSON_OBJECT);
		json_add_str(item, "vdev", c->disks[i].vdev);
		json_add_str(item, "target", c->disks[i].target);
		json_add_str(item, "access", c->disks[i].read_only ? "ro" : c->disks[i].shared ? "w!" : "rw");
	}
	list = json_add_new(j, "vifs", JSON_ARRAY);
	for (size_t i = 0; i < c->vif_count; i++) {
		item = json_add_new(list, NULL, JSON_OBJECT);
		for (int n = 0; n < 6; n++)
			sprintf(mac + 3 * n, "%02x%s", c->vifs[i].mac[n], n < 5 ? ":" : "");
		json_add_str(item, "mac", mac);
		json_add_str(item, "bridge", c->vifs[i].bridge);
	}
}

/* What `list -l` shows of a guest of ours beyond the columns. x->lock is held. */
static void list_add_config(struct json *j, const struct domain *d, uint64_t target_kib)
{
	const struct domain_config *c = &d->config;

	json_add_str(j, "uuid", d->uuid_text);
	json_add_int(j, "started", d->started);
	json_add_str(j, "kernel", c->kernel);
	json_add_str(j, "ramdisk", c->ramdisk);
	json_add_str(j, "cmdline", c->cmdline);
	json_add_int(j, "memory", target_kib >> 10);
	json_add_int(j, "maxmem", c->maxmem_mib);
	json_add_int(j, "maxvcpus", c->maxvcpus);
	json_add_str(j, "on_poweroff", config_action_name(c->on_poweroff));
	json_add_str(j, "on_reboot", config_action_name(c->on_reboot));
	json_add_str(j, "on_crash", config_action_name(c->on_crash));
	json_add_str(j, "config", d->source.file);
	list_add_devices(j, c);
}

static void list_add(struct call *c, struct json *list, const struct xc_domain_info *info, bool details)
{
	struct json *j = json_add_new(list, NULL, JSON_OBJECT);
	char *name = domain_name(c->x, c->link, info->domid), *target;

	json_add_str(j, "name", name);
	json_add_int(j, "domid", info->domid);
	json_add_int(j, "memory_kib", info->tot_pages << (XC_PAGE_SHIFT - 10));
	json_add_int(j, "vcpus", info->nr_online_vcpus);
	list_add_state(j, info);
	json_add_int(j, "cpu_time_ns", info->cpu_time_ns);
	free(name);
	if (!details)
		return;
	target = store_read(c->link->xs, "/local/domain/%u/memory/target", info->domid);
	pthread_mutex_lock(&c->x->lock);
	for (struct domain *d = c->x->domains; d; d = d->next)
		if (d->domid == info->domid)
			list_add_config(json_add_new(j, "guest", JSON_OBJECT), d,
					target ? strtoull(target, NULL, 10) : (uint64_t)d->config.memory_mib << 10);
	pthread_mutex_unlock(&c->x->lock);
	free(target);
}

int op_list(struct call *c)
{
	bool details = json_bool(c->args, "details", false);
	const struct json *names = json_get(c->args, "domains");
	uint8_t listed[(XC_DOMID_SELF + 7) / 8] = { 0 };
	struct xc_domain_info info[64];
	uint32_t first = 0, domid;
	int got = 0;

	if (names && names->count > LIST_NAMES_MAX)
		return call_fail(c, E2BIG, "%zu domains are named, at most %u can be", names->count, LIST_NAMES_MAX);
	c->result = json_new(JSON_ARRAY);
	for (size_t i = 0; names && i < names->count; i++) {
		struct json *args = json_new(JSON_OBJECT);
		const struct json *saved = c->args;
		int ret;

		json_add_str(args, "domain", names->items[i]->str);
		c->args = args;
		ret = call_domain(c, &domid);
		c->args = saved;
		json_free(args);
		if (ret < 0)
			return ret;
		/* Once, however often it is named: an answer is bounded by the number of domains. */
		if (domid >= XC_DOMID_SELF || listed[domid / 8] & 1 << domid % 8)
			continue;
		listed[domid / 8] |= 1 << domid % 8;
		if (xc_domain_getinfo(c->link->xc, domid, info) == 0)
			list_add(c, c->result, info, details);
	}
	if (names && names->count)
		return 0;
	while ((got = xc_domain_getinfolist(c->link->xc, first, 64, info)) > 0) {
		for (int i = 0; i < got; i++)
			list_add(c, c->result, &info[i], details);
		first = info[got - 1].domid + 1;
		if (got < 64)
			break;
	}
	return got < 0 ? call_fail_xc(c, got) : 0;
}

int op_lookup(struct call *c)
{
	uint32_t domid;
	char *name;

	if (call_domain(c, &domid) < 0)
		return -c->code;
	name = domain_name(c->x, c->link, domid);
	c->result = json_new(JSON_OBJECT);
	json_add_int(c->result, "domid", domid);
	json_add_str(c->result, "name", name);
	free(name);
	return 0;
}

int op_wait(struct call *c)
{
	const char *text = json_str(c->args, "domain", "");

	if (!*text || text[strspn(text, "0123456789")] || strlen(text) > 5)
		return op_lookup(c);
	c->result = json_new(JSON_OBJECT);
	json_add_int(c->result, "domid", strtoul(text, NULL, 10));
	return 0;
}

/* "0-2,5" or "all"; at most bits CPUs. */
static void vcpu_affinity_text(const uint8_t *map, uint32_t bits, struct strbuf *b)
{
	uint32_t set = 0;

	for (uint32_t i = 0; i < bits; i++)
		set += map[i / 8] >> (i % 8) & 1;
	if (set == bits) {
		strbuf_puts(b, "all");
		return;
	}
	for (uint32_t i = 0; i < bits; i++) {
		uint32_t end = i;

		if (!(map[i / 8] >> (i % 8) & 1))
			continue;
		while (end + 1 < bits && (map[(end + 1) / 8] >> ((end + 1) % 8) & 1))
			end++;
		strbuf_printf(b, "%s%u", b->len ? "," : "", i);
		if (end > i)
			strbuf_printf(b, "-%u", end);
		i = end;
	}
}

static void vcpu_list_add(struct call *c, const struct xc_domain_info *dom, uint32_t vcpu)
{
	int bits = xc_max_cpus(c->link->xc);
	uint8_t hard[CONFIG_CPUS_MAX / 8] = { 0 };
	struct strbuf text = { 0 };
	struct xc_vcpu_info info;
	struct json *j;
	char *name;

	if (bits < 1 || bits > CONFIG_CPUS_MAX || xc_vcpu_getinfo(c->link->xc, dom->domid, vcpu, &info) < 0)
		return;
	j = json_add_new(c->result, NULL, JSON_OBJECT);
	name = domain_name(c->x, c->link, dom->domid);
	json_add_str(j, "name", name);
	json_add_int(j, "domid", dom->domid);
	json_add_int(j, "vcpu", vcpu);
	json_add_int(j, "cpu", info.online ? (int64_t)info.cpu : -1);
	json_add_str(j, "state", !info.online ? "--p" : info.running ? "r--" : info.blocked ? "-b-" : "---");
	json_add_int(j, "cpu_time_ns", info.cpu_time_ns);
	if (xc_vcpu_getaffinity(c->link->xc, dom->domid, vcpu, hard, NULL, bits) == 0)
		vcpu_affinity_text(hard, bits, &text);
	json_add_str(j, "affinity", text.data ? text.data : "");
	strbuf_free(&text);
	free(name);
}

int op_vcpu_list(struct call *c)
{
	const char *one = json_str(c->args, "domain", NULL);
	struct xc_domain_info info;
	uint32_t domid = 0;

	if (one && call_domain(c, &domid) < 0)
		return -c->code;
	c->result = json_new(JSON_ARRAY);
	while (xc_domain_getinfolist(c->link->xc, domid, 1, &info) == 1) {
		if (one && info.domid != domid)
			break;
		for (uint32_t i = 0; info.max_vcpu_id != UINT32_MAX && i <= info.max_vcpu_id; i++)
			vcpu_list_add(c, &info, i);
		if (one)
			break;
		domid = info.domid + 1;
	}
	return 0;
}

/* When a domain began, seconds since 1970; 0 where nobody knows. Domain 0 began with the machine. */
static int64_t uptime_started(struct call *c, uint32_t domid)
{
	struct timespec now;
	int64_t started = 0;
	char *vm, *text;

	if (!domid) {
		clock_gettime(CLOCK_BOOTTIME, &now);
		return time(NULL) - now.tv_sec;
	}
	vm = store_read(c->link->xs, "/local/domain/%u/vm", domid);
	text = vm ? store_read(c->link->xs, "%s/start_time", vm) : NULL;
	if (text)
		started = atoll(text);
	free(vm);
	free(text);
	return started;
}

int op_uptime(struct call *c)
{
	const char *one = json_str(c->args, "domain", NULL);
	struct xc_domain_info info;
	uint32_t domid = 0;
	struct json *j;
	char *name;

	if (one && call_domain(c, &domid) < 0)
		return -c->code;
	c->result = json_new(JSON_ARRAY);
	while (xc_domain_getinfolist(c->link->xc, domid, 1, &info) == 1) {
		int64_t started = uptime_started(c, info.domid);

		j = json_add_new(c->result, NULL, JSON_OBJECT);
		name = domain_name(c->x, c->link, info.domid);
		json_add_str(j, "name", name);
		json_add_int(j, "domid", info.domid);
		json_add_int(j, "seconds", started ? time(NULL) - started : 0);
		free(name);
		if (one)
			break;
		domid = info.domid + 1;
	}
	return 0;
}
