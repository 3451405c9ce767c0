/* SPDX-License-Identifier: GPL-2.0-only */
/* Following the hypervisor's console ring by VIRQ_CON_RING. */
#include "hvlog.h"
#include "logfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <public/xen.h>

struct hvlog {
    struct xc_handle *xc;
    struct xc_evtchn *evtchn;
    struct logfile *log;
    uint32_t index;                     /* where to read on */
    int port;
};

static void copy_new(struct hvlog *l)
{
    char text[4096];
    long n;

    while ((n = xc_readconsole(l->xc, text, sizeof(text), &l->index, false)) > 0)
        logfile_write(l->log, text, (size_t)n);
}

struct hvlog *hvlog_open(struct xc_handle *xc, struct xc_evtchn *e,
                         const char *dir)
{
    struct hvlog *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->xc = xc;
    l->evtchn = e;
    l->port = xc_evtchn_bind_virq(e, VIRQ_CON_RING);
    if (l->port < 0) {
        fprintf(stderr, "hypervisor's console: %s\n", strerror(-l->port));
        free(l);
        return NULL;
    }
    l->log = logfile_open(dir, "", "hypervisor");
    copy_new(l);
    return l;
}

int hvlog_port(const struct hvlog *l)
{
    return l->port;
}

void hvlog_event(struct hvlog *l)
{
    xc_evtchn_unmask(l->evtchn, (uint32_t)l->port);
    copy_new(l);
}

void hvlog_reopen(struct hvlog *l)
{
    if (l)
        logfile_reopen(l->log);
}

void hvlog_close(struct hvlog *l)
{
    if (!l)
        return;
    xc_evtchn_unbind(l->evtchn, (uint32_t)l->port);
    logfile_close(l->log);
    free(l);
}
