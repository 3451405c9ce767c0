/* SPDX-License-Identifier: GPL-2.0-only */
/* References to frames and to their types: who may use a frame as what, and when it is free. States: xen/frame.h. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/frame.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/smp.h>
#include <x86/pt_lock.h>
#include <x86/cpu_info.h>

/* ---- TLB ---- */

void frame_stamp_tlb(struct frame_info *f, const struct domain *mapper)
{
    if (cpumask_empty(&mapper->dirty_cpus)) {
        /* The entry's end must be seen by a CPU that begins to run @mapper before we see that it does. */
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (cpumask_empty(&mapper->dirty_cpus))
            return;
    }
    frame_stamp_tlb_now(f);
}

/*
 * CPUs that run a guest, any guest. One that is about to leave a guest's address space runs hypervisor code only until it
 * has loaded its own, and one that is about to enter loads a fresh one.
 */
static void guest_cpus(cpumask_t *mask)
{
    unsigned int cpu;

    cpumask_copy(mask, &cpu_online_map);
    for_each_online_cpu(cpu) {
        const struct vcpu *v = READ_ONCE(cpu_info_of(cpu)->current_vcpu);

        if (!v || v->is_idle)
            clear_bit(cpu, mask->bits);
    }
}

static void flush_cpus_since(cpumask_t *mask, u32 stamp)
{
    tlb_filter(mask, stamp);
    if (!cpumask_empty(mask))
        tlb_flush_mask(mask, FLUSH_TLB, 0);
}

void frame_flush_tlb_since(struct domain *d, u32 stamp)
{
    cpumask_t mask;

    if (cpumask_empty(&d->dirty_cpus))
        return;
    cpumask_copy(&mask, &d->dirty_cpus);
    flush_cpus_since(&mask, stamp);
}

void frame_flush_tlb_of(struct frame_info *f, struct domain *d, bool foreign)
{
    cpumask_t mask;

    if (likely(!foreign)) {
        frame_flush_tlb_since(d, f->tlb_stamp);
        return;
    }
    guest_cpus(&mask);
    flush_cpus_since(&mask, f->tlb_stamp);
}

void frame_flush_tlb(struct frame_info *f)
{
    struct domain *d = frame_owner(f);

    if (d)
        frame_flush_tlb_of(f, d, READ_ONCE(f->count_info) & FRAME_FOREIGN);
}

void frame_mark_foreign(struct frame_info *f)
{
    if (!(READ_ONCE(f->count_info) & FRAME_FOREIGN))
        __atomic_fetch_or(&f->count_info, FRAME_FOREIGN, __ATOMIC_ACQ_REL);
}

/* ---- caches ---- */

/* Another CPU that finds the flag set goes on at once: it is set last. */
void frame_mark_noncoherent(struct frame_info *f)
{
    if (READ_ONCE(f->count_info) & FRAME_NONCOHERENT)
        return;
    frame_flush_caches(f);
    __atomic_fetch_or(&f->count_info, FRAME_NONCOHERENT, __ATOMIC_ACQ_REL);
}

noinline void frame_make_coherent(struct frame_info *f)
{
    __atomic_fetch_and(&f->count_info, ~FRAME_NONCOHERENT, __ATOMIC_ACQ_REL);
    frame_flush_caches(f);
}

/* ---- general references ---- */

void frame_ref(struct frame_info *f)
{
    u64 x = __atomic_fetch_add(&f->count_info, 1, __ATOMIC_ACQ_REL);

    ASSERT(x & FRAME_COUNT_MASK);
}

/* The last reference is gone: nobody can take another one. */
void frame_release(struct frame_info *f)
{
    ASSERT(!(f->type_info & (FT_COUNT_MASK | FT_PARTIAL)));
    frame_flush_tlb(f);
    iommu_frame_leaves(frame_owner(f), f);
    frame_settle_caches(f);
    f->type_info = FT_NONE;
    free_domain_frame(f);
}

struct frame_info *frame_get_mfn(mfn_t m, struct domain *d)
{
    struct frame_info *f;

    if (unlikely(!mfn_is_ram(m)))
        return NULL;
    f = mfn_to_frame(m);
    return frame_get(f, d) ? f : NULL;
}

bool frame_put_alloc_ref(struct frame_info *f)
{
    if (!(__atomic_fetch_and(&f->count_info, ~FRAME_ALLOCATED, __ATOMIC_ACQ_REL) & FRAME_ALLOCATED))
        return false;
    frame_put(f);
    return true;
}

/* ---- types ---- */

static bool is_orphan(u64 x)
{
    return (x & FT_PARTIAL) && !(x & FT_COUNT_MASK);
}

/* Owner's pt_lock held, frame not VALIDATED: nobody else changes the word. The caller has a reference of his own. */
static void type_set(struct frame_info *f, u64 nx)
{
    u64 x = f->type_info;

    __atomic_store_n(&f->type_info, nx, __ATOMIC_RELEASE);
    if (is_orphan(nx) && !is_orphan(x))
        frame_ref(f);
    if (is_orphan(x) && !is_orphan(nx))
        frame_put(f);
}

/* The answer to a request for @type while the frame is in use as another one: by the ABI only a writable mapping is -EBUSY. */
static int type_conflict(u64 type)
{
    return type == FT_WRITABLE ? -EBUSY : -EINVAL;
}

static u64 partial_bits(unsigned int nr)
{
    return nr ? FT_PARTIAL | (u64)nr << FT_NR_SHIFT : 0;
}

static unsigned int partial_nr(u64 x)
{
    return (x & FT_NR_MASK) >> FT_NR_SHIFT;
}

#define FT_KEPT (FT_MASK | FT_PINNED)   /* what a change of progress leaves alone */

/* @f stops being a table: only its owner used it as one. */
static void stamp_table(struct frame_info *f)
{
    frame_stamp_tlb(f, frame_owner(f));
}

/* Goes on with checking contents at entry @nr; the caller's count is in the word already. */
static int type_validate(struct frame_info *f, u64 type, unsigned int nr, bool preemptible)
{
    int rc = frame_validate(f, type, &nr, preemptible);
    u64 x = f->type_info;

    if (!rc) {
        type_set(f, (x & (FT_KEPT | FT_COUNT_MASK)) | FT_VALIDATED);
        return 0;
    }
    /* With pending work giving back would be a second piece: the next call finds the same entry at once. */
    if (preemptible && preempt_check())
        rc = -ERESTART;
    /* Refused: give back what the good entries took. What is left then is done when the frame is pinned, lent or given back. */
    if (rc != -ERESTART)
        (void)frame_devalidate(f, type, &nr, preemptible);
    stamp_table(f);
    x = (x & (FT_KEPT | FT_COUNT_MASK)) - 1;
    /* With nothing done and somebody in the middle of frame_put_type() it stays PARTIAL: nobody is at work on it. */
    type_set(f, x | partial_bits(nr) | (x & FT_COUNT_MASK ? FT_PARTIAL : 0));
    return rc;
}

/* @f is PARTIAL: goes on where it stopped. */
static int type_get_partial(struct frame_info *f, u64 type, bool preemptible)
{
    u64 x = f->type_info;

    if ((x & FT_MASK) != type)
        return type_conflict(type);
    type_set(f, x + 1);
    return type_validate(f, type, partial_nr(x), preemptible);
}

/*
 * Takes down a partially validated @f that has no references, to make room for another type. Never while an entry is
 * changed or a table checked: that table may be one that @f's entries alone hold. pt_lock held. 0, -ERESTART or the conflict
 * with @type. A caller that cannot be preempted gets the conflict for a table of L2 and above, whose 512 entries may each
 * take a table down; pinning the frame, or giving it back, clears the way.
 */
static int orphan_drop(struct frame_info *f, u64 type, bool preemptible)
{
    u64 x = f->type_info, was = x & FT_MASK;
    unsigned int nr = partial_nr(x);
    int rc;

    if ((x & FT_COUNT_MASK) || (!preemptible && was > FT_L1 && was != FT_DESC))
        return type_conflict(type);
    rc = frame_devalidate(f, was, &nr, preemptible);
    stamp_table(f);
    type_set(f, (x & FT_KEPT) | partial_bits(nr));
    return rc;
}

int frame_get_type_slow(struct frame_info *f, u64 type, bool preemptible, struct domain *locked)
{
    for (;;) {
        u64 x, was;

        if (frame_get_type_fast(f, type))
            return 0;
        x = READ_ONCE(f->type_info);
        was = x & FT_MASK;
        if (unlikely(x & FT_PARTIAL))
            return frame_owner(f) == locked ? type_get_partial(f, type, preemptible) : type_conflict(type);
        if (x & FT_COUNT_MASK) {
            if (was != type || (u32)x >= FT_COUNT_MAX)
                return type_conflict(type);
            cpu_relax();
            continue;
        }
        if (!frame_cas(&f->type_info, &x, type | 1))
            continue;
        if (was != type) {
            if (was != FT_NONE)
                frame_flush_tlb(f);
            iommu_frame_changes(frame_owner(f), f, was, type);
            if (type != FT_WRITABLE)
                frame_settle_caches(f);
        }
        if (type != FT_WRITABLE)
            return type_validate(f, type, 0, preemptible);
        __atomic_fetch_or(&f->type_info, FT_VALIDATED, __ATOMIC_ACQ_REL);
        return 0;
    }
}

/* @preemptible: 0 or -ERESTART; otherwise 0. */
static int type_lock(struct domain *d, bool preemptible)
{
    if (preemptible)
        return pt_lock_preemptible(d);
    pt_lock(d);
    return 0;
}

int frame_get_type(struct frame_info *f, u64 type, bool preemptible)
{
    struct domain *d = frame_owner(f);
    int rc = 0;

    if (frame_get_type_fast(f, type))
        return 0;
    if (!d)
        return type_conflict(type);
    if (type == FT_WRITABLE && !(READ_ONCE(f->type_info) & FT_PARTIAL))
        return frame_get_type_locked(f, type, false, NULL);
    if (type_lock(d, preemptible))
        return -ERESTART;
    if (is_orphan(f->type_info) && (f->type_info & FT_MASK) != type) {
        rc = orphan_drop(f, type, preemptible);
        if (!rc && preemptible && preempt_check())
            rc = -ERESTART;
    }
    if (!rc)
        rc = frame_get_type_locked(f, type, preemptible, d);
    pt_unlock(d);
    return rc;
}

/* Drops a reference that is not the last of a checked type; false: it is. */
static bool type_put_fast(struct frame_info *f)
{
    u64 x = READ_ONCE(f->type_info);

    for (;;) {
        ASSERT(x & FT_COUNT_MASK);
        /* While a checked type is taken up or down its word is the lock holder's. */
        if ((x & FT_MASK) != FT_WRITABLE && (x & FT_MASK) != FT_NONE &&
            ((x & FT_COUNT_MASK) == 1 || !(x & FT_VALIDATED)))
            return false;
        if (frame_cas(&f->type_info, &x, x - 1))
            return true;
    }
}

int frame_put_type_locked(struct frame_info *f, bool preemptible)
{
    unsigned int nr;
    u64 x, type;
    int rc;

    do {
        if (type_put_fast(f))
            return 0;
        /* From here on frame_get_type_fast() fails, and the lock keeps everybody else out. */
        x = READ_ONCE(f->type_info);
    } while ((x & FT_COUNT_MASK) != 1 || !frame_cas(&f->type_info, &x, x & ~FT_VALIDATED));
    type = x & FT_MASK;
    nr = x & FT_VALIDATED ? PTES_PER_PAGE : partial_nr(x);
    rc = frame_devalidate(f, type, &nr, preemptible);
    stamp_table(f);
    type_set(f, (x & FT_KEPT) | (rc ? partial_bits(nr) | 1 : 0));
    return rc;
}

void frame_put_mapping(struct frame_info *f, bool writable, const struct domain *mapper)
{
    frame_stamp_tlb(f, mapper);
    if (writable)
        frame_put_writable(f);
    frame_put(f);
}

int frame_put_type(struct frame_info *f, bool preemptible)
{
    struct domain *d = frame_owner(f);
    int rc;

    if (type_put_fast(f))
        return 0;
    if (type_lock(d, preemptible))
        return -ERESTART;
    rc = frame_put_type_locked(f, preemptible);
    pt_unlock(d);
    return rc;
}

int frame_drop_partial(struct frame_info *f)
{
    struct domain *d = frame_owner(f);
    int rc = 0;

    if (type_lock(d, true))
        return -ERESTART;
    if (is_orphan(f->type_info))
        rc = orphan_drop(f, FT_NONE, true);
    pt_unlock(d);
    return rc;
}

int frame_get_and_type(struct frame_info *f, struct domain *d, u64 type)
{
    int rc;

    if (!frame_get(f, d))
        return -EPERM;
    rc = frame_get_type(f, type, false);
    if (rc)
        frame_put(f);
    return rc;
}

void frame_put_and_type(struct frame_info *f)
{
    /* Not preemptible, so that it cannot fail. */
    (void)frame_put_type(f, false);
    frame_put(f);
}
