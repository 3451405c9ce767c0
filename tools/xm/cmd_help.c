/* SPDX-License-Identifier: GPL-2.0-only */
/* xm help */
#include <string.h>

#include "xm.h"

static void help_list(FILE *out)
{
	fputs("usage: xm COMMAND [arguments]\n", out);
	for (size_t i = 0; xm_commands[i]; i++)
		fprintf(out, "  %-11s %s\n", xm_commands[i]->name, xm_commands[i]->summary);
	fputs("xm COMMAND --help tells more; xm(1) and xm.cfg(5) tell all.\n"
	      "exit status: 0 done, 1 refused or failed, 2 wrong usage\n", out);
}

static int help_run(const struct xm_command *self, int argc, char **argv)
{
	char *ask[] = { NULL, (char *)"--help", NULL };

	if (!argv) {
		help_list(stderr);
		return XM_USAGE;
	}
	if (argc < 2 || argv[1][0] == '-') {
		help_list(stdout);
		return XM_DONE;
	}
	for (size_t i = 0; xm_commands[i]; i++) {
		if (strcmp(xm_commands[i]->name, argv[1]))
			continue;
		ask[0] = argv[1];
		if (xm_commands[i] != self)
			return xm_commands[i]->run(xm_commands[i], 2, ask);
		help_list(stdout);
		return XM_DONE;
	}
	return xm_usage(self, "%s is no command", argv[1]);
}

const struct xm_command cmd_help = { "help", "[COMMAND]", "Shows the commands, or one.", NULL, help_run };
