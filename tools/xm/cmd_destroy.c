/* SPDX-License-Identifier: GPL-2.0-only */
/* xm destroy */
#include "xm.h"

static int destroy_run(const struct xm_command *self, int argc, char **argv)
{
	return xm_each_domain(self, argc, argv, "destroy");
}

const struct xm_command cmd_destroy = {
	"destroy", "DOMAIN...", "Ends guests at once, as if their power was cut.", NULL, destroy_run,
};
