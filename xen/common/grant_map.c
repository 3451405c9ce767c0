/* SPDX-License-Identifier: GPL-2.0-only */
/* Mappings of granted frames: handles of the domain that maps, map, unmap, and the end of them all. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/grant.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>

#define PARTS       (GNTMAP_host_map | GNTMAP_device_map)
#define HANDLES_PER_CHECK 64      /* free ones as well: a domain may have had 262,144 in use, and have none */
#define PENDING(x)  ((x) << 8)    /* in flags: part @x is being ended by somebody */

static struct grant_mapping *mapping_at(const struct grant_table *gt, u32 handle)
{
    return gt->mappings[handle / GRANT_MAPPINGS_PER_PAGE] + handle % GRANT_MAPPINGS_PER_PAGE;
}

static u32 nr_handles(const struct grant_table *gt)
{
    return gt->nr_map_pages * (u32)GRANT_MAPPINGS_PER_PAGE;
}

/* map_lock held. */
static bool add_handles(struct grant_table *gt)
{
    struct grant_mapping *page;
    u32 first = nr_handles(gt);

    if (gt->nr_map_pages >= gt->max_map_pages)
        return false;
    page = alloc_xen_page();
    if (!page)
        return false;
    for (u32 i = 0; i < GRANT_MAPPINGS_PER_PAGE; i++)
        page[i].ref = i + 1 < GRANT_MAPPINGS_PER_PAGE ? first + i + 1 : gt->free_handle;
    gt->mappings[gt->nr_map_pages++] = page;
    gt->free_handle = first;
    return true;
}

/* The parts of the new handle are pending: nobody can end them before give_back_parts() says that they are there. */
static u32 handle_alloc(struct grant_table *gt, struct domain *granter, grant_ref_t ref, u32 flags)
{
    u32 handle;

    spin_lock(&gt->map_lock);
    handle = gt->free_handle;
    if (handle == GRANT_NO_HANDLE && add_handles(gt))
        handle = gt->free_handle;
    if (handle != GRANT_NO_HANDLE) {
        struct grant_mapping *m = mapping_at(gt, handle);

        gt->free_handle = m->ref;
        *m = (struct grant_mapping){ .granter = granter, .ref = ref, .flags = (flags & ~PARTS) | PENDING(flags & PARTS) };
    }
    spin_unlock(&gt->map_lock);
    return handle;
}

/* Frees the handle; the granter's reference passes to the caller. */
static void handle_free_locked(struct grant_table *gt, u32 handle)
{
    *mapping_at(gt, handle) = (struct grant_mapping){ .ref = gt->free_handle };
    gt->free_handle = handle;
}

/* References that a mapping for devices holds itself; a host mapping's are in the page table. */
static int device_get(mfn_t m, struct domain *granter, bool readonly)
{
    struct frame_info *f = frame_get_mfn(m, granter);

    if (!f)
        return GNTST_general_error;
    if (readonly || !frame_get_type(f, FT_WRITABLE, false))
        return GNTST_okay;
    frame_put(f);
    return GNTST_general_error;
}

static void device_put(mfn_t m, bool readonly)
{
    struct frame_info *f = mfn_to_frame(m);

    if (!readonly)
        (void)frame_put_type(f, false);
    frame_put(f);
}

static void unpin_parts_locked(struct domain *granter, grant_ref_t ref, u32 parts, bool readonly)
{
    if (parts & GNTMAP_device_map)
        grant_unpin_locked(granter, ref, readonly, true);
    if (parts & GNTMAP_host_map)
        grant_unpin_locked(granter, ref, readonly, false);
}

static int pin_parts(struct domain *granter, const struct gnttab_map_grant_ref *op, mfn_t *m)
{
    struct grant_table *gt = granter->grant;
    bool readonly = op->flags & GNTMAP_readonly;
    u16 user = current->domain->id;
    int status = GNTST_okay;

    spin_lock(&gt->lock);
    if (op->flags & GNTMAP_host_map)
        status = grant_pin_locked(granter, op->ref, user, readonly, false);
    if (!status && (op->flags & GNTMAP_device_map)) {
        status = grant_pin_locked(granter, op->ref, user, readonly, true);
        if (status && (op->flags & GNTMAP_host_map))
            grant_unpin_locked(granter, op->ref, readonly, false);
    }
    if (!status) {
        *m = grant_active(gt, op->ref)->frame;
        if (grant_active(gt, op->ref)->is_sub_page) {
            unpin_parts_locked(granter, op->ref, op->flags, readonly);
            status = GNTST_general_error;
        }
    }
    spin_unlock(&gt->lock);
    return status;
}

static void unpin_parts(struct domain *granter, grant_ref_t ref, u32 parts, bool readonly)
{
    spin_lock(&granter->grant->lock);
    unpin_parts_locked(granter, ref, parts, readonly);
    spin_unlock(&granter->grant->lock);
}

/* Entry is pinned: the mapping itself. */
static int make_mapping(struct domain *granter, const struct gnttab_map_grant_ref *op, mfn_t m)
{
    bool readonly = op->flags & GNTMAP_readonly;
    int status = GNTST_okay;

    if (op->flags & GNTMAP_device_map)
        status = device_get(m, granter, readonly);
    if (!status && (op->flags & GNTMAP_host_map)) {
        status = grant_map_pte(op->host_addr, granter, m, op->flags);
        if (status && (op->flags & GNTMAP_device_map))
            device_put(m, readonly);
    }
    return status;
}

static void give_back_parts(struct grant_table *gt, u32 handle, u32 parts)
{
    spin_lock(&gt->map_lock);
    mapping_at(gt, handle)->flags = (mapping_at(gt, handle)->flags & ~PENDING(parts)) | parts;
    spin_unlock(&gt->map_lock);
}

void grant_map(struct gnttab_map_grant_ref *op)
{
    struct grant_table *own = current->domain->grant;
    u32 parts = op->flags & PARTS, handle;
    struct domain *granter;
    mfn_t m = invalid_mfn();

    op->status = GNTST_bad_gntref;
    if (!parts)
        return;
    op->status = GNTST_bad_domain;
    granter = op->dom == DOMID_SELF ? NULL : domain_get_by_id(op->dom);
    if (!granter)
        return;
    op->status = GNTST_bad_gntref;
    if (!granter->grant)
        goto out;
    op->status = (int16_t)pin_parts(granter, op, &m);
    if (op->status)
        goto out;
    op->status = GNTST_no_device_space;
    handle = handle_alloc(own, granter, op->ref, op->flags & ~PENDING(PARTS));
    if (handle == GRANT_NO_HANDLE)
        goto unpin;
    op->status = (int16_t)make_mapping(granter, op, m);
    if (!op->status) {
        op->handle = handle;
        op->dev_bus_addr = mfn_to_maddr(m).v;
        give_back_parts(own, handle, parts);
        return;
    }
    spin_lock(&own->map_lock);
    handle_free_locked(own, handle);
    spin_unlock(&own->map_lock);
unpin:
    unpin_parts(granter, op->ref, parts, op->flags & GNTMAP_readonly);
out:
    domain_put(granter);
}

/* Takes @parts out of the mapping so that no other CPU ends them, too; a copy of what it was to *@was. */
static u32 claim_parts(struct grant_table *gt, u32 handle, u32 parts, struct grant_mapping *was)
{
    u32 got = 0;

    spin_lock(&gt->map_lock);
    if (handle < nr_handles(gt) && mapping_at(gt, handle)->granter) {
        struct grant_mapping *m = mapping_at(gt, handle);

        *was = *m;
        got = m->flags & parts;
        m->flags = (m->flags & ~got) | PENDING(got);
    }
    spin_unlock(&gt->map_lock);
    return got;
}

static mfn_t pinned_frame(struct domain *granter, grant_ref_t ref)
{
    mfn_t m;

    spin_lock(&granter->grant->lock);
    m = grant_active(granter->grant, ref)->frame;
    spin_unlock(&granter->grant->lock);
    return m;
}

void grant_unmap_begin(struct grant_unmap *u)
{
    struct grant_table *own = current->domain->grant;
    u32 want = (u->host_addr ? GNTMAP_host_map : 0) | (u->dev_addr ? GNTMAP_device_map : 0), got;
    struct grant_mapping was = { 0 };
    bool writable = false;
    mfn_t m;

    u->done = 0;
    got = claim_parts(own, u->handle, want, &was);
    if (!was.granter) {
        u->status = GNTST_bad_handle;
        return;
    }
    u->status = got == want ? GNTST_okay : u->host_addr && !(got & GNTMAP_host_map) ? GNTST_bad_virt_addr : GNTST_bad_dev_addr;
    if (!got)
        return;     /* nothing of it is ours: the granter may go at any time */
    m = pinned_frame(was.granter, was.ref);
    if (!u->status && u->dev_addr && u->dev_addr >> PAGE_SHIFT != m.v)
        u->status = GNTST_bad_dev_addr;
    if (!u->status && u->host_addr)
        u->status = grant_unmap_pte(u->host_addr, m, was.flags, u->new_addr, &writable);
    /* The entry of another, read-only mapping: the one that was made for this handle may still be there. */
    if (!u->status && u->host_addr && !writable && !(was.flags & GNTMAP_readonly))
        grant_mark_maybe_written(was.granter, was.ref);
    if (u->status)
        give_back_parts(own, u->handle, got);
    else
        u->done = got;
}

void grant_unmap_end(struct grant_unmap *u)
{
    struct grant_table *own = current->domain->grant;
    struct grant_mapping m;
    bool last;

    if (!u->done)
        return;
    spin_lock(&own->map_lock);
    m = *mapping_at(own, u->handle);
    spin_unlock(&own->map_lock);
    if (u->done & GNTMAP_device_map)
        device_put(pinned_frame(m.granter, m.ref), m.flags & GNTMAP_readonly);
    unpin_parts(m.granter, m.ref, u->done, m.flags & GNTMAP_readonly);
    /* Only now: whoever ends the other part last drops the granter. */
    spin_lock(&own->map_lock);
    mapping_at(own, u->handle)->flags &= ~PENDING(u->done);
    last = !(mapping_at(own, u->handle)->flags & (PARTS | PENDING(PARTS)));
    if (last)
        handle_free_locked(own, u->handle);
    spin_unlock(&own->map_lock);
    if (last)
        domain_put(m.granter);
}

static void relinquish_handle(struct grant_table *gt, u32 handle)
{
    struct grant_mapping m = *mapping_at(gt, handle);
    bool readonly = m.flags & GNTMAP_readonly;

    if (!m.granter)
        return;
    if (m.flags & GNTMAP_device_map)
        device_put(pinned_frame(m.granter, m.ref), readonly);
    unpin_parts(m.granter, m.ref, m.flags & PARTS, readonly);
    spin_lock(&gt->map_lock);
    handle_free_locked(gt, handle);
    spin_unlock(&gt->map_lock);
    domain_put(m.granter);
}

/* @d is dead and off all CPUs; its page tables drop what they map by themselves. */
int grant_table_relinquish(struct domain *d)
{
    struct grant_table *gt = d->grant;

    while (gt && gt->relinquish_at < nr_handles(gt)) {
        relinquish_handle(gt, gt->relinquish_at++);
        if (gt->relinquish_at % HANDLES_PER_CHECK == 0 && preempt_check())
            return -ERESTART;
    }
    return 0;
}
