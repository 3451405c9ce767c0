/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's grant table as an object: its pages, growth, version and end. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/grant.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>
#include <x86/mm.h>

#define MARKS (GTF_reading | GTF_writing)
#define FREED_PER_CHECK 64      /* pages, between two looks at pending work */

grant_entry_header_t *grant_header(const struct grant_table *gt, grant_ref_t ref)
{
    return gt->version == 2 ? &grant_v2(gt, ref)->hdr : (grant_entry_header_t *)grant_v1(gt, ref);
}

/* Pages that @frames pages of version 1 entries, the smaller ones, need on our side. */
static unsigned int active_pages(unsigned int frames)
{
    return DIV_ROUND_UP(frames * GRANT_V1_PER_PAGE, GRANT_ACTIVE_PER_PAGE);
}

static unsigned int status_pages(unsigned int frames)
{
    return DIV_ROUND_UP(frames * GRANT_V2_PER_PAGE, GRANT_STATUS_PER_PAGE);
}

/* A page that @d sees, into *@slot. -ENOMEM, -EINVAL (dying). */
static int lend_page(struct domain *d, void **slot)
{
    void *p = alloc_xen_page();
    int rc = p ? share_xen_page_with_guest(p, d, true) : -ENOMEM;

    if (rc)
        free_xen_page(p);
    else
        *slot = p;
    return rc;
}

static int grow_status(struct domain *d, unsigned int n)
{
    struct grant_table *gt = d->grant;
    int rc = 0;

    while (!rc && gt->nr_status < n) {
        rc = lend_page(d, (void **)&gt->status[gt->nr_status]);
        gt->nr_status += !rc;
    }
    return rc;
}

int grant_grow_locked(struct domain *d, unsigned int nr_frames)
{
    struct grant_table *gt = d->grant;
    int rc = 0;

    if (nr_frames > gt->max_frames)
        return -EINVAL;
    while (gt->nr_active < active_pages(nr_frames)) {
        gt->active[gt->nr_active] = alloc_xen_page();
        if (!gt->active[gt->nr_active])
            return -ENOMEM;
        gt->nr_active++;
    }
    if (gt->version == 2)
        rc = grow_status(d, status_pages(nr_frames));
    while (!rc && gt->nr_frames < nr_frames) {
        rc = lend_page(d, &gt->shared[gt->nr_frames]);
        gt->nr_frames += !rc;
    }
    return rc;
}

int grant_table_create(struct domain *d, unsigned int max_frames, unsigned int max_maptrack, unsigned int max_version)
{
    struct grant_table *gt = xzalloc(sizeof(*gt));
    int rc = -ENOMEM;

    if (!gt)
        return rc;
    spin_lock_init(&gt->lock);
    spin_lock_init(&gt->map_lock);
    gt->version = 1;
    gt->max_version = max_version ? max_version : 2;
    gt->max_frames = max_frames;
    gt->max_map_pages = max_maptrack;
    gt->free_handle = GRANT_NO_HANDLE;
    gt->shared = xcalloc(max_frames + 1, sizeof(*gt->shared));
    gt->status = xcalloc(status_pages(max_frames) + 1, sizeof(*gt->status));
    gt->active = xcalloc(active_pages(max_frames) + 1, sizeof(*gt->active));
    gt->mappings = xcalloc(max_maptrack + 1, sizeof(*gt->mappings));
    d->grant = gt;
    if (gt->shared && gt->status && gt->active && gt->mappings)
        rc = grant_grow_locked(d, 1);
    if (!rc)
        return 0;
    grant_table_destroy(d);
    return rc;
}

/* The last page of one of the arrays, which is one shorter then. NULL: all are empty. */
static void *take_page(struct grant_table *gt)
{
    if (gt->nr_frames)
        return gt->shared[--gt->nr_frames];
    if (gt->nr_status)
        return gt->status[--gt->nr_status];
    if (gt->nr_active)
        return gt->active[--gt->nr_active];
    return gt->nr_map_pages ? gt->mappings[--gt->nr_map_pages] : NULL;
}

bool grant_table_free_pages(struct domain *d)
{
    struct grant_table *gt = d->grant;
    void *p;

    for (unsigned int n = 1; gt && (p = take_page(gt)) != NULL; n++) {
        /* A domain that never came to its relinquishing has its pages lent still; the hypervisor's own pages never were. */
        unshare_xen_page(p);
        free_xen_page(p);
        if (n % FREED_PER_CHECK == 0 && preempt_check())
            return false;
    }
    return true;
}

void grant_table_destroy(struct domain *d)
{
    struct grant_table *gt = d->grant;

    if (!gt)
        return;
    while (!grant_table_free_pages(d))
        ;                           /* of a domain that could not be created: few */
    xfree(gt->shared);
    xfree(gt->status);
    xfree(gt->active);
    xfree(gt->mappings);
    xfree(gt);
    d->grant = NULL;
}

unsigned int grant_table_max_frames(const struct domain *d, bool status)
{
    return status ? status_pages(d->grant->max_frames) : d->grant->max_frames;
}

int grant_table_frame(struct domain *d, unsigned int idx, bool status, mfn_t *m)
{
    struct grant_table *gt = d->grant;
    int rc = 0;

    spin_lock(&gt->lock);
    if (idx >= grant_table_max_frames(d, status) || (status && gt->version != 2))
        rc = -EINVAL;
    else if (status && idx >= gt->nr_status)
        rc = grant_grow_locked(d, min(gt->max_frames, (unsigned int)DIV_ROUND_UP((idx + 1) * GRANT_STATUS_PER_PAGE,
                                                                                 GRANT_V2_PER_PAGE)));
    else if (!status && idx >= gt->nr_frames)
        rc = grant_grow_locked(d, idx + 1);
    if (!rc)
        *m = virt_to_mfn(status ? (void *)gt->status[idx] : gt->shared[idx]);
    spin_unlock(&gt->lock);
    return rc;
}

/* A reserved entry in version 1's form, with its marks of use; -ERANGE: it has none, and is in use. */
static int keep_reserved(struct grant_table *gt, grant_ref_t ref, struct grant_entry_v1 *keep)
{
    union grant_entry_v2 e;

    if (gt->version == 1) {
        *keep = *grant_v1(gt, ref);
        return 0;
    }
    e = *grant_v2(gt, ref);
    *keep = (struct grant_entry_v1){ 0 };
    if ((e.hdr.flags & GTF_type_mask) == GTF_permit_access && !(e.hdr.flags & GTF_sub_page) && e.full_page.frame <= ~0U)
        *keep = (struct grant_entry_v1){ (e.hdr.flags & (u16)~MARKS) | (*grant_status(gt, ref) & MARKS), e.hdr.domid,
                                         (u32)e.full_page.frame };
    else if (grant_active(gt, ref)->pins.any)
        return -ERANGE;
    return 0;
}

/* The table is empty: reserved entry @ref as it was, in @version's form. */
static void put_reserved(struct grant_table *gt, grant_ref_t ref, const struct grant_entry_v1 *keep)
{
    if (gt->version == 1) {
        *grant_v1(gt, ref) = *keep;
        return;
    }
    grant_v2(gt, ref)->full_page.frame = keep->frame;
    grant_v2(gt, ref)->hdr = (grant_entry_header_t){ keep->flags & (u16)~MARKS, keep->domid };
    *grant_status(gt, ref) = keep->flags & MARKS;
}

/* The reserved entries in version 1's form, which every entry in use has. */
static int keep_all(struct grant_table *gt, struct grant_entry_v1 *keep)
{
    int rc = 0;

    for (unsigned int i = 0; !rc && i < GNTTAB_NR_RESERVED_ENTRIES; i++)
        rc = keep_reserved(gt, i, &keep[i]);
    return rc;
}

/*
 * Makes one page ready for @version: a status page more, then all pages but the two that have the reserved entries and
 * their marks empty. 1: there was one, 0: all are; -ENOMEM, before anything is cleared.
 */
static int prepare_page(struct domain *d, u32 version)
{
    struct grant_table *gt = d->grant;
    unsigned int statuses = gt->nr_status ? gt->nr_status - 1 : 0, n = gt->nr_cleared;

    if (version == 2 && gt->nr_status < status_pages(gt->nr_frames))
        return grow_status(d, gt->nr_status + 1) ? -ENOMEM : 1;
    if (n >= gt->nr_frames - 1 + statuses)
        return 0;
    memset(n < statuses ? (void *)gt->status[n + 1] : gt->shared[n - statuses + 1], 0, PAGE_SIZE);
    gt->nr_cleared++;
    return 1;
}

/* Version 1 has no status pages: a guest that still maps one, or holds it otherwise, is not ready for the change. */
static bool status_in_use(const struct grant_table *gt)
{
    for (unsigned int i = 0; i < gt->nr_status; i++)
        if ((READ_ONCE(virt_to_frame((void *)gt->status[i])->count_info) & FRAME_COUNT_MASK) > 1)
            return true;
    return false;
}

/* All that is left of a change. */
static void convert(struct grant_table *gt, u32 version, const struct grant_entry_v1 *keep)
{
    memset(gt->shared[0], 0, PAGE_SIZE);
    if (gt->nr_status)
        memset(gt->status[0], 0, PAGE_SIZE);
    gt->version = version;
    for (unsigned int i = 0; i < GNTTAB_NR_RESERVED_ENTRIES; i++)
        put_reserved(gt, i, &keep[i]);
}

/* One step of a change; 1: more are to follow. Reserved entries, which tools fill in before the guest runs, keep their meaning. */
static int change_locked(struct domain *d, u32 version)
{
    struct grant_entry_v1 keep[GNTTAB_NR_RESERVED_ENTRIES];
    struct grant_table *gt = d->grant;
    int rc;

    if (version == gt->version) {
        gt->changing = false;                /* a change that another vCPU has begun is given up */
        gt->nr_cleared = 0;
        return 0;
    }
    rc = gt->nr_in_use ? -EBUSY : keep_all(gt, keep);
    /* All status pages are looked at twice, not in each step: before anything is cleared, and when all is. */
    if (!rc && version == 1 && !gt->nr_cleared && status_in_use(gt))
        rc = -EBUSY;
    if (!rc)
        rc = prepare_page(d, version);
    if (!rc && version == 1 && status_in_use(gt))
        rc = -EBUSY;
    if (!rc)
        convert(gt, version, keep);
    gt->changing = rc > 0;
    if (!gt->changing)
        gt->nr_cleared = 0;
    return rc;
}

int grant_set_version(struct domain *d, u32 version)
{
    struct grant_table *gt = d->grant;
    int rc;

    if (version != 1 && version != 2)
        return -EINVAL;
    if (version > gt->max_version)
        return -ENOSYS;
    do {
        spin_lock(&gt->lock);
        rc = change_locked(d, version);
        spin_unlock(&gt->lock);
        if (rc > 0 && preempt_check())
            return -ERESTART;
    } while (rc > 0);
    return rc;
}

int grant_swap(struct domain *d, grant_ref_t a, grant_ref_t b)
{
    struct grant_table *gt = d->grant;
    int status = GNTST_okay;

    spin_lock(&gt->lock);
    if (a >= grant_nr_entries(gt) || b >= grant_nr_entries(gt)) {
        status = GNTST_bad_gntref;
    } else if (grant_active(gt, a)->pins.any || grant_active(gt, b)->pins.any) {
        status = GNTST_eagain;
    } else if (gt->version == 1) {
        struct grant_entry_v1 t = *grant_v1(gt, a);

        *grant_v1(gt, a) = *grant_v1(gt, b);
        *grant_v1(gt, b) = t;
    } else {
        union grant_entry_v2 t = *grant_v2(gt, a);

        *grant_v2(gt, a) = *grant_v2(gt, b);
        *grant_v2(gt, b) = t;
    }
    spin_unlock(&gt->lock);
    return status;
}

unsigned int grant_nr_map_pages(const struct domain *d) { return READ_ONCE(d->grant->nr_map_pages); }

/* Locked for a piece only: entries come and go between two. */
u64 grant_dump(struct domain *d, u64 item)
{
    struct grant_table *gt = d->grant;
    u64 ref = item * GRANT_DUMP_UNIT, end = ref + GRANT_DUMP_UNIT;

    spin_lock(&gt->lock);
    if (!item)
        printk("d%u: grant table version %u, %u of %u frames\n", d->id, gt->version, gt->nr_frames, gt->max_frames);
    for (; ref < min(end, (u64)grant_nr_entries(gt)); ref++) {
        const struct grant_active *a = grant_active(gt, (grant_ref_t)ref);

        if (a->pins.any)
            printk("  %u: flags %x to d%u frame %lx, mapped r%u w%u, for devices r%u w%u\n", (grant_ref_t)ref,
                   grant_header(gt, (grant_ref_t)ref)->flags, a->domid, a->frame.v, a->pins.host_read, a->pins.host_write,
                   a->pins.dev_read, a->pins.dev_write);
    }
    item = ref < grant_nr_entries(gt) ? item + 1 : 0;
    spin_unlock(&gt->lock);
    return item;
}
