/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxc's images of suspended PV domains: a byte stream, so it can go to a file
 * or through a pipe.  The format is the published "libxenctrl domain image
 * format", version 3 (docs/libxc.md lists the records).
 */
#ifndef XENSAVE_H
#define XENSAVE_H

#include <xenbuild.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/*
 * Writes the domain, which must have suspended itself (XC_SHUTDOWN_SUSPEND),
 * to fd, and does not change it: xc_domain_resume_cancelled() lets it go on.
 *  -EINVAL    it is not suspended, or not a 64-bit PV domain
 *  -EXDEV     its page tables map frames that are not its own: another guest's
 *             grants, or a device's
 *  -ENODATA, -E2BIG   its p2m is not there, or of an impossible size
 *  ...        what write() on fd or the hypervisor answered
 */
int xc_domain_save(struct xc_handle *h, uint32_t domid, int fd);

/*
 * Lets a domain go on that suspended itself: the hypercall in which it did so
 * returns 1, "cancelled".
 */
int xc_domain_resume_cancelled(struct xc_handle *h, uint32_t domid);

/*
 * Reads an image from fd, to its end record, into the domain, which
 * xc_domain_create() has just made.  Of p count maxmem_mib, max_vcpus (at least
 * as many as the image has), console_domid and store_domid.  r gets what the
 * store's nodes want to know, and nr_pages.
 *
 * On failure the domain is half built: destroy it.
 *  -EINVAL    no image, truncated, or contradicting itself
 *  -ENOTSUP   of another version, or with a record that must be understood
 *  -ENOMEM    not enough free in the host
 */
int xc_domain_restore(struct xc_handle *h, uint32_t domid, int fd,
                      const struct xc_build_params *p, struct xc_build_result *r);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* XENSAVE_H */
