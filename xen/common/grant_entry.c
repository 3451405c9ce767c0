/* SPDX-License-Identifier: GPL-2.0-only */
/* One grant entry: whether a domain may use it, and the marks that tell the granter that it does. */
#include <xen/domain.h>
#include <xen/grant.h>
#include <xen/lib.h>
#include <xen/nospec.h>
#include <x86/mm.h>

/* Flags and domid change together: both are in one 32-bit word of either version. */
union header_word { u32 v; grant_entry_header_t h; };

static int refuse(const struct domain *granter, grant_ref_t ref, u16 user, union header_word w)
{
    printk(XENLOG_GUEST "d%u: grant %u: flags %x for d%u refused to d%u\n", granter->id, ref, w.h.flags, w.h.domid, user);
    return GNTST_general_error;
}

static bool permits(union header_word w, u16 user, bool readonly)
{
    return (w.h.flags & GTF_type_mask) == GTF_permit_access && w.h.domid == user && (readonly || !(w.h.flags & GTF_readonly));
}

/* Version 1: the marks are in the entry; set atomically with the check. */
static int mark_v1(struct domain *granter, grant_ref_t ref, u16 user, bool readonly)
{
    u32 *p = (u32 *)grant_v1(granter->grant, ref);
    union header_word old = { READ_ONCE(*p) }, new;

    do {
        if (!permits(old, user, readonly))
            return refuse(granter, ref, user, old);
        new = old;
        new.h.flags |= GTF_reading | (readonly ? 0 : GTF_writing);
    } while (!__atomic_compare_exchange_n(p, &old.v, new.v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return GNTST_okay;
}

static void unmark(struct grant_table *gt, grant_ref_t ref, u16 marks)
{
    u16 *p = gt->version == 2 ? grant_status(gt, ref) : &grant_v1(gt, ref)->flags;

    __atomic_fetch_and(p, (u16)~marks, __ATOMIC_SEQ_CST);
}

/* Version 2: the marks are elsewhere; the entry is looked at again after they are set. */
static int mark_v2(struct domain *granter, grant_ref_t ref, u16 user, bool readonly)
{
    struct grant_table *gt = granter->grant;
    u32 *p = (u32 *)&grant_v2(gt, ref)->hdr;
    u16 marks = (u16)(GTF_reading | (readonly ? 0 : GTF_writing)), before;
    union header_word w = { READ_ONCE(*p) };

    if (!permits(w, user, readonly))
        return refuse(granter, ref, user, w);
    before = __atomic_fetch_or(grant_status(gt, ref), marks, __ATOMIC_SEQ_CST);
    w.v = __atomic_load_n(p, __ATOMIC_SEQ_CST);
    if (permits(w, user, readonly))
        return GNTST_okay;
    unmark(gt, ref, (u16)(marks & ~before));
    return refuse(granter, ref, user, w);
}

static void describe(const struct grant_table *gt, grant_ref_t ref, struct grant_active *a)
{
    a->is_sub_page = false;
    a->offset = 0;
    a->length = PAGE_SIZE;
    if (gt->version == 1) {
        a->frame = mfn(READ_ONCE(grant_v1(gt, ref)->frame));
        return;
    }
    if (grant_v2(gt, ref)->hdr.flags & GTF_sub_page) {
        a->is_sub_page = true;
        a->offset = READ_ONCE(grant_v2(gt, ref)->sub_page.page_off);
        a->length = READ_ONCE(grant_v2(gt, ref)->sub_page.length);
    }
    a->frame = mfn(READ_ONCE(grant_v2(gt, ref)->full_page.frame));
}

static u16 *counter(struct grant_active *a, bool readonly, bool dev)
{
    if (dev)
        return readonly ? &a->pins.dev_read : &a->pins.dev_write;
    return readonly ? &a->pins.host_read : &a->pins.host_write;
}

static bool written(const struct grant_active *a)
{
    return a->pins.host_write || a->pins.dev_write;
}

/* Of the entries that keep a table from changing its version. */
static bool is_counted(grant_ref_t ref) { return ref >= GNTTAB_NR_RESERVED_ENTRIES; }

int grant_pin_locked(struct domain *granter, grant_ref_t ref, u16 user, bool readonly, bool dev)
{
    struct grant_table *gt = granter->grant;
    struct grant_active *a;
    u16 *count;
    int status;

    if (ref >= grant_nr_entries(gt))
        return GNTST_bad_gntref;
    ref = index_nospec(ref, grant_nr_entries(gt));
    a = grant_active(gt, ref);
    count = counter(a, readonly, dev);
    if (*count == 0xffff || (a->pins.any && a->domid != user))
        return GNTST_general_error;
    if (gt->changing && is_counted(ref))
        return GNTST_eagain;
    if (!a->pins.any || (!readonly && !written(a))) {
        status = (gt->version == 2 ? mark_v2 : mark_v1)(granter, ref, user, readonly);
        if (status)
            return status;
    }
    if (!a->pins.any) {
        describe(gt, ref, a);
        if (a->offset + a->length > (int)PAGE_SIZE || !frame_get_mfn(a->frame, granter)) {
            unmark(gt, ref, GTF_reading | GTF_writing);
            return GNTST_bad_page;
        }
        a->domid = user;
        gt->nr_in_use += is_counted(ref);
    }
    ++*count;
    return GNTST_okay;
}

void grant_unpin_locked(struct domain *granter, grant_ref_t ref, bool readonly, bool dev)
{
    struct grant_table *gt = granter->grant;
    struct grant_active *a = grant_active(gt, ref);
    u16 over = 0;

    --*counter(a, readonly, dev);
    if (!readonly)
        log_dirty_mark(granter, mfn_to_frame(a->frame));
    if (!a->pins.any)
        over = GTF_reading | (readonly && !a->maybe_written ? 0 : GTF_writing);
    else if (!readonly && !written(a) && !a->maybe_written)
        over = GTF_writing;
    if (over)
        unmark(gt, ref, over);
    if (a->pins.any)
        return;
    a->maybe_written = false;
    gt->nr_in_use -= is_counted(ref);
    frame_put(mfn_to_frame(a->frame));
}

void grant_mark_maybe_written(struct domain *granter, grant_ref_t ref)
{
    spin_lock(&granter->grant->lock);
    grant_active(granter->grant, ref)->maybe_written = true;
    spin_unlock(&granter->grant->lock);
}
