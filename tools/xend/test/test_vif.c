/* SPDX-License-Identifier: GPL-2.0-only */
/* A network card whose hotplug script fails: the reason that is reported, from its output or from the store. */
#include <errno.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/mem.h"
#include "../guest.h"
#include "../hotplug.h"
#include "../store.h"

/* ---- what is beside it ---- */

static const char *output, *node;	/* what the script says, and what it writes to hotplug-error */
static char said[256], asked[128];

int hotplug_run(struct xend *x, const char *script, const char *argument, char *const env[], char **why)
{
	*why = mem_printf("%s", output);
	return -EIO;
}

char *store_read(struct xs_handle *xs, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(asked, sizeof(asked), fmt, ap);
	va_end(ap);
	return node ? mem_strdup(node) : NULL;
}

int config_fail(struct config_error *err, const char *file, struct config_where where, const char *remedy,
		const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

unsigned int if_nametoindex(const char *name) { return 1; }
int call_fail(struct call *c, int code, const char *fmt, ...) { return -code; }
int guest_wait_backend(struct call *c, struct domain *d, struct config_where w, const struct guest_device *v, int s) { return 0; }
void guest_remove_device(struct xend *x, const struct guest_device *device) { }
void store_base(struct store_batch *b, const char *fmt, ...) { }
void store_owner(struct store_batch *b, const char *key, unsigned int owner, int reader) { }
void store_put(struct store_batch *b, const char *key, const char *fmt, ...) { }
int store_write(struct xs_handle *xs, const char *value, const char *fmt, ...) { return 0; }
int64_t xend_now_ms(void) { return 0; }

int store_batch_run(struct xs_handle *xs, void (*fill)(struct store_batch *b, void *arg), void *arg, char failed[STORE_PATH_MAX])
{
	return 0;
}

/* ---- the test ---- */

static void reasons(void **state)
{
	static const struct { const char *output, *node, *said; } rows[] = {
		{ "vif-bridge: no bridge", NULL, "network card 1: vif-bridge: no bridge" },
		{ "vif-bridge online ended with status 1", "no bridge nobr7",
		  "network card 1: vif-bridge online ended with status 1: no bridge nobr7" },
		{ "vif-bridge: no bridge nobr7", "no bridge nobr7", "network card 1: vif-bridge: no bridge nobr7" },
		{ "vif-bridge online ended with status 1", "", "network card 1: vif-bridge online ended with status 1" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct config_vif vifs[2] = { 0 };
		struct domain d = { .domid = 7, .config = { .vifs = vifs, .vif_count = 2 } };
		struct xend x = { 0 };
		struct xend_link link = { 0 };
		struct call c = { .x = &x, .link = &link };

		output = rows[i].output;
		node = rows[i].node;
		assert_int_equal(guest_attach_vif(&c, &d, 1), -EIO);
		assert_string_equal(said, rows[i].said);
		if (node)
			assert_string_equal(asked, "/local/domain/0/backend/vif/7/1/hotplug-error");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(reasons) };

	return cmocka_run_group_tests_name("network cards", tests, NULL, NULL);
}
