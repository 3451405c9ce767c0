/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory for the hypervisor and for domains on top of the buddy: ownership, charging, scrubbing. */
#include <xen/buddy.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>
#include <x86/mm.h>

#define CLEAN_PER_CHECK 64u     /* about 35,000 instructions */

static unsigned long nr_total;

static void clean_frame(struct frame_info *f) { memset(frame_to_virt(f), 0, PAGE_SIZE); }

/* Frames @m up to @end, not 0, in the largest blocks that they are made of. */
static void free_range(u64 m, u64 end)
{
    while (m < end) {
        unsigned int order = min((unsigned int)__builtin_ctzl(m), (unsigned int)MAX_ORDER);

        while (m + (1UL << order) > end)
            order--;
        buddy_free(mfn_to_frame(mfn(m)), order, true);
        m += 1UL << order;
    }
}

void page_alloc_init_range(mfn_t start, unsigned long n)
{
    u64 m = mfn_x(start), end = m + n;

    if (m == 0)
        m++;
    nr_total += end - m;
    free_range(m, end);
}

/*
 * Cleans frames that the buddy gave, and makes them as their owner expects them. Where it is @preemptible and work is
 * pending it stops after CLEAN_PER_CHECK frames: false, some are FRAME_UNCLEAN still.
 */
static bool prepare(struct frame_info *f, unsigned long n, bool zero, bool preemptible)
{
    unsigned int cleaned = 0;

    for (unsigned long i = 0; i < n; i++) {
        if (zero || (f[i].count_info & FRAME_UNCLEAN)) {
            if (preemptible && cleaned++ == CLEAN_PER_CHECK) {
                if (preempt_check())
                    return false;
                cleaned = 1;
            }
            clean_frame(&f[i]);
        }
        f[i].count_info = 0;
        f[i].type_info = 0;
        f[i].next = f[i].prev = 0;
        f[i].tlb_stamp = 0;
    }
    return true;
}

/* Frames from the buddy, their contents zero. */
static struct frame_info *take(unsigned int order, unsigned int flags, bool zero)
{
    struct frame_info *f = buddy_alloc(order, ALLOC_FRAME_BITS(flags));

    if (f)
        prepare(f, 1UL << order, zero, false);
    return f;
}

int alloc_frames_preemptible(unsigned int order, unsigned int flags, struct frame_info **f)
{
    *f = buddy_alloc(order, ALLOC_FRAME_BITS(flags));
    if (!*f)
        return -ENOMEM;
    if (prepare(*f, 1UL << order, false, true))
        return 0;
    buddy_free(*f, order, false);
    return -ERESTART;
}

int alloc_zeroed_pages(unsigned int order, void **p)
{
    struct frame_info *f;
    int rc = alloc_frames_preemptible(order, 0, &f);

    *p = rc ? NULL : frame_to_virt(f);
    return rc;
}

int alloc_held_frames(struct frame_info *f, unsigned int order)
{
    buddy_claim_held(f, order);
    if (prepare(f, 1UL << order, false, true))
        return 0;
    buddy_hold_again(f, order);
    return -ERESTART;
}

void *alloc_xen_pages(unsigned int order, unsigned int flags)
{
    struct frame_info *f = take(order, flags, flags & ALLOC_ZERO);

    return f ? frame_to_virt(f) : NULL;
}

void free_xen_pages(void *p, unsigned int order)
{
    if (!p)
        return;
    ASSERT(!(virt_to_frame(p)->count_info & FRAME_COUNT_MASK));
    buddy_free(virt_to_frame(p), order, true);
}

/* @n frames more in @d's account; d->page_lock held. 0, -EINVAL (dying), -E2BIG. */
static int charge_locked(struct domain *d, unsigned long n, unsigned int flags)
{
    if (d->dying != DOMAIN_ALIVE)
        return -EINVAL;
    if (flags & (ALLOC_NO_OWNER | ALLOC_CHARGED))
        return 0;
    if (!(flags & ALLOC_IN_PLACE) && d->tot_pages + n > d->max_pages)
        return -E2BIG;
    if (d->tot_pages == 0)
        domain_get(d);
    d->tot_pages += n;
    return 0;
}

/* Puts frames that @d was charged for on its list; d->page_lock held. */
static void list_locked(struct domain *d, struct frame_info *f, unsigned long n, unsigned int flags)
{
    if (flags & ALLOC_CHARGED)
        d->pages_to_come -= n;
    for (unsigned long i = 0; i < n; i++) {
        frame_set_owner(&f[i], d);
        if (flags & ALLOC_NO_OWNER)
            continue;
        frame_list_add_tail(&d->page_list, &f[i]);
        /* The last store: from here on others may take references. */
        __atomic_store_n(&f[i].count_info, FRAME_ALLOCATED | 1, __ATOMIC_RELEASE);
    }
}

int assign_frames(struct domain *d, struct frame_info *f, unsigned long n, unsigned int flags)
{
    int rc;

    spin_lock(&d->page_lock);
    rc = charge_locked(d, n, flags);
    if (!rc)
        list_locked(d, f, n, flags);
    spin_unlock(&d->page_lock);
    return rc;
}

int assign_extents(struct domain *d, const u64 *mfns, unsigned long n, unsigned int order)
{
    int rc;

    spin_lock(&d->page_lock);
    rc = charge_locked(d, n << order, ALLOC_CHARGED);
    for (unsigned long i = 0; !rc && i < n; i++)
        list_locked(d, mfn_to_frame(mfn(mfns[i])), 1UL << order, ALLOC_CHARGED);
    spin_unlock(&d->page_lock);
    return rc;
}

int charge_pages(struct domain *d, unsigned long n)
{
    int rc;

    spin_lock(&d->page_lock);
    rc = charge_locked(d, n, 0);
    if (!rc)
        d->pages_to_come += n;
    spin_unlock(&d->page_lock);
    return rc;
}

void uncharge_pages(struct domain *d, unsigned long n)
{
    bool last;

    spin_lock(&d->page_lock);
    d->pages_to_come -= n;
    d->tot_pages -= n;
    last = n && d->tot_pages == 0;
    spin_unlock(&d->page_lock);
    if (last)
        domain_put(d);
}

struct frame_info *alloc_domain_pages(struct domain *d, unsigned int order, unsigned int flags)
{
    struct frame_info *f;

    /* Refuse early what cannot be charged, before frames are cleaned for nothing. */
    if (!(flags & ALLOC_NO_OWNER) && d->tot_pages + (1UL << order) > d->max_pages)
        return NULL;
    f = take(order, flags, false);
    if (!f || !assign_frames(d, f, 1UL << order, flags))
        return f;
    buddy_free(f, order, false);
    return NULL;
}

/* Takes @f off @d's books; page_lock held. True when it was the last charged one. */
static bool uncharge_locked(struct domain *d, struct frame_info *f)
{
    bool lent = f->count_info & FRAME_XENHEAP;

    frame_list_del(lent ? &d->xen_page_list : &d->page_list, f);
    return lent ? --d->xenheap_pages == 0 : --d->tot_pages == 0;
}

void free_domain_frame(struct frame_info *f)
{
    struct domain *d = frame_owner(f);
    bool last = false;

    ASSERT(!(f->count_info & (FRAME_COUNT_MASK | FRAME_ALLOCATED)));
    ASSERT(!(f->type_info & FT_COUNT_MASK));
    /* Its place in that domain's memory is nobody else's to read. */
    m2p_set(frame_to_mfn(f), ~0UL);
    if (d) {
        spin_lock(&d->page_lock);
        last = uncharge_locked(d, f);
        spin_unlock(&d->page_lock);
    }
    if (f->count_info & FRAME_XENHEAP) {
        /* The page itself stays with the hypervisor's code that lent it: it frees it after the domain's last reference. */
        f->count_info = 0;
        frame_set_owner(f, NULL);
    } else {
        buddy_free(f, 0, true);
    }
    if (last)
        domain_put(d);
}

/* Only its owner's own reference was left, and now nobody can take another one: who uses a type, pins included, has one. */
static bool claim_alone(struct frame_info *f)
{
    u64 alone = FRAME_ALLOCATED | 1;

    return !(READ_ONCE(f->type_info) & (FT_COUNT_MASK | FT_PINNED | FT_PARTIAL)) && frame_cas(&f->count_info, &alone, 0);
}

/* The frames are off the list and nobody's: what other CPUs and other domains may still see of them ends. */
static void forget_run(struct domain *d, struct frame_info *f, unsigned long n)
{
    u32 clock = tlb_clock(), youngest = ~0u;

    for (unsigned long i = 0; i < n; i++) {
        youngest = min(youngest, clock - f[i].tlb_stamp);
        f[i].next = f[i].prev = 0;
        m2p_set(frame_to_mfn(&f[i]), ~0UL);
    }
    frame_flush_tlb_since(d, clock - youngest);
}

unsigned long free_domain_run(struct domain *d, unsigned long max)
{
    struct frame_info *first, *f;
    unsigned long n = 0;
    bool last;

    spin_lock(&d->page_lock);
    first = f = frame_list_first(&d->page_list);
    while (f && n < max && f == first + n && claim_alone(f)) {
        n++;
        f = frame_list_next(f);
    }
    if (n)
        frame_list_cut(&d->page_list, n, f);
    d->tot_pages -= n;
    last = n && d->tot_pages == 0;
    spin_unlock(&d->page_lock);
    if (!n)
        return 0;
    forget_run(d, first, n);
    free_range(mfn_x(frame_to_mfn(first)), mfn_x(frame_to_mfn(first)) + n);
    if (last)
        domain_put(d);
    return n;
}

int steal_frame(struct domain *d, struct frame_info *f)
{
    u64 alone = (READ_ONCE(f->count_info) & (FRAME_FOREIGN | FRAME_NONCOHERENT)) | FRAME_ALLOCATED | 1, was = alone;
    bool last;

    spin_lock(&d->page_lock);
    if (frame_owner(f) != d || d->dying != DOMAIN_ALIVE || (f->type_info & FT_COUNT_MASK) ||
        !__atomic_compare_exchange_n(&f->count_info, &alone, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        spin_unlock(&d->page_lock);
        return -EBUSY;
    }
    frame_set_owner(f, NULL);
    last = uncharge_locked(d, f);
    spin_unlock(&d->page_lock);
    frame_flush_tlb_of(f, d, was & FRAME_FOREIGN);
    iommu_frame_leaves(d, f);
    if (unlikely(was & FRAME_NONCOHERENT))
        frame_flush_caches(f);
    /* Its next owner's devices get it by a change of type. */
    f->type_info = FT_NONE;
    if (last)
        domain_put(d);
    return 0;
}

/* No reference but its owner's is left, and until unclaim() there will be none. page_lock held. */
static int claim_locked(struct domain *d, mfn_t m)
{
    struct frame_info *f = mfn_is_ram(m) ? mfn_to_frame(m) : NULL;
    u64 kept, alone;

    if (!f || frame_owner(f) != d)
        return -EINVAL;
    kept = READ_ONCE(f->count_info) & (FRAME_FOREIGN | FRAME_NONCOHERENT);
    alone = kept | FRAME_ALLOCATED | 1;
    return !(f->type_info & FT_COUNT_MASK) && frame_cas(&f->count_info, &alone, kept) ? 0 : -EBUSY;
}

static void unclaim(struct frame_info *f) { __atomic_fetch_or(&f->count_info, FRAME_ALLOCATED | 1, __ATOMIC_RELEASE); }

int steal_frames(struct domain *d, const u64 *mfns, unsigned long n)
{
    unsigned long i;
    int rc;

    spin_lock(&d->page_lock);
    rc = d->dying == DOMAIN_ALIVE ? 0 : -EBUSY;
    for (i = 0; !rc && i < n; i += !rc)
        rc = claim_locked(d, mfn(mfns[i]));
    while (rc && i-- > 0)
        unclaim(mfn_to_frame(mfn(mfns[i])));
    for (i = 0; !rc && i < n; i++) {
        struct frame_info *f = mfn_to_frame(mfn(mfns[i]));

        frame_list_del(&d->page_list, f);
        frame_set_owner(f, NULL);
    }
    if (!rc)
        d->pages_to_come += n;
    spin_unlock(&d->page_lock);
    return rc;
}

int share_xen_page_with_guest(void *p, struct domain *d, bool writable)
{
    struct frame_info *f = virt_to_frame(p);

    spin_lock(&d->page_lock);
    if (d->dying != DOMAIN_ALIVE) {
        spin_unlock(&d->page_lock);
        return -EINVAL;
    }
    /* One type reference of the hypervisor's own pins the kind of access for good. */
    f->type_info = (writable ? FT_WRITABLE : FT_NONE) | FT_VALIDATED | 1;
    frame_set_owner(f, d);
    if (d->xenheap_pages++ == 0)
        domain_get(d);
    frame_list_add_tail(&d->xen_page_list, f);
    __atomic_store_n(&f->count_info, FRAME_XENHEAP | FRAME_ALLOCATED | 1, __ATOMIC_RELEASE);
    spin_unlock(&d->page_lock);
    return 0;
}

void unshare_xen_page(void *p)
{
    struct frame_info *f = virt_to_frame(p);

    /* Once: the hypervisor's own type and allocation references. */
    if (!(__atomic_fetch_and(&f->count_info, ~FRAME_ALLOCATED, __ATOMIC_ACQ_REL) & FRAME_ALLOCATED))
        return;
    __atomic_fetch_sub(&f->type_info, 1, __ATOMIC_ACQ_REL);
    frame_put(f);
}

unsigned long free_pages_total(void) { return buddy_free_total(); }
unsigned long free_pages_below(unsigned int bits) { return buddy_free_below(bits - PAGE_SHIFT); }
unsigned long total_pages(void) { return nr_total; }
bool scrub_free_pages(void) { return buddy_scrub(clean_frame); }
