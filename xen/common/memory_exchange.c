/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of a domain for others. A step is atomic: all frames of it are exchanged, or none. What need not be part of it, since
 * its time has no bound of its own, is done before, with nothing kept where it is preempted (new frames are cleaned), or after:
 * old frames wait on the domain's list @old_frames, from which exchange_free_old() frees a few at a time.
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

/* New extents, from @i on, that follow each other in memory are assigned in one piece. */
static unsigned long run_of_extents(const struct exchange *x, unsigned long i)
{
    unsigned long n = 1;

    while (i + n < nr_out(x) && x->out[i + n] == x->out[i] + (n << x->out_order))
        n++;
    return n;
}

static void name_extents(const struct exchange *x)
{
    for (unsigned long i = 0; i < nr_out(x); i++)
        for (unsigned long k = 0; k < 1UL << x->out_order; k++)
            m2p_set(mfn(x->out[i] + k), x->pfn[i] + k);
}

/* In the place of stolen frames. A domain that is dying gets none of them. */
static void assign_run(struct domain *d, struct frame_info *f, unsigned long n)
{
    if (!assign_frames(d, f, n, ALLOC_CHARGED))
        return;
    uncharge_pages(d, n);
    for (unsigned long i = 0; i < n; i++) {
        m2p_set(frame_to_mfn(&f[i]), ~0UL);
        buddy_free(&f[i], 0, false);
    }
}

static void assign_extents(struct domain *d, const struct exchange *x)
{
    unsigned long n;

    for (unsigned long i = 0; i < nr_out(x); i += n) {
        n = run_of_extents(x, i);
        assign_run(d, mfn_to_frame(mfn(x->out[i])), n << x->out_order);
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

/* Ends what other CPUs, devices and domains may still see of the stolen frames. */
static void forget_old(struct domain *d, const struct exchange *x)
{
    flush_old(d, x);
    for (unsigned long i = 0; i < 1UL << x->order; i++) {
        struct frame_info *f = mfn_to_frame(mfn(x->in[i]));

        iommu_frame_leaves(d, f);
        if (unlikely(f->count_info & FRAME_NONCOHERENT))
            frame_flush_caches(f);
        log_dirty_mark(d, f);
        m2p_set(frame_to_mfn(f), ~0UL);
        f->count_info = 0;
    }
}

int exchange_free_old(struct domain *d)
{
    for (unsigned int n = 0; READ_ONCE(d->old_frames.head);) {
        struct frame_info *f;

        spin_lock(&d->page_lock);
        f = frame_list_first(&d->old_frames);
        if (f)
            frame_list_del(&d->old_frames, f);
        spin_unlock(&d->page_lock);
        if (f)
            buddy_free(f, 0, true);
        if (++n % FRAMES_PER_CHECK == 0 && preempt_check())
            return -ERESTART;
    }
    return 0;
}

/* Few are freed at once, as are those of a domain that is dying, which may have been looked through for the last time. */
static void release_old(struct domain *d, const struct exchange *x)
{
    unsigned long n = 1UL << x->order;
    bool keep = n > FRAMES_PER_CHECK;

    if (keep) {
        spin_lock(&d->page_lock);
        keep = d->dying == DOMAIN_ALIVE;
        for (unsigned long i = 0; keep && i < n; i++)
            frame_list_add_tail(&d->old_frames, mfn_to_frame(mfn(x->in[i])));
        spin_unlock(&d->page_lock);
    }
    for (unsigned long i = 0; !keep && i < n; i++)
        buddy_free(mfn_to_frame(mfn(x->in[i])), 0, true);
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
    assign_extents(d, x);
    release_old(d, x);
    return 0;
}
