/* SPDX-License-Identifier: GPL-2.0-only */
/* Mirror tables (mirror.h): the pool, filling in on faults, taking back the right to write. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/log_dirty.h>
#include <xen/page_alloc.h>
#include <xen/page_array.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>
#include <x86/pt_lock.h>
#include <x86/spec.h>
#include "mirror.h"
#include "pt.h"

#define PFEC_WRITE   2u
#define PFEC_RSVD    8u
#define PFEC_FETCH   16u

#define NONE         (~0u)
#define FILL_NEEDS   3                 /* new tables of one walk: levels 3 to 1 */
#define FRAMES_PER_TABLE 128           /* tables that a guest of this many frames may have mirrored, and POOL_EXTRA more */
#define POOL_EXTRA   256
#define FREED_PER_CHECK  64            /* tables that are freed between two looks at pending work */
#define OTHERS_PER_CHECK 256           /* tables of other levels, and unused ones, between two such looks of mirror_protect */

/* What one fault or one load of CR3 does at the most to make room. */
#define GROWN_PER_STEP   8             /* new tables */
#define VCPUS_PER_STEP   8             /* vCPUs whose L4s are emptied */
#define SWEPT_PER_STEP   32            /* tables that are looked at, and more where too few of them could be released */

struct mirror_table {
    struct frame_info *table;          /* the guest's; NULL: free */
    pte_t *entries;                    /* a page of ours, kept while free */
    u32 next;                          /* in its hash chain or on the free list */
    u32 level;
    u32 round;                         /* the one of mirror.round in which it was taken or emptied last */
};

struct mirror {
    u32 max_tables, nr_tables;         /* at most, and made so far */
    u32 nr_free, free;
    u32 hash_mask;
    u32 pass_pos;                      /* typed progress of mirror_begin, then of mirror_protect */
    bool ready, ending;                /* mirror_begin() is through; mirror_end() has begun */
    bool making_room;                  /* a round of make_room() is not complete */
    u32 round, next_vcpu, sweep_pos;   /* that round, and its typed progress */
    struct page_array tables, hash;    /* the first nr_tables; chains' first tables, NONE: empty */
};
#define TABLES_PER_PAGE  (PAGE_SIZE / sizeof(struct mirror_table))
#define BUCKETS_PER_PAGE (PAGE_SIZE / sizeof(u32))

/* ---- the pool ---- */

static struct mirror_table *table_at(const struct mirror *m, u32 i)
{
    return (struct mirror_table *)page_array_page(&m->tables, i / TABLES_PER_PAGE) + i % TABLES_PER_PAGE;
}

static u32 *bucket(struct mirror *m, const struct frame_info *table)
{
    u64 i = mfn_x(frame_to_mfn(table)) & m->hash_mask;

    return (u32 *)page_array_page(&m->hash, i / BUCKETS_PER_PAGE) + i % BUCKETS_PER_PAGE;
}

static struct mirror_table *find(struct mirror *m, const struct frame_info *table)
{
    for (u32 i = *bucket(m, table); i != NONE; i = table_at(m, i)->next)
        if (table_at(m, i)->table == table)
            return table_at(m, i);
    return NULL;
}

/* One more page on the free list. */
static bool grow(struct mirror *m)
{
    struct mirror_table *t;

    if (m->nr_tables >= m->max_tables || (m->nr_tables == m->tables.nr * TABLES_PER_PAGE && !page_array_grow(&m->tables)))
        return false;
    t = table_at(m, m->nr_tables);
    t->entries = alloc_xen_page();
    if (!t->entries)
        return false;
    t->table = NULL;
    t->next = m->free;
    m->free = m->nr_tables++;
    m->nr_free++;
    return true;
}

/* The page may still be known to CPUs as a table until it was flushed: when it is taken again. */
static void release(struct domain *d, struct mirror_table *t)
{
    struct mirror *m = d->arch.mirror;
    u32 *p = bucket(m, t->table), i;

    while (table_at(m, *p) != t)
        p = &table_at(m, *p)->next;
    i = *p;
    *p = t->next;
    frame_stamp_tlb(virt_to_frame(t->entries), d);
    t->table = NULL;
    t->next = m->free;
    m->free = i;
    m->nr_free++;
}

/* From the free list, which is not empty. */
static struct mirror_table *take(struct domain *d, struct frame_info *table, unsigned int level)
{
    struct mirror *m = d->arch.mirror;
    u32 i = m->free, *p = bucket(m, table);
    struct mirror_table *t = table_at(m, i);

    ASSERT(i != NONE);
    m->free = t->next;
    m->nr_free--;
    frame_flush_tlb_of(virt_to_frame(t->entries), d, false);
    memset(t->entries, 0, PAGE_SIZE);
    t->table = table;
    t->level = level;
    t->round = m->round;
    t->next = *p;
    *p = i;
    return t;
}

/* ---- making room ---- */

/*
 * When few tables are free all of them but the L4s that vCPUs run on are released, in a round of steps: each fault and each load of CR3
 * makes one, and takes what it needs meanwhile. So that no entry names a released table:
 *
 *  1. The L4s that vCPUs run on are emptied, those of some vCPUs a step. When all are, no CPU reaches a table of an earlier round.
 *  2. Tables of earlier rounds are released, in any order.
 *
 * Below an L4, tables of this round name no others: a walk that comes to one of an earlier round empties it first (refresh()), and it is of
 * this round. So does a vCPU that loads an L4.
 */

static void clear_guest_slots(struct domain *d, pte_t *l4)
{
    for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
        if (!L4_SLOT_IS_HYPERVISOR(i))
            WRITE_ONCE(l4[i].v, 0);
    xpti_l4_changed(d);
}

/* @t's entries name tables of this round only. */
static void refresh(struct domain *d, struct mirror_table *t)
{
    if (t->round == d->arch.mirror->round)
        return;
    if (t->level == 4)
        clear_guest_slots(d, t->entries);
    else
        memset(t->entries, 0, PAGE_SIZE);
    t->round = d->arch.mirror->round;
}

static void refresh_l4(struct domain *d, const struct frame_info *l4)
{
    struct mirror_table *t = l4 ? find(d->arch.mirror, l4) : NULL;

    if (t)
        refresh(d, t);
}

static void empty_l4s(struct domain *d)
{
    struct mirror *m = d->arch.mirror;

    for (unsigned int n = 0; m->next_vcpu < d->max_vcpus && n < VCPUS_PER_STEP; n++) {
        const struct vcpu *v = d->vcpu[m->next_vcpu++];

        if (!v)
            continue;
        refresh_l4(d, v->arch.guest_table);
        refresh_l4(d, v->arch.guest_table_user);
    }
}

/* Until @want are free, where there are so many. */
static void sweep(struct domain *d, u32 want)
{
    struct mirror *m = d->arch.mirror;

    for (u32 n = 0; m->sweep_pos < m->nr_tables && (n < SWEPT_PER_STEP || m->nr_free < want); n++) {
        struct mirror_table *t = table_at(m, m->sweep_pos++);

        if (t->table && t->round != m->round)
            release(d, t);
    }
    m->making_room = m->sweep_pos < m->nr_tables;
}

static void make_room(struct domain *d, u32 want)
{
    struct mirror *m = d->arch.mirror;

    if (!m->making_room) {
        m->making_room = true;
        m->round++;
        m->next_vcpu = m->sweep_pos = 0;
    }
    if (m->next_vcpu < d->max_vcpus)
        empty_l4s(d);
    else
        sweep(d, want);
}

/* A round begins when fewer are free: as many as faults take until it comes to release tables. */
static u32 few_free(const struct domain *d)
{
    return FILL_NEEDS * (DIV_ROUND_UP(d->max_vcpus, VCPUS_PER_STEP) + 1);
}

/* As many as a mirror must have: all vCPUs' L4s, one more, and of what is left more than half is in use when a round begins. */
static u32 least_tables(const struct domain *d) { return 2 * d->max_vcpus + 1 + 2 * few_free(d); }

/* At least @n on the free list. */
static void reserve(struct domain *d, u32 n)
{
    struct mirror *m = d->arch.mirror;

    for (unsigned int i = 0; m->nr_free < few_free(d) && i < GROWN_PER_STEP && grow(m); i++)
        ;
    if (m->making_room || m->nr_free < few_free(d))
        make_room(d, n);
    /* Not where few_free() were free when the round began. */
    while (m->nr_free < n)
        make_room(d, n);
}

/* ---- what the guest's changes do ---- */

void mirror_forget(struct domain *d, const void *entry)
{
    struct frame_info *table = virt_to_frame(entry);
    struct mirror_table *t = find(d->arch.mirror, table);

    log_dirty_mark(d, table);
    if (!t)
        return;
    WRITE_ONCE(t->entries[((u64)entry & ~PAGE_MASK) / sizeof(pte_t)].v, 0);
    if (t->level == 4)
        xpti_l4_changed(d);
}

void mirror_drop(struct domain *d, struct frame_info *table)
{
    struct mirror_table *t = find(d->arch.mirror, table);

    if (t)
        release(d, t);
}

u64 mirror_cr3(struct domain *d, struct frame_info *l4, bool user)
{
    const pte_t *guest = frame_to_virt(l4);
    struct mirror_table *t = find(d->arch.mirror, l4);

    if (t) {
        refresh(d, t);
    } else {
        reserve(d, 1);
        t = take(d, l4, 4);
    }
    if (l4_is_bare(l4))
        l4_init_own_slots(t->entries, d, user);
    else
        for (unsigned int i = HYPERVISOR_L4_FIRST; i <= HYPERVISOR_L4_LAST; i++)
            WRITE_ONCE(t->entries[i].v, guest[i].v);
    xpti_l4_changed(d);
    return virt_to_maddr(t->entries).v;
}

/* ---- faults ---- */

struct fill {
    struct domain *d;
    u64 va;
    bool write, fetch;
    bool writable, no_exec;            /* so far, from the top */
    bool changed;                      /* a mirror entry is another one now */
};

static void set(struct fill *f, struct mirror_table *t, unsigned int index, u64 e)
{
    if (t->entries[index].v != e) {
        WRITE_ONCE(t->entries[index].v, e);
        f->changed = true;
        if (t->level == 4)
            xpti_l4_changed(f->d);
    }
}

static bool permitted(const struct fill *f)
{
    return !(f->write && !f->writable) && !(f->fetch && f->no_exec);
}

static pte_t guest_entry(struct fill *f, struct frame_info *table, unsigned int index, u64 bits)
{
    u64 *p = (u64 *)frame_to_virt(table) + index;
    pte_t e = pte(READ_ONCE(*p));

    if (pte_present(e) && (e.v & bits) != bits) {
        __atomic_fetch_or(p, bits, __ATOMIC_ACQ_REL);
        log_dirty_mark(f->d, table);
        e.v |= bits;
    }
    return e;
}

/* The frame of @e when it is the domain's own memory. What the hypervisor lends it (shared_info, grant tables) has no number to log. */
static struct frame_info *logged_frame(const struct fill *f, pte_t e)
{
    struct frame_info *frame = pt_mfn_is_ram(pte_mfn(e)) ? mfn_to_frame(pte_mfn(e)) : NULL;

    if (!frame || frame_owner(frame) != f->d || (READ_ONCE(frame->count_info) & FRAME_XENHEAP))
        return NULL;
    return frame;
}

static bool fill_l1(struct fill *f, struct frame_info *table, struct mirror_table *t, unsigned int index)
{
    pte_t e = guest_entry(f, table, index, 0);
    struct frame_info *frame;

    if (!pte_present(e))
        return false;
    f->writable &= !!(e.v & PTE_RW);
    f->no_exec |= !!(e.v & PTE_NX);
    e = guest_entry(f, table, index, PTE_A | (f->write && permitted(f) ? PTE_D : 0));
    frame = logged_frame(f, e);
    if (f->write && permitted(f)) {
        /* The right is given also where the page's number is beyond the log. */
        if (frame)
            log_dirty_mark(f->d, frame);
    } else if (!(e.v & PTE_D) || (frame && !log_dirty_test(f->d, frame))) {
        e.v &= ~PTE_RW;
    }
    set(f, t, index, e.v);
    return permitted(f);
}

/* From the guest's table @table down. True: the guest's tables permit the access. */
static bool fill_walk(struct fill *f, struct frame_info *table)
{
    struct mirror *m = f->d->arch.mirror;
    struct mirror_table *t = find(m, table);

    ASSERT(t);
    for (unsigned int level = 4; level > 1; level--) {
        unsigned int index = PT_INDEX(f->va, level);
        pte_t e = guest_entry(f, table, index, PTE_A);
        struct frame_info *below = mfn_to_frame(pte_mfn(e));
        struct mirror_table *child;

        if (!pte_present(e))
            return false;
        f->writable &= !!(e.v & PTE_RW);
        f->no_exec |= !!(e.v & PTE_NX);
        if (below == table) {
            /* A linear mapping, never writable: it shows the guest its own tables, so from here on it goes through them. */
            set(f, t, index, e.v);
            return false;
        }
        child = find(m, below);
        if (child)
            refresh(f->d, child);
        else
            child = take(f->d, below, level - 1);
        set(f, t, index, pte_make(virt_to_mfn(child->entries), pte_flags(e)).v);
        table = below;
        t = child;
    }
    return fill_l1(f, table, t, PT_INDEX(f->va, 1));
}

/*
 * True: try again. Either the mirror has the page now, or, where the guest's own tables refuse the access, the
 * fault will come again with the error code that they give.
 */
bool mirror_handle_fault(struct vcpu *v, u64 cr3, u64 va, u32 error_code)
{
    struct domain *d = v->domain;
    struct fill f = {
        .d = d, .va = va, .write = error_code & PFEC_WRITE, .fetch = error_code & PFEC_FETCH, .writable = true,
    };
    bool ok = false;

    if (error_code & PFEC_RSVD)
        return false;
    pt_lock(d);
    if (d->arch.mirror) {
        bool user = (cr3 & PTE_ADDR) != v->arch.cr3_kernel;
        struct frame_info *l4 = user ? v->arch.guest_table_user : v->arch.guest_table;

        reserve(d, FILL_NEEDS);
        ok = l4 && fill_walk(&f, l4);
        d->log_dirty.faults++;
    }
    pt_unlock(d);
    return ok || f.changed;
}

/* ---- begin, end, rounds ---- */

/* Without anything in it yet. */
static struct mirror *alloc_mirror(struct domain *d, u32 least)
{
    struct mirror *m = xzalloc(sizeof(*m));
    u64 buckets = BUCKETS_PER_PAGE;

    if (!m)
        return NULL;
    m->free = NONE;
    m->max_tables = (u32)min(least + POOL_EXTRA + d->tot_pages / FRAMES_PER_TABLE, (u64)NONE - 1);
    while (buckets < m->max_tables)
        buckets *= 2;
    m->hash_mask = (u32)(buckets - 1);
    return m;
}

/* One page of the hash, or one table. False: there is no memory for it. */
static bool fill_step(struct mirror *m)
{
    if (m->hash.nr * BUCKETS_PER_PAGE > m->hash_mask)
        return grow(m);
    if (!page_array_grow(&m->hash))
        return false;
    memset(page_array_page(&m->hash, m->hash.nr - 1), 0xff, PAGE_SIZE);      /* NONE */
    return true;
}

/* The mirror that is being made gets its hash, and as many tables as it must have. */
static int fill(struct domain *d, u32 least)
{
    struct mirror *m = d->arch.mirror_idle;

    while (m->nr_tables < least) {
        if (!fill_step(m))
            return -ENOMEM;
        if (preempt_check())
            return -ERESTART;
    }
    return 0;
}

/* The vCPUs go over to the mirror one by one: none of them runs. */
static int load_mirror(struct domain *d)
{
    struct mirror *m = d->arch.mirror;

    while (m->pass_pos < d->max_vcpus) {
        struct vcpu *v = d->vcpu[m->pass_pos++];

        if (!v)
            continue;
        pt_lock(d);
        pt_set_cr3(v);
        pt_unlock(d);
        if (preempt_check())
            return -ERESTART;
    }
    m->pass_pos = 0;
    m->ready = true;
    return 0;
}

int mirror_begin(struct domain *d)
{
    u32 least = least_tables(d);
    int rc;

    if (d->arch.mirror ? d->arch.mirror->ready : d->arch.mirror_idle && d->arch.mirror_idle->ending)
        return -EINVAL;
    if (!d->arch.mirror) {
        if (!d->arch.mirror_idle)
            d->arch.mirror_idle = alloc_mirror(d, least);
        rc = d->arch.mirror_idle ? fill(d, least) : -ENOMEM;
        if (rc)
            return rc;
        pt_lock(d);
        d->arch.mirror = d->arch.mirror_idle;
        d->arch.mirrored = true;
        pt_unlock(d);
        d->arch.mirror_idle = NULL;
    }
    return load_mirror(d);
}

/* The vCPUs run on their own tables again, if any of them ran on a mirror. */
static void unload_mirror(struct domain *d)
{
    struct vcpu *v;

    pt_lock(d);
    d->arch.mirror_idle = d->arch.mirror;
    d->arch.mirror = NULL;
    d->arch.mirrored = false;
    for_each_vcpu(d, v)
        pt_set_cr3(v);
    pt_unlock(d);
}

/* Frees one page of what nothing refers to any more. False: none is left. */
static bool empty_step(struct mirror *m)
{
    if (m->nr_tables)
        free_xen_page(table_at(m, --m->nr_tables)->entries);
    else if (m->tables.nr)
        page_array_shrink(&m->tables);
    else if (m->hash.nr)
        page_array_shrink(&m->hash);
    else
        return false;
    return true;
}

int mirror_end(struct domain *d)
{
    struct mirror *m;

    if (d->arch.mirror)
        unload_mirror(d);
    m = d->arch.mirror_idle;
    if (!m)
        return 0;
    m->ending = true;
    for (unsigned int n = 1; empty_step(m); n++)
        if (n % FREED_PER_CHECK == 0 && preempt_check())
            return -ERESTART;
    xfree(m);
    d->arch.mirror_idle = NULL;
    return 0;
}

static void protect_table(pte_t *l1)
{
    for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
        if (l1[i].v & PTE_RW)
            WRITE_ONCE(l1[i].v, l1[i].v & ~PTE_RW);
}

/* No TLB to flush: a CPU that stops running a domain loads other tables. */
int mirror_protect(struct domain *d)
{
    struct mirror *m = d->arch.mirror;
    unsigned int others = 0;
    int rc = pt_lock_preemptible(d);

    if (rc)
        return rc;
    while (m && m->pass_pos < m->nr_tables && !rc) {
        struct mirror_table *t = table_at(m, m->pass_pos++);
        bool l1 = t->table && t->level == 1;

        if (l1)
            protect_table(t->entries);
        if ((l1 || ++others % OTHERS_PER_CHECK == 0) && pt_preempt_check(d))
            rc = -ERESTART;
    }
    if (m && !rc)
        m->pass_pos = 0;
    pt_unlock(d);
    return rc;
}
