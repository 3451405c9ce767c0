/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of xc_domain_restore(): what has been read, and the new frames. */
#ifndef XC_RESTORE_H
#define XC_RESTORE_H

#include <xensave.h>

#include "xc_build.h"
#include "xc_stream.h"

#define RESTORE_NO_MFN UINT64_MAX

/* A vcpu's records, kept until all memory is there. Owned; NULL: did not come. */
struct restore_vcpu {
    struct vcpu_guest_context *basic;
    struct xen_domctl_ext_vcpucontext *extended;
    void *xsave;
    size_t xsave_len;
};

struct restore {
    struct xc_build b;            /* handle, domain, params, result; its limits and ports */
    int fd;
    uint64_t nr;                  /* pfns; 0: their number has not come yet */
    uint64_t *mfn;                /* of each, RESTORE_NO_MFN: not there */
    uint8_t *type;                /* FRAME_* */
    uint64_t nr_list, *list;      /* pfns of the pages that the p2m list is in */
    struct shared_info *shared;   /* the saved one */
    struct stream_tsc tsc;
    struct restore_vcpu *vcpu;    /* b.max_vcpus entries */
    bool ended;
};

/* Says what is wrong with the image; returns -EINVAL. */
int xc_restore_bad(struct restore *r, const char *what);

/* The record's body has len bytes. */
int xc_restore_pages(struct restore *r, const void *body, uint32_t len);
int xc_restore_p2m_frames(struct restore *r, const void *body, uint32_t len);
/* The new frame of a pfn; false where the image has none. */
bool xc_restore_mfn(const struct restore *r, uint64_t pfn, uint64_t *mfn);
/* When all has been read: page tables and p2m list get the new frames' numbers. */
int xc_restore_tables(struct restore *r);
int xc_restore_list(struct restore *r);
/* Pins what was pinned. No frame may be mapped here any more. */
int xc_restore_pins(struct restore *r);

#endif /* XC_RESTORE_H */
