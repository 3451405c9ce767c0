/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies between granted or own pages, without a mapping. */
#include <xen/domain.h>
#include <xen/grant.h>
#include <xen/lib.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>

/* The table's lock is held: the version, and with it what an entry is, may change at any time. */
static bool is_transitive_locked(const struct grant_table *gt, grant_ref_t ref)
{
    return gt->version == 2 && ref < grant_nr_entries(gt) &&
           (READ_ONCE(grant_v2(gt, ref)->hdr.flags) & GTF_type_mask) == GTF_transitive;
}

static int pin_locked(struct domain *granter, grant_ref_t ref, u16 user, struct grant_use *use)
{
    const struct grant_active *a;
    int status = grant_pin_locked(granter, ref, user, use->readonly, false);

    if (status)
        return status;
    a = grant_active(granter->grant, ref);
    use->granter = granter;
    use->ref = ref;
    use->frame = a->frame;
    use->offset = a->offset;
    use->length = a->length;
    return GNTST_okay;
}

static int pin_for_copy(struct domain *granter, grant_ref_t ref, u16 user, struct grant_use *use)
{
    int status;

    spin_lock(&granter->grant->lock);
    status = pin_locked(granter, ref, user, use);
    spin_unlock(&granter->grant->lock);
    return status;
}

/*
 * The entry names a grant that a third domain made to its owner: that one is used, on the owner's behalf. The entry of
 * the passing domain gets no marks: it may end the passing at any time, for later copies.
 */
static int use_transitive(struct domain *via, grant_ref_t ref, struct grant_use *use)
{
    struct grant_table *gt = via->grant;
    union grant_entry_v2 e;
    struct domain *third;
    int status;

    spin_lock(&gt->lock);
    if (!is_transitive_locked(gt, ref)) {
        spin_unlock(&gt->lock);
        return GNTST_eagain;
    }
    e = *grant_v2(gt, ref);
    spin_unlock(&gt->lock);
    if (e.hdr.domid != current->domain->id || (!use->readonly && (e.hdr.flags & GTF_readonly)))
        return GNTST_general_error;
    third = domain_get_by_id(e.transitive.trans_domid);
    if (!third)
        return GNTST_bad_domain;
    /* One step only: a grant that is itself passed on is refused by grant_pin_locked(). */
    status = third->grant ? pin_for_copy(third, e.transitive.gref, via->id, use) : GNTST_bad_domain;
    if (status)
        domain_put(third);
    return status;
}

/* On success the reference to @granter belongs to @use. */
int grant_use_begin(struct domain *granter, grant_ref_t ref, bool readonly, struct grant_use *use)
{
    struct grant_table *gt = granter->grant;
    int status;

    use->readonly = readonly;
    spin_lock(&gt->lock);
    if (unlikely(is_transitive_locked(gt, ref))) {
        spin_unlock(&gt->lock);
        status = use_transitive(granter, ref, use);
        if (!status)
            domain_put(granter);
        return status;
    }
    status = pin_locked(granter, ref, current->domain->id, use);
    spin_unlock(&gt->lock);
    return status;
}

void grant_use_end(struct grant_use *use)
{
    spin_lock(&use->granter->grant->lock);
    grant_unpin_locked(use->granter, use->ref, use->readonly, false);
    spin_unlock(&use->granter->grant->lock);
    domain_put(use->granter);
}

/* One end of a copy; its frame is referenced, by the use of the grant where there is one. */
struct end {
    struct frame_info *frame;
    struct grant_use use;
    bool by_grant;
};

static int end_by_grant(const struct gnttab_copy_ptr *p, unsigned int len, bool write, struct end *e)
{
    struct domain *granter = domain_get_by_id(p->domid);
    int status;

    if (!granter)
        return GNTST_bad_domain;
    status = granter->grant ? grant_use_begin(granter, p->u.ref, !write, &e->use) : GNTST_bad_domain;
    if (status) {
        domain_put(granter);
        return status;
    }
    if (p->offset < e->use.offset || p->offset + len > (unsigned int)e->use.offset + e->use.length) {
        grant_use_end(&e->use);
        return GNTST_general_error;
    }
    e->frame = mfn_to_frame(e->use.frame);
    return GNTST_okay;
}

static void end_drop(struct end *e)
{
    if (e->by_grant)
        grant_use_end(&e->use);
    else
        frame_put(e->frame);
}

/* A frame of another domain is never named directly. */
static int foreign_frame(u16 domid)
{
    struct domain *d = domain_get_by_id(domid);

    if (!d)
        return GNTST_bad_domain;
    domain_put(d);
    return GNTST_permission_denied;
}

static int end_begin(const struct gnttab_copy_ptr *p, bool by_grant, unsigned int len, bool write, struct end *e)
{
    int status = GNTST_okay;

    e->by_grant = by_grant;
    if (by_grant) {
        status = end_by_grant(p, len, write, e);
    } else {
        if (p->domid != DOMID_SELF && p->domid != current->domain->id)
            return foreign_frame(p->domid);
        e->frame = frame_get_mfn(mfn(p->u.gmfn), current->domain);
        if (!e->frame)
            return GNTST_bad_page;
    }
    if (status || !write || !frame_get_type(e->frame, FT_WRITABLE, false))
        return status;
    end_drop(e);
    return GNTST_general_error;
}

static void end_finish(struct end *e, bool write)
{
    if (write) {
        if (!e->by_grant)               /* else the end of the grant's use marks it */
            log_dirty_mark(frame_owner(e->frame), e->frame);
        (void)frame_put_type(e->frame, false);
    }
    end_drop(e);
}

void grant_copy(struct gnttab_copy *op)
{
    struct end from, to;

    op->status = GNTST_bad_copy_arg;
    if (op->source.offset + op->len > (int)PAGE_SIZE || op->dest.offset + op->len > (int)PAGE_SIZE ||
        (op->flags & ~(GNTCOPY_source_gref | GNTCOPY_dest_gref)))
        return;
    op->status = (int16_t)end_begin(&op->source, op->flags & GNTCOPY_source_gref, op->len, false, &from);
    if (op->status)
        return;
    op->status = (int16_t)end_begin(&op->dest, op->flags & GNTCOPY_dest_gref, op->len, true, &to);
    if (!op->status) {
        memmove((char *)frame_to_virt(to.frame) + op->dest.offset,
                (const char *)frame_to_virt(from.frame) + op->source.offset, op->len);
        end_finish(&to, true);
    }
    end_finish(&from, false);
}
