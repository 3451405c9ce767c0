/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: other domains' by hypercall, our own by /dev/xen/evtchn. */
#include "xc_private.h"
#include "xc_uapi.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static long evtchn_op(struct xc_handle *h, unsigned cmd, void *arg, size_t len)
{
    return xc_call_arg(h, __HYPERVISOR_event_channel_op, cmd, arg, len);
}

int xc_evtchn_alloc_unbound(struct xc_handle *h, uint32_t domid, uint32_t remote)
{
    struct evtchn_alloc_unbound a = { .dom = domid, .remote_dom = remote };
    long rc = evtchn_op(h, EVTCHNOP_alloc_unbound, &a, sizeof(a));

    if (rc < 0)
        return xc_fail_call(h, rc, "allocate an event channel in domain %u",
                            domid);
    return a.port;
}

int xc_evtchn_status(struct xc_handle *h, uint32_t domid, uint32_t port)
{
    struct evtchn_status s = { .dom = domid, .port = port };
    long rc = evtchn_op(h, EVTCHNOP_status, &s, sizeof(s));

    if (rc < 0)
        return xc_fail_call(h, rc, "look at event channel %u of domain %u", port,
                            domid);
    return s.status;
}

int xc_evtchn_reset(struct xc_handle *h, uint32_t domid)
{
    struct evtchn_reset r = { .dom = domid };
    long rc = evtchn_op(h, EVTCHNOP_reset, &r, sizeof(r));

    if (rc < 0)
        return xc_fail_call(h, rc, "reset event channels of domain %u", domid);
    return 0;
}

/* ---- /dev/xen/evtchn ---- */

struct xc_evtchn {
    int fd;
};

int xc_evtchn_open(struct xc_evtchn **out)
{
    struct xc_evtchn *e = calloc(1, sizeof(*e));
    int rc;

    *out = NULL;
    if (!e)
        return -ENOMEM;
    e->fd = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (e->fd < 0) {
        rc = -errno;
        free(e);
        return rc;
    }
    *out = e;
    return 0;
}

void xc_evtchn_close(struct xc_evtchn *e)
{
    if (!e)
        return;
    close(e->fd);
    free(e);
}

int xc_evtchn_fd(const struct xc_evtchn *e)
{
    return e->fd;
}

static int evtchn_ioctl(struct xc_evtchn *e, unsigned long cmd, void *arg)
{
    int rc = ioctl(e->fd, cmd, arg);

    return rc < 0 ? -errno : rc;
}

int xc_evtchn_bind_interdomain(struct xc_evtchn *e, uint32_t domid,
                               uint32_t remote_port)
{
    struct xc_ioctl_interdomain b = { domid, remote_port };

    return evtchn_ioctl(e, XC_EVTCHN_BIND_INTERDOMAIN, &b);
}

int xc_evtchn_bind_unbound(struct xc_evtchn *e, uint32_t domid)
{
    struct xc_ioctl_unbound b = { domid };

    return evtchn_ioctl(e, XC_EVTCHN_BIND_UNBOUND_PORT, &b);
}

int xc_evtchn_bind_virq(struct xc_evtchn *e, uint32_t virq)
{
    struct xc_ioctl_virq b = { virq };

    return evtchn_ioctl(e, XC_EVTCHN_BIND_VIRQ, &b);
}

int xc_evtchn_unbind(struct xc_evtchn *e, uint32_t port)
{
    struct xc_ioctl_port p = { port };

    return evtchn_ioctl(e, XC_EVTCHN_UNBIND, &p);
}

int xc_evtchn_notify(struct xc_evtchn *e, uint32_t port)
{
    struct xc_ioctl_port p = { port };

    return evtchn_ioctl(e, XC_EVTCHN_NOTIFY, &p);
}

/* The file is a stream of 32-bit port numbers, each masked until written back. */
int xc_evtchn_pending(struct xc_evtchn *e)
{
    uint32_t port;
    ssize_t n;

    do
        n = read(e->fd, &port, sizeof(port));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return n == sizeof(port) ? (int)port : -EIO;
}

int xc_evtchn_unmask(struct xc_evtchn *e, uint32_t port)
{
    ssize_t n;

    do
        n = write(e->fd, &port, sizeof(port));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return n == sizeof(port) ? 0 : -EIO;
}
