/* SPDX-License-Identifier: GPL-2.0-only */
/* What domain.c and domain_ring.c share. */
#ifndef DOMAIN_INTERNAL_H
#define DOMAIN_INTERNAL_H

#include "domain.h"

#include <time.h>

#include <xenctrl.h>

enum mapping { MAPPED_NOT, MAPPED_GRANT, MAPPED_FOREIGN, MAPPED_DEVICE };

struct domain {
    struct domain *next;
    unsigned int domid;
    struct conn *conn;
    struct xenstore_domain_interface *ring;
    enum mapping mapping;
    unsigned int remote_port;
    int port;                           /* ours; -1: none */
    bool masked;                        /* its port, until the rate allows to serve it */
    bool pending;                       /* requests may be in the ring */
    bool broken;                        /* ring unusable until it reconnects */
    bool stopped;                       /* its shutdown was reported */
    bool gone;                          /* released, to be freed */
};

/*
 * A domain that was given rights before it was introduced. Nothing of it is mapped, so that it can
 * end, and another be made with its number, before the daemon looks.
 */
struct named {
    struct named *next;
    unsigned int domid;
    uint8_t handle[XC_UUID_LEN];
    uint64_t shared_info_mfn;
    uint64_t seen;                      /* store's `received` when it was last seen alive */
};

struct domains {
    struct domain *first;
    struct named *named;
    struct store *store;
    struct xc_handle *xc;               /* NULL: without a hypervisor */
    struct xc_evtchn *evtchn;
    struct xc_gnttab *gnttab;           /* NULL: no such device */
    int death_port;                     /* VIRQ_DOM_EXC */
    bool keep_orphans;
};

int64_t domain_microseconds(clockid_t clock);
/*
 * Serves a turn if the domain's rate allows it. Returns when to come again for it, in microseconds;
 * negative: with its next event.
 */
int64_t domain_service(struct domains *ds, struct domain *d);
/* A domain whose account is used up is not heard before domain_service() unmasks its port. */
void domain_event(struct domains *ds, struct domain *d, int64_t now);

#endif /* DOMAIN_INTERNAL_H */
