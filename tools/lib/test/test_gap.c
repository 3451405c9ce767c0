/* SPDX-License-Identifier: GPL-2.0-only */
/* What a log says about lines that it could not take. A limit of the file's size stands in the place of a full file system. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "../gap.h"

static char folder[] = "/tmp/test_gap.XXXXXX";
static char path[64];
static char syslogged[1024];
static int syslogs;

/* In the place of the C library's. */
void syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(syslogged, sizeof(syslogged), fmt, ap);
	va_end(ap);
	syslogs++;
}

static void set_room(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static char *read_log(void)
{
	static char text[4096];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = 0;
	fclose(f);
	return text;
}

static void put(struct gap *g, int fd, const char *line)
{
	gap_write_lines(g, fd, path, line, strlen(line));
}

static void test_the_loss_is_said_twice(void **state)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	struct gap g = { 0 };

	put(&g, fd, "one\n");
	set_room(7);
	put(&g, fd, "two lines\n");	/* a part of it has room */
	put(&g, fd, "three\n");
	put(&g, fd, "four\n");
	assert_int_equal(syslogs, 1);
	assert_non_null(strstr(syslogged, "/log: No space left on device; make room there; "));
	set_room(RLIM_INFINITY);
	put(&g, fd, "five\n");
	put(&g, fd, "six\n");
	assert_string_equal(read_log(), "one\ntwo\n3 lines are missing here: No space left on device\nfive\nsix\n");
	set_room(1);
	put(&g, fd, "seven\n");
	put(&g, fd, "eight\n");
	assert_int_equal(syslogs, 2);
	assert_non_null(strstr(syslogged, "/log: File too large; "));
	set_room(RLIM_INFINITY);
	put(&g, fd, "nine\n");
	assert_non_null(strstr(read_log(), "six\n\n2 lines are missing here: File too large\nnine\n"));
	close(fd);
}

static void test_standard_error_of_a_daemon(void **state)
{
	int saved = dup(STDERR_FILENO);
	FILE *terminal = stderr;

	unlink(path);
	assert_int_equal(gap_log_stderr(path), 0);
	fprintf(stderr, "domain %d: ", 1);
	fprintf(stderr, "no console\n");
	set_room(1);
	fprintf(stderr, "lost\n");
	set_room(RLIM_INFINITY);
	fprintf(stderr, "domain 2: no console\n");
	fclose(stderr);
	stderr = terminal;
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_string_equal(read_log(), "domain 1: no console\n\n1 lines are missing here: File too large\ndomain 2: no console\n");
	assert_true(gap_log_stderr("/dev/null/log") < 0);
}

static int set_up(void **state)
{
	signal(SIGXFSZ, SIG_IGN);
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	return 0;
}

static int clean_up(void **state)
{
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_loss_is_said_twice), cmocka_unit_test(test_standard_error_of_a_daemon),
	};

	return cmocka_run_group_tests_name("gap", tests, set_up, clean_up);
}
