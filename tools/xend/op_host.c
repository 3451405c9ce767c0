/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations on the host: info, dmesg, log, debug-keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <xenctrl.h>

#include "../lib/json.h"
#include "../lib/mem.h"
#include "log.h"
#include "ops.h"

#define LOG_TAIL_BYTES (256u << 10)
#define DMESG_BYTES (1u << 20)

static void info_add_host(struct json *j)
{
	struct utsname u;

	uname(&u);
	json_add_str(j, "host", u.nodename);
	json_add_str(j, "release", u.release);
	json_add_str(j, "version", u.version);
	json_add_str(j, "machine", u.machine);
}

static void info_add_physical(struct json *j, const struct xc_physinfo *p)
{
	struct strbuf b = { 0 };

	json_add_int(j, "nr_cpus", p->nr_cpus);
	json_add_int(j, "max_cpu_id", p->max_cpu_id);
	json_add_int(j, "nr_nodes", p->nr_nodes);
	json_add_int(j, "cores_per_socket", p->cores_per_socket);
	json_add_int(j, "threads_per_core", p->threads_per_core);
	json_add_int(j, "cpu_mhz", p->cpu_khz / 1000);
	for (int i = 0; i < 8; i++)
		strbuf_printf(&b, "%s%08x", i ? ":" : "", p->hw_cap[i]);
	json_add_str(j, "hw_caps", b.data);
	strbuf_clear(&b);
	strbuf_printf(&b, "%s%s%s%s%s%s%s", p->cap_pv ? " pv" : "", p->cap_hvm ? " hvm" : "", p->cap_directio ? " directio" : "",
		      p->cap_hap ? " hap" : "", p->cap_shadow ? " shadow" : "", p->cap_gnttab_v1 ? " gnttab-v1" : "",
		      p->cap_gnttab_v2 ? " gnttab-v2" : "");
	json_add_str(j, "virt_caps", b.len ? b.data + 1 : "");
	json_add_int(j, "total_memory", p->total_pages >> (20 - XC_PAGE_SHIFT));
	json_add_int(j, "free_memory", p->free_pages >> (20 - XC_PAGE_SHIFT));
	json_add_int(j, "outstanding_claims", p->outstanding_pages >> (20 - XC_PAGE_SHIFT));
	strbuf_free(&b);
}

static void info_add_version(struct json *j, const struct xc_version_info *v, enum xc_scheduler scheduler)
{
	char *text = mem_printf("%u.%u%s", v->major, v->minor, v->extra);

	json_add_int(j, "xen_major", v->major);
	json_add_int(j, "xen_minor", v->minor);
	json_add_str(j, "xen_extra", v->extra);
	json_add_str(j, "xen_version", text);
	json_add_str(j, "xen_caps", v->capabilities);
	json_add_str(j, "xen_scheduler", xc_sched_name(scheduler));
	json_add_int(j, "xen_pagesize", v->pagesize);
	free(text);
	text = mem_printf("virt_start=0x%llx", (unsigned long long)v->virt_start);
	json_add_str(j, "platform_params", text);
	free(text);
	json_add_str(j, "xen_changeset", v->changeset);
	json_add_str(j, "xen_commandline", v->commandline);
	json_add_str(j, "cc_compiler", v->compiler);
	json_add_str(j, "cc_compile_by", v->compile_by);
	json_add_str(j, "cc_compile_domain", v->compile_domain);
	json_add_str(j, "cc_compile_date", v->compile_date);
	json_add_str(j, "build_id", v->build_id);
}

int op_info(struct call *c)
{
	enum xc_scheduler scheduler = XC_SCHED_CREDIT;
	struct xc_version_info version;
	struct xc_physinfo physical;
	int ret = xc_physinfo(c->link->xc, &physical);

	if (!ret)
		ret = xc_version(c->link->xc, &version);
	if (!ret)
		ret = xc_sched_id(c->link->xc, &scheduler);
	if (ret < 0)
		return call_fail_xc(c, ret);
	c->result = json_new(JSON_OBJECT);
	info_add_host(c->result);
	info_add_physical(c->result, &physical);
	info_add_version(c->result, &version, scheduler);
	json_add_int(c->result, "xend_config_format", 4);
	return 0;
}

int op_dmesg(struct call *c)
{
	char *text = mem_alloc(DMESG_BYTES + 1, 1);
	long len = xc_readconsole(c->link->xc, text, DMESG_BYTES, NULL, json_bool(c->args, "clear", false));

	if (len < 0) {
		free(text);
		return call_fail_xc(c, len);
	}
	/* JSON texts end at a zero byte; the ring may hold some. */
	for (long i = 0; i < len; i++)
		if (!text[i])
			text[i] = ' ';
	text[len] = 0;
	c->result = json_new(JSON_OBJECT);
	json_add_str(c->result, "text", text);
	free(text);
	return 0;
}

int op_log(struct call *c)
{
	char *text = log_tail(LOG_TAIL_BYTES);

	c->result = json_new(JSON_OBJECT);
	json_add_str(c->result, "text", text);
	free(text);
	return 0;
}

int op_debug_keys(struct call *c)
{
	const char *keys = json_str(c->args, "keys", "");
	int ret;

	if (!*keys)
		return call_fail(c, EINVAL, "no keys given; h lists them in xm dmesg");
	ret = xc_send_debug_keys(c->link->xc, keys);
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}
