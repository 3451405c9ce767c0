/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts of each length, behind texts of each length: with room for them where they are, and without. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../strbuf.h"

#define MOST 140

static void test_printf(void **state)
{
	for (int before = 0; before < MOST; before++)
		for (int len = 0; len < MOST; len++) {
			struct strbuf b = { 0 };
			char want[2 * MOST + 1];

			snprintf(want, sizeof(want), "%*s", before + len, "x");
			strbuf_pad(&b, ' ', before + len ? before + len - 1 : 0);
			strbuf_putc(&b, 'x');
			assert_string_equal(b.data, want);
			strbuf_clear(&b);
			strbuf_pad(&b, '-', before);
			strbuf_printf(&b, "%0*d", len, len);
			snprintf(want, sizeof(want), "%0*d", len, len);
			assert_int_equal(b.len, before + strlen(want));
			assert_string_equal(b.data + before, want);
			strbuf_free(&b);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_printf) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
