/* SPDX-License-Identifier: MIT */
/*
 * grant_table_op(cmd, array, count): pages that one domain lends another.
 *
 * The granter writes entries into its grant table, which it shares with the hypervisor; the user names domain and
 * entry.  The call itself fails only where the array cannot be read or is refused as a whole; each element has its
 * own status, GNTST_.  The hypervisor sets GTF_reading and GTF_writing while a page is in use, and clears them.
 */
#ifndef __XEN_PUBLIC_GRANT_TABLE_H__
#define __XEN_PUBLIC_GRANT_TABLE_H__

#include "xen.h"

typedef uint32_t grant_ref_t;    /* an entry's number in the granter's table */
typedef uint32_t grant_handle_t; /* a mapping's number, the user's */

/* Entry, version 1: 8 bytes.  Write frame and domid first, then flags after a barrier. */
struct grant_entry_v1 {
    uint16_t flags;  /* GTF_ */
    domid_t domid;   /* who may use it */
    uint32_t frame;  /* granter's gfn; with accept_transfer written by the hypervisor */
};
typedef struct grant_entry_v1 grant_entry_v1_t;

/* The first entries belong to the tools, which fill in the console's and the store's rings. */
#define GNTTAB_NR_RESERVED_ENTRIES 8
#define GNTTAB_RESERVED_CONSOLE    0
#define GNTTAB_RESERVED_XENSTORE   1

#define GTF_invalid         (0U << 0)
#define GTF_permit_access   (1U << 0)
#define GTF_accept_transfer (2U << 0)
#define GTF_transitive      (3U << 0) /* version 2: passes on a grant of a third domain */
#define GTF_type_mask       (3U << 0)

#define _GTF_readonly 2
#define GTF_readonly  (1U << _GTF_readonly)
#define _GTF_reading  3
#define GTF_reading   (1U << _GTF_reading)
#define _GTF_writing  4
#define GTF_writing   (1U << _GTF_writing)
#define _GTF_PWT      5
#define GTF_PWT       (1U << _GTF_PWT)
#define _GTF_PCD      6
#define GTF_PCD       (1U << _GTF_PCD)
#define _GTF_PAT      7
#define GTF_PAT       (1U << _GTF_PAT)
#define _GTF_sub_page 8
#define GTF_sub_page  (1U << _GTF_sub_page) /* version 2: copies within page_off and length only */

/* accept_transfer: the hypervisor sets committed first, then frame, then completed. */
#define _GTF_transfer_committed 2
#define GTF_transfer_committed  (1U << _GTF_transfer_committed)
#define _GTF_transfer_completed 3
#define GTF_transfer_completed  (1U << _GTF_transfer_completed)

/* Entry, version 2: 16 bytes; the reading and writing bits live in the status pages. */
struct grant_entry_header {
    uint16_t flags;
    domid_t domid;
};
typedef struct grant_entry_header grant_entry_header_t;

union grant_entry_v2 {
    grant_entry_header_t hdr;
    struct {
        grant_entry_header_t hdr;
        uint32_t pad0;
        uint64_t frame;
    } full_page;
    struct {
        grant_entry_header_t hdr;
        uint16_t page_off; /* bytes */
        uint16_t length;
        uint64_t frame;
    } sub_page;
    struct {
        grant_entry_header_t hdr;
        domid_t trans_domid;
        uint16_t pad0;
        grant_ref_t gref;
    } transitive;
    uint32_t __spacer[4];
};
typedef union grant_entry_v2 grant_entry_v2_t;

typedef uint16_t grant_status_t; /* GTF_reading, GTF_writing; one an entry, in the status pages */

#define GNTTABOP_map_grant_ref      0
#define GNTTABOP_unmap_grant_ref    1
#define GNTTABOP_setup_table        2
#define GNTTABOP_dump_table         3
#define GNTTABOP_transfer           4
#define GNTTABOP_copy               5
#define GNTTABOP_query_size         6
#define GNTTABOP_unmap_and_replace  7
#define GNTTABOP_set_version        8
#define GNTTABOP_get_status_frames  9
#define GNTTABOP_get_version       10
#define GNTTABOP_swap_grant_ref    11
#define GNTTABOP_cache_flush       12

/* Maps a granted page.  host_addr: a virtual address or, with GNTMAP_contains_pte, a machine address of an entry. */
struct gnttab_map_grant_ref {
    uint64_t host_addr;      /* in */
    uint32_t flags;          /* in: GNTMAP_ */
    grant_ref_t ref;         /* in */
    domid_t dom;             /* in: the granter */
    int16_t status;          /* out */
    grant_handle_t handle;   /* out */
    uint64_t dev_bus_addr;   /* out: machine address of the page */
};
typedef struct gnttab_map_grant_ref gnttab_map_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_map_grant_ref_t);

/* Ends a mapping; an address of 0 leaves that part of it. */
struct gnttab_unmap_grant_ref {
    uint64_t host_addr;    /* in */
    uint64_t dev_bus_addr; /* in */
    grant_handle_t handle; /* in */
    int16_t status;        /* out */
};
typedef struct gnttab_unmap_grant_ref gnttab_unmap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_grant_ref_t);

/* Grows the table to nr_frames pages and tells their frames.  One element a call. */
struct gnttab_setup_table {
    domid_t dom;                            /* in */
    uint32_t nr_frames;                     /* in */
    int16_t status;                         /* out */
    XEN_GUEST_HANDLE(xen_pfn_t) frame_list; /* out */
};
typedef struct gnttab_setup_table gnttab_setup_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_setup_table_t);

/* Prints a domain's table on the hypervisor's console. */
struct gnttab_dump_table {
    domid_t dom;    /* in */
    int16_t status; /* out */
};
typedef struct gnttab_dump_table gnttab_dump_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_dump_table_t);

/* Gives a page away for good, to an accept_transfer entry. */
struct gnttab_transfer {
    xen_pfn_t mfn;   /* in: the caller's, mapped nowhere */
    domid_t domid;   /* in: the receiver */
    grant_ref_t ref; /* in */
    int16_t status;  /* out */
};
typedef struct gnttab_transfer gnttab_transfer_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_transfer_t);

/* Copies bytes within one page to within one page; each end a grant or a page of the caller's. */
#define _GNTCOPY_source_gref 0
#define GNTCOPY_source_gref  (1 << _GNTCOPY_source_gref)
#define _GNTCOPY_dest_gref   1
#define GNTCOPY_dest_gref    (1 << _GNTCOPY_dest_gref)
struct gnttab_copy {
    struct gnttab_copy_ptr {
        union {
            grant_ref_t ref;
            xen_pfn_t gmfn;
        } u;
        domid_t domid;
        uint16_t offset; /* bytes */
    } source, dest;      /* in */
    uint16_t len;        /* in: bytes */
    uint16_t flags;      /* in: GNTCOPY_ */
    int16_t status;      /* out */
};
typedef struct gnttab_copy gnttab_copy_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_copy_t);

struct gnttab_query_size {
    domid_t dom;            /* in */
    uint32_t nr_frames;     /* out: pages now */
    uint32_t max_nr_frames; /* out: pages it may grow to */
    int16_t status;         /* out */
};
typedef struct gnttab_query_size gnttab_query_size_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_query_size_t);

/* Ends a mapping and puts what is mapped at new_addr in its place; new_addr's own entry is cleared. */
struct gnttab_unmap_and_replace {
    uint64_t host_addr;    /* in */
    uint64_t new_addr;     /* in */
    grant_handle_t handle; /* in */
    int16_t status;        /* out */
};
typedef struct gnttab_unmap_and_replace gnttab_unmap_and_replace_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_and_replace_t);

/* -EBUSY while any entry is in use, -EINVAL for a version that is none, -ENOSYS where the host allows only one. */
struct gnttab_set_version {
    uint32_t version; /* in: wanted; out: in force */
};
typedef struct gnttab_set_version gnttab_set_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_set_version_t);

struct gnttab_get_status_frames {
    uint32_t nr_frames;                    /* in */
    domid_t dom;                           /* in */
    int16_t status;                        /* out */
    XEN_GUEST_HANDLE(uint64_t) frame_list; /* out */
};
typedef struct gnttab_get_status_frames gnttab_get_status_frames_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_status_frames_t);

struct gnttab_get_version {
    domid_t dom;      /* in */
    uint16_t pad;
    uint32_t version; /* out */
};
typedef struct gnttab_get_version gnttab_get_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_version_t);

/* Exchanges two unused entries of the caller's. */
struct gnttab_swap_grant_ref {
    grant_ref_t ref_a; /* in */
    grant_ref_t ref_b; /* in */
    int16_t status;    /* out */
};
typedef struct gnttab_swap_grant_ref gnttab_swap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_swap_grant_ref_t);

/* Cache maintenance where devices do not snoop; all in.  0 and nothing to do on x86 where they do. */
struct gnttab_cache_flush {
    union {
        uint64_t dev_bus_addr;
        grant_ref_t ref;
    } a;
    uint16_t offset; /* bytes */
    uint16_t length;
#define GNTTAB_CACHE_CLEAN       (1u << 0)
#define GNTTAB_CACHE_INVAL       (1u << 1)
#define GNTTAB_CACHE_SOURCE_GREF (1u << 31)
    uint32_t op;
};
typedef struct gnttab_cache_flush gnttab_cache_flush_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_cache_flush_t);

#define _GNTMAP_device_map      0
#define GNTMAP_device_map       (1 << _GNTMAP_device_map) /* for DMA */
#define _GNTMAP_host_map        1
#define GNTMAP_host_map         (1 << _GNTMAP_host_map)   /* at host_addr */
#define _GNTMAP_readonly        2
#define GNTMAP_readonly         (1 << _GNTMAP_readonly)
#define _GNTMAP_application_map 3
#define GNTMAP_application_map  (1 << _GNTMAP_application_map) /* user mode may access it */
#define _GNTMAP_contains_pte    4
#define GNTMAP_contains_pte     (1 << _GNTMAP_contains_pte)
#define _GNTMAP_guest_avail0    16
#define GNTMAP_guest_avail_mask ((uint32_t)~0 << _GNTMAP_guest_avail0) /* go to the entry's available bits */

#define GNTST_okay               (0)
#define GNTST_general_error     (-1)
#define GNTST_bad_domain        (-2)
#define GNTST_bad_gntref        (-3)
#define GNTST_bad_handle        (-4)
#define GNTST_bad_virt_addr     (-5)
#define GNTST_bad_dev_addr      (-6)
#define GNTST_no_device_space   (-7)
#define GNTST_permission_denied (-8)
#define GNTST_bad_page          (-9)
#define GNTST_bad_copy_arg     (-10)
#define GNTST_address_too_big  (-11)
#define GNTST_eagain           (-12)
#define GNTST_no_space         (-13)

/* A text for each, indexed by -status. */
#define GNTTABOP_error_msgs                                                                                           \
    { "okay", "failed", "no such domain", "bad grant reference", "bad mapping handle", "bad virtual address",         \
      "bad device address", "no room in the IOMMU", "permission denied", "bad page",                                  \
      "copy outside of a page", "address too large", "busy, try again", "no room" }

#endif
