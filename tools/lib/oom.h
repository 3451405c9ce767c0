/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel ends when dom0 has no memory left: rather a large program than a daemon that all guests need. */
#ifndef TOOLS_LIB_OOM_H
#define TOOLS_LIB_OOM_H

#include <sys/types.h>

/* For a daemon that cannot be started again without losing what the guests need: the kernel never ends it. */
#define OOM_NEVER (-1000)
/* For a daemon that can be: its memory counts less by nine tenths of dom0's. */
#define OOM_LAST (-900)

/*
 * Sets the caller's oom_score_adj. A value other than 0 that it has inherited stays: then its service manager has decided. A kernel
 * without the setting is no error.
 */
void oom_protect(int score);
/* Gives a child of the caller back what the caller had before oom_protect(): it is an ordinary program. */
void oom_unprotect_child(pid_t pid);

#endif
