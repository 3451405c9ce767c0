/* SPDX-License-Identifier: GPL-2.0-only */
/* xm console: the client of xenconsoled does the work. */
#include "xm.h"

static int console_run(const struct xm_command *self, int argc, char **argv)
{
	struct json *value;
	uint32_t domid;

	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	if (argc - optind != 1)
		return xm_usage(self, "which domain?");
	value = xm_call("lookup", xm_domain_args(argv[optind]));
	if (!value)
		return XM_FAILED;
	domid = json_int(value, "domid", 0);
	json_free(value);
	if (!domid)
		return xm_fail("domain 0's console is the one of this machine");
	return xm_exec_console(domid);
}

const struct xm_command cmd_console = {
	"console", "DOMAIN", "Connects to a guest's console; CTRL-] leaves.", NULL, console_run,
};
