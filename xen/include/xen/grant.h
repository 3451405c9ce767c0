/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables: entries of the granter, mappings of the user (common/grant_*.c).
 * Statuses are GNTST_* of the public header; internal functions that grow or create give -errno.
 */
#ifndef XEN_GRANT_H
#define XEN_GRANT_H

#include <xen/frame.h>
#include <xen/spinlock.h>
#include <public/grant_table.h>

struct domain;

/* How often an entry is in use. While any count is not 0 the entry owns a general reference to its frame. */
union grant_pins {
    u64 any;
    struct { u16 host_read, host_write, dev_read, dev_write; };
};

/* The hypervisor's half of an entry. grant_table.lock. */
struct grant_active {
    union grant_pins pins;
    mfn_t frame;
    u16 domid;              /* who uses it */
    u16 offset, length;     /* the bytes that may be copied */
    bool is_sub_page;
    bool maybe_written;     /* a writable mapping may have outlived its handle: GTF_writing stays until nothing is in use */
};

/* One mapping. granter NULL: free, ref is the next free one. A domain reference is held. */
struct grant_mapping {
    struct domain *granter;
    grant_ref_t ref;
    u32 flags;              /* GNTMAP_*; host_map and device_map are cleared as those parts end */
};

#define GRANT_NO_HANDLE (~0u)
#define GRANT_V1_PER_PAGE (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define GRANT_V2_PER_PAGE (PAGE_SIZE / sizeof(union grant_entry_v2))
#define GRANT_STATUS_PER_PAGE (PAGE_SIZE / sizeof(grant_status_t))
#define GRANT_ACTIVE_PER_PAGE (PAGE_SIZE / sizeof(struct grant_active))
#define GRANT_MAPPINGS_PER_PAGE (PAGE_SIZE / sizeof(struct grant_mapping))

struct grant_table {
    spinlock_t lock;                 /* all but the mappings; taken alone */
    unsigned int version, max_version;
    unsigned int nr_frames, max_frames, nr_status;
    unsigned int nr_active;          /* pages of active */
    unsigned int nr_in_use;          /* entries behind the reserved ones whose pins are not 0 */
    bool changing;                   /* to the other version: those entries are not to come into use */
    unsigned int nr_cleared;         /* progress of the change: pages of entries, then of status words, that are empty */
    void **shared;                   /* max_frames slots */
    grant_status_t **status;
    struct grant_active **active;

    spinlock_t map_lock;             /* the mappings that this domain made */
    struct grant_mapping **mappings;
    unsigned int nr_map_pages, max_map_pages;
    u32 free_handle;
    u32 relinquish_at;               /* progress of grant_table_relinquish */
};

/* An entry in use by a copy; of a third domain where the entry that was named passes on another one. */
struct grant_use {
    struct domain *granter;          /* reference held */
    grant_ref_t ref;
    mfn_t frame;
    u16 offset, length;
    bool readonly;
};

static inline unsigned int grant_nr_entries(const struct grant_table *gt)
{
    return gt->nr_frames * (unsigned int)(gt->version == 2 ? GRANT_V2_PER_PAGE : GRANT_V1_PER_PAGE);
}
static inline struct grant_active *grant_active(const struct grant_table *gt, grant_ref_t ref)
{
    return gt->active[ref / GRANT_ACTIVE_PER_PAGE] + ref % GRANT_ACTIVE_PER_PAGE;
}
grant_entry_header_t *grant_header(const struct grant_table *gt, grant_ref_t ref);
static inline struct grant_entry_v1 *grant_v1(const struct grant_table *gt, grant_ref_t ref)
{
    return (struct grant_entry_v1 *)gt->shared[ref / GRANT_V1_PER_PAGE] + ref % GRANT_V1_PER_PAGE;
}
static inline union grant_entry_v2 *grant_v2(const struct grant_table *gt, grant_ref_t ref)
{
    return (union grant_entry_v2 *)gt->shared[ref / GRANT_V2_PER_PAGE] + ref % GRANT_V2_PER_PAGE;
}
static inline grant_status_t *grant_status(const struct grant_table *gt, grant_ref_t ref)
{
    return gt->status[ref / GRANT_STATUS_PER_PAGE] + ref % GRANT_STATUS_PER_PAGE;
}
/* Makes room for @nr_frames pages of entries; lock held. 0, -EINVAL (above the limit), -ENOMEM. */
int grant_grow_locked(struct domain *d, unsigned int nr_frames);
/* Frame @idx of @d's table (@status: of its status pages), grown as needed. 0, -EINVAL, -ENOMEM. */
int grant_table_frame(struct domain *d, unsigned int idx, bool status, mfn_t *m);
unsigned int grant_table_max_frames(const struct domain *d, bool status);
/*
 * 0, -EINVAL, -ENOSYS, -EBUSY (an entry, or, to version 1, a status page is in use), -ERANGE (a reserved one, with no form in that version), -ENOMEM;
 * -ERESTART: more is left to do, and meanwhile entries cannot come into use (GNTST_eagain).
 */
int grant_set_version(struct domain *d, u32 version);
unsigned int grant_nr_map_pages(const struct domain *d);       /* of handles; they stay until the domain ends */
/*
 * Prints the entries in use among GRANT_DUMP_UNIT of @d's, from entry @item * GRANT_DUMP_UNIT on. Returns the @item to continue at,
 * 0: at the end.
 */
#define GRANT_DUMP_UNIT 8
u64 grant_dump(struct domain *d, u64 item);
/* Exchanges two entries of @d. GNTST_*. */
int grant_swap(struct domain *d, grant_ref_t a, grant_ref_t b);

/* Begins (ends) one use of an entry for domain @user; lock held. @dev: for DMA. GNTST_*. */
int grant_pin_locked(struct domain *granter, grant_ref_t ref, u16 user, bool readonly, bool dev);
void grant_unpin_locked(struct domain *granter, grant_ref_t ref, bool readonly, bool dev);
/* Marks in @d's log of writes what others may be writing to by grants. 0, or -ERESTART: log_dirty.grant_pages is not 0. */
int grant_log_writable(struct domain *d);

/* The same for a copy by the current domain, resolving grants that are passed on. The caller's reference to @granter goes with it. GNTST_*. */
int grant_use_begin(struct domain *granter, grant_ref_t ref, bool readonly, struct grant_use *use);
void grant_use_end(struct grant_use *use);

/* One operation of the current domain each; in and out in @op. */
void grant_map(struct gnttab_map_grant_ref *op);
void grant_copy(struct gnttab_copy *op);
void grant_transfer(struct gnttab_transfer *op);

/*
 * Ending mappings takes two steps, with a TLB flush of the caller's between them: grant_unmap_begin removes entries
 * and tells in @done what grant_unmap_end then gives back. @new_addr: see GNTTABOP_unmap_and_replace, else 0.
 */
struct grant_unmap {
    u64 host_addr, dev_addr, new_addr;   /* in */
    grant_handle_t handle;               /* in */
    int status;                          /* out: GNTST_* */
    u32 done;                            /* between the steps: GNTMAP_host_map, GNTMAP_device_map */
};

/* See grant_active.maybe_written. */
void grant_mark_maybe_written(struct domain *granter, grant_ref_t ref);
void grant_unmap_begin(struct grant_unmap *u);
void grant_unmap_end(struct grant_unmap *u);

#endif
