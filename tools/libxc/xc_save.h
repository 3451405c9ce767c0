/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of xc_domain_save(): the domain and its frames. */
#ifndef XC_SAVE_H
#define XC_SAVE_H

#include <xensave.h>

#include "xc_stream.h"

struct save {
    struct xc_handle *h;
    uint32_t domid;
    int fd;
    struct xc_domain_info info;
    struct xc_p2m p2m;
    uint8_t *type;                /* of each pfn: FRAME_*, a table's level */
    uint64_t *pfn_of;             /* of each machine frame: pfn + 1, 0: none */
    uint64_t nr_mfns;
};

/* Writes a record whose body is these parts together. */
int xc_save_record(struct save *s, uint32_t type, const struct iovec *part,
                   unsigned parts);

/* Reads p2m and types; close also after a failure. */
int xc_save_frames_open(struct save *s);
void xc_save_frames_close(struct save *s);
/* The guest's number for a frame of its own; false where it is not. */
bool xc_save_pfn(const struct save *s, uint64_t mfn, uint64_t *pfn);
int xc_save_p2m(struct save *s);
int xc_save_pages(struct save *s);

#endif /* XC_SAVE_H */
