/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest becomes a file and comes back. */
#ifndef XEND_GUEST_SAVE_H
#define XEND_GUEST_SAVE_H

#include "guest.h"

/* Has the guest suspend itself, writes it to file; then it is gone, or, leave, goes on. 0 or call_fail()ed: it goes on. */
int guest_save(struct call *c, struct domain *d, const char *file, bool leave);
/* Lets a guest that has suspended itself go on as if it had not. */
void guest_resume(struct xend *x, struct xend_link *link, struct domain *d);
/* The guest from that file, as guest_create(); the file stays. */
int guest_restore(struct call *c, const char *file, bool paused, struct domain **out);

#endif
