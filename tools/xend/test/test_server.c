/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests of xend's socket: what users who are not root can take from the others who want to ask something. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <xenctrl.h>

#include "../../lib/json.h"
#include "../../lib/mem.h"
#include "../../lib/wire.h"
#include "../domain.h"
#include "../log.h"
#include "../server.h"

#define FLOOD 4000

static struct xend x;
static char path[64];
static struct listener listener;
static uid_t user;		/* who the next connection is of */
static unsigned int lines;	/* of the log */
static int64_t now_ms;

/* ---- what is beside the server ---- */

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	if (name != SO_PEERCRED)
		return -1;
	*(struct ucred *)value = (struct ucred){ 1, user, user };
	return 0;
}

static bool out_of_memory;
static unsigned int asked;

bool __wrap_mem_is_short(void);

bool __wrap_mem_is_short(void)
{
	return out_of_memory;
}

static int op_nothing(struct call *c)
{
	asked++;
	c->result = json_new(JSON_OBJECT);
	json_add_str(c->result, "done", "so");
	return 0;
}

const struct call_op *call_find_op(const char *name)
{
	static const struct call_op op = { "nothing", CALL_ROOT, CALL_AT_ONCE, op_nothing };

	return strcmp(name, op.name) ? NULL : &op;
}

int call_fail(struct call *c, int code, const char *fmt, ...)
{
	c->code = code;
	return -code;
}

void call_clear(struct call *c)
{
	json_free(c->result);
}

void log_line(const char *fmt, ...)
{
	lines++;
}

int64_t xend_now_ms(void)
{
	return now_ms;
}

void worker_submit(struct xend *unused, struct worker_job *job)
{
	fail();
}

struct domain *domain_get(struct xend *unused, uint32_t domid)
{
	return NULL;
}

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
	return -ESRCH;
}

/* ---- the tests ---- */

/* The loop, until it has nothing to do. */
static void serve(void)
{
	struct pollfd fds[SERVER_POLL_MAX];

	for (;;) {
		size_t count = server_poll_fill(&listener, fds);

		if (poll(fds, count, 0) <= 0)
			return;
		server_poll_act(&x, &listener, fds, count);
	}
}

static int ask(uid_t uid)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	user = uid;
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	serve();
	return fd;
}

/* Whether a request over fd is answered. */
static bool answered(int fd)
{
	struct json *request = json_new(JSON_OBJECT);
	char answer[256];

	json_add_str(request, "op", "nothing");
	wire_send(fd, request);
	json_free(request);
	serve();
	return recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > WIRE_HEADER;
}

/* Without file descriptors a connection waits, and the loop sleeps; it goes on when one is free. */
static void out_of_files(void **state)
{
	struct rlimit files = { 64, 64 }, before;
	int first = ask(0), waiting, spare[64], nr = 0;

	getrlimit(RLIMIT_NOFILE, &before);
	files.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	alarm(20);
	while ((spare[nr] = dup(0)) >= 0)
		nr++;
	close(spare[--nr]);
	waiting = ask(0);
	assert_int_equal(lines, 1);
	assert_false(answered(waiting));
	assert_int_equal(lines, 1);
	assert_true(answered(first));
	close(first);
	serve();
	assert_true(answered(waiting));
	while (nr)
		close(spare[--nr]);
	close(waiting);
	serve();
	alarm(0);
	setrlimit(RLIMIT_NOFILE, &before);
}

/* A request that comes while memory is short is answered, and nothing is begun for it. */
static void nothing_begins_without_memory(void **state)
{
	int fd = ask(0);
	unsigned int before;

	asked = 0;
	assert_true(answered(fd));
	before = asked;
	out_of_memory = true;
	assert_true(answered(fd));
	if (asked != before)
		fail_msg("the operation was run");
	out_of_memory = false;
	assert_true(answered(fd));
	assert_int_equal(asked, before + 1);
	close(fd);
	serve();
}

static int setup(void **state)
{
	snprintf(path, sizeof(path), "/tmp/test_server.%d", getpid());
	listener.fd = server_listen(path);
	lines = 0;
	now_ms += 3600 * 1000;
	return listener.fd < 0;
}

static int teardown(void **state)
{
	server_close_all();
	close(listener.fd);
	return unlink(path);
}

static void others_leave_room(void **state)
{
	int fds[3 * SERVER_CONNECTIONS_MAX / 2], root;

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		fds[i] = ask(1000);
	assert_true(answered(fds[0]));
	/* One user leaves room for another, and all of them for root. */
	root = ask(1001);
	assert_true(answered(root));
	close(root);
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		close(fds[i]);
		serve();
		fds[i] = ask(2000 + i);
	}
	root = ask(0);
	assert_true(answered(root));
	close(root);
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		close(fds[i]);
	serve();
	/* What they had is free again. */
	root = ask(1000);
	assert_true(answered(root));
	close(root);
}

/* Who asks and does not take the answers is not asked further; who takes them gets all. */
static void answers_do_not_pile_up(void **state)
{
	struct json *request = json_new(JSON_OBJECT);
	struct strbuf b = { 0 };
	size_t sent = 0, got = 0, idle = 0;
	char chunk[4096];
	int fd = ask(1000);

	json_add_str(request, "op", "nothing");
	for (int i = 0; i < 100; i++)
		wire_pack(request, &b);
	while (idle < 3) {
		ssize_t n = send(fd, b.data + sent % b.len, b.len - sent % b.len, MSG_DONTWAIT);

		sent += n > 0 ? n : 0;
		idle = n > 0 ? 0 : idle + 1;
		serve();
		assert_true(sent < 16u << 20);
	}
	/* Whole requests are what was sent, as far as they went; each is answered. */
	for (idle = 0; idle < 3; serve()) {
		ssize_t n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);

		got += n > 0 ? n : 0;
		idle = n > 0 ? 0 : idle + 1;
	}
	json_free(request);
	request = json_new(JSON_OBJECT);
	json_add_str(request, "error", strerror(EPERM));
	json_add_int(request, "code", EPERM);
	sent /= b.len / 100;
	strbuf_clear(&b);
	wire_pack(request, &b);
	assert_int_equal(got, sent * b.len);
	json_free(request);
	strbuf_free(&b);
	close(fd);
	serve();
}

static void refusals_do_not_fill_the_log(void **state)
{
	int fd = ask(1000);

	for (int i = 0; i < FLOOD; i++)
		assert_true(answered(fd));
	close(fd);
	for (int i = 0; i < FLOOD / 100; i++) {
		fd = ask(1000);
		assert_int_equal(send(fd, "\1\0\0\0?", 5, 0), 5);
		serve();
		close(fd);
	}
	assert_in_range(lines, 1, 50);
}

/* A whole configuration is root's to send. */
static void messages_of_others_are_short(void **state)
{
	static const uid_t users[] = { 0, 1000 };
	static char text[1 << 20];

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < 2; i++) {
		struct json *request = json_new(JSON_OBJECT);
		struct strbuf b = { 0 };
		size_t sent = 0;
		int fd = ask(users[i]);

		json_add_str(request, "op", "nothing");
		json_add_str(request, "text", text);
		wire_pack(request, &b);
		while (sent < b.len) {
			ssize_t n = send(fd, b.data + sent, b.len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

			if (n < 0 && errno != EAGAIN)
				break;
			sent += n > 0 ? n : 0;
			serve();
		}
		serve();
		assert_int_equal(recv(fd, text, 1, MSG_DONTWAIT) == 1, !users[i]);
		memset(text, 'x', 1);
		strbuf_free(&b);
		json_free(request);
		close(fd);
		serve();
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(others_leave_room), TEST(answers_do_not_pile_up), TEST(refusals_do_not_fill_the_log),
		TEST(messages_of_others_are_short), TEST(out_of_files), TEST(nothing_begins_without_memory),
	};

	return cmocka_run_group_tests_name("xend's socket", tests, NULL, NULL);
}
