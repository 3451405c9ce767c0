/* SPDX-License-Identifier: GPL-2.0-only */
/* What a request for a list of domains can make of its 64 KiB. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xenctrl.h>

#include "../../lib/json.h"
#include "../call.h"
#include "../domain.h"
#include "../ops.h"
#include "../store.h"

static unsigned int lookups;

/* ---- what is beside the operation ---- */

int call_domain(struct call *c, uint32_t *domid)
{
	lookups++;
	*domid = (uint32_t)atoi(json_str(c->args, "domain", ""));
	return 0;
}

int call_fail(struct call *c, int code, const char *fmt, ...)
{
	return -code;
}

int call_fail_xc(struct call *c, int ret)
{
	return ret;
}

char *domain_name(struct xend *x, struct xend_link *link, uint32_t domid)
{
	return strdup("guest");
}

const char *config_action_name(enum config_action action)
{
	return "destroy";
}

char *store_read(struct xs_handle *xs, const char *fmt, ...)
{
	return NULL;
}

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
	*info = (struct xc_domain_info){ .domid = domid };
	return 0;
}

int xc_domain_getinfolist(struct xc_handle *h, uint32_t first, uint32_t max, struct xc_domain_info *info)
{
	return 0;
}

int xc_vcpu_getinfo(struct xc_handle *h, uint32_t domid, uint32_t vcpu, struct xc_vcpu_info *out)
{
	return -ESRCH;
}

int xc_vcpu_getaffinity(struct xc_handle *h, uint32_t domid, uint32_t vcpu, uint8_t *hard, uint8_t *soft, uint32_t nr_bits)
{
	return -ESRCH;
}

int xc_max_cpus(struct xc_handle *h)
{
	return 1;
}

/* ---- the tests ---- */

/* A list with so many names: number 3 each, or 0, 1, 2 and on. */
static int list(size_t names, bool same, size_t *listed)
{
	struct json *args = json_new(JSON_OBJECT), *domains = json_add_new(args, "domains", JSON_ARRAY);
	struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct xend_link link = { 0 };
	struct call c = { .x = &x, .link = &link, .args = args };
	char number[24];
	int ret;

	for (size_t i = 0; i < names; i++) {
		snprintf(number, sizeof(number), "%zu", same ? 3 : i);
		json_add_str(domains, NULL, number);
	}
	lookups = 0;
	ret = op_list(&c);
	*listed = c.result ? c.result->count : 0;
	json_free(c.result);
	json_free(args);
	return ret;
}

static void named_again(void **state)
{
	size_t listed;

	assert_int_equal(list(1000, true, &listed), 0);
	assert_int_equal(listed, 1);
	assert_int_equal(list(16000, true, &listed), -E2BIG);
	assert_int_equal(lookups, 0);
	assert_int_equal(list(1000, false, &listed), 0);
	assert_int_equal(listed, 1000);
}

/* A number is waited for whether or not there is such a domain: one that is gone has ended. A name must be known. */
static void waiting_for_what_is_gone(void **state)
{
	static const struct { const char *domain; int ret; unsigned int lookups; } rows[] = {
		{ "77", 0, 0 }, { "web", 0, 1 }, { "", 0, 1 }, { "123456", 0, 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct json *args = json_new(JSON_OBJECT);
		struct xend_link link = { 0 };
		struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };
		struct call c = { .x = &x, .link = &link, .args = args };

		json_add_str(args, "domain", rows[i].domain);
		lookups = 0;
		assert_int_equal(op_wait(&c), rows[i].ret);
		assert_int_equal(lookups, rows[i].lookups);
		if (!rows[i].lookups)
			assert_int_equal(json_int(c.result, "domid", 0), atoi(rows[i].domain));
		json_free(c.result);
		json_free(args);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(named_again), cmocka_unit_test(waiting_for_what_is_gone) };

	return cmocka_run_group_tests_name("xend's list", tests, NULL, NULL);
}
