/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of Linux's Xen device files, as its uapi headers define them
 * (include/uapi/xen/{privcmd,evtchn,gntdev}.h): numbers and layouts only.
 */
#ifndef XC_UAPI_H
#define XC_UAPI_H

#include <stdint.h>
#include <sys/ioctl.h>

/* ---- /dev/xen/privcmd ---- */
struct xc_privcmd_hypercall {
    uint64_t op;
    uint64_t arg[5];
};

struct xc_privcmd_mmapbatch_v2 {
    uint32_t num;
    uint16_t dom;
    uint64_t addr;                /* of a whole mapping of privcmd */
    const uint64_t *arr;          /* frames */
    int *err;                     /* 0 or negative errno each */
};

struct xc_privcmd_mmap_resource {
    uint16_t dom;
    uint32_t type, id, idx;
    uint64_t num;
    uint64_t addr;
};

#define XC_PRIVCMD_HYPERCALL \
    _IOC(_IOC_NONE, 'P', 0, sizeof(struct xc_privcmd_hypercall))
#define XC_PRIVCMD_MMAPBATCH_V2 \
    _IOC(_IOC_NONE, 'P', 4, sizeof(struct xc_privcmd_mmapbatch_v2))
#define XC_PRIVCMD_MMAP_RESOURCE \
    _IOC(_IOC_NONE, 'P', 7, sizeof(struct xc_privcmd_mmap_resource))

/* ---- /dev/xen/evtchn ---- */
struct xc_ioctl_virq { uint32_t virq; };
struct xc_ioctl_interdomain { uint32_t remote_domain, remote_port; };
struct xc_ioctl_unbound { uint32_t remote_domain; };
struct xc_ioctl_port { uint32_t port; };

#define XC_EVTCHN_BIND_VIRQ \
    _IOC(_IOC_NONE, 'E', 0, sizeof(struct xc_ioctl_virq))
#define XC_EVTCHN_BIND_INTERDOMAIN \
    _IOC(_IOC_NONE, 'E', 1, sizeof(struct xc_ioctl_interdomain))
#define XC_EVTCHN_BIND_UNBOUND_PORT \
    _IOC(_IOC_NONE, 'E', 2, sizeof(struct xc_ioctl_unbound))
#define XC_EVTCHN_UNBIND _IOC(_IOC_NONE, 'E', 3, sizeof(struct xc_ioctl_port))
#define XC_EVTCHN_NOTIFY _IOC(_IOC_NONE, 'E', 4, sizeof(struct xc_ioctl_port))

/* ---- /dev/xen/gntdev ---- */
struct xc_gntdev_ref { uint32_t domid, ref; };

struct xc_gntdev_map {
    uint32_t count, pad;
    uint64_t index;               /* out: offset for mmap() */
    struct xc_gntdev_ref refs[1];
};

struct xc_gntdev_unmap {
    uint64_t index;
    uint32_t count, pad;
};

struct xc_gntdev_offset {
    uint64_t vaddr;
    uint64_t offset;              /* out */
    uint32_t count, pad;          /* out */
};

struct xc_gntdev_notify {
    uint64_t index;
    uint32_t action;
    uint32_t event_channel_port;
};

#define XC_GNTDEV_NOTIFY_CLEAR_BYTE 1U
#define XC_GNTDEV_NOTIFY_SEND_EVENT 2U

#define XC_GNTDEV_MAP_GRANT_REF \
    _IOC(_IOC_NONE, 'G', 0, sizeof(struct xc_gntdev_map))
#define XC_GNTDEV_UNMAP_GRANT_REF \
    _IOC(_IOC_NONE, 'G', 1, sizeof(struct xc_gntdev_unmap))
#define XC_GNTDEV_GET_OFFSET_FOR_VADDR \
    _IOC(_IOC_NONE, 'G', 2, sizeof(struct xc_gntdev_offset))
#define XC_GNTDEV_SET_UNMAP_NOTIFY \
    _IOC(_IOC_NONE, 'G', 7, sizeof(struct xc_gntdev_notify))

#endif /* XC_UAPI_H */
