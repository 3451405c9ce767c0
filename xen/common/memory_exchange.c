/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of a domain for others. A step is atomic: all frames of it are exchanged, or none. What need not be part of it, since
 * its time has no bound of its own, is done before or after. Before: new frames are collected and cleaned. Where that is preempted
 * they wait, extent by extent, on the domain's list @new_extents, from which the next exchange takes those that fit and frees the
 * others. After: old frames wait on the domain's list @old_frames, from which free_old() takes them from the domain's
 * devices and frees them, a few at a time. The call ends when both lists are empty.
 */
#include <xen/buddy.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/memory.h>
#include <xen/memory_impl.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>
#include <x86/mm.h>

#define FRAMES_PER_CHECK 64u

static unsigned long nr_out(const struct exchange *x) { return 1UL << (x->order - x->out_order); }

static struct frame_info *take_first(struct domain *d, struct frame_list *list)
{
    struct frame_info *f;

    if (!READ_ONCE(list->head))
        return NULL;
    spin_lock(&d->page_lock);
    f = frame_list_first(list);
    if (f)
        frame_list_del(list, f);
    spin_unlock(&d->page_lock);
    return f;
}

/* ---- new frames ---- */

/* Frees the first @n new extents, which are clean and have no owner. */
static void free_extents(const struct exchange *x, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        buddy_free(mfn_to_frame(mfn(x->out[i])), x->out_order, false);
}

/* The same for a step that is preempted: they stay with @d, whose next exchange takes them. */
static void keep_extents(struct domain *d, const struct exchange *x, unsigned long n)
{
    spin_lock(&d->page_lock);
    for (unsigned long i = 0; i < n; i++) {
        struct frame_info *f = mfn_to_frame(mfn(x->out[i]));

        f->order = x->out_order;
        frame_list_add_tail(&d->new_extents, f);
    }
    spin_unlock(&d->page_lock);
}

/* The step ends with @rc before anything of it is done. To free many extents is a piece: where work is pending it comes first. */
static int give_up(struct domain *d, const struct exchange *x, unsigned long n, int rc)
{
    if (rc == -ERESTART || (n > FRAMES_PER_CHECK && preempt_check())) {
        keep_extents(d, x, n);
        return -ERESTART;
    }
    free_extents(x, n);
    return rc;
}

static bool fits(const struct exchange *x, struct frame_info *f)
{
    u64 end = mfn_x(frame_to_mfn(f)) + (1UL << x->out_order);

    return f->order == x->out_order && (!x->bits || x->bits >= 64 || (end - 1) >> (x->bits - PAGE_SHIFT) == 0);
}

/* One that waits, or another one. 0, -ENOMEM, -ERESTART. */
static int next_extent(struct domain *d, const struct exchange *x, u64 *out)
{
    struct frame_info *f = take_first(d, &d->new_extents);
    int rc = 0;

    if (f && fits(x, f)) {
        f->order = 0;
    } else {
        if (f)
            buddy_free(f, f->order, false);
        rc = alloc_frames_preemptible(x->out_order, ALLOC_BITS(x->bits), &f);
    }
    if (!rc)
        *out = mfn_x(frame_to_mfn(f));
    return rc;
}

/* 0, -ENOMEM, -ERESTART. One block for all extents, where there is one. */
static int alloc_extents(struct domain *d, const struct exchange *x)
{
    struct frame_info *f;
    int rc = READ_ONCE(d->new_extents.head) ? -ENOMEM : alloc_frames_preemptible(x->order, ALLOC_BITS(x->bits), &f);
    unsigned long i;

    for (i = 0; !rc && i < nr_out(x); i++)
        x->out[i] = mfn_x(frame_to_mfn(f)) + (i << x->out_order);
    if (rc != -ENOMEM)
        return rc;
    rc = 0;
    for (i = 0; !rc && i < nr_out(x); i += !rc)
        rc = i && i % FRAMES_PER_CHECK == 0 && preempt_check() ? -ERESTART : next_extent(d, x, &x->out[i]);
    return rc ? give_up(d, x, i, rc) : 0;
}

/* Frees what no step took. 0 or -ERESTART. */
static int free_new(struct domain *d)
{
    struct frame_info *f;

    for (unsigned int n = 0; (f = take_first(d, &d->new_extents));) {
        buddy_free(f, f->order, false);
        if (++n % FRAMES_PER_CHECK == 0 && preempt_check())
            return -ERESTART;
    }
    return 0;
}

static void name_extents(const struct exchange *x)
{
    for (unsigned long i = 0; i < nr_out(x); i++)
        for (unsigned long k = 0; k < 1UL << x->out_order; k++)
            m2p_set(mfn(x->out[i] + k), x->pfn[i] + k);
}

/* In the place of stolen frames. A domain that is dying gets none of them. */
static void give_extents(struct domain *d, const struct exchange *x)
{
    if (assign_extents(d, x->out, nr_out(x), x->out_order)) {
        uncharge_pages(d, 1UL << x->order);
        for (unsigned long i = 0; i < nr_out(x); i++)
            for (unsigned long k = 0; k < 1UL << x->out_order; k++)
                m2p_set(mfn(x->out[i] + k), ~0UL);
        free_extents(x, nr_out(x));
        return;
    }
    for (unsigned long i = 0; unlikely(d->log_dirty.on) && i < nr_out(x); i++)
        for (unsigned long k = 0; k < 1UL << x->out_order; k++)
            log_dirty_mark_pfn(d, x->pfn[i] + k);  /* not by frame: another vCPU may have given it away */
}

/* ---- old frames ---- */

/* One TLB flush for all of them, since the youngest stamp. */
static void flush_old(struct domain *d, const struct exchange *x)
{
    u32 clock = tlb_clock(), youngest = ~0u;

    for (unsigned long i = 0; i < 1UL << x->order; i++) {
        struct frame_info *f = mfn_to_frame(mfn(x->in[i]));

        youngest = min(youngest, clock - f->tlb_stamp);
        if (unlikely(f->count_info & FRAME_FOREIGN))
            frame_flush_tlb_of(f, d, true);
    }
    frame_flush_tlb_since(d, clock - youngest);
}

/* Ends what CPUs and other domains may still see of the stolen frames. Devices: release_frame(). */
static void forget_old(struct domain *d, const struct exchange *x)
{
    flush_old(d, x);
    for (unsigned long i = 0; i < 1UL << x->order; i++) {
        struct frame_info *f = mfn_to_frame(mfn(x->in[i]));

        log_dirty_mark(d, f);
        m2p_set(frame_to_mfn(f), ~0UL);
        f->count_info &= FRAME_NONCOHERENT;
    }
}

/* Ends what @d's devices see of an old frame, and frees it. */
static void release_frame(struct domain *d, struct frame_info *f)
{
    iommu_frame_leaves(d, f);
    if (unlikely(f->count_info & FRAME_NONCOHERENT))
        frame_flush_caches(f);
    f->count_info = 0;
    buddy_free(f, 0, true);
}

/* 0 or -ERESTART. */
static int free_old(struct domain *d)
{
    struct frame_info *f;

    for (unsigned int n = 0; (f = take_first(d, &d->old_frames));) {
        release_frame(d, f);
        if (++n % FRAMES_PER_CHECK == 0 && preempt_check())
            return -ERESTART;
    }
    return 0;
}

int exchange_end(struct domain *d)
{
    int rc = free_old(d);

    return rc ? rc : free_new(d);
}

/* Few are freed at once. The others wait for free_old(): by this call, or, where it is not continued, by @d's next one or end. */
static void release_old(struct domain *d, const struct exchange *x)
{
    unsigned long n = 1UL << x->order;

    if (n <= FRAMES_PER_CHECK) {
        for (unsigned long i = 0; i < n; i++)
            release_frame(d, mfn_to_frame(mfn(x->in[i])));
        return;
    }
    spin_lock(&d->page_lock);
    for (unsigned long i = 0; i < n; i++)
        frame_list_add_tail(&d->old_frames, mfn_to_frame(mfn(x->in[i])));
    spin_unlock(&d->page_lock);
}

int memory_exchange(struct domain *d, const struct exchange *x)
{
    int rc = x->bits && x->bits <= PAGE_SHIFT ? -ENOMEM : free_old(d);

    if (!rc)
        rc = alloc_extents(d, x);
    if (rc)
        return rc;
    /* From here to the end is one piece, of up to 90,000 instructions. */
    rc = x->order && preempt_check() ? -ERESTART : steal_frames(d, x->in, 1UL << x->order);
    if (rc)
        return give_up(d, x, nr_out(x), rc);
    forget_old(d, x);
    name_extents(x);
    give_extents(d, x);
    release_old(d, x);
    return 0;
}
