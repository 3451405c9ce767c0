/* SPDX-License-Identifier: GPL-2.0-only */
/* The handle and the raw hypercall through /dev/xen/privcmd. */
#include "xc_private.h"
#include "xc_uapi.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int xc_open_offline(struct xc_handle **out)
{
    struct xc_handle *h = calloc(1, sizeof(*h));

    *out = h;
    if (!h)
        return -ENOMEM;
    h->privcmd_fd = -1;
    h->hypercall_fd = -1;
    return 0;
}

int xc_open(struct xc_handle **out)
{
    struct xc_handle *h;
    int rc = xc_open_offline(&h);

    *out = NULL;
    if (rc)
        return rc;
    h->privcmd_fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
    if (h->privcmd_fd < 0) {
        rc = -errno;
        free(h);
        return rc;
    }
    /* Kernels before 4.18 have no buffer device; see xc_hbuf.c. */
    h->hypercall_fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
    *out = h;
    return 0;
}

const char *xc_open_strerror(int err)
{
    switch (err) {
    case 0:
        return "no error";
    case -ENOENT:
    case -ENXIO:
    case -ENODEV:
        return "no /dev/xen/privcmd: this is not dom0 of a Xen-compatible"
               " hypervisor, or the xen-privcmd module is not loaded";
    case -EACCES:
    case -EPERM:
        return "no permission for /dev/xen/privcmd: only root may control"
               " domains";
    default:
        return strerror(-err);
    }
}

void xc_close(struct xc_handle *h)
{
    if (!h)
        return;
    for (unsigned i = 0; i < XC_HBUF_SLOTS; i++)
        xc_hbuf_unmap(&h->hbuf[i]);
    if (h->hypercall_fd >= 0)
        close(h->hypercall_fd);
    if (h->privcmd_fd >= 0)
        close(h->privcmd_fd);
    free(h);
}

/*
 * Results exceed an int (frame numbers, reservation sizes), so glibc's ioctl()
 * with its int would cut them off: ask the system call itself.
 */
long xc_hypercall(struct xc_handle *h, unsigned long op, unsigned long a1,
                  unsigned long a2, unsigned long a3, unsigned long a4,
                  unsigned long a5)
{
    struct xc_privcmd_hypercall call = {
        .op = op, .arg = { a1, a2, a3, a4, a5 },
    };
    long rc;

    if (h->privcmd_fd < 0)
        return -ENOTTY;
    rc = syscall(SYS_ioctl, h->privcmd_fd, XC_PRIVCMD_HYPERCALL, &call);
    return rc < 0 ? -errno : rc;
}

long xc_call_arg(struct xc_handle *h, unsigned hypercall, unsigned cmd,
                 void *arg, size_t len)
{
    void *buf = xc_hbuf_alloc(h, len);
    long rc;

    if (!buf)
        return -ENOMEM;
    memcpy(buf, arg, len);
    rc = xc_hypercall(h, hypercall, cmd, (unsigned long)buf, 0, 0, 0);
    memcpy(arg, buf, len);
    xc_hbuf_free(h, buf);
    return rc;
}

long xc_memory_op(struct xc_handle *h, unsigned cmd, void *arg, size_t len)
{
    return xc_call_arg(h, __HYPERVISOR_memory_op, cmd, arg, len);
}

/* domctl and sysctl: a pointer, and what of domctl's an extension of the hypervisor's wants (XEN_DOMCTL_IN_PIECES). */
static int call_ctl(struct xc_handle *h, unsigned hypercall, void *op, size_t len, unsigned long how)
{
    void *buf = xc_hbuf_alloc(h, len);
    long rc;

    if (!buf)
        return -ENOMEM;
    memcpy(buf, op, len);
    rc = xc_hypercall(h, hypercall, (unsigned long)buf, how, 0, 0, 0);
    memcpy(op, buf, len);
    xc_hbuf_free(h, buf);
    return rc;
}

int xc_domctl(struct xc_handle *h, struct xen_domctl *op)
{
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return call_ctl(h, __HYPERVISOR_domctl, op, sizeof(*op), 0);
}

int xc_domctl_piece(struct xc_handle *h, struct xen_domctl *op)
{
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return call_ctl(h, __HYPERVISOR_domctl, op, sizeof(*op), XEN_DOMCTL_IN_PIECES);
}

int xc_sysctl(struct xc_handle *h, struct xen_sysctl *op)
{
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return call_ctl(h, __HYPERVISOR_sysctl, op, sizeof(*op), 0);
}
