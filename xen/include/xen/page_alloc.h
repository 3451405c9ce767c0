/* SPDX-License-Identifier: GPL-2.0-only */
/* The page allocator: a buddy with zones by address width, and a small-object allocator on top (common/page_alloc.c, common/xmalloc.c). */
#ifndef XEN_PAGE_ALLOC_H
#define XEN_PAGE_ALLOC_H

#include <xen/frame.h>

#define MAX_ORDER 20

/* Allocation flags */
#define ALLOC_ZERO      (1u << 0)    /* return zeroed memory (all free memory that came from a guest is scrubbed anyway) */
#define ALLOC_NO_OWNER  (1u << 1)    /* owner recorded, but not charged to tot_pages and no FRAME_ALLOCATED */
#define ALLOC_IN_PLACE  (1u << 2)    /* assign_frame: for one that was just stolen from the same domain, max_pages is not asked */
#define ALLOC_CHARGED   (1u << 3)    /* assign_frame: the domain was charged for them before (charge_pages) */
#define ALLOC_BITS(n)   ((n) << 8)   /* below 2^n bytes; 0: anywhere */
#define ALLOC_FRAME_BITS(flags) ((flags) >> 8 & 0xff ? ((flags) >> 8 & 0xff) - PAGE_SHIFT : 64)   /* of a frame number */

/* Boot: RAM ranges in, then boundaries are fixed. */
void page_alloc_init_range(mfn_t start, unsigned long n);

/* 2^order frames for hypervisor use, in the direct map. NULL when out of memory. */
void *alloc_xen_pages(unsigned int order, unsigned int flags);
void free_xen_pages(void *p, unsigned int order);
static inline void *alloc_xen_page(void) { return alloc_xen_pages(0, ALLOC_ZERO); }
static inline void free_xen_page(void *p) { free_xen_pages(p, 0); }

/*
 * 2^@order clean frames without an owner. 0, -ENOMEM; -ERESTART: some were dirty, and cleaning all of them would have kept
 * this CPU from pending work. What was cleaned stays so: the next call has less to do.
 */
int alloc_frames_preemptible(unsigned int order, unsigned int flags, struct frame_info **f);
/* The same for the hypervisor's own pages, which are zero; free_xen_pages(). */
int alloc_zeroed_pages(unsigned int order, void **p);
/* The same for the beginning of a held block (xen/buddy.h), which stays held when it says -ERESTART. */
int alloc_held_frames(struct frame_info *f, unsigned int order);

/*
 * 2^order frames for domain @d: owner set, count 1|ALLOCATED, on d->page_list,
 * tot_pages charged (-> NULL when above max_pages or dying). Contents are zero or scrubbed.
 */
struct frame_info *alloc_domain_pages(struct domain *d, unsigned int order, unsigned int flags);
/* Called by frame_put on the last reference. */
void free_domain_frame(struct frame_info *f);
/*
 * Frees frames from the beginning of dying @d's page_list, while they are neighbours and only @d refers to them, up to @max.
 * Returns how many. What that costs is a small part of what as many free_domain_frame() do.
 */
unsigned long free_domain_run(struct domain *d, unsigned long max);
/* Hands @n frames from @f on (owned by nobody, count 0) to @d. 0, -EINVAL (dying), -E2BIG (over max_pages). */
int assign_frames(struct domain *d, struct frame_info *f, unsigned long n, unsigned int flags);
static inline int assign_frame(struct domain *d, struct frame_info *f, unsigned int flags)
{
    return assign_frames(d, f, 1, flags);
}
/* The same for @n extents of 2^@order frames that @d was charged for (charge_pages, steal_frames), all or none. 0 or -EINVAL. */
int assign_extents(struct domain *d, const u64 *mfns, unsigned long n, unsigned int order);
/* @d's account without frames: charged before they are assigned (ALLOC_CHARGED). 0, -EINVAL (dying), -E2BIG. */
int charge_pages(struct domain *d, unsigned long n);
void uncharge_pages(struct domain *d, unsigned long n);
/* Takes @f from @d: only with exactly the allocation reference left. 0 or -EBUSY. The caller owns it then. */
int steal_frame(struct domain *d, struct frame_info *f);
/*
 * Takes @n frames from @d, all or none, as steal_frame() does, but @d is charged for them still, for others in their place
 * (ALLOC_CHARGED). What is left to the caller: TLBs, devices and caches, by FRAME_FOREIGN and FRAME_NONCOHERENT, which the frames
 * keep in count_info. 0, -EINVAL (not @d's), -EBUSY.
 */
int steal_frames(struct domain *d, const u64 *mfns, unsigned long n);

unsigned long free_pages_total(void);
unsigned long total_pages(void);
/* Free pages below 2^@bits bytes of address. */
unsigned long free_pages_below(unsigned int bits);
/* Scrubs a dirty free page; true when it is worth another call. Idle loop: one CPU works, the others get false. */
bool scrub_free_pages(void);

/*
 * Hypervisor page @p becomes visible to guest @d (shared_info, grant table …): count 1 | ALLOCATED, owner d,
 * FRAME_XENHEAP, on d->xen_page_list; @writable (type FT_WRITABLE) or read-only. While any is lent, d is referenced.
 * -EINVAL: @d is dying; its list was, or is about to be, gone through for the last time.
 */
int share_xen_page_with_guest(void *p, struct domain *d, bool writable);
/*
 * The end of lending: drops the hypervisor's references (once; more calls do nothing). Called for all of
 * d->xen_page_list when @d dies. The lender frees the page with free_xen_page once the domain has no reference left.
 */
void unshare_xen_page(void *p);

void *xmalloc(size_t size);       /* 16-byte aligned, not zeroed */
void *xzalloc(size_t size);
void *xcalloc(size_t n, size_t size);   /* NULL on overflow */
void xfree(void *p);

#endif
