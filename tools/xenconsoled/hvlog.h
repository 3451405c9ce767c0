/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's own console, followed into a log. */
#ifndef HVLOG_H
#define HVLOG_H

#include <xenctrl.h>

struct hvlog;

/* Logs what is there and binds the event of what comes. NULL: said why. */
struct hvlog *hvlog_open(struct xc_handle *xc, struct xc_evtchn *e,
                         const char *dir);
int hvlog_port(const struct hvlog *l);
void hvlog_event(struct hvlog *l);
void hvlog_reopen(struct hvlog *l);     /* NULL is allowed */
void hvlog_close(struct hvlog *l);      /* NULL is allowed */

#endif /* HVLOG_H */
