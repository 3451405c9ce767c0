/* SPDX-License-Identifier: GPL-2.0-only */
/* xm shutdown and xm reboot: ask guests' kernels. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "../lib/mem.h"
#include "xm.h"

struct shutdown_options {
	bool all, wait;
	long timeout;		/* seconds, 0: none */
};

/* Numbers of all guests, as text; the caller frees list and texts. NULL after a failure. */
static char **shutdown_all(size_t *count)
{
	struct json *domains = xm_call("list", NULL);
	char **list;

	*count = 0;
	if (!domains)
		return NULL;
	list = mem_alloc(domains->count, sizeof(*list));
	for (size_t i = 0; i < domains->count; i++)
		if (json_int(domains->items[i], "domid", 0))
			list[(*count)++] = mem_printf("%lld", (long long)json_int(domains->items[i], "domid", 0));
	json_free(domains);
	return list;
}

/* A name may belong to another domain once this one is gone: what is waited for is a number. */
static char *shutdown_number(const char *domain)
{
	struct json *value = xm_call("lookup", xm_domain_args(domain));
	char *text = value ? mem_printf("%lld", (long long)json_int(value, "domid", 0)) : NULL;

	json_free(value);
	return text;
}

static int64_t shutdown_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Waits for all domains together; @numbers has NULL for those that could not be asked. Says which have not ended in time. */
static int shutdown_wait(const struct xm_command *c, long timeout, char **domains, char **numbers, size_t count)
{
	int64_t until = shutdown_now() + timeout;
	int status = XM_DONE;

	for (size_t i = 0; i < count; i++) {
		int64_t left = timeout ? until - shutdown_now() : 0;
		int ret;

		if (!numbers[i])
			continue;
		/* After the limit one second is enough to hear of a domain that is gone already. */
		ret = xm_wait(numbers[i], timeout && left < 1 ? 1 : left);
		if (!ret)
			continue;
		status = XM_FAILED;
		if (ret == -EAGAIN)
			fprintf(stderr, "xm %s: %s has not shut down after %ld s; wait longer, or use xm destroy %s\n", c->name, domains[i],
				timeout, domains[i]);
		else
			fprintf(stderr, "xm %s: cannot wait for %s: %s; see /var/log/xen/xend.log\n", c->name, domains[i], strerror(-ret));
	}
	return status;
}

static int shutdown_each(const struct xm_command *c, const struct shutdown_options *o, char **domains, size_t count)
{
	char **numbers = mem_alloc(count, sizeof(*numbers));
	int status = XM_DONE;

	for (size_t i = 0; i < count; i++) {
		numbers[i] = shutdown_number(domains[i]);
		if (!numbers[i] || !xm_do(c->name, numbers[i])) {
			status = XM_FAILED;
			free(numbers[i]);
			numbers[i] = NULL;
		}
	}
	if (o->wait && shutdown_wait(c, o->timeout, domains, numbers, count) != XM_DONE)
		status = XM_FAILED;
	for (size_t i = 0; i < count; i++)
		free(numbers[i]);
	free(numbers);
	return status;
}

static int shutdown_run(const struct xm_command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' }, { "wait", no_argument, NULL, 'w' },
		{ "timeout", required_argument, NULL, 't' }, { 0 },
	};
	struct shutdown_options o = { 0 };
	size_t count = 0;
	char **domains;
	int letter, status;

	while ((letter = xm_option(self, argc, argv, "awt:", options)) != -1) {
		o.all |= letter == 'a';
		o.wait |= letter != 'a';
		if (letter == 't' && !xm_number(optarg, 1, 86400, &o.timeout))
			return xm_usage(self, "%s is no number of seconds", optarg);
	}
	if (o.all ? optind < argc : optind == argc)
		return xm_usage(self, o.all ? "-a means all guests, no others can be named" : "which domain?");
	if (!o.all)
		return shutdown_each(self, &o, argv + optind, argc - optind);
	domains = shutdown_all(&count);
	if (!domains)
		return XM_FAILED;
	status = shutdown_each(self, &o, domains, count);
	for (size_t i = 0; i < count; i++)
		free(domains[i]);
	free(domains);
	return status;
}

#define SHUTDOWN_OPTIONS \
	"  -a, --all           all guests\n" \
	"  -w, --wait          wait until they have ended\n" \
	"  -t, --timeout S     wait so many seconds at most, for all of them together\n"

const struct xm_command cmd_shutdown = {
	"shutdown", "[options] DOMAIN...", "Asks guests to shut down.", SHUTDOWN_OPTIONS, shutdown_run,
};

const struct xm_command cmd_reboot = {
	"reboot", "[options] DOMAIN...", "Asks guests to reboot; on_reboot in their configuration says what follows.",
	SHUTDOWN_OPTIONS, shutdown_run,
};
