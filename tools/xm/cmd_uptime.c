/* SPDX-License-Identifier: GPL-2.0-only */
/* xm uptime */
#include "xm.h"

static void uptime_print(const struct json *d)
{
	long long s = json_int(d, "seconds", 0), days = s / 86400;
	char text[64];

	snprintf(text, sizeof(text), "%lld:%02lld:%02lld", s % 86400 / 3600, s % 3600 / 60, s % 60);
	printf("%-32s %5lld ", json_str(d, "name", "?"), (long long)json_int(d, "domid", 0));
	if (days)
		printf("%lld day%s, ", days, days == 1 ? "" : "s");
	puts(text);
}

static int uptime_run(const struct xm_command *self, int argc, char **argv)
{
	int status = XM_DONE;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	printf("%-32s %5s %s\n", "Name", "ID", "Uptime");
	do {
		struct json *list = xm_call("uptime", optind < argc ? xm_domain_args(argv[optind]) : NULL);

		if (!list)
			status = XM_FAILED;
		for (size_t i = 0; list && i < list->count; i++)
			uptime_print(list->items[i]);
		json_free(list);
	} while (++optind < argc);
	return status;
}

const struct xm_command cmd_uptime = { "uptime", "[DOMAIN...]", "Shows how long domains have been running.", NULL, uptime_run };
