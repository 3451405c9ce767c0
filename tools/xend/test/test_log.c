/* SPDX-License-Identifier: GPL-2.0-only */
/* xend's log: a name or a reason from outside stays one line, and drives no terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../log.h"

static void foreign_texts(void **state)
{
	char path[] = "/tmp/test_log.XXXXXX", *text;

	close(mkstemp(path));
	assert_int_equal(log_open(path), 0);
	log_line("%s: ended", "web\n2026-11-29 other: \033[2J\177\302\233");
	text = log_tail(4096);
	/* The time stands before it. */
	assert_string_equal(strchr(text, '.') + 5, "web?2026-11-29 other: ?[2J???: ended\n");
	free(text);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(foreign_texts) };

	return cmocka_run_group_tests_name("xend's log", tests, NULL, NULL);
}
