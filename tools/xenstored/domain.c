/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of introduced domains: introduce, release, death. */
#include "domain_internal.h"
#include "conn.h"
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <public/xen.h>
#include <xenctrl.h>

/* Reserved grant of every guest, public/grant_table.h. */
#define GRANT_XENSTORE 1
#define EVENTS_A_TURN   64

#define DOM0_DEVICE "/dev/xen/xenbus_backend"
#define DOM0_GET_PORT _IOC(_IOC_NONE, 'B', 0, 0)    /* linux xen/xenbus_dev.h */

int domains_open(struct domains **out, bool without)
{
    struct domains *ds = calloc(1, sizeof(*ds));
    int rc;

    if (!ds)
        return -ENOMEM;
    *out = ds;
    ds->death_port = -1;
    if (without)
        return 0;
    rc = xc_open(&ds->xc);
    if (!rc)
        rc = xc_evtchn_open(&ds->evtchn);
    if (!rc) {
        xc_gnttab_open(&ds->gnttab);    /* else foreign mappings must do */
        ds->death_port = xc_evtchn_bind_virq(ds->evtchn, VIRQ_DOM_EXC);
        rc = ds->death_port < 0 ? ds->death_port : 0;
    }
    if (rc) {
        domains_close(ds);
        *out = NULL;
    }
    return rc;
}

void domains_attach(struct domains *ds, struct store *s)
{
    ds->store = s;
}

void domains_keep_orphans(struct domains *ds, bool keep)
{
    ds->keep_orphans = keep;
}

int domains_fd(const struct domains *ds)
{
    return ds->evtchn ? xc_evtchn_fd(ds->evtchn) : -1;
}

/* ---- one domain ------------------------------------------------------------------------ */

static int map_ring(struct domains *ds, struct domain *d, unsigned long gfn)
{
    uint32_t ref = GRANT_XENSTORE;
    void *page;
    int rc = -ENODEV;

    if (ds->gnttab)
        rc = xc_gnttab_map(ds->gnttab, d->domid, &ref, 1,
                           PROT_READ | PROT_WRITE, &page);
    if (!rc) {
        d->mapping = MAPPED_GRANT;
    } else {
        rc = xc_map_foreign_page(ds->xc, d->domid, PROT_READ | PROT_WRITE, gfn,
                                 &page);
        if (rc)
            return rc;
        d->mapping = MAPPED_FOREIGN;
    }
    d->ring = page;
    return 0;
}

static void unmap_ring(struct domains *ds, struct domain *d)
{
    switch (d->mapping) {
    case MAPPED_NOT:
        break;
    case MAPPED_GRANT:
        xc_gnttab_unmap(ds->gnttab, d->ring, 1);
        break;
    case MAPPED_FOREIGN:
        xc_unmap_foreign(ds->xc, d->ring, 1);
        break;
    case MAPPED_DEVICE:
        munmap(d->ring, XC_PAGE_SIZE);
        break;
    }
    d->mapping = MAPPED_NOT;
    d->ring = NULL;
}

static int bind_port(struct domains *ds, struct domain *d, unsigned int remote)
{
    int port = xc_evtchn_bind_interdomain(ds->evtchn, d->domid, remote);

    if (port < 0)
        return port;
    if (d->port >= 0)
        xc_evtchn_unbind(ds->evtchn, (uint32_t)d->port);
    d->port = port;
    d->remote_port = remote;
    return 0;
}

static struct domain *domain_find(struct domains *ds, unsigned int domid)
{
    struct domain *d = ds->first;

    while (d && (d->domid != domid || d->gone))
        d = d->next;
    return d;
}

static struct domain *domain_new(struct domains *ds, unsigned int domid)
{
    struct domain *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->domid = domid;
    d->port = -1;
    d->conn = conn_new(ds->store, domid, domid == 0);
    if (!d->conn) {
        free(d);
        return NULL;
    }
    d->next = ds->first;
    ds->first = d;
    return d;
}

/* Takes everything from the domain but its memory, which a caller may look at. */
static void domain_close(struct domains *ds, struct domain *d)
{
    if (d->port >= 0)
        xc_evtchn_unbind(ds->evtchn, (uint32_t)d->port);
    d->port = -1;
    unmap_ring(ds, d);
    if (d->conn)
        conn_free(d->conn);
    d->conn = NULL;
    d->gone = true;
}

static void domains_reap(struct domains *ds)
{
    struct domain **link = &ds->first, *d;

    while ((d = *link)) {
        if (d->gone) {
            *link = d->next;
            free(d);
        } else {
            link = &d->next;
        }
    }
}

static void named_drop(struct named **link)
{
    struct named *n = *link;

    *link = n->next;
    free(n);
}

/* Where the domain hangs in the list; what hangs there is NULL if it was not named. */
static struct named **named_find(struct domains *ds, unsigned int domid)
{
    struct named **link = &ds->named;

    while (*link && (*link)->domid != domid)
        link = &(*link)->next;
    return link;
}

void domains_close(struct domains *ds)
{
    while (ds->named)
        named_drop(&ds->named);
    for (struct domain *d = ds->first; d; d = d->next)
        domain_close(ds, d);
    domains_reap(ds);
    if (ds->gnttab)
        xc_gnttab_close(ds->gnttab);
    if (ds->evtchn)
        xc_evtchn_close(ds->evtchn);
    xc_close(ds->xc);
    free(ds);
}

/* ---- what the store asks ----------------------------------------------------------------- */

static int domain_is_alive(struct domains *ds, unsigned int domid)
{
    struct xc_domain_info info;
    int rc = xc_domain_getinfo(ds->xc, domid, &info);

    if (rc)
        return rc == -ESRCH ? -EINVAL : rc;
    return info.dying ? -EINVAL : 0;
}

/* Whether the domain is the one that was named; not known is yes. */
static bool named_lives(struct domains *ds, const struct named *n)
{
    struct xc_domain_info info;
    int rc = xc_domain_getinfo(ds->xc, n->domid, &info);

    if (rc)
        return rc != -ESRCH;
    return !info.dying && info.shared_info_mfn == n->shared_info_mfn &&
           memcmp(info.handle, n->handle, sizeof(n->handle)) == 0;
}

/*
 * False: no domain was named there, or it has ended since. Its rights end then; watchers of
 * releases have never heard of it.
 */
static bool named_keeps(struct domains *ds, struct named **link)
{
    unsigned int domid;

    if (!*link || named_lives(ds, *link))
        return *link;
    domid = (*link)->domid;
    named_drop(link);
    store_forget_domain(ds->store, domid, ds->keep_orphans);
    return false;
}

static int introduce_again(struct domains *ds, struct domain *d,
                           unsigned int port)
{
    int rc = 0;

    if (d->domid && port != d->remote_port)
        rc = bind_port(ds, d, port);
    if (!rc && d->broken) {
        conn_reset(d->conn);
        d->broken = false;
    }
    d->stopped = false;
    d->pending = d->ring != NULL;       /* an event may have gone to the old port */
    return rc;
}

static int host_introduce(void *ctx, unsigned int domid, unsigned long gfn,
                          unsigned int port)
{
    struct domains *ds = ctx;
    struct domain *d = domain_find(ds, domid);
    int rc;

    if (d)
        return introduce_again(ds, d, port);
    if (!ds->xc)
        return -ENOSYS;
    if (domid == 0)
        return -EINVAL;
    rc = domain_is_alive(ds, domid);
    if (rc)
        return rc;
    named_keeps(ds, named_find(ds, domid));
    d = domain_new(ds, domid);
    if (!d)
        return -ENOMEM;
    rc = map_ring(ds, d, gfn);
    if (!rc)
        rc = bind_port(ds, d, port);
    if (rc) {
        store_log(ds->store, "domain %u: cannot use its %s: %s", domid,
                  d->ring ? "event channel" : "ring", strerror(-rc));
        domain_close(ds, d);
        return rc;
    }
    if (*named_find(ds, domid))
        named_drop(named_find(ds, domid));
    ring_announce(d->ring);
    d->pending = true;
    xc_evtchn_notify(ds->evtchn, (uint32_t)d->port);
    store_fire_special(ds->store, SPECIAL_INTRODUCE);
    return 0;
}

static void domain_release(struct domains *ds, struct domain *d)
{
    domain_close(ds, d);
    store_forget_domain(ds->store, d->domid, ds->keep_orphans);
}

static int host_release(void *ctx, unsigned int domid)
{
    struct domains *ds = ctx;
    struct domain *d = domain_find(ds, domid);

    if (!domid)
        return -EINVAL;
    /* Never introduced, but nodes may have been made for it. */
    if (!d && ds->xc && domain_is_alive(ds, domid) == -EINVAL)
        store_forget_domain(ds->store, domid, ds->keep_orphans);
    if (!d)
        return -ENOENT;
    domain_release(ds, d);
    store_fire_special(ds->store, SPECIAL_RELEASE);
    return 0;
}

static int host_resume(void *ctx, unsigned int domid)
{
    struct domain *d = domain_find(ctx, domid);

    if (!d)
        return -ENOENT;
    d->stopped = false;
    return 0;
}

static int host_names(void *ctx, unsigned int domid)
{
    struct domains *ds = ctx;
    struct named *n = *named_find(ds, domid);
    struct xc_domain_info info;
    int rc;

    if (!domid || !ds->xc || domain_find(ds, domid))
        return 0;
    if (domid >= DOMIDS)
        return -ENOENT;
    /* What was received before the domain was seen alive means that domain, not the next of its number. */
    if (n && n->seen == ds->store->received)
        return 0;
    if (named_keeps(ds, named_find(ds, domid))) {
        n->seen = ds->store->received;
        return 0;
    }
    rc = xc_domain_getinfo(ds->xc, domid, &info);
    if (rc == -ESRCH || (!rc && info.dying))
        return -ENOENT;
    n = rc ? NULL : calloc(1, sizeof(*n));
    if (!n)
        return rc ? rc : -ENOMEM;
    n->domid = domid;
    memcpy(n->handle, info.handle, sizeof(n->handle));
    n->shared_info_mfn = info.shared_info_mfn;
    n->seen = ds->store->received;
    n->next = ds->named;
    ds->named = n;
    return 0;
}

static struct conn *host_find(void *ctx, unsigned int domid)
{
    struct domain *d = domain_find(ctx, domid);

    return d ? d->conn : NULL;
}

static void host_log(void *ctx, const char *line)
{
    fprintf(stderr, "%s\n", line);
}

const struct store_host domains_host = {
    .introduce = host_introduce,
    .release = host_release,
    .resume = host_resume,
    .find = host_find,
    .names = host_names,
    .log = host_log,
};

/* ---- dom0 ------------------------------------------------------------------------------------ */

int domains_start_dom0(struct domains *ds)
{
    int fd = open(DOM0_DEVICE, O_RDWR | O_CLOEXEC), port, rc;
    struct domain *d = NULL;
    void *page;

    if (fd < 0)
        return -errno;
    rc = -ENOMEM;
    d = domain_new(ds, 0);
    if (!d)
        goto out;
    port = ioctl(fd, DOM0_GET_PORT);
    rc = -errno;
    if (port < 0)
        goto out;
    page = mmap(NULL, XC_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    rc = -errno;
    if (page == MAP_FAILED)
        goto out;
    d->ring = page;
    d->mapping = MAPPED_DEVICE;
    rc = bind_port(ds, d, (unsigned int)port);
    if (rc)
        goto out;
    ring_announce(d->ring);
    d->pending = true;
    /* The first event is what the kernel's xenbus waits for to begin. */
    rc = xc_evtchn_notify(ds->evtchn, (uint32_t)d->port);
out:
    if (rc && d)
        domain_close(ds, d);
    close(fd);
    return rc;
}

/* ---- deaths ------------------------------------------------------------------------------------- */

/*
 * Finds out which domains ended or stopped, and tells about it once for all. A domain whose ring is
 * mapped keeps its number until domain_release() unmaps it, however long the daemon did not look.
 */
static void look_for_deaths(struct domains *ds)
{
    bool changed = false;

    for (struct named **link = &ds->named; *link; )
        if (named_keeps(ds, link))
            link = &(*link)->next;
    for (struct domain *d = ds->first; d; d = d->next) {
        struct xc_domain_info info;
        int rc;

        if (d->gone || !d->domid)
            continue;
        rc = xc_domain_getinfo(ds->xc, d->domid, &info);
        if (rc == -ESRCH || (!rc && info.dying)) {
            domain_release(ds, d);
            changed = true;
        } else if (!rc && info.shutdown && !d->stopped) {
            d->stopped = true;
            changed = true;
        }
    }
    if (changed)
        store_fire_special(ds->store, SPECIAL_RELEASE);
}

/* Bounded: the accounts of several guests that never stop would fill again while it goes on. The file stays readable. */
void domains_take_events(struct domains *ds)
{
    int64_t now = domain_microseconds(CLOCK_MONOTONIC);
    int port;

    for (int left = EVENTS_A_TURN; left && (port = xc_evtchn_pending(ds->evtchn)) >= 0; left--) {
        struct domain *d = ds->first;

        while (d && d->port != port)
            d = d->next;
        if (d) {
            domain_event(ds, d, now);
            continue;
        }
        xc_evtchn_unmask(ds->evtchn, (uint32_t)port);
        if (port == ds->death_port)
            look_for_deaths(ds);
    }
}

int domains_service(struct domains *ds)
{
    int64_t least = -1;

    for (struct domain *d = ds->first; d; d = d->next) {
        int64_t wait;

        if (d->gone || !d->ring || !(d->pending || d->conn->out || d->conn->failed))
            continue;
        wait = domain_service(ds, d);
        if (wait >= 0 && (least < 0 || wait < least))
            least = wait;
    }
    domains_reap(ds);
    return least > 0 ? (int)((least + 999) / 1000) : (int)least;
}
