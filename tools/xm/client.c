/* SPDX-License-Identifier: GPL-2.0-only */
/* Talking to xend: one connection for the life of the program. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lib/text.h"
#include "../lib/wire.h"
#include "xm.h"

static int client_fd = -1;

static int client_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = XEND_SOCKET };

	if (client_fd >= 0)
		return 0;
	client_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client_fd >= 0 && connect(client_fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	if (errno == EACCES || errno == EPERM)
		xm_fail("not permitted to talk to xend (%s); run it as root", XEND_SOCKET);
	else
		xm_fail("xend is not running, nothing answers at %s (%s); start it as root with: xend", XEND_SOCKET, strerror(errno));
	if (client_fd >= 0)
		close(client_fd);
	client_fd = -1;
	return -1;
}

void xm_call_timeout(unsigned int seconds)
{
	struct timeval limit = { .tv_sec = seconds };

	if (client_connect() == 0)
		setsockopt(client_fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

/* Names come from whatever created the domain, reasons from drivers and scripts: none of them may drive the terminal. */
static void client_clean(struct json *j)
{
	if (j->str)
		text_clean(j->str, true);
	for (size_t i = 0; i < j->count; i++)
		client_clean(j->items[i]);
}

static void client_print_warnings(const struct json *answer)
{
	const struct json *list = json_get(answer, "warnings");

	for (size_t i = 0; list && i < list->count; i++)
		if (list->items[i]->type == JSON_STRING)
			fprintf(stderr, "xm: warning: %s\n", list->items[i]->str);
}

/* Takes the value out of the answer, so that it outlives it. */
static struct json *client_take_value(struct json *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		struct json *value = answer->items[i];

		if (strcmp(value->key, "ok"))
			continue;
		answer->items[i] = answer->items[--answer->count];
		return value;
	}
	return NULL;
}

/* Sends the request and receives its answer. 0 with *answer, -ENOTCONN where xend does not answer (said), or another negative errno. */
static int client_exchange(const char *op, struct json *args, struct json **answer)
{
	struct json *request = json_new(JSON_OBJECT);
	int ret;

	json_add_str(request, "op", op);
	if (args)
		json_add(request, "args", args);
	ret = client_connect() < 0 ? -ENOTCONN : wire_send(client_fd, request);
	if (!ret)
		ret = wire_receive(client_fd, answer);
	json_free(request);
	if (!ret)
		client_clean(*answer);
	return ret;
}

struct json *xm_call(const char *op, struct json *args)
{
	struct json *answer = NULL, *value = NULL;
	int ret = client_exchange(op, args, &answer);

	if (ret == -EAGAIN)
		xm_fail("%s: no answer within the time given", op);
	else if (ret < 0 && ret != -ENOTCONN)
		xm_fail("%s: the connection to xend broke: %s; see /var/log/xen/xend.log", op, strerror(-ret));
	if (ret < 0)
		return NULL;
	client_print_warnings(answer);
	value = client_take_value(answer);
	if (!value)
		xm_fail("%s", json_str(answer, "error", "xend's answer makes no sense"));
	json_free(answer);
	return value;
}

int xm_wait(const char *domid, unsigned int seconds)
{
	struct json *answer = NULL;
	int ret;

	xm_call_timeout(seconds);
	ret = client_exchange("wait", xm_domain_args(domid), &answer);
	/* The answer that did not come in time would be taken for the next request's. */
	if (ret < 0 && client_fd >= 0) {
		close(client_fd);
		client_fd = -1;
	}
	if (!ret && !json_get(answer, "ok"))
		ret = -json_int(answer, "code", EIO);
	json_free(answer);
	return ret;
}

struct json *xm_domain_args(const char *domain)
{
	struct json *args = json_new(JSON_OBJECT);

	json_add_str(args, "domain", domain);
	return args;
}

bool xm_do(const char *op, const char *domain)
{
	struct json *value = xm_call(op, xm_domain_args(domain));

	json_free(value);
	return value != NULL;
}

int xm_each_domain(const struct xm_command *c, int argc, char **argv, const char *op)
{
	int status = XM_DONE;

	while (xm_option(c, argc, argv, "", NULL) != -1)
		;
	if (optind == argc)
		return xm_usage(c, "which domain?");
	for (int i = optind; i < argc; i++)
		if (!xm_do(op, argv[i]))
			status = XM_FAILED;
	return status;
}
