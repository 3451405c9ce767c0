/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens when a guest ends: on_poweroff, on_reboot, on_crash, on_watchdog. */
#ifndef XEND_POLICY_H
#define XEND_POLICY_H

#include "xend.h"

/* Looks at all managed guests and has the worker deal with those that have ended. Called by the loop. */
void policy_scan(struct xend *x);
/*
 * After domain_load_all(), before the worker starts: what the last xend left unfinished is taken apart, and made anew where it
 * was being restarted.
 */
void policy_take_over(struct xend *x);
/* Has the worker try the state files again that could not be used before. Called by the loop, from time to time. */
void policy_load_again(struct xend *x);

#endif
