/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a foreign text reaches a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../text.h"

static const struct {
	const char *text;
	bool lines;
	const char *clean;
} rows[] = {
	{ "web1", false, "web1" },
	{ "", false, "" },
	{ "\033[2Jweb", false, "?[2Jweb" },
	{ "a\nb\tc", false, "a?b?c" },
	{ "a\nb\tc", true, "a\nb\tc" },
	{ "a\r\nb\rc", true, "a\r\nb?c" },
	{ "del\177", true, "del?" },
	{ "csi\2332J", true, "csi?2J" },		/* C1 as a byte */
	{ "csi\302\2332J", true, "csi??2J" },		/* C1 as UTF-8 */
	{ "stra\303\237e", true, "stra\303\237e" },
	{ "\342\202\254 \360\237\220\247", true, "\342\202\254 \360\237\220\247" },
	{ "\300\233[2J", true, "??[2J" },		/* ESC, overlong */
	{ "\340\202\233", true, "???" },		/* C1, overlong */
	{ "\355\240\200", true, "???" },		/* a surrogate */
	{ "\364\220\200\200", true, "????" },		/* beyond Unicode */
	{ "cut\342\202", true, "cut??" },
	{ "\342\200\256gnp.exe", true, "???gnp.exe" },	/* right to left */
	{ "\330\234web", true, "??web" },		/* Arabic letter mark */
	{ "one\342\200\250two", true, "one???two" },	/* line separator */
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s", rows[i].text);
		assert_string_equal(text_clean(text, rows[i].lines), rows[i].clean);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
