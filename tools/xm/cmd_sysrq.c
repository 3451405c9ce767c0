/* SPDX-License-Identifier: GPL-2.0-only */
/* xm sysrq and xm debug-keys: keys for a guest's kernel and for the hypervisor. */
#include "xm.h"

static int sysrq_run(const struct xm_command *self, int argc, char **argv)
{
	struct json *args, *value;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	if (argc - optind != 2)
		return xm_usage(self, "which domain, and which key?");
	args = xm_domain_args(argv[optind]);
	json_add_str(args, "key", argv[optind + 1]);
	value = xm_call("sysrq", args);
	json_free(value);
	return value ? XM_DONE : XM_FAILED;
}

static int debug_keys_run(const struct xm_command *self, int argc, char **argv)
{
	struct json *args = json_new(JSON_OBJECT), *value;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	if (argc - optind != 1)
		return xm_usage(self, "which keys?");
	json_add_str(args, "keys", argv[optind]);
	value = xm_call("debug-keys", args);
	json_free(value);
	return value ? XM_DONE : XM_FAILED;
}

const struct xm_command cmd_sysrq = { "sysrq", "DOMAIN KEY", "Sends a magic SysRq key to a guest's kernel.", NULL, sysrq_run };
const struct xm_command cmd_debug_keys = {
	"debug-keys", "KEYS", "Sends keys to the hypervisor's console; xm dmesg shows what comes of it.", "h lists the keys.\n", debug_keys_run,
};
