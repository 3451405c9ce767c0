/* SPDX-License-Identifier: GPL-2.0-only */
/* A page given away for good to a domain that offers an accept_transfer entry. */
#include <xen/domain.h>
#include <xen/grant.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/cpu_info.h>

/* The receiver's entry is ours from here on: marked as committed. */
static bool commit(struct domain *to, grant_ref_t ref, u16 from)
{
    struct grant_table *gt = to->grant;
    bool ok = false;

    spin_lock(&gt->lock);
    if (ref < grant_nr_entries(gt)) {
        u32 *p = (u32 *)grant_header(gt, ref);
        union { u32 v; grant_entry_header_t h; } old = { READ_ONCE(*p) }, new;

        do {
            new = old;
            new.h.flags |= GTF_transfer_committed;
            ok = old.h.flags == GTF_accept_transfer && old.h.domid == from;
        } while (ok && !__atomic_compare_exchange_n(p, &old.v, new.v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    }
    spin_unlock(&gt->lock);
    return ok;
}

static void complete(struct domain *to, grant_ref_t ref, mfn_t m)
{
    struct grant_table *gt = to->grant;

    spin_lock(&gt->lock);
    /* Its owner may have gone over to version 2 since commit(): its entries are half as many. */
    if (ref < grant_nr_entries(gt)) {
        if (gt->version == 2)
            WRITE_ONCE(grant_v2(gt, ref)->full_page.frame, m.v);
        else
            WRITE_ONCE(grant_v1(gt, ref)->frame, (u32)m.v);
        __atomic_fetch_or(&grant_header(gt, ref)->flags, GTF_transfer_completed, __ATOMIC_SEQ_CST);
    }
    spin_unlock(&gt->lock);
}

/* The receiver can take one more page; the last word is assign_frame()'s. */
static bool has_room(struct domain *to)
{
    bool ok;

    spin_lock(&to->page_lock);
    ok = to->dying == DOMAIN_ALIVE && to->tot_pages < to->max_pages;
    spin_unlock(&to->page_lock);
    return ok;
}

static int transfer_to(struct domain *to, const struct gnttab_transfer *op)
{
    struct domain *d = current->domain;
    mfn_t m = mfn(op->mfn);
    struct frame_info *f = mfn_to_frame(m);

    if (!to->grant || !has_room(to))
        return GNTST_general_error;
    if (steal_frame(d, f))
        return GNTST_bad_page;
    if (!commit(to, op->ref, d->id)) {
        if (assign_frame(d, f, ALLOC_IN_PLACE))
            free_xen_pages(frame_to_virt(f), 0);
        return GNTST_bad_gntref;
    }
    if (assign_frame(to, f, 0)) {
        /* The receiver died or filled up meanwhile: the page is lost to both, as for one that was given to a dead domain. */
        free_xen_pages(frame_to_virt(f), 0);
        return GNTST_general_error;
    }
    complete(to, op->ref, m);
    return GNTST_okay;
}

void grant_transfer(struct gnttab_transfer *op)
{
    struct domain *to;

    op->status = GNTST_bad_page;
    if (!mfn_is_ram(mfn(op->mfn)) || frame_owner(mfn_to_frame(mfn(op->mfn))) != current->domain)
        return;
    op->status = GNTST_bad_domain;
    to = domain_get_by_id(op->domid);
    if (!to)
        return;
    op->status = (int16_t)transfer_to(to, op);
    domain_put(to);
}
