/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom the kernel ends when memory is short: the setting, for a daemon and for its children. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../oom.h"

static int score(pid_t pid)
{
	int value = 1 << 20;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	f = fopen(path, "r");
	if (!f)
		return value;
	assert_int_equal(fscanf(f, "%d", &value), 1);
	fclose(f);
	return value;
}

static void set_score(int value)
{
	FILE *f = fopen("/proc/self/oom_score_adj", "w");

	fprintf(f, "%d\n", value);
	fclose(f);
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* First: the others set what stays. */
static void test_an_inherited_value_stays(void **state)
{
	pid_t child;

	set_score(300);
	oom_protect(700);
	assert_int_equal(score(getpid()), 300);
	child = start_child();
	oom_unprotect_child(child);
	assert_int_equal(score(child), 300);
	end_child(child);
}

/* Values above 0, which a user without rights may set, too. */
static void test_a_child_is_an_ordinary_program(void **state)
{
	pid_t child;

	set_score(0);
	if (score(getpid()) != 0)
		skip();			/* started with a higher value, by a user who may not lower it */
	oom_protect(700);
	assert_int_equal(score(getpid()), 700);
	child = start_child();
	assert_int_equal(score(child), 700);
	oom_unprotect_child(child);
	assert_int_equal(score(child), 0);
	end_child(child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_inherited_value_stays), cmocka_unit_test(test_a_child_is_an_ordinary_program),
	};

	return cmocka_run_group_tests_name("oom", tests, NULL, NULL);
}
