/* SPDX-License-Identifier: GPL-2.0-only */
/* A dead domain's memory: tables, pins and frames go back in bounded steps (invariants 4 and 5). */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>
#include <x86/mm.h>
#include "mirror.h"
#include "pt.h"

#define FRAMES_PER_LOOK  512
#define FRAMES_PER_RUN   512
#define STEPS_PER_CHECK  64      /* a step: a frame by itself, or STEP_OF_RUN frames of a run */
#define STEP_OF_RUN      8
#define SHARED_PER_CHECK 64

/* The first frame with a reference for the caller, moved to the list's end. NULL: no frame left that can be referenced. */
static struct frame_info *next_frame(struct domain *d)
{
    struct frame_info *f;

    spin_lock(&d->page_lock);
    f = frame_list_first(&d->page_list);
    if (f) {
        frame_list_del(&d->page_list, f);
        frame_list_add_tail(&d->page_list, f);
        /* One whose last reference is being dropped elsewhere leaves the list by itself. */
        if (!frame_get(f, d))
            f = NULL;
    }
    spin_unlock(&d->page_lock);
    return f;
}

static int finish_table(struct domain *d)
{
    struct frame_info *f = d->arch.relinquish_table;

    if (!f)
        return 0;
    if (frame_put_type(f, true))
        return -ERESTART;
    d->arch.relinquish_table = NULL;
    frame_put(f);
    return 0;
}

/*
 * The first frame that is kept by a pin or by an interrupted check, with a reference for the caller; the list begins with it.
 * NULL: none among those that were looked at.
 */
static struct frame_info *next_table(struct domain *d)
{
    struct frame_info *f;

    spin_lock(&d->page_lock);
    f = frame_list_first(&d->page_list);
    for (unsigned int n = 0; f && n < FRAMES_PER_LOOK && d->arch.relinquish_tables_left > 1; n++) {
        if (READ_ONCE(f->type_info) & (FT_PINNED | FT_PARTIAL))
            break;
        f = frame_list_next(f);
        d->arch.relinquish_tables_left--;
    }
    if (f)
        frame_list_rotate(&d->page_list, f);
    else
        d->arch.relinquish_tables_left = 1;
    if (f && !((READ_ONCE(f->type_info) & (FT_PINNED | FT_PARTIAL)) && frame_get(f, d)))
        f = NULL;
    spin_unlock(&d->page_lock);
    return f;
}

static int relinquish_table(struct domain *d, struct frame_info *f)
{
    int rc = 0;

    if (__atomic_fetch_and(&f->type_info, ~FT_PINNED, __ATOMIC_ACQ_REL) & FT_PINNED) {
        d->arch.relinquish_table = f;
        rc = finish_table(d);
    }
    if (!rc && (READ_ONCE(f->type_info) & FT_PARTIAL))
        rc = frame_drop_partial(f);
    return rc;
}

/*
 * Tables first: what they map is then only its owner's, and goes in runs. What this misses, because it was being dropped
 * elsewhere or the list changed, relinquish_frames() finds.
 */
static int relinquish_tables(struct domain *d)
{
    if (!d->arch.relinquish_tables_left)
        d->arch.relinquish_tables_left = d->page_list.count + 1;
    while (d->arch.relinquish_tables_left > 1) {
        struct frame_info *f = next_table(d);
        int rc = f ? relinquish_table(d, f) : 0;

        if (f)
            frame_put(f);
        if (rc)
            return rc;
        if (preempt_check())
            return -ERESTART;
    }
    return 0;
}

static int relinquish_frame(struct domain *d, struct frame_info *f)
{
    int rc = relinquish_table(d, f);

    if (!rc)
        (void)frame_put_alloc_ref(f);
    return rc;
}

/* One at the list's beginning that somebody else holds, too. */
static int relinquish_shared_frame(struct domain *d)
{
    struct frame_info *f = next_frame(d);
    int rc = f ? relinquish_frame(d, f) : 0;

    if (f)
        frame_put(f);
    return rc;
}

static int relinquish_frames(struct domain *d)
{
    unsigned long steps = 0;

    if (!d->arch.relinquish_left)
        d->arch.relinquish_left = d->page_list.count + 1;
    while (d->arch.relinquish_left > 1) {
        unsigned long n = free_domain_run(d, FRAMES_PER_RUN);
        int rc = n ? 0 : relinquish_shared_frame(d);

        if (rc) {
            /*
             * It went behind frames that others hold: only a new round is sure to come to it again. The round starts where
             * the list is now, so a stop adds one round at most, and each round takes every half-done table further.
             */
            d->arch.relinquish_left = 0;
            return rc;
        }
        d->arch.relinquish_left -= n ? min(n, d->arch.relinquish_left - 1) : 1;
        steps += 1 + n / STEP_OF_RUN;
        if (steps < STEPS_PER_CHECK)
            continue;
        steps = 0;
        if (preempt_check())
            return -ERESTART;
    }
    return 0;
}

/*
 * The first of the hypervisor's pages that are shared with @d, moved to the list's end. NULL: the list is empty. No reference is
 * needed: such a page goes back to the allocator after the last reference to @d only, of which the caller has one.
 */
static struct frame_info *next_shared(struct domain *d)
{
    struct frame_info *f;

    spin_lock(&d->page_lock);
    f = frame_list_first(&d->xen_page_list);
    if (f) {
        frame_list_del(&d->xen_page_list, f);
        frame_list_add_tail(&d->xen_page_list, f);
    }
    spin_unlock(&d->page_lock);
    return f;
}

/* Ends the sharing of the hypervisor's pages with @d. A page that others map is freed with its last mapping. */
static int unshare_xen_pages(struct domain *d)
{
    struct frame_info *f;

    if (!d->arch.relinquish_shared_left)
        d->arch.relinquish_shared_left = d->xen_page_list.count + 1;
    while (d->arch.relinquish_shared_left > 1 && (f = next_shared(d)) != NULL) {
        unshare_xen_page(frame_to_virt(f));
        if (--d->arch.relinquish_shared_left % SHARED_PER_CHECK == 0 && preempt_check())
            return -ERESTART;
    }
    d->arch.relinquish_shared_left = 1;
    return 0;
}

int mm_domain_relinquish(struct domain *d)
{
    struct vcpu *v;
    int rc = finish_table(d);

    if (!rc)
        rc = mirror_end(d);
    if (!rc)
        rc = log_dirty_disable(d);
    for_each_vcpu(d, v) {
        if (rc)
            return rc;
        rc = drop_guest_tables(v);
        if (!rc && v->arch.perdomain_gdt_l1) {
            invalidate_ldt(v);
            destroy_guest_gdt(v);
        }
    }
    if (!rc)
        rc = relinquish_tables(d);
    if (!rc)
        rc = relinquish_frames(d);
    return rc ? rc : unshare_xen_pages(d);
}
