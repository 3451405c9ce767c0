/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Large extents for a domain, in steps of 2^EXTENT_STEP_ORDER frames between which the caller may be preempted.
 *
 * An extent that is not complete is a growth: a contiguous block held back from the allocator, of which the first @done
 * frames are the domain's. The domain is charged for all of it at once, so that nothing but its end can stop a growth that
 * has begun; and its caller learns the frame number with the last step. What continues a growth is a call with the
 * same arguments. The caller's registers say nothing of it: two calls with equal arguments may finish each other's extents.
 */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/memory.h>
#include <xen/memory_impl.h>
#include <xen/page_alloc.h>
#include <xen/buddy.h>
#include <xen/softirq.h>

struct extent_growth {
    struct extent_growth *next;     /* page_lock */
    struct extent x;
    struct frame_info *first;
    unsigned long done;             /* frames; the CPU that has set @busy */
    bool busy;                      /* page_lock */
};

static bool is_same(const struct extent *a, const struct extent *b)
{
    return a->order == b->order && a->bits == b->bits && a->pfn == b->pfn;
}

/* One that was begun for an extent as @x and that no CPU is at, made busy; or NULL. */
static struct extent_growth *growth_get(struct domain *d, const struct extent *x)
{
    struct extent_growth *g;

    spin_lock(&d->page_lock);
    for (g = d->growths; g && (g->busy || !is_same(&g->x, x)); g = g->next)
        ;
    if (g)
        g->busy = true;
    spin_unlock(&d->page_lock);
    return g;
}

static void growth_put(struct domain *d, struct extent_growth *g)
{
    spin_lock(&d->page_lock);
    g->busy = false;
    spin_unlock(&d->page_lock);
}

static void unlink_locked(struct domain *d, struct extent_growth *g)
{
    struct extent_growth **at = &d->growths;

    while (*at != g)
        at = &(*at)->next;
    *at = g->next;
}

/* The frames that @g's domain, which is dying, did not get: a few held blocks. */
static void growth_free(struct domain *d, struct extent_growth *g)
{
    unsigned long n = 1UL << g->x.order;

    for (unsigned long at = g->done; at < n;)
        at += 1UL << buddy_free_held(g->first + at);
    uncharge_pages(d, n - g->done);
    xfree(g);
}

/* Links @g for its domain's end to find. False: the end has been looking for growths already, perhaps. */
static bool growth_link(struct domain *d, struct extent_growth *g)
{
    bool alive;

    spin_lock(&d->page_lock);
    alive = d->dying == DOMAIN_ALIVE;
    if (alive) {
        g->next = d->growths;
        d->growths = g;
    }
    spin_unlock(&d->page_lock);
    return alive;
}

/* A busy one, nothing done. NULL: no memory, or the domain may not have it. */
static struct extent_growth *growth_begin(struct domain *d, const struct extent *x)
{
    struct extent_growth *g = xzalloc(sizeof(*g));

    if (!g || charge_pages(d, 1UL << x->order)) {
        xfree(g);
        return NULL;
    }
    g->first = buddy_hold(x->order, x->bits ? x->bits - PAGE_SHIFT : 64);
    if (!g->first) {
        uncharge_pages(d, 1UL << x->order);
        xfree(g);
        return NULL;
    }
    g->x = *x;
    g->busy = true;
    if (growth_link(d, g))
        return g;
    growth_free(d, g);
    return NULL;
}

/* 2^EXTENT_STEP_ORDER frames more. -EINVAL: the domain is dying, and growths_undo() frees the rest. */
static int growth_step(struct domain *d, struct extent_growth *g)
{
    struct frame_info *f = g->first + g->done;
    u64 pfn = g->x.pfn == ~0UL ? ~0UL : g->x.pfn + g->done;
    int rc = alloc_held_frames(f, EXTENT_STEP_ORDER);

    if (rc)
        return rc;
    rc = extent_assign(d, f, EXTENT_STEP_ORDER, pfn, ALLOC_CHARGED);
    if (rc)
        buddy_hold_again(f, EXTENT_STEP_ORDER);
    else
        g->done += 1UL << EXTENT_STEP_ORDER;
    return rc;
}

int extent_grow(struct domain *d, const struct extent *x, mfn_t *first)
{
    struct extent_growth *g = growth_get(d, x);
    int rc = 0;

    if (!g)
        g = growth_begin(d, x);
    if (!g)
        return -ENOMEM;
    while (!rc && g->done < 1UL << x->order) {
        rc = growth_step(d, g);
        if (!rc && g->done < 1UL << x->order && preempt_check())
            rc = -ERESTART;
    }
    if (rc) {
        growth_put(d, g);
        return rc == -ERESTART ? rc : -ENOMEM;
    }
    *first = frame_to_mfn(g->first);
    spin_lock(&d->page_lock);
    unlink_locked(d, g);
    spin_unlock(&d->page_lock);
    xfree(g);
    return 0;
}

int growths_undo(struct domain *d)
{
    struct extent_growth *g;
    bool busy;

    for (;;) {
        spin_lock(&d->page_lock);
        g = d->growths;
        busy = g && g->busy;
        if (g && !busy)
            unlink_locked(d, g);
        spin_unlock(&d->page_lock);
        if (!g)
            return 0;
        if (busy)
            return -ERESTART;
        growth_free(d, g);
    }
}
