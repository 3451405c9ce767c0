/* SPDX-License-Identifier: GPL-2.0-only */
/* Running hotplug scripts. */
#ifndef XEND_HOTPLUG_H
#define XEND_HOTPLUG_H

#include "xend.h"

/*
 * Runs script with one argument and the environment (env: NAME=value..., NULL at the end, beside PATH) and waits.
 * 0, or a negative errno with *why (owned by the caller) set: what it said last, its exit status, or that it took too long.
 */
int hotplug_run(struct xend *x, const char *script, const char *argument, char *const env[], char **why);

#endif
