/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to change page-table entries, machine-to-phys entries and single pages, arguments already copied in. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>
#include <x86/pt_lock.h>
#include "pt.h"
#include "pt_l1.h"

int mm_get_target(u16 id, struct domain **d)
{
    struct domain *me = current->domain;

    if (likely(id == DOMID_SELF || id == me->id))
        *d = me;
    else if (id == DOMID_IO)
        *d = dom_io;
    else if (id == DOMID_XEN && me->is_privileged)
        *d = dom_xen;
    else
        return domain_get_target(id, d);
    return 0;
}

void mm_put_target(struct domain *d)
{
    if (unlikely(d != current->domain && d != dom_io && d != dom_xen))
        domain_put(d);
}

int mmu_finish_earlier(void)
{
    return pt_finish_deferred(current);
}

/* Level of a table that is in use and checked; 0: none. Stable under the owner's pt_lock. */
static unsigned int table_level(const struct frame_info *f)
{
    u64 x = READ_ONCE(f->type_info), type = x & FT_MASK;

    if (!(x & FT_VALIDATED) || !(x & FT_COUNT_MASK) || type == FT_NONE || type > FT_L4)
        return 0;
    return type >> FT_SHIFT;
}

/* A request for a frame that is no page table: a plain write, if it may be written. */
static int write_data(struct domain *owner, struct frame_info *f, unsigned int index, u64 val)
{
    if (frame_get_type_locked(f, FT_WRITABLE, false, owner))
        return -EINVAL;
    WRITE_ONCE(((u64 *)frame_to_virt(f))[index], val);
    log_dirty_mark(owner, f);
    (void)frame_put_type_locked(f, false);
    return 0;
}

#define TABLE_CHANGED 1          /* not an error: the change may have checked or taken down a table */

/* @c.table, w->owner's, is no L1 table. TABLE_CHANGED or an error. */
static noinline int update_table(const struct pt_parties *w, struct pt_change *c)
{
    int rc;

    c->level = table_level(c->table);
    rc = likely(c->level) ? pt_change_entry(w, c) : write_data(w->owner, c->table, c->index, c->new.v);
    if (unlikely(c->leftover))
        pt_defer(current, c->leftover);
    return rc ? rc : TABLE_CHANGED;
}

/* 0, TABLE_CHANGED or an error. */
static inline int update_entry(const struct pt_parties *w, u64 ptr, u64 val)
{
    enum pt_write how = (ptr & 3) == MMU_PT_UPDATE_PRESERVE_AD ? PT_WRITE_KEEP_AD : PT_WRITE;
    mfn_t m = mfn(ptr >> PAGE_SHIFT);
    struct frame_info *table = mfn_to_frame(m);
    int rc;

    if (unlikely(!pt_mfn_is_ram(m)))
        return -EINVAL;
    if (unlikely(!frame_get(table, w->owner)))
        return -EPERM;
    if (likely(pt_is_l1_of(table, w->owner)))
        rc = pt_change_l1(w, maddr_to_virt(maddr(ptr & ~7UL)), pte(val), how, pte(0));
    else
        rc = update_table(w, &(struct pt_change){ .table = table, .index = (ptr & ~PAGE_MASK) / sizeof(u64),
                                                  .new = pte(val), .how = how });
    frame_put(table);
    return rc;
}

static noinline int update_m2p(struct domain *target, u64 ptr, u64 val)
{
    mfn_t m = mfn(ptr >> PAGE_SHIFT);
    struct frame_info *f = frame_get_mfn(m, target);

    if (!f)
        return -EINVAL;
    log_dirty_mark(target, f);                   /* both of its numbers mean something else now */
    m2p_set(m, val);
    log_dirty_mark(target, f);
    frame_put(f);
    return 0;
}

static noinline int update_other(const struct pt_parties *w, u64 ptr, u64 val)
{
    if (ptr & 4)
        return -ENOSYS;
    return (ptr & 3) == MMU_MACHPHYS_UPDATE ? update_m2p(w->target, ptr, val) : update_entry(w, ptr, val);
}

/* The commands of update_other() have odd numbers; above 3 there is none. */
static inline int update_any(const struct pt_parties *w, u64 ptr, u64 val)
{
    return unlikely(ptr & 5) ? update_other(w, ptr, val) : update_entry(w, ptr, val);
}

int mmu_refused(struct domain *d, u64 val, int rc)
{
    struct frame_info *f;
    u64 x;

    if (rc != -EBUSY || (val & (PTE_P | PTE_RW)) != (PTE_P | PTE_RW))
        return rc;
    f = frame_get_mfn(pte_mfn(pte(val)), d);
    if (!f)
        return rc;
    x = READ_ONCE(f->type_info);
    if ((x & FT_MASK) == FT_L1 && (x & FT_PARTIAL) && !(x & FT_COUNT_MASK)) {
        (void)frame_drop_partial(f);
        rc = -ERESTART;
    }
    frame_put(f);
    return rc;
}

/* mmu_update_one() where it is not a plain change of an L1 entry; pt_lock held. */
static noinline int update_one_rare(struct vcpu *v, u64 ptr, u64 val)
{
    const struct pt_parties w = pt_parties_of(v->domain, v->domain, true);
    int rc = update_any(&w, ptr, val);

    return rc < 0 ? rc : v->arch.old_table != NULL;
}

int mmu_update_one(struct vcpu *v, u64 ptr, u64 val)
{
    struct domain *d = v->domain;
    mfn_t m = mfn(ptr >> PAGE_SHIFT);
    struct frame_info *table = mfn_to_frame(m);
    bool held;
    int rc = pt_lock_preemptible(d);

    if (unlikely(rc))
        return rc;
    held = (ptr & 7) == MMU_NORMAL_PT_UPDATE && pt_mfn_is_ram(m) && frame_get(table, d);
    if (likely(held && pt_is_l1_of(table, d)))
        rc = l1_change(d, d, maddr_to_virt(maddr(ptr & ~7UL)), pte(val), PT_WRITE, pte(0));
    else
        rc = update_one_rare(v, ptr, val);
    if (likely(held))
        frame_put(table);
    pt_unlock(d);
    return rc;
}

int mmu_update_batch(struct domain *owner, struct domain *target, const struct mmu_update *req, unsigned int n,
                     unsigned int *done)
{
    const struct pt_parties w = pt_parties_of(owner, target, true);
    unsigned int i;
    int rc = pt_lock_preemptible(owner);

    *done = 0;
    if (unlikely(rc))
        return rc;
    for (i = 0; i < n && !rc; i++) {
        rc = update_any(&w, req[i].ptr, req[i].val);
        if (unlikely(rc < 0))
            break;
        if (unlikely(rc == TABLE_CHANGED))
            rc = current->arch.old_table || (i + 1 < n && pt_preempt_check(owner)) ? -ERESTART : 0;
    }
    pt_unlock(owner);
    *done = i;
    return rc;
}

int mmu_update_va(u64 va, u64 val, struct domain *target)
{
    struct vcpu *v = current;
    struct frame_info *table;
    unsigned int index;
    int rc;

    if (unlikely(pt_lock_preemptible(v->domain)))
        return -ERESTART;
    rc = -EINVAL;
    table = pt_walk_l1(v->arch.guest_table, va, &index);
    /* Through a linear mapping the walk may end at a table of a higher level. */
    if (likely(table && pt_is_l1_of(table, v->domain)))
        rc = l1_change(v->domain, target, (u64 *)frame_to_virt(table) + index, pte(val), PT_WRITE, pte(0));
    pt_unlock(v->domain);
    return rc;
}

void mm_flush_domain(struct domain *d, const unsigned long *vcpus, unsigned int flags, u64 va)
{
    cpumask_t mask;
    struct vcpu *v;

    if (!vcpus) {
        cpumask_copy(&mask, &d->dirty_cpus);
    } else {
        cpumask_zero(&mask);
        for_each_vcpu(d, v)
            if (test_bit(v->id, vcpus) && cpumask_test(v->cpu, &d->dirty_cpus))
                set_bit(v->cpu, mask.bits);
    }
    if (!cpumask_empty(&mask))
        tlb_flush_mask(&mask, flags, va);
}

/* Frame @m of @d for writing by us: no table, no descriptor page. */
static struct frame_info *get_writable(struct domain *d, mfn_t m, int *rc)
{
    struct frame_info *f = frame_get_mfn(m, d);

    *rc = -EINVAL;
    if (!f)
        return NULL;
    if (!frame_get_type(f, FT_WRITABLE, false)) {
        *rc = 0;
        return f;
    }
    frame_put(f);
    return NULL;
}

int mm_clear_page(struct domain *d, mfn_t to)
{
    int rc;
    struct frame_info *f = get_writable(d, to, &rc);

    if (!f)
        return rc;
    memset(frame_to_virt(f), 0, PAGE_SIZE);
    log_dirty_mark(d, f);
    frame_put_and_type(f);
    return 0;
}

int mm_copy_page(struct domain *d, mfn_t to, mfn_t from)
{
    struct frame_info *src = frame_get_mfn(from, d), *dst;
    int rc = -EINVAL;

    if (!src)
        return rc;
    dst = get_writable(d, to, &rc);
    if (dst) {
        memcpy(frame_to_virt(dst), frame_to_virt(src), PAGE_SIZE);
        log_dirty_mark(d, dst);
        frame_put_and_type(dst);
    }
    frame_put(src);
    return rc;
}

int mm_update_descriptor(maddr_t where, u64 desc)
{
    struct domain *d = current->domain;
    struct frame_info *f = frame_get_mfn(maddr_to_mfn(where), d);
    int rc = -EINVAL;

    if (!f)
        return rc;
    if (!(where.v % 8) && check_descriptor(d, &desc)) {
        u64 x = READ_ONCE(f->type_info);
        bool in_use = (x & FT_MASK) == FT_DESC && (x & FT_COUNT_MASK);

        rc = frame_get_type(f, in_use ? FT_DESC : FT_WRITABLE, false);
    }
    if (!rc) {
        WRITE_ONCE(*(u64 *)maddr_to_virt(where), desc);
        log_dirty_mark(d, f);
        (void)frame_put_type(f, false);
    }
    frame_put(f);
    return rc ? -EINVAL : 0;
}
