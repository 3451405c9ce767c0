/* SPDX-License-Identifier: GPL-2.0-only */
/* xm shutdown and xm reboot: ask guests' kernels. */
#include <string.h>

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

static int shutdown_each(const char *op, const struct shutdown_options *o, char **domains, size_t count)
{
	char **numbers = mem_alloc(count, sizeof(*numbers));
	int status = XM_DONE;

	for (size_t i = 0; i < count; i++) {
		numbers[i] = shutdown_number(domains[i]);
		if (!numbers[i] || !xm_do(op, numbers[i])) {
			status = XM_FAILED;
			free(numbers[i]);
			numbers[i] = NULL;
		}
	}
	if (o->wait)
		xm_call_timeout(o->timeout);
	for (size_t i = 0; i < count; i++) {
		if (o->wait && numbers[i] && !xm_do("wait", numbers[i]))
			status = XM_FAILED;
		free(numbers[i]);
	}
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
		return shutdown_each(self->name, &o, argv + optind, argc - optind);
	domains = shutdown_all(&count);
	if (!domains)
		return XM_FAILED;
	status = shutdown_each(self->name, &o, domains, count);
	for (size_t i = 0; i < count; i++)
		free(domains[i]);
	free(domains);
	return status;
}

#define SHUTDOWN_OPTIONS \
	"  -a, --all           all guests\n" \
	"  -w, --wait          wait until they have ended\n" \
	"  -t, --timeout S     wait so many seconds at most\n"

const struct xm_command cmd_shutdown = {
	"shutdown", "[options] DOMAIN...", "Asks guests to shut down.", SHUTDOWN_OPTIONS, shutdown_run,
};

const struct xm_command cmd_reboot = {
	"reboot", "[options] DOMAIN...", "Asks guests to reboot; on_reboot in their configuration says what follows.",
	SHUTDOWN_OPTIONS, shutdown_run,
};
