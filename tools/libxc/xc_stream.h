/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image of a domain as a stream: header, domain header, records up to
 * REC_END.  "libxenctrl domain image format", version 3.  The first header is
 * big-endian, all else little-endian; a record's body is padded to 8 bytes.
 */
#ifndef XC_STREAM_H
#define XC_STREAM_H

#include "xc_private.h"

#include <assert.h>
#include <sys/uio.h>

#define STREAM_MARKER UINT64_MAX
#define STREAM_ID 0x58454e46U     /* "XENF" */
#define STREAM_VERSION 3
#define STREAM_BIG_ENDIAN 1       /* of options */
#define STREAM_X86_PV 1
#define STREAM_REC_MAX (8U << 20) /* longer than any record may be */
#define STREAM_BATCH 512          /* pages in one record that we write */

struct stream_header {
    uint64_t marker;
    uint32_t id, version;
    uint16_t options, reserved1;
    uint32_t reserved2;
};

struct stream_domain {
    uint32_t type;
    uint16_t page_shift, reserved;
    uint32_t xen_major, xen_minor;
};

struct stream_rec {
    uint32_t type, len;
};

enum stream_type {
    REC_END = 0x00,
    REC_PAGE_DATA = 0x01,         /* struct stream_pages, pfns, contents */
    REC_X86_PV_INFO = 0x02,       /* struct stream_pv_info */
    REC_X86_PV_P2M_FRAMES = 0x03, /* struct stream_p2m, pfns of the list's pages */
    REC_X86_PV_VCPU_BASIC = 0x04, /* struct stream_vcpu, vcpu_guest_context */
    REC_X86_PV_VCPU_EXTENDED = 0x05,  /* struct stream_vcpu, ext_vcpucontext */
    REC_X86_PV_VCPU_XSAVE = 0x06, /* struct stream_vcpu, the state's bytes */
    REC_SHARED_INFO = 0x07,       /* a page */
    REC_X86_TSC_INFO = 0x08,      /* struct stream_tsc */
    REC_X86_PV_VCPU_MSRS = 0x0c,
    REC_STATIC_DATA_END = 0x10,
    REC_X86_CPUID_POLICY = 0x11,
    REC_X86_MSR_POLICY = 0x12,
};
#define REC_OPTIONAL 0x80000000U  /* of type: to be skipped where not known */

struct stream_pages {
    uint32_t count, reserved;
};
/* Of each pfn in it: bits 60 to 63 are PFINFO's type; some have no contents. */
#define PAGES_TYPE_SHIFT 60
#define PAGES_PFN ((1UL << 52) - 1)

struct stream_pv_info {
    uint8_t guest_width, pt_levels, reserved[6];
};

struct stream_p2m {
    uint32_t start_pfn, end_pfn;  /* first and last pfn that the list covers */
};

struct stream_vcpu {
    uint32_t id, reserved;
};

struct stream_tsc {
    uint32_t mode, khz;
    uint64_t nsec;
    uint32_t incarnation, reserved;
};

static_assert(sizeof(struct stream_header) == 24, "image header");
static_assert(sizeof(struct stream_domain) == 16, "domain header");
static_assert(sizeof(struct stream_tsc) == 24, "TSC record");

/* Types of frames, as a nibble: PFINFO >> 28. */
enum { FRAME_L1 = 1, FRAME_L4 = 4, FRAME_PINNED = 8, FRAME_BROKEN = 0xd, FRAME_ALLOC = 0xe, FRAME_NONE = 0xf };

static inline unsigned frame_level(unsigned type)
{
    return type < FRAME_BROKEN ? type & 7 : 0;
}

static inline bool frame_has_data(unsigned type)
{
    return type < FRAME_BROKEN;
}

#define PTE_PRESENT 1UL
#define PTE_FRAME 0x000ffffffffff000UL
#define PTE_COUNT 512
/* The hypervisor's own slots of a level 4 table. */
#define L4_XEN_FIRST 256
#define L4_XEN_LAST 271
#define GDT_FRAMES(ents) (((ents) + 511) / 512)

/* More entries than any guest's list has, for this much memory: room for holes
 * in its addresses, and for what it may be given. */
static inline uint64_t p2m_limit(uint64_t max_pages)
{
    return 4 * max_pages + (1UL << 20);
}

/* A guest's p2m list and where it keeps it, as xc_p2m_open() read them. */
struct xc_p2m {
    uint64_t nr, *mfn;            /* entries */
    uint64_t nr_frames, *frame;   /* frames that the list is in */
};
/* -E2BIG: it has more than max entries, and they are not to be cut off. */
int xc_p2m_open(struct xc_handle *h, uint32_t domid, uint64_t max, bool cut,
                struct xc_p2m *p2m);
void xc_p2m_close(struct xc_p2m *p2m);

#endif /* XC_STREAM_H */
