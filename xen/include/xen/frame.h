/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame table: owner, type and reference counts of each machine frame.
 * Invariants 1 and 2 of the design live here.
 *
 *  - count: general references. A frame owned by a domain has the domain's own
 *    "allocated" reference (FRAME_ALLOCATED) as long as the domain keeps it.
 *    The frame goes back to the allocator when count reaches zero.
 *  - type: one use at a time; it changes only while the type count is zero.
 */
#ifndef XEN_FRAME_H
#define XEN_FRAME_H

#include <xen/types.h>
#include <xen/bitmap.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <x86/page.h>

struct domain;

struct frame_info {
    u64 count_info;      /* FRAME_* | general reference count. Atomic. */
    u64 type_info;       /* FT_*   | type count. Atomic. */
    u32 next, prev;      /* links of the list it is on (frame numbers; 0 = none); list owner's lock.
                            Free: buddy links. */
    u32 owner_mfn;       /* frame of struct domain, 0 = none (xen heap, free). Set when allocated. */
    union {
        u32 tlb_stamp;   /* tlb clock when the last writable/page-table use ended */
        u32 order;       /* free: buddy order */
    };
};
_Static_assert(sizeof(struct frame_info) == 32, "frame table density");

/* count_info */
#define FRAME_ALLOCATED   (1UL << 63)   /* the owner's reference is still held */
#define FRAME_XENHEAP     (1UL << 62)   /* hypervisor page lent to guests (shared_info, grant frames, M2P …): never freed by put */
#define FRAME_FREE        (1UL << 61)   /* in the allocator */
#define FRAME_NEED_SCRUB  (1UL << 60)   /* free but dirty */
#define FRAME_UNCLEAN     (1UL << 58)   /* just allocated, not cleaned yet: between the buddy and its caller only */
#define FRAME_FOREIGN     (1UL << 59)   /* another domain had it mapped: any CPU may hold a TLB entry for it */
#define FRAME_NONCOHERENT (1UL << 57)   /* mapped uncached or write-combining: caches may hold other bytes than memory does */
#define FRAME_HELD        (1UL << 56)   /* first of a block taken from the allocator as a whole (buddy_hold) */
#define FRAME_COUNT_MASK  ((1UL << 48) - 1)

/* type_info */
#define FT_SHIFT          60
#define FT_NONE           (0UL << FT_SHIFT)
#define FT_L1             (1UL << FT_SHIFT)
#define FT_L2             (2UL << FT_SHIFT)
#define FT_L3             (3UL << FT_SHIFT)
#define FT_L4             (4UL << FT_SHIFT)
#define FT_DESC           (5UL << FT_SHIFT)   /* GDT or LDT page */
#define FT_WRITABLE       (6UL << FT_SHIFT)
#define FT_MASK           (15UL << FT_SHIFT)
#define FT_VALIDATED      (1UL << 59)         /* next to the type: one shift shows both */
#define FT_PINNED         (1UL << 58)
#define FT_PARTIAL        (1UL << 57)         /* validation was preempted; nr_done entries are counted */
#define FT_LOCKED         (1UL << 56)         /* page-table page being changed */
#define FT_NR_SHIFT       44
#define FT_NR_MASK        (0x3ffUL << FT_NR_SHIFT) /* entries validated so far */
#define FT_COUNT_MASK     ((1UL << 32) - 1)
#define FT_COUNT_MAX      0x7fffffffu         /* a full count takes no more; half of the field, so that an underflow shows */
#define FT_LEVEL(level)   ((u64)(level) << FT_SHIFT)

/* @x, a type_info, says that @type is in use or (FT_WRITABLE) was the last one in use. */
static inline bool ft_is_valid(u64 x, u64 type)
{
    return x >> 59 == (type | FT_VALIDATED) >> 59;
}

/*
 * States of a frame with a type that is checked (L1..L4, DESC):
 *   count > 0, VALIDATED             in use
 *   count = 0, neither flag          free to change its type, after a TLB flush (frame_flush_tlb)
 *   PARTIAL, NR = n                  entries 0..n-1 hold their references. count: holders in the middle of
 *                                    frame_put_type. With count 0 (a preempted frame_get_type) the
 *                                    state itself owns one general reference.
 *   count > 0, neither flag          being worked on. L1..DESC: by the holder of the owner's arch.pt_lock;
 *                                    WRITABLE: somebody flushes TLBs, wait.
 * WRITABLE keeps VALIDATED at count 0: becoming writable again needs no flush, any other type clears it.
 * First and last references of checked types are taken and dropped under the owner's pt_lock,
 * all others by compare-and-swap without a lock.
 */

/* A list of frames linked by number; guarded by the lock of what it is in. */
struct frame_list { u32 head, tail; u64 count; };

extern unsigned long max_frame;   /* one more than the highest frame of RAM */

static inline struct frame_info *frame_table(void) { return (struct frame_info *)FRAMETABLE_VIRT; }
static inline struct frame_info *mfn_to_frame(mfn_t m) { return frame_table() + m.v; }
static inline mfn_t frame_to_mfn(const struct frame_info *f) { return mfn((u64)(f - frame_table())); }
static inline void *frame_to_virt(const struct frame_info *f) { return mfn_to_virt(frame_to_mfn(f)); }
static inline struct frame_info *virt_to_frame(const void *p) { return mfn_to_frame(virt_to_mfn(p)); }
/* True for RAM that the frame table describes (not MMIO, not reserved holes). */
extern unsigned long *ram_bitmap;   /* a bit a frame below max_frame; fixed after boot */
static inline bool mfn_is_ram(mfn_t m)
{
    return m.v < max_frame && (ram_bitmap[m.v / 64] >> (m.v % 64) & 1);
}

/* Owner, or NULL. Stable while the caller holds a reference. */
static inline struct domain *frame_owner(const struct frame_info *f)
{
    return f->owner_mfn ? (struct domain *)mfn_to_virt(mfn(f->owner_mfn)) : NULL;
}
/* @d, not NULL, is the owner: cheaper than to ask for the owner. */
static inline bool frame_is_of(const struct frame_info *f, const struct domain *d)
{
    return READ_ONCE(f->owner_mfn) == (u32)virt_to_mfn(d).v;
}
void frame_set_owner(struct frame_info *f, struct domain *d);

void frame_list_init(struct frame_list *l);
void frame_list_add_tail(struct frame_list *l, struct frame_info *f);
void frame_list_del(struct frame_list *l, struct frame_info *f);
/* Takes the first @n away; @f is the one behind them, NULL: there is none. Their links stay as they are. */
void frame_list_cut(struct frame_list *l, unsigned long n, struct frame_info *f);
/* The list begins with @f, which is on it; what was before it comes last. */
void frame_list_rotate(struct frame_list *l, struct frame_info *f);
struct frame_info *frame_list_first(const struct frame_list *l);
struct frame_info *frame_list_next(const struct frame_info *f);

/*
 * General references (frame.c). frame_get: takes one when @f is owned
 * by @d (and not being freed), else false. frame_put drops one; the last one
 * frees the frame and drops it from the owner's tot_pages.
 */
/* One atomic step of count_info or type_info; on failure *@expect is what is there. */
static inline bool frame_cas(u64 *p, u64 *expect, u64 want)
{
    return __atomic_compare_exchange_n(p, expect, want, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
void frame_release(struct frame_info *f);   /* frame_put()'s: the last reference is gone */
static inline void frame_put(struct frame_info *f)
{
    if (unlikely(!(__atomic_sub_fetch(&f->count_info, 1, __ATOMIC_ACQ_REL) & FRAME_COUNT_MASK)))
        frame_release(f);
}
static inline bool frame_get(struct frame_info *f, struct domain *d)
{
    u64 x = READ_ONCE(f->count_info);

    /* Before it is counted, so that no domain can disturb another that gives up a frame; and after, when it is stable. */
    if (unlikely(!frame_is_of(f, d)))
        return false;
    do {
        if (unlikely(!(x & FRAME_COUNT_MASK)))
            return false;
    } while (unlikely(!frame_cas(&f->count_info, &x, x + 1)));
    if (likely(frame_is_of(f, d)))
        return true;
    frame_put(f);
    return false;
}
/* One more reference for somebody who has one. */
void frame_ref(struct frame_info *f);
/* mfn of RAM owned by @d → referenced frame, or NULL. */
struct frame_info *frame_get_mfn(mfn_t m, struct domain *d);
/* Drops the owner's own (FRAME_ALLOCATED) reference once; false if it was dropped before. */
bool frame_put_alloc_ref(struct frame_info *f);

/*
 * Type references (common/frame.c; validation by arch/x86/mm). @type is FT_L1..
 * FT_WRITABLE. 0, -EBUSY (FT_WRITABLE: in use as another type), -EINVAL (a table: the same),
 * -EINVAL, -EPERM, -EBUSY (contents refused),
 * -ERESTART (preemptible only: call again; the frame stays FT_PARTIAL).
 */
int frame_get_type(struct frame_info *f, u64 type, bool preemptible);
int frame_put_type(struct frame_info *f, bool preemptible);
/*
 * The same where the caller holds @locked's pt_lock, perhaps in the middle of a change of a table: a frame that is PARTIAL as
 * another type is refused. Checked types: @locked owns @f.
 */
int frame_get_type_slow(struct frame_info *f, u64 type, bool preemptible, struct domain *locked);
/* One more reference to a type that is in use already. */
static inline bool frame_get_type_fast(struct frame_info *f, u64 type)
{
    u64 x = READ_ONCE(f->type_info);

    while (likely(ft_is_valid(x, type) && (u32)x < FT_COUNT_MAX && (type == FT_WRITABLE || (u32)x)))
        if (likely(frame_cas(&f->type_info, &x, x + 1)))
            return true;
    return false;
}
static inline int frame_get_type_locked(struct frame_info *f, u64 type, bool preemptible, struct domain *locked)
{
    return likely(frame_get_type_fast(f, type)) ? 0 : frame_get_type_slow(f, type, preemptible, locked);
}
int frame_put_type_locked(struct frame_info *f, bool preemptible);
/* Takes down what a preempted or failed frame_get_type() left on a frame that nobody uses. 0 or -ERESTART. */
int frame_drop_partial(struct frame_info *f);
/*
 * Contents of checked types (arch/x86/mm/pt_validate.c, descriptor.c), owner's pt_lock held.
 * frame_validate goes on at entry *@nr, frame_devalidate ends at 0; both leave in *@nr how many
 * entries hold references. 0, -ERESTART (preemptible), frame_validate also -EINVAL, -EPERM, -EBUSY.
 */
int frame_validate(struct frame_info *f, u64 type, unsigned int *nr, bool preemptible);
int frame_devalidate(struct frame_info *f, u64 type, unsigned int *nr, bool preemptible);
/*
 * Marks the end of a mapping of @f in tables of @mapper, which does not reach the entry any more; before the reference
 * that it held is dropped. Without CPUs that run @mapper there is nothing to mark.
 */
void frame_stamp_tlb(struct frame_info *f, const struct domain *mapper);
/*
 * The same whoever runs. The entry's end is visible already (an atomic operation wrote it): the clock is read after it. The
 * stamp never goes back, although several domains may end mappings of @f at once: it is read before the clock, so that
 * what is there is not later than the clock, however often that has gone round.
 */
static inline void frame_stamp_tlb_now(struct frame_info *f)
{
    u32 old = READ_ONCE(f->tlb_stamp), t;

    do {
        t = tlb_clock();
        if (likely(old == t))
            return;
    } while (!__atomic_compare_exchange_n(&f->tlb_stamp, &old, t, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}
/* One FT_WRITABLE reference; which is the last makes no difference. */
static inline void frame_put_writable(struct frame_info *f)
{
    s32 left = __atomic_sub_fetch((s32 *)&f->type_info, 1, __ATOMIC_ACQ_REL);   /* FT_COUNT_MASK is the lower half */

    ASSERT(left >= 0);
}
/*
 * The references that an L1 entry held: a general one, for @writable an FT_WRITABLE one. Each end is stamped, not only the
 * last: what is left may be no mapping (a device's, vcpu_info), whose end marks nothing.
 */
static inline void frame_put_mapping_now(struct frame_info *f, bool writable)
{
    frame_stamp_tlb_now(f);
    if (writable)
        frame_put_writable(f);
    frame_put(f);
}
/* The same of an entry in @mapper's tables, which maybe nobody runs on. */
void frame_put_mapping(struct frame_info *f, bool writable, const struct domain *mapper);
/* Flushes @f from each TLB that may still have it since that stamp. Interrupts on. */
void frame_flush_tlb(struct frame_info *f);
/* Flushes what @d's CPUs may still have of its frames since @stamp. Interrupts on. */
void frame_flush_tlb_since(struct domain *d, u32 stamp);
/* The same for a frame that was just taken from @d; @foreign: it was FRAME_FOREIGN. */
void frame_flush_tlb_of(struct frame_info *f, struct domain *d, bool foreign);
/*
 * Cache attributes. A domain that has devices may map memory otherwise than write-back. What it writes that way is in memory and
 * perhaps not in the caches, where the hypervisor reads; so @f's lines are written back and dropped before @f becomes a table
 * or descriptor page, is freed or leaves its owner: after the last such mapping was flushed from TLBs, which drains write-combining
 * buffers as well. They are, too, before the first such mapping exists, which must not show what memory held before @f was cleaned.
 */
void frame_mark_noncoherent(struct frame_info *f);
void frame_make_coherent(struct frame_info *f);
static inline void frame_settle_caches(struct frame_info *f)
{
    if (unlikely(READ_ONCE(f->count_info) & FRAME_NONCOHERENT))
        frame_make_coherent(f);
}
/* arch/x86/mm/cache.c: writes back and drops what any cache holds of @f. */
void frame_flush_caches(struct frame_info *f);
/* Says that a domain other than its owner maps @f. */
void frame_mark_foreign(struct frame_info *f);
/* Both at once, with ownership by @d. */
int frame_get_and_type(struct frame_info *f, struct domain *d, u64 type);
void frame_put_and_type(struct frame_info *f);

#endif
