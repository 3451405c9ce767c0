/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory given to and taken from domains, by extents. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/memory.h>
#include <xen/page_alloc.h>
#include <x86/mm.h>

#define MAX_ORDER_GUEST 9    /* 2 MiB */

unsigned int memory_max_order(const struct domain *by)
{
    return by->is_privileged ? MAX_ORDER : MAX_ORDER_GUEST;
}

static void set_pfns(mfn_t first, unsigned long n, u64 pfn)
{
    for (unsigned long i = 0; i < n; i++)
        m2p_set(mfn_add(first, i), pfn == ~0UL ? ~0UL : pfn + i);
}

int memory_give(struct domain *d, unsigned int order, unsigned int bits, u64 pfn, mfn_t *first)
{
    struct frame_info *f;

    if (bits && bits <= PAGE_SHIFT)
        return -ENOMEM;
    f = alloc_domain_pages(d, order, bits ? ALLOC_BITS(bits) : 0);
    if (!f)
        return -ENOMEM;
    *first = frame_to_mfn(f);
    set_pfns(*first, 1UL << order, pfn);
    for (unsigned long i = 0; i < 1UL << order; i++)
        log_dirty_mark(d, f + i);
    return 0;
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

static void give_back(struct domain *d, const u64 *in, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++) {
        struct frame_info *f = mfn_to_frame(mfn(in[i]));

        /* Only fails when the domain is dying: then nobody misses the frame. */
        if (assign_frame(d, f, ALLOC_IN_PLACE))
            free_xen_pages(frame_to_virt(f), 0);
    }
}

/* Frees the first @n new extents, which nobody owns. */
static void free_extents(const u64 *out, unsigned long n, unsigned int order)
{
    for (unsigned long i = 0; i < n; i++)
        free_xen_pages(mfn_to_virt(mfn(out[i])), order);
}

static int steal_all(struct domain *d, const u64 *in, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++) {
        struct frame_info *f = mfn_is_ram(mfn(in[i])) ? mfn_to_frame(mfn(in[i])) : NULL;
        int rc = -EINVAL;

        if (f && frame_owner(f) == d)
            rc = steal_frame(d, f);
        if (rc) {
            give_back(d, in, i);
            return rc;
        }
    }
    return 0;
}

int memory_exchange(struct domain *d, const u64 *in, u64 *out, unsigned int order, unsigned int out_order, unsigned int bits)
{
    unsigned long n = 1UL << order, nr_out = 1UL << (order - out_order), got;
    int rc;

    for (got = 0; got < nr_out; got++) {
        void *p = alloc_xen_pages(out_order, ALLOC_ZERO | (bits ? ALLOC_BITS(bits) : 0));

        if (!p) {
            free_extents(out, got, out_order);
            return -ENOMEM;
        }
        out[got] = mfn_x(virt_to_mfn(p));
    }
    rc = steal_all(d, in, n);
    if (rc) {
        free_extents(out, nr_out, out_order);
        return rc;
    }
    for (unsigned long i = 0; i < n; i++) {
        mfn_t m = mfn(out[i >> out_order] + (i & ((1UL << out_order) - 1)));

        if (assign_frame(d, mfn_to_frame(m), ALLOC_IN_PLACE))
            free_xen_pages(mfn_to_virt(m), 0);
        log_dirty_mark(d, mfn_to_frame(mfn(in[i])));
        m2p_set(mfn(in[i]), ~0UL);
        free_xen_pages(mfn_to_virt(mfn(in[i])), 0);
    }
    return 0;
}

int memory_check_claim(struct domain *d, u64 pages)
{
    u64 need = pages > d->tot_pages ? pages - d->tot_pages : 0;

    return need <= free_pages_total() ? 0 : -ENOMEM;
}
