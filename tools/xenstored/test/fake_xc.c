/* SPDX-License-Identifier: GPL-2.0-only */
/* libxc's functions that xenstored calls, on arrays. */
#include <errno.h>                      /* before xs_wire.h, for its table of errors */

#include "fake_xc.h"

#include <string.h>
#include <unistd.h>

struct fake_domain fake_domains[FAKE_DOMAINS];
bool fake_death_pending;
int fake_pages;
unsigned int fake_notify_us;
unsigned int fake_looks;

static char handle;                     /* something to point to */

void fake_reset(void)
{
    memset(fake_domains, 0, sizeof(fake_domains));
    fake_death_pending = false;
    fake_pages = 0;
    fake_notify_us = 0;
}

/* ---- the guest's side ------------------------------------------------------------------ */

static void put(struct xenstore_domain_interface *ring, const void *bytes, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        ring->req[MASK_XENSTORE_IDX(ring->req_prod++)] = ((const char *)bytes)[i];
}

bool fake_send(unsigned int domid, uint32_t type, uint32_t tx, const void *body, uint32_t len)
{
    struct xenstore_domain_interface *ring = &fake_domains[domid].ring;
    struct xsd_sockmsg hdr = { type, 0, tx, len };

    if (XENSTORE_RING_SIZE - (ring->req_prod - ring->req_cons) < sizeof(hdr) + len)
        return false;
    put(ring, &hdr, sizeof(hdr));
    put(ring, body, len);
    fake_domains[domid].pending = true;
    return true;
}

static void take(struct xenstore_domain_interface *ring, void *bytes, uint32_t len)
{
    for (uint32_t i = 0; i < len; i++)
        ((char *)bytes)[i] = ring->rsp[MASK_XENSTORE_IDX(ring->rsp_cons++)];
}

bool fake_receive(unsigned int domid, struct xsd_sockmsg *hdr, char body[XENSTORE_PAYLOAD_MAX + 1])
{
    struct xenstore_domain_interface *ring = &fake_domains[domid].ring;

    if (ring->rsp_prod - ring->rsp_cons < sizeof(*hdr))
        return false;
    take(ring, hdr, sizeof(*hdr));
    take(ring, body, hdr->len);
    body[hdr->len] = '\0';
    return true;
}

/* ---- libxc ------------------------------------------------------------------------------- */

int xc_open(struct xc_handle **out)
{
    *out = (void *)&handle;
    return 0;
}

void xc_close(struct xc_handle *h)
{
}

int xc_evtchn_open(struct xc_evtchn **out)
{
    *out = (void *)&handle;
    return 0;
}

void xc_evtchn_close(struct xc_evtchn *e)
{
}

int xc_evtchn_fd(const struct xc_evtchn *e)
{
    return -1;
}

int xc_evtchn_bind_virq(struct xc_evtchn *e, uint32_t virq)
{
    return FAKE_DEATH_PORT;
}

int xc_evtchn_bind_interdomain(struct xc_evtchn *e, uint32_t domid, uint32_t remote_port)
{
    return domid < FAKE_DOMAINS && fake_domains[domid].exists ? FAKE_PORT(domid) : -ESRCH;
}

int xc_evtchn_unbind(struct xc_evtchn *e, uint32_t port)
{
    return 0;
}

int xc_evtchn_notify(struct xc_evtchn *e, uint32_t port)
{
    fake_domains[port - FAKE_PORT(0)].notified++;
    if (fake_notify_us)
        usleep(fake_notify_us);
    return 0;
}

/* In turns, as the queue of /dev/xen/evtchn. */
int xc_evtchn_pending(struct xc_evtchn *e)
{
    static unsigned int last_port;

    if (fake_death_pending) {
        fake_death_pending = false;
        return FAKE_DEATH_PORT;
    }
    for (unsigned int n = 0; n < FAKE_DOMAINS; n++) {
        unsigned int i = last_port = (last_port + 1) % FAKE_DOMAINS;
        struct fake_domain *d = &fake_domains[i];

        if (!d->exists || d->masked || (!d->pending && !d->floods))
            continue;
        d->pending = false;
        d->masked = true;
        d->heard++;
        return FAKE_PORT(i);
    }
    return -EAGAIN;
}

int xc_evtchn_unmask(struct xc_evtchn *e, uint32_t port)
{
    if (port != FAKE_DEATH_PORT)
        fake_domains[port - FAKE_PORT(0)].masked = false;
    return 0;
}

int xc_gnttab_open(struct xc_gnttab **out)
{
    *out = (void *)&handle;
    return 0;
}

void xc_gnttab_close(struct xc_gnttab *g)
{
}

int xc_gnttab_map(struct xc_gnttab *g, uint32_t domid, const uint32_t *refs, unsigned nr, int prot,
                  void **out)
{
    if (domid >= FAKE_DOMAINS || !fake_domains[domid].exists)
        return -ESRCH;
    *out = &fake_domains[domid].ring;
    fake_pages++;
    return 0;
}

int xc_gnttab_unmap(struct xc_gnttab *g, void *addr, unsigned nr)
{
    fake_pages--;
    return 0;
}

int xc_map_foreign_page(struct xc_handle *h, uint32_t domid, int prot, uint64_t mfn, void **out)
{
    return -EINVAL;
}

void xc_unmap_foreign(struct xc_handle *h, void *addr, size_t nr)
{
}

int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
    fake_looks++;
    if (domid >= FAKE_DOMAINS || !fake_domains[domid].exists)
        return -ESRCH;
    *info = (struct xc_domain_info){
        .domid = domid, .dying = fake_domains[domid].dying, .shutdown = fake_domains[domid].shutdown,
        .handle = { fake_domains[domid].handle }, .shared_info_mfn = fake_domains[domid].frame,
    };
    return 0;
}
