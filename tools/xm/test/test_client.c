/* SPDX-License-Identifier: GPL-2.0-only */
/* What xm makes of xend's answers: waiting for several domains, and texts that would drive the terminal. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../lib/wire.h"
#include "../xm.h"

/* ---- the rest of xm ---- */

static char failure[256];

int xm_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(failure, sizeof(failure), fmt, ap);
	va_end(ap);
	return XM_FAILED;
}

int xm_usage(const struct xm_command *c, const char *fmt, ...)
{
	return XM_USAGE;
}

int xm_option(const struct xm_command *c, int argc, char **argv, const char *letters, const struct option *options)
{
	return getopt_long(argc, argv, letters, options, NULL);
}

bool xm_number(const char *text, long min, long max, long *out)
{
	*out = atol(text);
	return true;
}

/* ---- a xend in which domains 1 and 2 never end, 3 has ended, and 4 has a hostile name ---- */

#define HOSTILE "\033[2Jx\177\302\233"
#define CLEANED "?[2Jx???"

static struct json *answer_to(const struct json *request)
{
	const char *op = json_str(request, "op", ""), *domain = json_str(json_get(request, "args"), "domain", "");
	struct json *answer = json_new(JSON_OBJECT);

	if (!strcmp(op, "wait") && (!strcmp(domain, "1") || !strcmp(domain, "2"))) {
		json_free(answer);
		return NULL;
	}
	if (!strcmp(op, "list"))
		json_add_str(answer, "ok", HOSTILE);
	else if (!strcmp(domain, "4"))
		json_add_str(answer, "error", HOSTILE);
	else
		json_add_int(json_add_new(answer, "ok", JSON_OBJECT), "domid", atoi(domain));
	return answer;
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct json *request, *answer;
	const char *why;
	bool owed = false;

	while (wire_receive(fd, &request) == 0) {
		/* An answer that comes late: the domain has ended after all. */
		answer = owed ? json_parse("{\"ok\":{}}", 9, &why) : answer_to(request);
		json_free(request);
		owed = !answer;
		if (answer)
			wire_send(fd, answer);
		json_free(answer);
	}
	close(fd);
	return NULL;
}

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	pthread_t thread;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(dup2(ends[0], fd), fd);
	close(ends[0]);
	assert_int_equal(pthread_create(&thread, NULL, serve, (void *)(intptr_t)ends[1]), 0);
	pthread_detach(thread);
	return 0;
}

/* ---- time: a limit that is set passes, in a second at most ---- */

static int64_t now;
static unsigned int limits[4], nr_limits;

int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t length);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t length);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	const struct timeval *limit = value, second = { .tv_sec = 1 };

	assert_int_equal(name, SO_RCVTIMEO);
	assert_in_range(nr_limits, 0, 3);
	limits[nr_limits++] = limit->tv_sec;
	now += limit->tv_sec;
	return __real_setsockopt(fd, level, name, &second, length);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	*time = (struct timespec){ .tv_sec = now };
	return 0;
}

/* ---- the tests ---- */

/* Runs xm shutdown with these words; *said is what it writes to stderr. */
static int shut_down(char **words, int count, char said[512])
{
	int kept = dup(STDERR_FILENO), out = memfd_create("stderr", 0), status;
	ssize_t n;

	fflush(stderr);
	dup2(out, STDERR_FILENO);
	optind = 0;
	status = cmd_shutdown.run(&cmd_shutdown, count, words);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	n = pread(out, said, 511, 0);
	said[n > 0 ? n : 0] = 0;
	close(kept);
	close(out);
	return status;
}

static void one_limit_for_all(void **state)
{
	char *words[] = { "shutdown", "-w", "-t", "20", "1", "2", "3", NULL };
	char said[512];

	nr_limits = 0;
	assert_int_equal(shut_down(words, 7, said), XM_FAILED);
	assert_string_equal(said, "xm shutdown: 1 has not shut down after 20 s; wait longer, or use xm destroy 1\n"
			    "xm shutdown: 2 has not shut down after 20 s; wait longer, or use xm destroy 2\n");
	assert_int_equal(nr_limits, 3);
	assert_int_equal(limits[0], 20);
	/* The second that one which has ended may take to be heard of. */
	assert_int_equal(limits[1], 1);
	assert_int_equal(limits[2], 1);
}

static void what_has_ended_is_no_failure(void **state)
{
	char *words[] = { "shutdown", "-w", "-t", "60", "3", NULL };
	char said[512];

	nr_limits = 0;
	assert_int_equal(shut_down(words, 5, said), XM_DONE);
	assert_string_equal(said, "");
}

static void foreign_texts(void **state)
{
	struct json *value = xm_call("list", NULL);

	assert_non_null(value);
	assert_string_equal(value->str, CLEANED);
	json_free(value);
	assert_null(xm_call("pause", xm_domain_args("4")));
	assert_string_equal(failure, CLEANED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_limit_for_all), cmocka_unit_test(what_has_ended_is_no_failure), cmocka_unit_test(foreign_texts),
	};

	return cmocka_run_group_tests_name("xm as xend's client", tests, NULL, NULL);
}
