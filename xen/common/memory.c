/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory given to and taken from domains, by extents. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/memory.h>
#include <xen/memory_impl.h>
#include <xen/page_alloc.h>
#include <x86/mm.h>

#define MAX_ORDER_GUEST 9    /* 2 MiB */

unsigned int memory_max_order(const struct domain *by)
{
    return by->is_privileged ? MAX_ORDER : MAX_ORDER_GUEST;
}

/* Addresses below 2^bits have no frame at all when all of them are in the first one, which is never given out. */
static bool bits_ok(unsigned int bits) { return !bits || bits > PAGE_SHIFT; }

/* While nobody owns the frames: as soon as somebody does they may be given back, and be another domain's before we are done. */
static void set_pfns(mfn_t first, unsigned long n, u64 pfn)
{
    for (unsigned long i = 0; i < n; i++)
        m2p_set(mfn_add(first, i), pfn == ~0UL ? ~0UL : pfn + i);
}

/* These numbers of @d's mean other pages now. */
static void log_pfns(struct domain *d, u64 pfn, unsigned long n)
{
    for (unsigned long i = 0; unlikely(d->log_dirty.on) && i < n; i++)
        log_dirty_mark_pfn(d, pfn + i);
}

int extent_assign(struct domain *d, struct frame_info *f, unsigned int order, u64 pfn, unsigned int flags)
{
    mfn_t first = frame_to_mfn(f);
    int rc;

    set_pfns(first, 1UL << order, pfn);
    rc = assign_frames(d, f, 1UL << order, flags);
    if (rc)
        set_pfns(first, 1UL << order, ~0UL);
    else if (pfn != ~0UL)
        log_pfns(d, pfn, 1UL << order);
    return rc;
}

int memory_give(struct domain *d, unsigned int order, unsigned int bits, u64 pfn, mfn_t *first)
{
    const struct extent x = { order, bits, pfn };
    struct frame_info *f;
    int rc;

    if (!bits_ok(bits))
        return -ENOMEM;
    if (order > EXTENT_STEP_ORDER)
        return extent_grow(d, &x, first);
    if (d->tot_pages + (1UL << order) > d->max_pages)
        return -ENOMEM;
    rc = alloc_frames_preemptible(order, ALLOC_BITS(bits), &f);
    if (rc)
        return rc;
    *first = frame_to_mfn(f);
    if (!extent_assign(d, f, order, pfn, 0))
        return 0;
    free_xen_pages(frame_to_virt(f), order);
    return -ENOMEM;
}

int memory_take(struct domain *d, mfn_t m)
{
    struct frame_info *f = frame_get_mfn(m, d);
    int rc = 0;

    if (!f)
        return -EINVAL;
    if (READ_ONCE(f->count_info) & FRAME_XENHEAP)
        rc = -EINVAL;
    else if (frame_put_alloc_ref(f)) {
        log_dirty_mark(d, f);
        m2p_set(m, ~0UL);
    }
    frame_put(f);
    return rc;
}

int memory_check_claim(struct domain *d, u64 pages)
{
    u64 need = pages > d->tot_pages ? pages - d->tot_pages : 0;

    return need <= free_pages_total() ? 0 : -ENOMEM;
}
