/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One entry of an L1 table, inline: most of what a page-table update is. Where the owner of the table is also whose frames may
 * be named, in the same variable, the compiler leaves out what is about others. What is rare is in pt_entry.c.
 */
#ifndef X86_MM_PT_L1_H
#define X86_MM_PT_L1_H

#include <xen/errno.h>
#include <x86/spec.h>
#include "mirror.h"
#include "pt.h"

#define PT_L1TF_REASON "not present, but names memory: L1TF"

/* Says why @owner does not get entry @e for a frame of @target's; @rc. */
int l1_refuse(const struct domain *owner, const struct domain *target, pte_t e, int rc, const char *why);
/* A driver maps its BAR whole, with the MSI-X table in it: what l1_get() says of a writable entry that must become read-only. */
#define L1_READ_ONLY 1
/* Frame @m of entry @e is no memory of ours: it is for a device. 0, L1_READ_ONLY or -EPERM. */
int l1_get_device(struct domain *owner, struct domain *target, pte_t e, mfn_t m);
/* @e, an entry of @mapper's for somebody's frame that is or was mapped by others as well, ends: it may have been written through. */
void l1_foreign_ended(const struct domain *mapper, pte_t e);
/* The references of @new, which did not get into a table of @owner's. @rc. */
int l1_undo(const struct domain *owner, pte_t new, int rc);

/* l1_get() of an entry whose flags are not those of plain memory: refused, or with cache attributes. */
int l1_get_special(struct domain *owner, struct domain *target, pte_t e);
/* @e, such an entry, takes the place of one for the same frame with the same rights. 0 or -EINVAL. */
int l1_same_special(struct domain *owner, struct domain *target, pte_t e);

static inline bool l1_flags_special(pte_t e) { return unlikely(e.v & pt_flags_refused(1, false)); }

/* References for @e, adjusted already, whose flags are good. 0, L1_READ_ONLY or an error. */
static inline __attribute__((always_inline)) int l1_get_checked(struct domain *owner, struct domain *target, pte_t e)
{
    mfn_t m = pte_mfn(e);
    struct frame_info *f;
    int rc;

    if (unlikely(!pt_mfn_is_ram(m)))
        return l1_get_device(owner, target, e, m);
    f = mfn_to_frame(m);
    if (unlikely(target != owner && target == dom_io))
        return l1_refuse(owner, target, e, -EPERM, "memory, not a device");
    if (unlikely(!frame_get(f, target)))
        return l1_refuse(owner, target, e, -EBUSY, "not that domain's frame");
    if (unlikely(target != owner))
        frame_mark_foreign(f);
    if (!(e.v & PTE_RW))
        return 0;
    rc = frame_get_type_locked(f, FT_WRITABLE, false, owner);
    if (likely(!rc))
        return 0;
    frame_put(f);
    return l1_refuse(owner, target, e, rc, "writable mapping of a table or read-only page");
}

static inline __attribute__((always_inline)) int l1_get(struct domain *owner, struct domain *target, pte_t e)
{
    return l1_flags_special(e) ? l1_get_special(owner, target, e) : l1_get_checked(owner, target, e);
}

/*
 * Writes an entry of @owner's; accessed and dirty bits may be set by the CPU at any time. An atomic operation, so that the old
 * entry is gone for everybody before the references that it held are stamped with the TLB clock. 0 or -EAGAIN.
 */
static inline int pt_entry_write(struct domain *owner, u64 *p, pte_t old, pte_t new, enum pt_write how)
{
    if (how == PT_WRITE) {
        __atomic_exchange_n(p, new.v, __ATOMIC_SEQ_CST);
        mirror_entry_written(owner, p);
        return 0;
    }
    for (;;) {
        u64 want = how == PT_WRITE_KEEP_AD ? new.v | (old.v & (PTE_A | PTE_D)) : new.v;

        if (__atomic_compare_exchange_n(p, &old.v, want, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            mirror_entry_written(owner, p);
            return 0;
        }
        if (how == PT_WRITE_IF_SAME)
            return -EAGAIN;
    }
}

/* pt_change_l1() by its parties. */
static inline __attribute__((always_inline)) int l1_change(struct domain *owner, struct domain *target, u64 *p, pte_t new,
                                                           enum pt_write how, pte_t expect)
{
    pte_t old = how == PT_WRITE_IF_SAME ? expect : pte(READ_ONCE(*p));
    int rc;

    if (pte_present(new)) {
        new = pt_adjust(1, new);
        if (pt_same_references(old, new) && likely(target == owner || target != dom_io)) {
            rc = l1_flags_special(new) ? l1_same_special(owner, target, new) : 0;
            if (unlikely(rc))
                return rc;
            return pt_entry_write(owner, p, old, new, how);
        }
        rc = l1_get(owner, target, new);
        if (unlikely(rc)) {
            if (rc != L1_READ_ONLY)
                return rc;
            new.v &= ~PTE_RW;
        }
    } else if (unlikely(new.v & owner->arch.l1tf_mask) && spec_l1tf_unsafe(new.v)) {
        return l1_refuse(owner, target, new, -EINVAL, PT_L1TF_REASON);
    }
    rc = pt_entry_write(owner, p, old, new, how);
    if (unlikely(rc))
        return l1_undo(owner, new, rc);
    if (pte_present(old) && likely(pt_mfn_is_ram(pte_mfn(old)))) {
        if (unlikely(READ_ONCE(mfn_to_frame(pte_mfn(old))->count_info) & FRAME_FOREIGN))
            l1_foreign_ended(owner, old);
        frame_put_mapping_now(mfn_to_frame(pte_mfn(old)), old.v & PTE_RW);
    }
    return 0;
}

#endif
