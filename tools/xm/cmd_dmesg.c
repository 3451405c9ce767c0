/* SPDX-License-Identifier: GPL-2.0-only */
/* xm dmesg and xm log: texts that xend hands out. */
#include <string.h>

#include "xm.h"

static int text_print(struct json *value)
{
	const char *text = json_str(value, "text", "");

	if (!value)
		return XM_FAILED;
	fputs(text, stdout);
	if (*text && text[strlen(text) - 1] != '\n')
		putchar('\n');
	json_free(value);
	return XM_DONE;
}

static int dmesg_run(const struct xm_command *self, int argc, char **argv)
{
	static const struct option options[] = { { "clear", no_argument, NULL, 'c' }, { 0 } };
	struct json *args = json_new(JSON_OBJECT);
	bool clear = false;

	while (xm_option(self, argc, argv, "c", options) != -1)
		clear = true;
	if (optind < argc)
		return xm_usage(self, "it takes no argument");
	json_add_bool(args, "clear", clear);
	return text_print(xm_call("dmesg", args));
}

static int log_run(const struct xm_command *self, int argc, char **argv)
{
	while (xm_option(self, argc, argv, "", NULL) != -1)
		;
	if (optind < argc)
		return xm_usage(self, "it takes no argument");
	return text_print(xm_call("log", NULL));
}

const struct xm_command cmd_dmesg = {
	"dmesg", "[-c]", "Shows what the hypervisor has printed.", "  -c, --clear    and empties it\n", dmesg_run,
};

const struct xm_command cmd_log = {
	"log", "", "Shows the end of xend's log, /var/log/xen/xend.log.", NULL, log_run,
};
