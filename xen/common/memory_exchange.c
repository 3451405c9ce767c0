/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of a domain for others. A step is atomic: all frames of it are exchanged, or none. What need not be part of it, since
 * its time has no bound of its own, is done before, with nothing kept where it is preempted (new frames are cleaned), or after:
 * old frames wait on the domain's list @old_frames, from which exchange_free_old() takes them from the domain's devices and frees
 * them, a few at a time. The call ends when the list is empty.
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

/* ---- new frames ---- */

/* Frees the first @n new extents, which are clean and have no owner. */
static void free_extents(const struct exchange *x, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        buddy_free(mfn_to_frame(mfn(x->out[i])), x->out_order, false);
}

/* 0, -ENOMEM, -ERESTART. One block for all extents, where there is one. */
static int alloc_extents(const struct exchange *x)
{
    struct frame_info *f;
    int rc = alloc_frames_preemptible(x->order, ALLOC_BITS(x->bits), &f);

    for (unsigned long i = 0; !rc && i < nr_out(x); i++)
        x->out[i] = mfn_x(frame_to_mfn(f)) + (i << x->out_order);
    if (rc != -ENOMEM || x->order == x->out_order)
        return rc;
    for (unsigned long i = 0; i < nr_out(x); i++) {
        rc = i && i % FRAMES_PER_CHECK == 0 && preempt_check() ? -ERESTART :
             alloc_frames_preemptible(x->out_order, ALLOC_BITS(x->bits), &f);
        if (rc) {
            free_extents(x, i);
            return rc;
        }
        x->out[i] = mfn_x(frame_to_mfn(f));
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

static struct frame_info *take_old(struct domain *d)
{
    struct frame_info *f;

    spin_lock(&d->page_lock);
    f = frame_list_first(&d->old_frames);
    if (f)
        frame_list_del(&d->old_frames, f);
    spin_unlock(&d->page_lock);
    return f;
}

int exchange_free_old(struct domain *d)
{
    for (unsigned int n = 0; READ_ONCE(d->old_frames.head);) {
        struct frame_info *f = take_old(d);

        if (f)
            release_frame(d, f);
        if (++n % FRAMES_PER_CHECK == 0 && preempt_check())
            return -ERESTART;
    }
    return 0;
}

/* Few are freed at once. The others wait for exchange_free_old(): by this call, or, where it is not continued, by @d's next one or end. */
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
    int rc = x->bits && x->bits <= PAGE_SHIFT ? -ENOMEM : exchange_free_old(d);

    if (!rc)
        rc = alloc_extents(x);
    if (rc)
        return rc;
    /* From here to the end is one piece, of up to 90,000 instructions. */
    rc = x->order && preempt_check() ? -ERESTART : steal_frames(d, x->in, 1UL << x->order);
    if (rc) {
        free_extents(x, nr_out(x));
        return rc;
    }
    forget_old(d, x);
    name_extents(x);
    give_extents(d, x);
    release_old(d, x);
    return 0;
}
