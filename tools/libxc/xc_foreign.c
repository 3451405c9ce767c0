/* SPDX-License-Identifier: GPL-2.0-only */
/* Mapping other domains' frames and resources into this process. */
#include "xc_private.h"
#include "xc_uapi.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/* The driver fills a mapping of its own file, whole, at one go. */
static int map_window(struct xc_handle *h, size_t nr, int prot, void **out)
{
    void *p;

    if (h->privcmd_fd < 0)
        return -ENOTTY;
    p = mmap(NULL, nr * XC_PAGE_SIZE, prot, MAP_SHARED, h->privcmd_fd, 0);
    if (p == MAP_FAILED)
        return -errno;
    *out = p;
    return 0;
}

/*
 * MMAPBATCH_V2 answers 0 when all frames are mapped, else -ENOENT (some frame
 * was paged out) or another error, with the details in err[].
 */
static int map_batch(struct xc_handle *h, uint32_t domid, void *p,
                     const uint64_t *mfns, size_t nr, int *err)
{
    struct xc_privcmd_mmapbatch_v2 m = {
        .num = nr, .dom = domid, .addr = (uintptr_t)p, .arr = mfns, .err = err,
    };

    if (ioctl(h->privcmd_fd, XC_PRIVCMD_MMAPBATCH_V2, &m) == 0)
        return 0;
    return -errno;
}

static int first_error(const int *err, size_t nr, size_t *where)
{
    for (size_t i = 0; i < nr; i++) {
        if (err[i]) {
            *where = i;
            return err[i];
        }
    }
    return 0;
}

int xc_map_foreign(struct xc_handle *h, uint32_t domid, int prot,
                   const uint64_t *mfns, size_t nr, int *err, void **out)
{
    int *errs = err ? err : malloc(nr * sizeof(*errs));
    size_t bad = 0;
    void *p = NULL;
    int rc, e;

    *out = NULL;
    if (!errs || !nr) {
        rc = xc_fail(h, nr ? -ENOMEM : -EINVAL, XC_ABOUT_SYSTEM,
                     "map foreign memory", "%s", nr ? "no memory" : "no frames");
        goto out;
    }
    memset(errs, 0, nr * sizeof(*errs));   /* the driver may fail before it */
    rc = map_window(h, nr, prot, &p);
    if (!rc)
        rc = map_batch(h, domid, p, mfns, nr, errs);
    e = first_error(errs, nr, &bad);
    if (!rc && e)
        rc = e;
    /* The caller who gave err[] deals with single frames himself. */
    if (p && err && e)
        rc = 0;
    if (!rc) {
        *out = p;
        goto out;
    }
    if (p)
        munmap(p, nr * XC_PAGE_SIZE);
    xc_fail(h, rc, XC_ABOUT_HYPERVISOR, "map foreign memory",
            "frame %#llx (%zu of %zu) of domain %u: %s",
            (unsigned long long)(nr ? mfns[bad] : 0), bad + 1, nr, domid,
            strerror(-rc));
out:
    if (!err)
        free(errs);
    return rc;
}

int xc_map_foreign_page(struct xc_handle *h, uint32_t domid, int prot,
                        uint64_t mfn, void **out)
{
    return xc_map_foreign(h, domid, prot, &mfn, 1, NULL, out);
}

void xc_unmap_foreign(struct xc_handle *h, void *addr, size_t nr)
{
    (void)h;
    if (addr)
        munmap(addr, nr * XC_PAGE_SIZE);
}

int xc_map_resource(struct xc_handle *h, uint32_t domid, uint32_t type,
                    uint32_t id, uint32_t first, size_t nr, int prot, void **out)
{
    struct xc_privcmd_mmap_resource r = {
        .dom = domid, .type = type, .id = id, .idx = first, .num = nr,
    };
    void *p = NULL;
    int rc = map_window(h, nr, prot, &p);

    *out = NULL;
    if (!rc) {
        r.addr = (uintptr_t)p;
        if (ioctl(h->privcmd_fd, XC_PRIVCMD_MMAP_RESOURCE, &r))
            rc = -errno;
    }
    if (rc) {
        if (p)
            munmap(p, nr * XC_PAGE_SIZE);
        return xc_fail_call(h, rc, "map resource %u.%u of domain %u", type, id,
                            domid);
    }
    *out = p;
    return 0;
}

int xc_clear_page(struct xc_handle *h, uint32_t domid, uint64_t mfn)
{
    return xc_copy_to_page(h, domid, mfn, NULL);
}

int xc_copy_to_page(struct xc_handle *h, uint32_t domid, uint64_t mfn,
                    const void *page)
{
    void *p;
    int rc = xc_map_foreign_page(h, domid, PROT_READ | PROT_WRITE, mfn, &p);

    if (rc)
        return rc;
    if (page)
        memcpy(p, page, XC_PAGE_SIZE);
    else
        memset(p, 0, XC_PAGE_SIZE);
    xc_unmap_foreign(h, p, 1);
    return 0;
}
