/* SPDX-License-Identifier: GPL-2.0-only */
/* xm domid and xm domname */
#include <string.h>

#include "xm.h"

static int lookup_run(const struct xm_command *self, int argc, char **argv)
{
	struct json *value;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	if (argc - optind != 1)
		return xm_usage(self, "which domain?");
	value = xm_call("lookup", xm_domain_args(argv[optind]));
	if (!value)
		return XM_FAILED;
	if (!strcmp(self->name, "domid"))
		printf("%lld\n", (long long)json_int(value, "domid", 0));
	else
		puts(json_str(value, "name", "?"));
	json_free(value);
	return XM_DONE;
}

const struct xm_command cmd_domid = { "domid", "DOMAIN", "Shows a domain's number.", NULL, lookup_run };
const struct xm_command cmd_domname = { "domname", "DOMAIN", "Shows a domain's name.", NULL, lookup_run };
