/* SPDX-License-Identifier: GPL-2.0-only */
/* Helpers of all operations: failing, and finding the domain that a request names. */
#include "call.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

#include "../lib/json.h"
#include "../lib/mem.h"
#include "domain.h"
#include "store.h"

int call_fail(struct call *c, int code, const char *fmt, ...)
{
	struct strbuf b = { 0 };
	va_list ap;

	c->code = c->code ? c->code : code;
	if (!c->err.text) {
		va_start(ap, fmt);
		strbuf_vprintf(&b, fmt, ap);
		va_end(ap);
		c->err.text = strbuf_take(&b);
	}
	return -code;
}

int call_fail_xc(struct call *c, int ret)
{
	/* A description of another failure is an older one. */
	bool said = xc_last_error(c->link->xc)->code == ret;

	return call_fail(c, -ret, "%s", said ? xc_error_text(c->link->xc) : strerror(-ret));
}

void call_clear(struct call *c)
{
	json_free(c->result);
	strbuf_free(&c->warnings);
	config_error_free(&c->err);
	c->result = NULL;
}

int call_domain(struct call *c, uint32_t *domid)
{
	const char *text = json_str(c->args, "domain", NULL);
	struct xc_domain_info info;
	int ret;

	if (!text || !*text)
		return call_fail(c, EINVAL, "no domain given");
	/* Digits alone are no name: key_name(). */
	if (text[strspn(text, "0123456789")]) {
		ret = domain_find_name(c->x, c->link, text, domid);
		if (ret == -ESRCH)
			return call_fail(c, ESRCH, "no such domain: %s; xm list shows what there is", text);
		return ret < 0 ? call_fail(c, -ret, "look for domain %s: %s", text, strerror(-ret)) : 0;
	}
	*domid = strtoul(text, NULL, 10);
	ret = strlen(text) > 5 ? -ESRCH : xc_domain_getinfo(c->link->xc, *domid, &info);
	if (ret == -ESRCH)
		return call_fail(c, ESRCH, "no such domain: %s; xm list shows what there is", text);
	return ret < 0 ? call_fail_xc(c, ret) : 0;
}

int call_domain_runs(struct call *c, uint32_t domid)
{
	static const char *const doing[] = {
		[DOMAIN_BUILDING] = "is being created; wait until xm create has ended",
		[DOMAIN_ENDING] = "is being destroyed",
		[DOMAIN_PRESERVED] = "has shut down and is kept for inspection; xm destroy removes it",
		[DOMAIN_SAVING] = "is being saved; wait until xm save has ended",
	};
	enum domain_phase phase = DOMAIN_RUNNING;
	char *name = NULL;
	int ret;

	pthread_mutex_lock(&c->x->lock);
	for (struct domain *d = c->x->domains; d && !name; d = d->next) {
		if (d->domid != domid)
			continue;
		phase = d->phase;
		name = mem_strdup(d->name);
	}
	pthread_mutex_unlock(&c->x->lock);
	ret = phase == DOMAIN_RUNNING ? 0 : call_fail(c, EBUSY, "%s %s", name, phase <= DOMAIN_SAVING ? doing[phase] : "does not run");
	free(name);
	return ret;
}
