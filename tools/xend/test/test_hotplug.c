/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of running hotplug scripts: what they said, their status, and that none of them keeps xend. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../hotplug.h"
#include "../log.h"

#define SHORT_MS 300	/* for what does not end */
#define LONG_MS 60000	/* for what does, on a busy machine, too */

static struct xend x;

int64_t xend_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void log_line(const char *fmt, ...)
{
}

/* What hotplug_run() gives for a script with this text. */
static int run(const char *text, char **why)
{
	char *const env[] = { "PATH=/usr/bin:/bin", NULL };
	char path[] = "/tmp/test_hotplug.XXXXXX";
	int fd = mkstemp(path), ret;

	dprintf(fd, "%s%s\n", *text == '#' ? "" : "#!/bin/sh\n", text);
	fchmod(fd, 0700);
	close(fd);
	*why = NULL;
	ret = hotplug_run(&x, path, "online", env, why);
	unlink(path);
	return ret;
}

static void outcomes(void **state)
{
	static const struct { const char *text; int ret; const char *why; } rows[] = {
		{ "exit 0", 0, NULL },
		{ "echo first >&2; echo no luck; exit 1", -EIO, "no luck" },
		{ "exit 3", -EIO, "status 3" },
		{ "sleep 60", -ETIMEDOUT, "did not end" },
		{ "yes", -ETIMEDOUT, "did not end" },
		/* Nobody hears of it any more, but it has not ended. */
		{ "exec >/dev/null 2>&1; sleep 60", -ETIMEDOUT, "did not end" },
		{ "exec >/dev/null 2>&1; exit 4", -EIO, "status 4" },
		{ "kill -TERM $$", -EIO, "signal 15" },
		/* A program that is left running keeps the output open. */
		{ "sleep 60 & exit 0", 0, NULL },
		{ "sleep 60 & echo no luck; exit 1", -EIO, "no luck" },
		/* Of a long output the end counts. */
		{ "yes | head -n 50000; echo no luck; exit 1", -EIO, "no luck" },
		{ "#!/nonexistent/sh", -ENOENT, "the interpreter that its first line names does not exist" },
		{ "# no interpreter", -ENOEXEC, "its first line must name the interpreter" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *why;

		x.options.backend_ms = rows[i].ret == -ETIMEDOUT ? SHORT_MS : LONG_MS;
		assert_int_equal(run(rows[i].text, &why), rows[i].ret);
		assert_int_equal(why != NULL, rows[i].why != NULL);
		if (why)
			assert_non_null(strstr(why, rows[i].why));
		free(why);
	}
}

/* What xend itself does with signals is no business of a script: one that writes to a pipe nobody reads must end. */
static void signals_are_the_default(void **state)
{
	char *why;

	signal(SIGPIPE, SIG_IGN);
	x.options.backend_ms = LONG_MS;
	assert_int_equal(run("kill -PIPE $$; sleep 0.05; echo it is ignored; exit 1", &why), -EIO);
	assert_non_null(strstr(why, "signal 13"));
	free(why);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(outcomes), cmocka_unit_test(signals_are_the_default) };

	return cmocka_run_group_tests_name("hotplug scripts", tests, NULL, NULL);
}
