/* SPDX-License-Identifier: GPL-2.0-only */
/* One request on its way through xend: what was asked, by whom, and the answer so far. */
#ifndef XEND_CALL_H
#define XEND_CALL_H

#include <sys/types.h>

#include "../lib/strbuf.h"
#include "config.h"
#include "xend.h"

struct json;

enum call_privilege { CALL_LOOK, CALL_ROOT };

struct call {
	struct xend *x;
	struct xend_link *link;		/* of the thread that runs the handler */
	const struct json *args;	/* NULL, or an object */
	struct json *result;		/* set by the handler, owned by the call */
	struct strbuf warnings;		/* lines */
	struct config_error err;	/* text of the failure */
	int code;			/* errno of the failure, positive */
};

/* An operation of the table. The handler answers 0 with result set (NULL: an empty object), or call_fail(). */
struct call_op {
	const char *name;
	enum call_privilege privilege;
	enum { CALL_AT_ONCE, CALL_WORKER, CALL_WAIT } where;	/* CALL_WAIT: answered when the domain is gone */
	int (*handler)(struct call *c);
};

const struct call_op *call_find_op(const char *name);

/* Sets the error, once; always returns -code. */
int call_fail(struct call *c, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same from libxc's last error: "step: reason; remedy". */
int call_fail_xc(struct call *c, int ret);
void call_clear(struct call *c);
/* The argument "domain" (name or number) as a domain that exists. 0 or call_fail(). */
int call_domain(struct call *c, uint32_t *domid);
/* 0 if the domain runs (or is paused), or is not xend's; otherwise call_fail() with what xend is doing to it. Takes x->lock. */
int call_domain_runs(struct call *c, uint32_t domid);

#endif
