/* SPDX-License-Identifier: GPL-2.0-only */
/* Grants: mapping those given to us, and a new guest's two reserved ones. */
#include "xc_private.h"
#include "xc_uapi.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * A new domain's table is in the version 1 form (it switches by itself later).
 * Console and store may map these pages through grants even when they run in
 * unprivileged domains (public/grant_table.h, GNTTAB_RESERVED_*).
 */
int xc_gnttab_seed(struct xc_handle *h, uint32_t domid,
                   uint64_t console_mfn, uint32_t console_domid,
                   uint64_t store_mfn, uint32_t store_domid)
{
    grant_entry_v1_t *table;
    void *p;
    int rc = xc_map_resource(h, domid, XENMEM_resource_grant_table,
                             XENMEM_resource_grant_table_id_shared, 0, 1,
                             PROT_READ | PROT_WRITE, &p);

    if (rc)
        return rc;
    table = p;
    table[GNTTAB_RESERVED_CONSOLE] = (grant_entry_v1_t){
        .flags = GTF_permit_access, .domid = console_domid, .frame = console_mfn,
    };
    table[GNTTAB_RESERVED_XENSTORE] = (grant_entry_v1_t){
        .flags = GTF_permit_access, .domid = store_domid, .frame = store_mfn,
    };
    xc_unmap_foreign(h, p, 1);
    return 0;
}

/* ---- /dev/xen/gntdev ---- */

struct xc_gnttab {
    int fd;
};

int xc_gnttab_open(struct xc_gnttab **out)
{
    struct xc_gnttab *g = calloc(1, sizeof(*g));
    int rc;

    *out = NULL;
    if (!g)
        return -ENOMEM;
    g->fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
    if (g->fd < 0) {
        rc = -errno;
        free(g);
        return rc;
    }
    *out = g;
    return 0;
}

void xc_gnttab_close(struct xc_gnttab *g)
{
    if (!g)
        return;
    close(g->fd);
    free(g);
}

static void gntdev_forget(struct xc_gnttab *g, uint64_t index, unsigned nr)
{
    struct xc_gntdev_unmap u = { .index = index, .count = nr };

    ioctl(g->fd, XC_GNTDEV_UNMAP_GRANT_REF, &u);
}

/* Announces the grants to the driver: *index is where to mmap() them. */
static int gntdev_announce(struct xc_gnttab *g, uint32_t domid,
                           const uint32_t *refs, unsigned nr, uint64_t *index)
{
    struct xc_gntdev_map *m = calloc(1, sizeof(*m) + nr * sizeof(m->refs[0]));
    int rc = 0;

    if (!m)
        return -ENOMEM;
    m->count = nr;
    for (unsigned i = 0; i < nr; i++)
        m->refs[i] = (struct xc_gntdev_ref){ domid, refs[i] };
    if (ioctl(g->fd, XC_GNTDEV_MAP_GRANT_REF, m))
        rc = -errno;
    *index = m->index;
    free(m);
    return rc;
}

static int gntdev_mmap(struct xc_gnttab *g, uint64_t index, unsigned nr, int prot,
                       void **out)
{
    void *p = mmap(NULL, nr * XC_PAGE_SIZE, prot, MAP_SHARED, g->fd, index);

    if (p == MAP_FAILED)
        return -errno;
    *out = p;
    return 0;
}

int xc_gnttab_map(struct xc_gnttab *g, uint32_t domid, const uint32_t *refs,
                  unsigned nr, int prot, void **out)
{
    uint64_t index;
    int rc = gntdev_announce(g, domid, refs, nr, &index);

    *out = NULL;
    if (rc)
        return rc;
    rc = gntdev_mmap(g, index, nr, prot, out);
    if (rc)
        gntdev_forget(g, index, nr);
    return rc;
}

int xc_gnttab_map_notify(struct xc_gnttab *g, uint32_t domid, uint32_t ref,
                         int prot, int offset, int port, void **out)
{
    struct xc_gntdev_notify n = { 0 };
    uint64_t index;
    int rc = gntdev_announce(g, domid, &ref, 1, &index);

    *out = NULL;
    if (rc)
        return rc;
    n.index = index + (offset >= 0 ? offset : 0);
    n.action = (offset >= 0 ? XC_GNTDEV_NOTIFY_CLEAR_BYTE : 0) |
               (port >= 0 ? XC_GNTDEV_NOTIFY_SEND_EVENT : 0);
    n.event_channel_port = port >= 0 ? port : 0;
    if (n.action && ioctl(g->fd, XC_GNTDEV_SET_UNMAP_NOTIFY, &n))
        rc = -errno;
    if (!rc)
        rc = gntdev_mmap(g, index, 1, prot, out);
    if (rc)
        gntdev_forget(g, index, 1);
    return rc;
}

int xc_gnttab_unmap(struct xc_gnttab *g, void *addr, unsigned nr)
{
    struct xc_gntdev_offset o = { .vaddr = (uintptr_t)addr };

    if (!addr)
        return 0;
    if (ioctl(g->fd, XC_GNTDEV_GET_OFFSET_FOR_VADDR, &o))
        return -errno;
    if (o.count != nr)
        return -EINVAL;
    if (munmap(addr, nr * XC_PAGE_SIZE))
        return -errno;
    gntdev_forget(g, o.offset, nr);
    return 0;
}
