/* SPDX-License-Identifier: GPL-2.0-only */
/* xm pause and xm unpause */
#include "xm.h"

static int pause_run(const struct xm_command *self, int argc, char **argv)
{
	return xm_each_domain(self, argc, argv, self->name);
}

const struct xm_command cmd_pause = {
	"pause", "DOMAIN...", "Keeps guests from running.", NULL, pause_run,
};

const struct xm_command cmd_unpause = {
	"unpause", "DOMAIN...", "Lets paused guests run.", NULL, pause_run,
};
