/* SPDX-License-Identifier: MIT */
/*
 * memory_op(cmd, arg): what memory a domain has.
 *
 * An extent is 2^extent_order consecutive frames.  Operations on lists return how many extents they finished; a short
 * count is not an error code.  -ESRCH no such domain, -EPERM not the caller's to manage.
 */
#ifndef __XEN_PUBLIC_MEMORY_H__
#define __XEN_PUBLIC_MEMORY_H__

#include "xen.h"
#include "physdev.h"

#define XENMEM_increase_reservation         0
#define XENMEM_decrease_reservation         1
#define XENMEM_maximum_ram_page             2 /* returns the highest mfn that is memory, plus 1; no argument */
#define XENMEM_current_reservation          3 /* xen_memory_domain; returns pages */
#define XENMEM_maximum_reservation          4 /* xen_memory_domain; returns pages */
#define XENMEM_machphys_mfn_list            5
#define XENMEM_populate_physmap             6
#define XENMEM_add_to_physmap               7
#define XENMEM_memory_map                   9
#define XENMEM_machine_memory_map          10 /* xen_memory_map; dom0 */
#define XENMEM_exchange                    11
#define XENMEM_machphys_mapping            12
#define XENMEM_set_memory_map              13
#define XENMEM_maximum_gpfn                14 /* xen_memory_domain; returns the highest gfn in use */
#define XENMEM_remove_from_physmap         15
#define XENMEM_set_pod_target              16
#define XENMEM_get_pod_target              17
#define XENMEM_get_sharing_freed_pages     18 /* returns pages; no argument */
#define XENMEM_get_sharing_shared_pages    19 /* returns pages; no argument */
#define XENMEM_paging_op                   20
#define XENMEM_access_op                   21
#define XENMEM_sharing_op                  22
#define XENMEM_add_to_physmap_batch        23
#define XENMEM_claim_pages                 24 /* xen_memory_reservation with nr_extents pages set aside */
#define XENMEM_machphys_compat_mfn_list    25 /* as machphys_mfn_list, of the 32-bit table */
#define XENMEM_get_vnumainfo               26
#define XENMEM_reserved_device_memory_map  27
#define XENMEM_acquire_resource            28

/* Flags of xen_memory_reservation. */
#define XENMEMF_address_bits(x)      (x) /* width of the addresses; 0: any */
#define XENMEMF_get_address_bits(x)  ((x) & 0xffu)
#define XENMEMF_node(x)              (((x) + 1) << 8)
#define XENMEMF_get_node(x)          ((((x) >> 8) - 1) & 0xffu)
#define XENMEMF_populate_on_demand   (1 << 16)
#define XENMEMF_exact_node_request   (1 << 17)
#define XENMEMF_exact_node(n)        (XENMEMF_node(n) | XENMEMF_exact_node_request)
#define XENMEMF_vnode                (1 << 18)

/*
 * increase: extent_start gets the mfns (out, may be null).  decrease: names the frames to give back (in).
 * populate: names pfns (in) and gets the mfns that now back them (out).  All else in.
 */
struct xen_memory_reservation {
    XEN_GUEST_HANDLE(xen_pfn_t) extent_start;
    xen_ulong_t nr_extents;
    unsigned int extent_order;
    unsigned int mem_flags; /* XENMEMF_ */
    domid_t domid;
};
typedef struct xen_memory_reservation xen_memory_reservation_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_reservation_t);

/*
 * Gives in's extents back and takes as much memory in out's form; the pfns in out.extent_start become mfns.
 * Returns 0 only if all was done; nr_exchanged (in 0, out) tells how many input extents were.
 */
struct xen_memory_exchange {
    struct xen_memory_reservation in;
    struct xen_memory_reservation out;
    xen_ulong_t nr_exchanged;
};
typedef struct xen_memory_exchange xen_memory_exchange_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_exchange_t);

struct xen_memory_domain {
    domid_t domid; /* in */
};

/* The frames that hold the machine-to-phys table, for mapping it elsewhere: one mfn for every 2 MiB of it. */
struct xen_machphys_mfn_list {
    unsigned int max_extents;                 /* in */
    XEN_GUEST_HANDLE(xen_pfn_t) extent_start; /* out */
    unsigned int nr_extents;                  /* out */
};
typedef struct xen_machphys_mfn_list xen_machphys_mfn_list_t;
DEFINE_XEN_GUEST_HANDLE(xen_machphys_mfn_list_t);

/* Where the caller sees the machine-to-phys table; all out. */
struct xen_machphys_mapping {
    xen_ulong_t v_start, v_end; /* virtual addresses */
    xen_ulong_t max_mfn;        /* last mfn in it */
};
typedef struct xen_machphys_mapping xen_machphys_mapping_t;
DEFINE_XEN_GUEST_HANDLE(xen_machphys_mapping_t);

/* Kinds of page for add_to_physmap. */
#define XENMAPSPACE_shared_info  0
#define XENMAPSPACE_grant_table  1
#define XENMAPSPACE_gmfn         2
#define XENMAPSPACE_gmfn_range   3
#define XENMAPSPACE_gmfn_foreign 4
#define XENMAPSPACE_dev_mmio     5

/* Puts a page at a gfn of a translated domain; all in. */
struct xen_add_to_physmap {
    domid_t domid;
    uint16_t size;      /* gmfn_range: pages */
    unsigned int space; /* XENMAPSPACE_ */
#define XENMAPIDX_grant_table_status 0x80000000
    xen_ulong_t idx;
    xen_pfn_t gpfn;
};
typedef struct xen_add_to_physmap xen_add_to_physmap_t;
DEFINE_XEN_GUEST_HANDLE(xen_add_to_physmap_t);

/* The same for size pages; errs (out) gets 0 or -errno for each. */
struct xen_add_to_physmap_batch {
    domid_t domid;
    uint16_t space;
    uint16_t size;
    union xen_add_to_physmap_batch_extra {
        domid_t foreign_domid; /* gmfn_foreign */
        uint16_t res0;         /* others: 0 */
    } u;
    XEN_GUEST_HANDLE(xen_ulong_t) idxs;
    XEN_GUEST_HANDLE(xen_pfn_t) gpfns;
    XEN_GUEST_HANDLE(int) errs;
};
typedef struct xen_add_to_physmap_batch xen_add_to_physmap_batch_t;
DEFINE_XEN_GUEST_HANDLE(xen_add_to_physmap_batch_t);

struct xen_remove_from_physmap {
    domid_t domid; /* in */
    xen_pfn_t gpfn;
};
typedef struct xen_remove_from_physmap xen_remove_from_physmap_t;
DEFINE_XEN_GUEST_HANDLE(xen_remove_from_physmap_t);

/* A map in the BIOS's E820 form: 8 bytes address, 8 length, 4 type. */
struct xen_memory_map {
    unsigned int nr_entries;       /* in: room in buffer; out: entries */
    XEN_GUEST_HANDLE(void) buffer; /* out */
};
typedef struct xen_memory_map xen_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_map_t);

/* in: the map that the domain will see. */
struct xen_foreign_memory_map {
    domid_t domid;
    struct xen_memory_map map;
};
typedef struct xen_foreign_memory_map xen_foreign_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_foreign_memory_map_t);

/* Populate-on-demand, hardware-virtualized domains only; pages. */
struct xen_pod_target {
    uint64_t target_pages;    /* in for set, else out */
    uint64_t tot_pages;       /* out */
    uint64_t pod_cache_pages; /* out */
    uint64_t pod_entries;     /* out */
    domid_t domid;            /* in */
};
typedef struct xen_pod_target xen_pod_target_t;

#if defined(__XEN__) || defined(__XEN_TOOLS__)
/* Paging, access control and sharing of hardware-virtualized domains' memory: we answer -EOPNOTSUPP or -ENOSYS. */
#define XENMEM_paging_op_nominate 0
#define XENMEM_paging_op_evict    1
#define XENMEM_paging_op_prep     2
struct xen_mem_paging_op {
    uint8_t op;
    domid_t domain;
    XEN_GUEST_HANDLE_64(const_uint8) buffer;
    uint64_aligned_t gfn;
};
typedef struct xen_mem_paging_op xen_mem_paging_op_t;
DEFINE_XEN_GUEST_HANDLE(xen_mem_paging_op_t);

#define XENMEM_access_op_set_access       0
#define XENMEM_access_op_get_access       1
#define XENMEM_access_op_set_access_multi 4
typedef enum {
    XENMEM_access_n,
    XENMEM_access_r,
    XENMEM_access_w,
    XENMEM_access_rw,
    XENMEM_access_x,
    XENMEM_access_rx,
    XENMEM_access_wx,
    XENMEM_access_rwx,
    XENMEM_access_rx2rw,
    XENMEM_access_n2rwx,
    XENMEM_access_default
} xenmem_access_t;

struct xen_mem_access_op {
    uint8_t op;
    uint8_t access;
    domid_t domid;
    uint32_t nr;
    uint64_aligned_t pfn;
    XEN_GUEST_HANDLE(const_uint64) pfn_list;
    XEN_GUEST_HANDLE(const_uint8) access_list;
};
typedef struct xen_mem_access_op xen_mem_access_op_t;
DEFINE_XEN_GUEST_HANDLE(xen_mem_access_op_t);

#define XENMEM_sharing_op_nominate_gfn  0
#define XENMEM_sharing_op_nominate_gref 1
#define XENMEM_sharing_op_share         2
#define XENMEM_sharing_op_debug_gfn     3
#define XENMEM_sharing_op_debug_mfn     4
#define XENMEM_sharing_op_debug_gref    5
#define XENMEM_sharing_op_add_physmap   6
#define XENMEM_sharing_op_audit         7
#define XENMEM_sharing_op_range_share   8
#define XENMEM_sharing_op_fork          9
#define XENMEM_sharing_op_fork_reset   10

#define XENMEM_SHARING_OP_S_HANDLE_INVALID (-10)
#define XENMEM_SHARING_OP_C_HANDLE_INVALID (-9)

#define XENMEM_SHARING_OP_FIELD_IS_GREF_FLAG        (xen_mk_ullong(1) << 62)
#define XENMEM_SHARING_OP_FIELD_MAKE_GREF(fld, val) (fld) = (XENMEM_SHARING_OP_FIELD_IS_GREF_FLAG | (val))
#define XENMEM_SHARING_OP_FIELD_IS_GREF(fld)        ((fld) & XENMEM_SHARING_OP_FIELD_IS_GREF_FLAG)
#define XENMEM_SHARING_OP_FIELD_GET_GREF(fld)       ((fld) & ~XENMEM_SHARING_OP_FIELD_IS_GREF_FLAG)

struct xen_mem_sharing_op {
    uint8_t op;
    domid_t domain;
    union {
        struct mem_sharing_op_nominate {
            union {
                uint64_aligned_t gfn;
                uint32_t grant_ref;
            } u;
            uint64_aligned_t handle;
        } nominate;
        struct mem_sharing_op_share {
            uint64_aligned_t source_gfn;
            uint64_aligned_t source_handle;
            uint64_aligned_t client_gfn;
            uint64_aligned_t client_handle;
            domid_t client_domain;
        } share;
        struct mem_sharing_op_range {
            uint64_aligned_t first_gfn;
            uint64_aligned_t last_gfn;
            uint64_aligned_t opaque;
            domid_t client_domain;
            uint16_t _pad[3];
        } range;
        struct mem_sharing_op_debug {
            union {
                uint64_aligned_t gfn;
                uint64_aligned_t mfn;
                uint32_t gref;
            } u;
        } debug;
        struct mem_sharing_op_fork {
            domid_t parent_domain;
#define XENMEM_FORK_WITH_IOMMU_ALLOWED (1u << 0)
#define XENMEM_FORK_BLOCK_INTERRUPTS   (1u << 1)
#define XENMEM_FORK_RESET_STATE        (1u << 2)
#define XENMEM_FORK_RESET_MEMORY       (1u << 3)
            uint16_t flags;
            uint32_t pad;
        } fork;
    } u;
};
typedef struct xen_mem_sharing_op xen_mem_sharing_op_t;
DEFINE_XEN_GUEST_HANDLE(xen_mem_sharing_op_t);

/* Memory that devices need at its own address.  -ENOBUFS with the needed nr_entries where buffer is too small. */
struct xen_reserved_device_memory {
    xen_pfn_t start_pfn;
    xen_ulong_t nr_pages;
};
typedef struct xen_reserved_device_memory xen_reserved_device_memory_t;
DEFINE_XEN_GUEST_HANDLE(xen_reserved_device_memory_t);

struct xen_reserved_device_memory_map {
#define XENMEM_RDM_ALL 1 /* of every device, not only dev */
    uint32_t flags;                                        /* in */
    unsigned int nr_entries;                               /* in, out */
    XEN_GUEST_HANDLE(xen_reserved_device_memory_t) buffer; /* out */
    union {
        physdev_pci_device_t pci;
    } dev; /* in */
};
typedef struct xen_reserved_device_memory_map xen_reserved_device_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_reserved_device_memory_map_t);
#endif /* __XEN__ || __XEN_TOOLS__ */

/*
 * Pages that the hypervisor keeps for a domain, for mapping by its manager.  A null frame_list asks how many there
 * are (nr_frames, out).  For a paravirtualized caller frame_list comes back with mfns.
 */
struct xen_mem_acquire_resource {
    domid_t domid;
    uint16_t type;
#define XENMEM_resource_ioreq_server 0
#define XENMEM_resource_grant_table  1
#define XENMEM_resource_vmtrace_buf  2
    uint32_t id;
#define XENMEM_resource_grant_table_id_shared 0
#define XENMEM_resource_grant_table_id_status 1
    uint32_t nr_frames; /* in, out */
    uint32_t pad;       /* 0 */
    uint64_t frame;     /* in: the first one */
#define XENMEM_resource_ioreq_server_frame_bufioreq 0
#define XENMEM_resource_ioreq_server_frame_ioreq(n) (1 + (n))
    XEN_GUEST_HANDLE(xen_pfn_t) frame_list; /* in, out */
};
typedef struct xen_mem_acquire_resource xen_mem_acquire_resource_t;
DEFINE_XEN_GUEST_HANDLE(xen_mem_acquire_resource_t);

/* One range of a domain's memory on one of its virtual nodes. */
struct xen_vmemrange {
    uint64_t start, end; /* bytes */
    unsigned int flags;
    unsigned int nid;
};
typedef struct xen_vmemrange xen_vmemrange_t;
DEFINE_XEN_GUEST_HANDLE(xen_vmemrange_t);

/* The domain's virtual NUMA layout; counts in and out, tables out.  -EOPNOTSUPP where it has none, -ENOBUFS. */
struct xen_vnuma_topology_info {
    domid_t domid;
    uint16_t pad;
    unsigned int nr_vnodes;
    unsigned int nr_vcpus;
    unsigned int nr_vmemranges;
    union {
        XEN_GUEST_HANDLE(uint) h;
        uint64_t pad;
    } vdistance;
    union {
        XEN_GUEST_HANDLE(uint) h;
        uint64_t pad;
    } vcpu_to_vnode;
    union {
        XEN_GUEST_HANDLE(xen_vmemrange_t) h;
        uint64_t pad;
    } vmemrange;
};
typedef struct xen_vnuma_topology_info xen_vnuma_topology_info_t;
DEFINE_XEN_GUEST_HANDLE(xen_vnuma_topology_info_t);

#endif
