/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame table against what refers to frames. Four passes a window of frames: entries of all page tables, other
 * holders of references, owners' lists; then each frame against its tally. The invariants are those of xen/frame.h.
 */
#include <xen/buddy.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/frame_check.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/pt_check.h>
#include <x86/mm.h>

#define TALLY_MIXED   15
#define MAX_ORDER_USED 13           /* 32 MiB: 4 Mi frames at a time */
#define MIN_ORDER_USED 6
#define MAX_PRINTED   32
#define ZERO_FRAMES   4096          /* clean frames whose contents one check looks at */
#define COST_TABLE    128           /* against one frame's, in frame_check_step()'s budget */
#define COST_ZERO     64
#define CLEARED       512           /* tallies, a page, for COST_ZERO */

static void __printf(3, 4) report(struct frame_check *c, u64 m, const char *fmt, ...)
{
    char why[100];
    const struct frame_info *f = mfn_to_frame(mfn(m));
    va_list ap;

    if (c->violations++ >= MAX_PRINTED)
        return;
    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    printk("frame %lx: %s (count %lx type %lx owner frame %x)\n", m, why, f->count_info, f->type_info, f->owner_mfn);
}

static struct frame_tally *tally_of(const struct frame_check *c, u64 m)
{
    return m >= c->from && m - c->from < c->window ? &c->tally[m - c->from] : NULL;
}

/* ---- passes: who refers to what ---- */

static void add_reference(struct frame_check *c, struct frame_info *f, u64 type)
{
    struct frame_tally *t = tally_of(c, mfn_x(frame_to_mfn(f)));
    u32 kind = (u32)(type >> FT_SHIFT);

    if (!t)
        return;
    t->refs++;
    if (!kind)
        return;
    t->type = t->types && t->type != kind ? TALLY_MIXED : kind;
    t->types++;
}

/* How many entries of table @f hold references; 0 where it is none. */
static unsigned int entries_counted(const struct frame_info *f)
{
    u64 x = f->type_info, type = x & FT_MASK;

    if (type < FT_L1 || type > FT_L4)
        return 0;
    if (x & FT_PARTIAL)
        return (x & FT_NR_MASK) >> FT_NR_SHIFT;
    return x & FT_VALIDATED ? PTES_PER_PAGE : 0;
}

static void tally_table(struct frame_check *c, struct frame_info *f, unsigned int nr)
{
    unsigned int level = (unsigned int)((f->type_info & FT_MASK) >> FT_SHIFT);
    const u64 *table = frame_to_virt(f);

    for (unsigned int i = 0; i < nr; i++) {
        pte_t e = pte(table[i]);
        struct frame_info *to = mfn_to_frame(pte_mfn(e));

        if (!pte_present(e) || (level == 4 && L4_SLOT_IS_HYPERVISOR(i)))
            continue;
        if (level == 1) {
            if (pte_mfn(e).v >= 0x100 && mfn_is_ram(pte_mfn(e)))
                add_reference(c, to, e.v & PTE_RW ? FT_WRITABLE : FT_NONE);
        } else if (!mfn_is_ram(pte_mfn(e))) {
            if (!c->from)
                report(c, mfn_x(frame_to_mfn(f)), "entry %u %lx names no memory", i, e.v);
        } else if (to != f) {
            add_reference(c, to, FT_LEVEL(level - 1));
        }
    }
}

static bool pass_tables(struct frame_check *c, long *budget)
{
    for (; c->at < max_frame; c->at++) {
        struct frame_info *f = mfn_to_frame(mfn(c->at));
        unsigned int nr;

        if (*budget <= 0)
            return false;
        --*budget;
        if (!mfn_is_ram(mfn(c->at)) || !(nr = entries_counted(f)))
            continue;
        *budget -= COST_TABLE;
        tally_table(c, f, nr);
    }
    return true;
}

static void domain_holds(struct domain *d, struct frame_check *c)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
        if (v->info_frame)
            add_reference(c, v->info_frame, FT_WRITABLE);
    if (d->evtchn)
        evtchn_frames_held(d, add_reference, c);
    if (d->grant)
        grant_frames_held(d, add_reference, c);
    arch_domain_frames_held(d, add_reference, c);
}

static bool pass_holders(struct frame_check *c, long *budget)
{
    struct domain *d;

    while (*budget > 0 && (d = domain_get_next((u16)c->at)) != NULL) {
        c->at = d->id + 1UL;
        *budget -= COST_TABLE;
        domain_holds(d, c);
        domain_put(d);
    }
    return *budget > 0;
}

/* ---- owners' lists ---- */

/* The domain after @d on the list of all, with those that are not on it at the end. References change hands. */
static struct domain *next_owner(struct domain *d)
{
    struct domain *special[] = { dom_xen, dom_io };
    struct domain *next = NULL;
    unsigned int i = 0;

    if (!d || (d != dom_xen && d != dom_io))
        next = domain_get_next(d ? (u16)(d->id + 1) : 0);
    else
        i = d == dom_xen ? 1 : 2;
    if (!next && i < ARRAY_SIZE(special)) {
        next = special[i];
        if (!domain_get(next))
            next = NULL;
    }
    if (d)
        domain_put(d);
    return next;
}

static void open_list(struct frame_check *c)
{
    const struct domain *d = c->listing;
    const struct frame_list *l = c->listing_lent ? &d->xen_page_list : &d->page_list;
    u64 charged = c->listing_lent ? d->xenheap_pages : d->tot_pages - d->pages_to_come;

    c->at = l->head;
    c->list_left = l->count;
    c->list_prev = 0;
    if (!c->from && l->count != charged)
        report(c, 0, "d%u has %lu %sframes on its list, %lu in its account", d->id, l->count, c->listing_lent ? "lent " : "", charged);
}

static void list_member(struct frame_check *c, struct frame_info *f)
{
    struct frame_tally *t = tally_of(c, c->at);

    if (!t)
        return;
    if (frame_owner(f) != c->listing || !(f->count_info & FRAME_XENHEAP) == c->listing_lent)
        report(c, c->at, "is on a list of d%u", c->listing->id);
    if (f->prev != c->list_prev)
        report(c, c->at, "its list of d%u says %x comes before it, not %x", c->listing->id, c->list_prev, f->prev);
    if (t->listed)
        report(c, c->at, "is on two lists");
    t->listed = 1;
}

/* True when the list is at its end. */
static bool walk_list(struct frame_check *c, long *budget)
{
    while (c->at && c->list_left) {
        struct frame_info *f = mfn_to_frame(mfn(c->at));

        if ((*budget)-- <= 0)
            return false;
        if (!mfn_is_ram(mfn(c->at))) {
            report(c, 0, "a list of d%u leads to %lx", c->listing->id, c->at);
            return true;
        }
        list_member(c, f);
        c->list_prev = (u32)c->at;
        c->list_left--;
        c->at = f->next;
    }
    if (!c->from && (c->at || c->list_left))
        report(c, 0, "a list of d%u ends with %lu to come, next %lx", c->listing->id, c->list_left, c->at);
    return true;
}

static bool pass_lists(struct frame_check *c, long *budget)
{
    if (!c->listing) {
        c->listing = next_owner(NULL);
        c->listing_lent = false;
        open_list(c);
    }
    while (walk_list(c, budget)) {
        if (c->listing_lent)
            c->listing = next_owner(c->listing);
        if (!c->listing)
            return true;
        c->listing_lent = !c->listing_lent;
        open_list(c);
    }
    return false;
}

/* ---- each frame ---- */

static const char *check_type(const struct frame_info *f, const struct frame_tally *t)
{
    u64 x = f->type_info, type = x & FT_MASK, count = x & FT_COUNT_MASK;
    bool lent = f->count_info & FRAME_XENHEAP, own = lent && (f->count_info & FRAME_ALLOCATED);

    if (t->types && t->type != type >> FT_SHIFT)
        return t->type == TALLY_MIXED ? "is used as more than one type" : "is used as another type";
    if (count != (u64)t->types + !!(x & FT_PINNED) + own)
        return "type count";
    if (x & FT_LOCKED)
        return "is still locked";
    if (type == FT_NONE && (x & ~(FT_VALIDATED | FT_COUNT_MASK)))
        return "flags without a type";
    if (count && !(x & (FT_VALIDATED | FT_PARTIAL)))
        return "is in use, but not checked";
    if (!count && !lent && ((x & FT_PINNED) || (type != FT_WRITABLE && (x & FT_VALIDATED))))
        return "is checked or pinned, but not in use";
    if ((x & FT_PARTIAL) && ((x & FT_VALIDATED) || type < FT_L1 || type > FT_L4))
        return "is half checked";
    return NULL;
}

static const char *check_owned(struct frame_info *f, const struct frame_tally *t)
{
    u64 x = f->type_info;
    bool orphan = (x & FT_PARTIAL) && !(x & FT_COUNT_MASK);
    u64 want = (u64)t->refs + !!(f->count_info & FRAME_ALLOCATED) + orphan + !!(x & FT_PINNED);
    const char *why;

    if (!t->listed)
        return "has an owner, but is on no list";
    if (!want)
        return "nobody holds it";
    if ((f->count_info & FRAME_COUNT_MASK) != want)
        return "general count";
    if (f->count_info & (FRAME_FREE | FRAME_NEED_SCRUB | FRAME_UNCLEAN))
        return "flags of a free frame";
    why = check_type(f, t);
    return why || !(x & FT_VALIDATED) || !(x & FT_COUNT_MASK) ? why : arch_check_contents(f);
}

static bool is_zero(const struct frame_info *f)
{
    const u64 *p = frame_to_virt(f);
    u64 any = 0;

    for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*p); i += 4)
        any |= p[i] | p[i + 1] | p[i + 2] | p[i + 3];
    return !any;
}

/* A frame of no domain: free or held back, or the hypervisor's own. */
static const char *check_unowned(struct frame_check *c, struct frame_info *f, const struct frame_tally *t, long *budget)
{
    bool is_free = c->at < c->block_end;

    if (t->refs || t->types || t->listed)
        return "has no owner, but is referred to";
    if (f->count_info & ~(is_free ? FRAME_FREE | FRAME_HELD | FRAME_NEED_SCRUB : FRAME_NEED_SCRUB | FRAME_NONCOHERENT))
        return "has no owner, but a count";
    if (!is_free && (f->count_info & FRAME_NEED_SCRUB))
        return "is to be cleaned, but not free";
    if (is_free && f->type_info)
        return "is free, but has a type";
    if (m2p_get(mfn(c->at)) != ~0UL)
        return "has no owner, but a place in somebody's memory";
    if (is_free && !(f->count_info & FRAME_NEED_SCRUB) && c->zero_left && c->at >= c->zero_at) {
        c->zero_left--;
        c->zero_at = c->at + 1;
        *budget -= COST_ZERO;
        if (!is_zero(f))
            return "is free and clean, but not zero";
    }
    return NULL;
}

/* The first frame of a free or a held block. */
static const char *check_block(struct frame_check *c, const struct frame_info *f)
{
    if (c->at < c->block_end)
        return "is free within a free block";
    if (f->order > MAX_ORDER || c->at & ((1UL << f->order) - 1) || c->at + (1UL << f->order) > max_frame)
        return "is no block of the allocator";
    c->block_end = c->at + (1UL << f->order);
    if (f->count_info & FRAME_FREE)
        c->nr_free += 1UL << f->order;
    return NULL;
}

static bool pass_frames(struct frame_check *c, long *budget)
{
    u64 end = min((u64)max_frame, c->from + c->window);

    for (; c->at < end; c->at++) {
        struct frame_info *f = mfn_to_frame(mfn(c->at));
        const struct frame_tally *t = tally_of(c, c->at);
        const char *why = NULL;

        if (*budget <= 0)
            return false;
        --*budget;
        if (!mfn_is_ram(mfn(c->at)))
            continue;
        c->frames++;
        if (f->count_info & (FRAME_FREE | FRAME_HELD))
            why = check_block(c, f);
        if (!why)
            why = f->owner_mfn ? check_owned(f, t) : check_unowned(c, f, t, budget);
        if (!why && f->owner_mfn && c->at < c->block_end)
            why = "has an owner within a free block";
        if (why)
            report(c, c->at, "%s; found %u references, %u to type %u", why, t->refs, t->types, t->type);
    }
    return true;
}

/* ---- grants ---- */

static bool pass_grants(struct frame_check *c, long *budget)
{
    struct domain *d;

    while (*budget > 0 && (d = domain_get_next((u16)c->at)) != NULL) {
        const char *why = d->grant ? grant_check_counts(d) : NULL;

        if (why)
            report(c, 0, "d%u's grants: %s", d->id, why);
        c->at = d->id + 1UL;
        *budget -= COST_TABLE;
        domain_put(d);
    }
    return *budget > 0;
}

/* ---- the whole ---- */

/* For another window. */
static bool pass_clear(struct frame_check *c, long *budget)
{
    for (; c->at < c->window; c->at += CLEARED, *budget -= COST_ZERO) {
        if (*budget <= 0)
            return false;
        memset(&c->tally[c->at], 0, min(c->window - c->at, (u64)CLEARED) * sizeof(*c->tally));
    }
    return true;
}

static bool (*const passes[])(struct frame_check *c, long *budget) = {
    [CHECK_CLEAR] = pass_clear,
    [CHECK_TABLES] = pass_tables,
    [CHECK_HOLDERS] = pass_holders,
    [CHECK_LISTS] = pass_lists,
    [CHECK_FRAMES] = pass_frames,
    [CHECK_GRANTS] = pass_grants,
};

static void next_stage(struct frame_check *c)
{
    c->stage++;
    c->at = c->stage == CHECK_FRAMES ? c->from : 0;
    if (c->stage == CHECK_GRANTS && c->from + c->window < max_frame) {
        c->from += c->window;
        c->stage = CHECK_CLEAR;
    }
    if (c->stage == CHECK_DONE && c->nr_free != buddy_free_total())
        report(c, 0, "%lu frames are free, %lu by the allocator's account", c->nr_free, buddy_free_total());
}

bool frame_check_step(struct frame_check *c, long budget)
{
    while (c->stage != CHECK_DONE && budget > 0)
        if (passes[c->stage](c, &budget))
            next_stage(c);
    return c->stage != CHECK_DONE;
}

int frame_check_begin(struct frame_check *c, u64 start_zero)
{
    void *tally;
    int rc;

    *c = (struct frame_check){ .zero_at = start_zero, .zero_left = ZERO_FRAMES, .order = MAX_ORDER_USED, .stage = CHECK_TABLES };
    while (c->order > MIN_ORDER_USED && (PAGE_SIZE << (c->order - 1)) / sizeof(*c->tally) >= max_frame)
        c->order--;
    while ((rc = alloc_zeroed_pages(c->order, &tally)) == -ENOMEM && c->order > MIN_ORDER_USED)
        c->order--;
    if (rc)
        return rc;
    c->tally = tally;
    c->window = (PAGE_SIZE << c->order) / sizeof(*c->tally);
    return 0;
}

void frame_check_end(struct frame_check *c)
{
    free_xen_pages(c->tally, c->order);
    c->tally = NULL;
}
