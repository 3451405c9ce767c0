/* SPDX-License-Identifier: GPL-2.0-only */
/* One page-table entry of any level: takes and drops the references that it stands for, and changes it. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/msix.h>
#include <xen/rangeset.h>
#include <xen/softirq.h>
#include <x86/mm.h>
#include <x86/spec.h>
#include "pt.h"
#include "pt_l1.h"

noinline int l1_refuse(const struct domain *owner, const struct domain *target, pte_t e, int rc, const char *why)
{
    printk(XENLOG_GUEST "d%u: L1 entry %016lx refused: %s (frames of d%u)\n", owner->id, e.v, why, target->id);
    return rc;
}

noinline int l1_get_device(struct domain *owner, struct domain *target, pte_t e, mfn_t m)
{
    const struct domain *holder = target == dom_io ? owner : target;
    struct pt_facts facts = {
        .is_ram = false,
        .device_asked = target == dom_io,
        .mapper_has_iomem = rangeset_contains(owner->iomem_caps, m.v, m.v),
        .target_has_iomem = holder->iomem_caps && rangeset_contains(holder->iomem_caps, m.v, m.v),
    };

    if (pt_classify(&facts) != PT_DEVICE)
        return l1_refuse(owner, target, e, -EPERM, "no right to this device memory");
    if (!(e.v & PTE_RW) || is_hardware_domain(owner) || !msix_protects(m.v))
        return 0;
    printk(XENLOG_GUEST "d%u: L1 entry %016lx becomes read-only: an MSI-X table\n", owner->id, e.v);
    return L1_READ_ONLY;
}

static bool l1_flags_ok(const struct domain *owner, pte_t e) { return pt_flags_ok(1, e, pt_cache_attrs_ok(owner)); }

noinline int l1_same_special(struct domain *owner, struct domain *target, pte_t e)
{
    if (!l1_flags_ok(owner, e))
        return l1_refuse(owner, target, e, -EINVAL, "flags");
    if (pt_mfn_is_ram(pte_mfn(e)))
        frame_mark_noncoherent(mfn_to_frame(pte_mfn(e)));
    return 0;
}

noinline int l1_get_special(struct domain *owner, struct domain *target, pte_t e)
{
    int rc;

    if (!l1_flags_ok(owner, e))
        return l1_refuse(owner, target, e, -EINVAL, "flags");
    rc = l1_get_checked(owner, target, e);
    if (!rc && pt_mfn_is_ram(pte_mfn(e)))
        frame_mark_noncoherent(mfn_to_frame(pte_mfn(e)));
    return rc;
}

noinline void l1_foreign_ended(const struct domain *mapper, pte_t e)
{
    struct frame_info *f = mfn_to_frame(pte_mfn(e));
    struct domain *d = frame_owner(f);

    if ((e.v & PTE_RW) && d != mapper)
        log_dirty_mark(d, f);
}

static void l1_put(const struct domain *mapper, pte_t e)
{
    mfn_t m = pte_mfn(e);

    if (unlikely(!pt_mfn_is_ram(m)))
        return;
    if (unlikely(READ_ONCE(mfn_to_frame(m)->count_info) & FRAME_FOREIGN))
        l1_foreign_ended(mapper, e);
    frame_put_mapping(mfn_to_frame(m), e.v & PTE_RW, mapper);
}

noinline int l1_undo(const struct domain *owner, pte_t new, int rc)
{
    if (pte_present(new))
        l1_put(owner, new);
    return rc;
}

static noinline int table_refuse(const struct pt_parties *w, unsigned int level, pte_t e, int rc, const char *why)
{
    if (rc != -ERESTART)
        printk(XENLOG_GUEST "d%u: L%u entry %016lx refused: %s\n", w->owner->id, level, e.v, why);
    return rc;
}

/* An entry of @self that names @self. A table being validated becomes bare at the end, one in use now: own_l4.c. */
static noinline int table_get_self(const struct pt_parties *w, struct frame_info *self, unsigned int level, pte_t e)
{
    int rc = 0;

    if (!pt_self_map_ok(level, e))
        return table_refuse(w, level, e, -EINVAL, "writable linear mapping");
    if (level == 4) {
        w->owner->arch.maps_itself = true;
        if (self->type_info & FT_VALIDATED)
            rc = l4_move_out(w->owner, self);
    }
    return rc ? table_refuse(w, level, e, rc, rc == -EBUSY ? "linear mapping in an L4 that another vCPU uses" : "no memory") : 0;
}

static int table_get(const struct pt_parties *w, struct frame_info *self, unsigned int level, pte_t *e)
{
    mfn_t m = pte_mfn(*e);
    struct frame_info *f;
    int rc;

    if (!pt_flags_ok(level, *e, false))
        return table_refuse(w, level, *e, -EINVAL, "flags");
    *e = pt_adjust(level, *e);
    if (mfn_eq(m, frame_to_mfn(self)))
        return table_get_self(w, self, level, *e);
    f = frame_get_mfn(m, w->owner);
    if (!f)
        return table_refuse(w, level, *e, -EINVAL, "no frame of the domain");
    rc = frame_get_type_locked(f, FT_LEVEL(level - 1), w->preemptible, w->owner);
    if (!rc)
        return 0;
    frame_put(f);
    return table_refuse(w, level, *e, rc, "no valid table of the next level");
}

int pt_entry_get(const struct pt_parties *w, struct frame_info *self, unsigned int level, pte_t *e)
{
    int rc;

    if (level > 1)
        return table_get(w, self, level, e);
    *e = pt_adjust(1, *e);
    rc = l1_get(w->owner, w->target, *e);
    if (rc != L1_READ_ONLY)
        return rc;
    e->v &= ~PTE_RW;
    return 0;
}

int pt_entry_put(struct frame_info *self, unsigned int level, pte_t e, bool preemptible)
{
    struct frame_info *f;

    if (level == 1) {
        l1_put(frame_owner(self), e);
        return 0;
    }
    f = mfn_to_frame(pte_mfn(e));
    if (f == self)
        return 0;
    if (frame_put_type_locked(f, preemptible))
        return -ERESTART;
    frame_put(f);
    return 0;
}

int pt_change_l1(const struct pt_parties *w, u64 *p, pte_t new, enum pt_write how, pte_t expect)
{
    return l1_change(w->owner, w->target, p, new, how, expect);
}

static int table_write(const struct pt_parties *w, const struct pt_change *c, u64 *p, pte_t old, pte_t new)
{
    int rc = pt_entry_write(w->owner, p, old, new, c->how);

    if (c->level == 4) {
        if (unlikely(w->owner->arch.maps_itself))
            own_l4_entry_written(w->owner, c->table, c->index);
        xpti_l4_changed(w->owner);
    }
    return rc;
}

static int change_table(const struct pt_parties *w, struct pt_change *c)
{
    u64 *p = (u64 *)frame_to_virt(c->table) + c->index;
    pte_t old = c->how == PT_WRITE_IF_SAME ? c->expect : pte(READ_ONCE(*p)), new = c->new;
    int rc;

    if (unlikely(c->level == 4 && L4_SLOT_IS_HYPERVISOR(c->index)))
        return table_refuse(w, 4, new, -EINVAL, "slot of the hypervisor");
    if (pte_present(new)) {
        if (pt_same_references(old, new)) {
            if (!pt_flags_ok(c->level, new, false))
                return table_refuse(w, c->level, new, -EINVAL, "flags");
            return table_write(w, c, p, old, pt_adjust(c->level, new));
        }
        rc = table_get(w, c->table, c->level, &new);
        if (rc)
            return rc;
    } else if (unlikely(new.v & w->owner->arch.l1tf_mask) && spec_l1tf_unsafe(new.v)) {
        return table_refuse(w, c->level, new, -EINVAL, PT_L1TF_REASON);
    }
    rc = table_write(w, c, p, old, new);
    if (unlikely(rc)) {
        if (pte_present(new))
            (void)pt_entry_put(c->table, c->level, new, false);
        return rc;
    }
    /* A linear mapping holds no reference. */
    if (!pte_present(old) || mfn_eq(pte_mfn(old), frame_to_mfn(c->table)))
        return 0;
    /* With pending work a second table, after the one that was checked, is not begun. */
    if ((w->preemptible && preempt_check()) || pt_entry_put(c->table, c->level, old, w->preemptible))
        c->leftover = mfn_to_frame(pte_mfn(old));
    return 0;
}

int pt_change_entry(const struct pt_parties *w, struct pt_change *c)
{
    c->leftover = NULL;
    if (c->level == 1)
        return pt_change_l1(w, (u64 *)frame_to_virt(c->table) + c->index, c->new, c->how, c->expect);
    return change_table(w, c);
}
