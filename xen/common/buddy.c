/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The free frames. Zone z holds blocks whose frame numbers have z significant bits, so that
 * "below 2^n bytes" is a range of zones. A block never crosses zones: blocks are aligned powers of two.
 * Only a block's first frame carries FRAME_FREE and the order; each frame carries its own FRAME_NEED_SCRUB.
 * A held block is in no list and is not counted as free, but is otherwise as a free one, FRAME_HELD in the place of
 * FRAME_FREE: to hold one, to split it and to give it back takes the same few steps for all orders.
 */
#include <xen/buddy.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/spinlock.h>

#define NR_ZONES 36

static spinlock_t heap_lock = SPIN_LOCK_UNLOCKED;
static struct frame_list free_list[NR_ZONES][MAX_ORDER + 1];   /* heap_lock, as all below */
static unsigned long zone_free[NR_ZONES];
static unsigned long nr_dirty;
static u64 scrub_cursor;
static struct frame_info *being_cleaned;    /* set under heap_lock, cleared by its cleaner; no allocation ends before that */

static unsigned int zone_of(u64 m) { return m ? 64 - (unsigned int)__builtin_clzl(m) : 0; }

static void insert(struct frame_info *f, unsigned int order)
{
    unsigned int zone = zone_of(mfn_x(frame_to_mfn(f)));

    f->count_info |= FRAME_FREE;
    f->order = order;
    frame_list_add_tail(&free_list[zone][order], f);
    zone_free[zone] += 1UL << order;
}

static void extract(struct frame_info *f, unsigned int order)
{
    unsigned int zone = zone_of(mfn_x(frame_to_mfn(f)));

    frame_list_del(&free_list[zone][order], f);
    f->count_info &= ~FRAME_FREE;
    zone_free[zone] -= 1UL << order;
}

static void set_held(struct frame_info *f, unsigned int order)
{
    f->count_info |= FRAME_HELD;
    f->order = order;
}

static struct frame_info *take_from_zone(unsigned int zone, unsigned int order)
{
    for (unsigned int o = order; o <= MAX_ORDER; o++) {
        struct frame_info *f = frame_list_first(&free_list[zone][o]);

        if (!f)
            continue;
        extract(f, o);
        /* Gives the upper halves back, keeps the lower. */
        while (o > order) {
            o--;
            insert(f + (1UL << o), o);
        }
        return f;
    }
    return NULL;
}

/* The frames have left the free lists with no mark: the cleaner, if it is at one of them, takes no other of them after it. */
static void wait_for_cleaner(const struct frame_info *f, unsigned int order)
{
    const struct frame_info *c;

    while ((c = __atomic_load_n(&being_cleaned, __ATOMIC_ACQUIRE)) && c >= f && c < f + (1UL << order))
        cpu_relax();
}

/* From the highest zone of those below 2^@bits that has a block; heap_lock held. */
static inline struct frame_info *take_locked(unsigned int order, unsigned int bits)
{
    struct frame_info *f = NULL;

    for (unsigned int zone = min(bits, (unsigned int)NR_ZONES - 1); !f && zone > 0; zone--)
        if (zone_free[zone] >> order)
            f = take_from_zone(zone, order);
    return f;
}

/* The mark that the scrubber looks for goes while heap_lock is held: from here on the frames are the caller's alone. */
static inline void claim_locked(struct frame_info *f, unsigned int order)
{
    for (unsigned long i = 0; nr_dirty && i < 1UL << order; i++)
        if (f[i].count_info & FRAME_NEED_SCRUB) {
            f[i].count_info = FRAME_UNCLEAN;
            nr_dirty--;
        }
}

struct frame_info *buddy_alloc(unsigned int order, unsigned int bits)
{
    struct frame_info *f;

    if (order > MAX_ORDER)
        return NULL;
    spin_lock(&heap_lock);
    f = take_locked(order, bits);
    if (f)
        claim_locked(f, order);
    spin_unlock(&heap_lock);
    if (f)
        wait_for_cleaner(f, order);
    return f;
}

struct frame_info *buddy_hold(unsigned int order, unsigned int bits)
{
    struct frame_info *f;

    spin_lock(&heap_lock);
    f = take_locked(order, bits);
    if (f)
        set_held(f, order);
    spin_unlock(&heap_lock);
    return f;
}

void buddy_claim_held(struct frame_info *f, unsigned int order)
{
    spin_lock(&heap_lock);
    ASSERT((f->count_info & FRAME_HELD) && f->order >= order);
    for (unsigned int o = f->order; o-- > order;)
        set_held(f + (1UL << o), o);
    f->count_info &= ~FRAME_HELD;
    claim_locked(f, order);
    spin_unlock(&heap_lock);
    wait_for_cleaner(f, order);
}

/* The block beside @m of the same order, when it is free as a whole and in the same zone. */
static struct frame_info *free_buddy(u64 m, unsigned int order)
{
    u64 b = m ^ (1UL << order);
    struct frame_info *f = mfn_to_frame(mfn(b));

    if (!b || zone_of(b) != zone_of(m) || !mfn_is_ram(mfn(b)))
        return NULL;
    return (f->count_info & FRAME_FREE) && f->order == order ? f : NULL;
}

/* Both marks are in the highest byte, so that one instruction looks at them. */
static inline bool is_free_or_held(const struct frame_info *f)
{
    const u8 *bytes = (const u8 *)&f->count_info;

    _Static_assert(!((FRAME_FREE | FRAME_HELD) & ((1ULL << 56) - 1)), "both in the highest byte");
    return bytes[7] & (u8)((FRAME_FREE | FRAME_HELD) >> 56);
}

/* Frames that were in use have no owner any more, and are dirty; heap_lock held. */
static inline void disown_locked(struct frame_info *f, unsigned int order)
{
    /* Few instructions: this is once for each frame of a domain that is destroyed. */
    for (struct frame_info *end = f + (1UL << order), *at = f; at < end; at++) {
        ASSERT(!is_free_or_held(at));
        at->count_info = FRAME_NEED_SCRUB;
        at->type_info = 0;
        at->owner_mfn = 0;
    }
    nr_dirty += 1UL << order;
}

/* Frames without an owner since they were claimed; those that were not cleaned are dirty again. heap_lock held. */
static void unclaim_locked(struct frame_info *f, unsigned int order)
{
    for (unsigned long i = 0; i < 1UL << order; i++)
        if (f[i].count_info & FRAME_UNCLEAN) {
            f[i].count_info = FRAME_NEED_SCRUB;
            nr_dirty++;
        }
}

/* Into the free lists, with the free blocks beside it; returns the block that it is part of. heap_lock held. */
static inline struct frame_info *join_locked(struct frame_info *f, unsigned int order)
{
    u64 m = mfn_x(frame_to_mfn(f));

    while (order < MAX_ORDER) {
        struct frame_info *b = free_buddy(m, order);
        if (!b)
            break;
        extract(b, order);
        m &= ~(1UL << order);
        order++;
    }
    f = mfn_to_frame(mfn(m));
    insert(f, order);
    return f;
}

/* The next to be taken: part of it is clean, and work on it is to go on. heap_lock held. */
static void put_first_locked(struct frame_info *f)
{
    frame_list_rotate(&free_list[zone_of(mfn_x(frame_to_mfn(f)))][f->order], f);
}

void buddy_free(struct frame_info *f, unsigned int order, bool dirty)
{
    spin_lock(&heap_lock);
    if (dirty) {
        disown_locked(f, order);
        join_locked(f, order);
    } else {
        unclaim_locked(f, order);
        put_first_locked(join_locked(f, order));
    }
    spin_unlock(&heap_lock);
}

void buddy_hold_again(struct frame_info *f, unsigned int order)
{
    spin_lock(&heap_lock);
    unclaim_locked(f, order);
    set_held(f, order);
    spin_unlock(&heap_lock);
}

unsigned int buddy_free_held(struct frame_info *f)
{
    unsigned int order;

    spin_lock(&heap_lock);
    ASSERT(f->count_info & FRAME_HELD);
    order = f->order;
    f->count_info &= ~FRAME_HELD;
    join_locked(f, order);
    spin_unlock(&heap_lock);
    return order;
}

unsigned long buddy_free_below(unsigned int bits)
{
    unsigned long n = 0;

    for (unsigned int z = 0; z < NR_ZONES && z <= bits; z++)
        n += READ_ONCE(zone_free[z]);
    return n;
}

unsigned long buddy_free_total(void) { return buddy_free_below(NR_ZONES); }

/* The next marked frame, among some that are looked at; marked ones are free: allocation takes the mark away. heap_lock is held. */
static struct frame_info *next_dirty(void)
{
    for (unsigned int looked = 0; looked < 512 && !spin_is_contended(&heap_lock); looked++) {
        struct frame_info *f;

        scrub_cursor = scrub_cursor + 1 < max_frame ? scrub_cursor + 1 : 1;
        f = mfn_to_frame(mfn(scrub_cursor));
        if (mfn_is_ram(mfn(scrub_cursor)) && (f->count_info & FRAME_NEED_SCRUB))
            return f;
    }
    return NULL;
}

bool buddy_scrub(void (*clean)(struct frame_info *))
{
    struct frame_info *f = NULL;

    /* Idle work gives way: whoever has the lock allocates or frees. One cleaner is enough. */
    if (!READ_ONCE(nr_dirty) || READ_ONCE(being_cleaned) || !spin_trylock(&heap_lock))
        return false;
    if (nr_dirty && !being_cleaned)
        being_cleaned = f = next_dirty();
    spin_unlock(&heap_lock);
    if (f) {
        clean(f);
        spin_lock(&heap_lock);
        if (f->count_info & FRAME_NEED_SCRUB) {
            f->count_info &= ~FRAME_NEED_SCRUB;
            nr_dirty--;
        }
        spin_unlock(&heap_lock);
        __atomic_store_n(&being_cleaned, NULL, __ATOMIC_RELEASE);
    }
    return READ_ONCE(nr_dirty) != 0;
}
