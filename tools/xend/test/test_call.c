/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of what all operations begin with: which domain is meant. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xenctrl.h>

#include "../../lib/json.h"
#include "../call.h"
#include "../domain.h"

/* Domains 0 to 9 are there; 7 has a name that looks like a number. */
int domain_find_name(struct xend *x, struct xend_link *link, const char *name, uint32_t *domid)
{
	*domid = 7;
	return strcmp(name, "+5") ? -ESRCH : 0;
}

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
	return domid < 10 ? 0 : -ESRCH;
}

/* What libxc has described last. */
static struct xc_error described;

const struct xc_error *xc_last_error(const struct xc_handle *h)
{
	return &described;
}

const char *xc_error_text(struct xc_handle *h)
{
	return "pin page tables: refused";
}

void config_error_free(struct config_error *err)
{
	free(err->text);
}

/* A failure is named by its own description, or by its number where libxc has described another one last. */
static void a_description_of_another_failure(void **state)
{
	static const struct { int described, ret; const char *text; } rows[] = {
		{ -EINVAL, -EINVAL, "pin page tables: refused" }, { -EINVAL, -ENOMEM, "Cannot allocate memory" },
		{ 0, -ENOMEM, "Cannot allocate memory" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct xend_link link = { 0 };
		struct call c = { .link = &link };

		described.code = rows[i].described;
		assert_int_equal(call_fail_xc(&c, rows[i].ret), rows[i].ret);
		assert_string_equal(c.err.text, rows[i].text);
		call_clear(&c);
	}
}

static void which_domain(void **state)
{
	static const struct { const char *text; int ret; uint32_t domid; } rows[] = {
		{ "5", 0, 5 }, { "005", 0, 5 }, { "+5", 0, 7 }, { "-5", -ESRCH, 0 }, { " 5", -ESRCH, 0 }, { "5 ", -ESRCH, 0 },
		{ "10", -ESRCH, 0 }, { "65536", -ESRCH, 0 }, { "-65531", -ESRCH, 0 }, { "4294967301", -ESRCH, 0 }, { "0x5", -ESRCH, 0 },
		{ "", -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct xend_link link = { 0 };
		struct json *args = json_new(JSON_OBJECT);
		struct call c = { .link = &link, .args = args };
		uint32_t domid;
		int ret;

		json_add_str(args, "domain", rows[i].text);
		ret = call_domain(&c, &domid);
		if (ret != rows[i].ret || (!ret && domid != rows[i].domid))
			fail_msg("\"%s\" gives %d, domain %u", rows[i].text, ret, domid);
		call_clear(&c);
		json_free(args);
	}
}

/* What an operation on a running domain answers in each phase. */
static void phases(void **state)
{
	static const struct { enum domain_phase phase; int ret; const char *why; } rows[] = {
		{ DOMAIN_BUILDING, -EBUSY, "web is being created" }, { DOMAIN_RUNNING, 0, NULL },
		{ DOMAIN_SAVING, -EBUSY, "web is being saved" }, { DOMAIN_ENDING, -EBUSY, "web is being destroyed" },
		{ DOMAIN_PRESERVED, -EBUSY, "web has shut down" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct domain d = { .name = "web", .domid = 3, .phase = rows[i].phase };
		struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER, .domains = &d };
		struct call c = { .x = &x };

		assert_int_equal(call_domain_runs(&c, 3), rows[i].ret);
		assert_int_equal(call_domain_runs(&c, 4), 0);
		if (rows[i].why)
			assert_memory_equal(c.err.text, rows[i].why, strlen(rows[i].why));
		call_clear(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(which_domain), cmocka_unit_test(phases),
					      cmocka_unit_test(a_description_of_another_failure) };

	return cmocka_run_group_tests_name("xend's calls", tests, NULL, NULL);
}
