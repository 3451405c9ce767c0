/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of numbers kept as a sorted list of disjoint, non-adjacent inclusive ranges. */
#include <xen/errno.h>
#include <xen/list.h>
#include <xen/page_alloc.h>
#include <xen/rangeset.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>

#define FREED_PER_CHECK 64u

struct range {
    struct list_head link;
    u64 first, last;             /* first <= last; last + 1 < next's first */
};

struct rangeset {
    spinlock_t lock;             /* guards everything below; innermost, taken with interrupts as they are */
    struct list_head ranges;     /* ascending */
    unsigned int nr, max;        /* ranges; 0: as many as there is memory for */
};

struct rangeset *rangeset_new(void)
{
    struct rangeset *r = xzalloc(sizeof(*r));

    if (r) {
        spin_lock_init(&r->lock);
        list_init(&r->ranges);
    }
    return r;
}

void rangeset_limit(struct rangeset *r, unsigned int max) { r->max = max; }

static void drop_range(struct rangeset *r, struct range *x)
{
    list_del(&x->link);
    r->nr--;
    xfree(x);
}

bool rangeset_clear(struct rangeset *r)
{
    for (unsigned int n = 1; r && !list_empty(&r->ranges); n++) {
        drop_range(r, list_entry(r->ranges.next, struct range, link));
        if (n % FREED_PER_CHECK == 0 && preempt_check())
            return false;
    }
    return true;
}

void rangeset_free(struct rangeset *r)
{
    while (!rangeset_clear(r))
        ;
    xfree(r);
}

static bool is_full(const struct rangeset *r) { return r->max && r->nr >= r->max; }

/* First range that ends at or after @n, or NULL. */
static struct range *find_from(struct rangeset *r, u64 n)
{
    struct range *x;

    list_for_each_entry(x, &r->ranges, link)
        if (x->last >= n)
            return x;
    return NULL;
}

/* Puts [first, last] in front of the list position @at, merging with whatever it touches. */
static void add_locked(struct rangeset *r, struct range *n)
{
    struct range *x, *t;

    list_for_each_entry_safe(x, t, &r->ranges, link) {
        if (x->last != ~0UL && x->last + 1 < n->first)
            continue;
        if (n->last != ~0UL && n->last + 1 < x->first) {
            list_add_tail(&n->link, &x->link);
            return;
        }
        n->first = min(n->first, x->first);
        n->last = max(n->last, x->last);
        drop_range(r, x);
    }
    list_add_tail(&n->link, &r->ranges);
}

/* Would [first, last] be one range more? */
static bool is_apart(struct rangeset *r, u64 first, u64 last)
{
    const struct range *x = find_from(r, first ? first - 1 : 0);

    return !x || (last != ~0UL && x->first > last + 1);
}

int rangeset_add(struct rangeset *r, u64 first, u64 last)
{
    struct range *n;
    unsigned long f;

    if (first > last)
        return -EINVAL;
    n = xzalloc(sizeof(*n));
    if (!n)
        return -ENOMEM;
    n->first = first;
    n->last = last;
    f = spin_lock_irqsave(&r->lock);
    if (is_full(r) && is_apart(r, first, last)) {
        spin_unlock_irqrestore(&r->lock, f);
        xfree(n);
        return -ENOMEM;
    }
    r->nr++;
    add_locked(r, n);
    spin_unlock_irqrestore(&r->lock, f);
    return 0;
}

/* Takes [first, last] out; @spare becomes the upper half where a range is split, else stays the caller's. */
static bool remove_locked(struct rangeset *r, u64 first, u64 last, struct range *spare)
{
    struct range *x, *t;

    list_for_each_entry_safe(x, t, &r->ranges, link) {
        if (x->last < first)
            continue;
        if (x->first > last)
            break;
        if (x->first < first && x->last > last) {
            spare->first = last + 1;
            spare->last = x->last;
            x->last = first - 1;
            list_add(&spare->link, &x->link);
            r->nr++;
            return true;
        }
        if (x->first < first) {
            x->last = first - 1;
        } else if (x->last > last) {
            x->first = last + 1;
        } else {
            drop_range(r, x);
        }
    }
    return false;
}

/* Would a range be two? */
static bool is_inside(struct rangeset *r, u64 first, u64 last)
{
    const struct range *x = find_from(r, first);

    return x && x->first < first && x->last > last;
}

int rangeset_remove(struct rangeset *r, u64 first, u64 last)
{
    struct range *spare;
    unsigned long f;
    bool used = false, refused;

    if (first > last)
        return -EINVAL;
    spare = xzalloc(sizeof(*spare));   /* allocated first: a removal that has begun cannot fail */
    if (!spare)
        return -ENOMEM;
    f = spin_lock_irqsave(&r->lock);
    refused = is_full(r) && is_inside(r, first, last);
    if (!refused)
        used = remove_locked(r, first, last, spare);
    spin_unlock_irqrestore(&r->lock, f);
    if (!used)
        xfree(spare);
    return refused ? -ENOMEM : 0;
}

bool rangeset_contains(struct rangeset *r, u64 first, u64 last)
{
    unsigned long f;
    struct range *x;
    bool yes;

    if (!r || first > last)
        return false;
    f = spin_lock_irqsave(&r->lock);
    x = find_from(r, first);
    yes = x && x->first <= first && x->last >= last;
    spin_unlock_irqrestore(&r->lock, f);
    return yes;
}

bool rangeset_overlaps(struct rangeset *r, u64 first, u64 last)
{
    unsigned long f;
    struct range *x;
    bool yes;

    if (!r || first > last)
        return false;
    f = spin_lock_irqsave(&r->lock);
    x = find_from(r, first);
    yes = x && x->first <= last;
    spin_unlock_irqrestore(&r->lock, f);
    return yes;
}

/* The lock is dropped around @fn: the next range is looked up anew by number. */
int rangeset_for_each(struct rangeset *r, u64 first, u64 last, int (*fn)(u64 s, u64 e, void *), void *arg)
{
    while (first <= last) {
        unsigned long f = spin_lock_irqsave(&r->lock);
        struct range *x = find_from(r, first);
        u64 s, e;
        int rc;

        if (!x || x->first > last) {
            spin_unlock_irqrestore(&r->lock, f);
            break;
        }
        s = max(x->first, first);
        e = min(x->last, last);
        spin_unlock_irqrestore(&r->lock, f);
        rc = fn(s, e, arg);
        if (rc)
            return rc;
        if (e == ~0UL)
            break;
        first = e + 1;
    }
    return 0;
}
