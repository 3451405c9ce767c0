/* SPDX-License-Identifier: GPL-2.0-only */
/* xm info */
#include "xm.h"

static int info_run(const struct xm_command *self, int argc, char **argv)
{
	struct json *info;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	if (optind < argc)
		return xm_usage(self, "it takes no argument");
	info = xm_call("info", NULL);
	if (!info)
		return XM_FAILED;
	for (size_t i = 0; i < info->count; i++) {
		const struct json *v = info->items[i];

		if (v->type == JSON_STRING)
			printf("%-23s: %s\n", v->key, v->str);
		else
			printf("%-23s: %lld\n", v->key, (long long)v->num);
	}
	json_free(info);
	return XM_DONE;
}

const struct xm_command cmd_info = {
	"info", "", "Shows what the host and the hypervisor are. Memory is in MiB.", NULL, info_run,
};
