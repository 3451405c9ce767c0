/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op on lists of extents: increase, decrease, populate, exchange. */
#include <xen/hypercall.h>
#include <xen/memory.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>
#include <public/memory.h>
#include "hc_memory.h"

#define EXCHANGE_MAX_ORDER 9    /* frames in one step */

/* A step's frames in, frames out and PFNs, a page each: single pages, since an exchange may be asked for where no larger block is left. */
struct exchange_lists { u64 *in, *out, *pfn; };
_Static_assert(8 << EXCHANGE_MAX_ORDER <= PAGE_SIZE, "a list in a page");

struct extents {
    struct domain *d;
    gva_t list;
    u64 nr;
    unsigned int order, bits;
};

/*
 * One extent, @i. 0, -errno, or -ERESTART: it is to be gone on with. *@step is how far it is; an operation that remembers by
 * itself leaves it 0.
 */
typedef int extent_fn(const struct extents *x, u64 i, u64 *step);

static int give_one(const struct extents *x, u64 i, bool populate)
{
    gva_t at = gva_add(x->list, i * sizeof(u64));
    u64 pfn = ~0UL, out;
    mfn_t first;
    int rc;

    if (populate && copy_from_guest(&pfn, at, sizeof(pfn)))
        return -EFAULT;
    rc = memory_give(x->d, x->order, x->bits, pfn, &first);
    if (rc || !x->list.v)
        return rc;
    out = mfn_x(first);
    return copy_to_guest(at, &out, sizeof(out));
}

static int op_increase(const struct extents *x, u64 i, u64 *step) { return give_one(x, i, false); }
static int op_populate(const struct extents *x, u64 i, u64 *step) { return give_one(x, i, true); }

static int op_decrease(const struct extents *x, u64 i, u64 *step)
{
    u64 first, n = 1UL << x->order;

    if (copy_from_guest(&first, gva_add(x->list, i * sizeof(u64)), sizeof(first)))
        return -EFAULT;
    for (u64 k = *step * MEMOP_STEP; k < n;) {
        int rc = memory_take(x->d, mfn(first + k));

        if (rc)
            return rc;
        if (++k % MEMOP_STEP == 0 && k < n && preempt_check()) {
            *step = k / MEMOP_STEP;
            return -ERESTART;
        }
    }
    *step = 0;
    return 0;
}

/* Fills *@x from a reservation; takes a reference to its domain. */
static int decode(const struct xen_memory_reservation *r, struct extents *x)
{
    int rc;

    if (r->extent_order > memory_max_order(current->domain))
        return -EPERM;
    if (guest_array_ok(handle_gva(r->extent_start), r->nr_extents, sizeof(u64)) || r->nr_extents > MEMOP_EXTENT_MASK)
        return -EFAULT;
    rc = domain_get_target(r->domid, &x->d);
    if (rc)
        return rc;
    x->list = handle_gva(r->extent_start);
    x->nr = r->nr_extents;
    x->order = r->extent_order;
    x->bits = XENMEMF_get_address_bits(r->mem_flags);
    return 0;
}

static extent_fn *const extent_ops[] = {
    [XENMEM_increase_reservation] = op_increase,
    [XENMEM_decrease_reservation] = op_decrease,
    [XENMEM_populate_physmap] = op_populate,
};

long memop_reservation(unsigned int cmd, gva_t arg, u64 start)
{
    u64 from = start & MEMOP_EXTENT_MASK, step = start >> MEMOP_EXTENT_BITS, i;
    struct xen_memory_reservation r;
    struct extents x;
    int rc = 0;

    if (copy_from_guest(&r, arg, sizeof(r)))
        return (long)from;
    /* By the ABI such calls tell how many extents were done, and no reason. */
    if (from >= r.nr_extents || decode(&r, &x))
        return (long)from;
    for (i = from; !rc && i < x.nr; i += !rc)
        rc = i != from && preempt_check() ? -ERESTART : extent_ops[cmd](&x, i, &step);
    domain_put(x.d);
    if (rc == -ERESTART)
        return hypercall_continue(2, cmd | (i | step << MEMOP_EXTENT_BITS) << MEMOP_SHIFT, arg.v);
    return (long)i;
}

/* One step: 2^order frames of list @in from its frame number @frame on, to extents of @out. */
static int exchange_step(const struct extents *in, const struct extents *out, u64 frame, unsigned int order,
                         const struct exchange_lists *l)
{
    u64 n_in = 1UL << (order - in->order), n_out = 1UL << (order - out->order);
    const struct exchange x = { l->in, l->pfn, l->out, order, out->order, out->bits };
    gva_t out_at = gva_add(out->list, (frame >> out->order) * 8);
    int rc;

    if (copy_from_guest(l->in, gva_add(in->list, (frame >> in->order) * 8), n_in * 8) ||
        copy_from_guest(l->pfn, out_at, n_out * 8))
        return -EFAULT;
    /* Extents to single frames, from the end, in place. */
    for (u64 i = 1UL << order; i-- > 0;)
        l->in[i] = l->in[i >> in->order] + (i & ((1UL << in->order) - 1));
    /* A list that cannot be written is refused before anything changed; one that turns out so later is the caller's loss. */
    if (copy_to_guest(out_at, l->pfn, n_out * 8))
        return -EFAULT;
    rc = memory_exchange(in->d, &x);
    return rc ? rc : copy_to_guest(out_at, l->out, n_out * 8);
}

static bool exchange_ok(const struct xen_memory_exchange *e, const struct extents *in, const struct extents *out)
{
    return in->nr << in->order == out->nr << out->order &&
           in->order <= EXCHANGE_MAX_ORDER && out->order <= EXCHANGE_MAX_ORDER &&
           in->nr <= ~0UL >> (MEMOP_SHIFT + in->order) && e->nr_exchanged <= in->nr &&
           !((e->nr_exchanged << in->order) & ((1UL << max(in->order, out->order)) - 1));   /* whole steps were done */
}

static void free_lists(struct exchange_lists *l)
{
    free_xen_pages(l->in, 0);
    free_xen_pages(l->out, 0);
    free_xen_pages(l->pfn, 0);
}

static int alloc_lists(struct exchange_lists *l)
{
    *l = (struct exchange_lists){ alloc_xen_pages(0, 0), alloc_xen_pages(0, 0), alloc_xen_pages(0, 0) };
    if (l->in && l->out && l->pfn)
        return 0;
    free_lists(l);
    return -ENOMEM;
}

static int exchange_run(struct xen_memory_exchange *e, const struct extents *in, const struct extents *out)
{
    unsigned int order = max(in->order, out->order);
    u64 total = in->nr << in->order, frame = e->nr_exchanged << in->order;
    struct exchange_lists lists = { NULL };
    int rc = 0;

    if (!exchange_ok(e, in, out))
        return -EINVAL;
    /* Where all was exchanged and what is left is to free what it replaced, nothing can fail any more. */
    if (frame < total && alloc_lists(&lists))
        return -ENOMEM;
    while (!rc && frame < total) {
        rc = exchange_step(in, out, frame, order, &lists);
        if (!rc)
            frame += 1UL << order;
        if (!rc && frame < total && preempt_check())
            rc = -ERESTART;
    }
    if (!rc)
        rc = exchange_end(in->d);
    free_lists(&lists);
    e->nr_exchanged = frame >> in->order;
    return rc;
}

long memop_exchange(unsigned int cmd, gva_t arg, u64 start)
{
    struct xen_memory_exchange e;
    struct extents in, out;
    int rc;

    if (copy_from_guest(&e, arg, sizeof(e)))
        return -EFAULT;
    rc = e.in.domid == e.out.domid ? decode(&e.in, &in) : -EINVAL;
    if (rc)
        return rc;
    rc = decode(&e.out, &out);
    if (rc) {
        domain_put(in.d);
        return rc;
    }
    rc = exchange_run(&e, &in, &out);
    domain_put(out.d);
    domain_put(in.d);
    if (copy_to_guest(gva_add(arg, offsetof(struct xen_memory_exchange, nr_exchanged)), &e.nr_exchanged,
                      sizeof(e.nr_exchanged)))
        return -EFAULT;
    return rc == -ERESTART ? hypercall_continue(2, (unsigned long)cmd, arg.v) : rc;
}
