/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op: one table row a sub-command; queries, maps and what a PV domain is refused. Extents: hc_memory_extents.c. */
#include <xen/grant.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/memory.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>
#include <x86/boot.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>
#include <public/memory.h>
#include "hc_memory.h"

#define E820_MAX_GUEST 128   /* entries that a tool may set */

static long memop_max_ram(unsigned int cmd, gva_t arg, u64 start)
{
    return (long)max_frame;
}

/* The three questions about a domain's size. */
static long memop_domain_pages(unsigned int cmd, gva_t arg, u64 start)
{
    struct xen_memory_domain q;
    struct domain *d;
    long n;

    if (copy_from_guest(&q, arg, sizeof(q)))
        return -EFAULT;
    n = domain_get_target(q.domid, &d);
    if (n)
        return n;
    if (cmd == XENMEM_current_reservation)
        n = (long)d->tot_pages;
    else if (cmd == XENMEM_maximum_reservation)
        n = (long)d->max_pages;
    else
        n = d->shared_info && d->shared_info->arch.max_pfn ? (long)d->shared_info->arch.max_pfn - 1 : 0;
    domain_put(d);
    return n;
}

static long memop_machphys_list(unsigned int cmd, gva_t arg, u64 start)
{
    struct xen_machphys_mfn_list l;
    u64 n;

    if (copy_from_guest(&l, arg, sizeof(l)))
        return -EFAULT;
    n = min((u64)l.max_extents, (u64)m2p_nr_chunks());
    for (u64 i = start; i < n; i++) {
        mfn_t m = m2p_chunk_mfn(i);

        /* A chunk that describes no RAM does not exist. The first, which does, stands in: no caller uses the entry. */
        if (mfn_is_invalid(m))
            m = m2p_chunk_mfn(0);
        if (copy_to_guest(gva_add(handle_gva(l.extent_start), i * sizeof(u64)), &m.v, sizeof(m.v)))
            return -EFAULT;
        if (i + 1 < n && preempt_check())
            return hypercall_continue(2, cmd | (i + 1) << MEMOP_SHIFT, arg.v);
    }
    l.nr_extents = (unsigned int)n;
    return copy_to_guest(arg, &l, sizeof(l));
}

static long memop_machphys_mapping(unsigned int cmd, gva_t arg, u64 start)
{
    struct xen_machphys_mapping m = {
        .v_start = MACH2PHYS_VIRT_START,
        .v_end = MACH2PHYS_VIRT_END,
        .max_mfn = m2p_nr_chunks() * (512 * 512) - 1,
    };

    return copy_to_guest(arg, &m, sizeof(m));
}

/* Copies @n entries of the E820 form out: as far as they fit, or, @whole, -EINVAL if they do not. */
static long put_e820(gva_t arg, const void *entries, u32 n, bool whole)
{
    struct xen_memory_map map;

    if (copy_from_guest(&map, arg, sizeof(map)))
        return -EFAULT;
    if (!n)
        return -ENOSYS;    /* nobody set a map for this domain */
    if (whole && map.nr_entries < n)
        return -EINVAL;
    if (map.buffer.p) {
        map.nr_entries = min(map.nr_entries, n);
        if (copy_to_guest(handle_gva(map.buffer), entries, map.nr_entries * sizeof(struct e820_entry)))
            return -EFAULT;
    } else {
        map.nr_entries = n;
    }
    return copy_to_guest(arg, &map, sizeof(map));
}

/* By a copy: memop_set_map() may replace the map, and free it, at any time. */
static long memop_memory_map(unsigned int cmd, gva_t arg, u64 start)
{
    struct domain *d = current->domain;
    struct e820_entry *copy = xmalloc(E820_MAX_GUEST * sizeof(*copy));
    u32 n;
    long rc;

    if (!copy)
        return -ENOMEM;
    spin_lock(&d->lock);
    n = d->arch.pv_e820_n;
    memcpy(copy, d->arch.pv_e820, n * sizeof(*copy));
    spin_unlock(&d->lock);
    rc = put_e820(arg, copy, n, false);
    xfree(copy);
    return rc;
}

static long memop_machine_map(unsigned int cmd, gva_t arg, u64 start)
{
    return put_e820(arg, boot_info.e820, boot_info.nr_e820, true);
}

static long memop_set_map(unsigned int cmd, gva_t arg, u64 start)
{
    struct xen_foreign_memory_map f;
    struct domain *d;
    void *map, *old;
    size_t bytes;
    long rc;

    if (copy_from_guest(&f, arg, sizeof(f)))
        return -EFAULT;
    if (f.map.nr_entries > E820_MAX_GUEST)
        return -EINVAL;
    rc = domain_get_target(f.domid, &d);
    if (rc)
        return rc;
    bytes = f.map.nr_entries * sizeof(struct e820_entry);
    map = xzalloc(bytes + 1);
    rc = !map ? -ENOMEM : copy_from_guest(map, handle_gva(f.map.buffer), bytes);
    if (!rc) {
        spin_lock(&d->lock);
        old = d->arch.pv_e820;
        d->arch.pv_e820 = map;
        d->arch.pv_e820_n = f.map.nr_entries;
        spin_unlock(&d->lock);
        map = old;
    }
    xfree(map);
    domain_put(d);
    return rc;
}

static long memop_claim(unsigned int cmd, gva_t arg, u64 start)
{
    struct xen_memory_reservation r;
    struct domain *d;
    long rc;

    if (copy_from_guest(&r, arg, sizeof(r)))
        return -EFAULT;
    if (r.extent_start.p || r.extent_order || r.mem_flags)
        return -EINVAL;
    d = r.domid == DOMID_SELF ? NULL : domain_get_by_id(r.domid);
    if (!d)
        return -EINVAL;
    rc = memory_check_claim(d, r.nr_extents);
    domain_put(d);
    return rc;
}

/* No device that needs memory at its own address is ever a guest's: iommu_hw_check_device(). */
static long memop_reserved_device(unsigned int cmd, gva_t arg, u64 start)
{
    struct xen_reserved_device_memory_map m;

    if (copy_from_guest(&m, arg, sizeof(m)))
        return -EFAULT;
    if (m.flags & ~XENMEM_RDM_ALL)
        return -EINVAL;
    if (!is_canonical(handle_gva(m.buffer).v) || !guest_range_ok(handle_gva(m.buffer).v, 1))
        return -EFAULT;
    m.nr_entries = 0;
    return copy_to_guest(arg, &m, sizeof(m));
}

/* The frames are made one at a time, those before the first one, too. *@at: the frames that were looked at. -ERESTART. */
static int resource_frames(struct domain *d, const struct xen_mem_acquire_resource *r, u64 *at)
{
    bool status = r->id == XENMEM_resource_grant_table_id_status;
    u64 end = r->nr_frames ? r->frame + r->nr_frames : 0;

    while (*at < end) {
        mfn_t m;
        int rc = grant_table_frame(d, (unsigned int)*at, status, &m);

        if (rc)
            return rc;
        if (*at >= r->frame && copy_to_guest(gva_add(handle_gva(r->frame_list), (*at - r->frame) * sizeof(u64)), &m.v, sizeof(m.v)))
            return -EFAULT;
        if (++*at < end && preempt_check())
            return -ERESTART;
    }
    return 0;
}

static long resource_of(struct domain *d, struct xen_mem_acquire_resource *r, gva_t arg, u64 *at)
{
    u32 max;

    if (r->type != XENMEM_resource_grant_table)
        return -EOPNOTSUPP;
    if (r->id > XENMEM_resource_grant_table_id_status)
        return -EINVAL;
    max = grant_table_max_frames(d, r->id == XENMEM_resource_grant_table_id_status);
    if (!r->frame_list.p) {
        r->nr_frames = max;
        return copy_to_guest(arg, r, sizeof(*r));
    }
    if (r->frame > max || r->nr_frames > max - r->frame)
        return -EINVAL;
    return resource_frames(d, r, at);
}

long memop_acquire_resource(unsigned int cmd, gva_t arg, u64 start)
{
    struct xen_mem_acquire_resource r;
    struct domain *d;
    long rc;

    if (copy_from_guest(&r, arg, sizeof(r)))
        return -EFAULT;
    if (r.pad)
        return -EINVAL;
    if (r.domid == DOMID_SELF)
        return -ESRCH;
    if (r.domid == current->domain->id)
        return -EPERM;
    rc = domain_get_target(r.domid, &d);
    if (rc)
        return rc;
    rc = d->grant ? resource_of(d, &r, arg, &start) : -EINVAL;
    domain_put(d);
    return rc == -ERESTART ? hypercall_continue(2, cmd | start << MEMOP_SHIFT, gva_x(arg)) : rc;
}

static long memop_zero(unsigned int cmd, gva_t arg, u64 start) { return 0; }
/* Operations on a physical map that the hypervisor keeps for its guests: a PV domain keeps its own. */
static long memop_not_translated(unsigned int cmd, gva_t arg, u64 start)
{
    union {
        struct xen_add_to_physmap add;
        struct xen_add_to_physmap_batch batch;
        struct xen_remove_from_physmap remove;
    } u;
    size_t n = cmd == XENMEM_add_to_physmap ? sizeof(u.add) :
               cmd == XENMEM_add_to_physmap_batch ? sizeof(u.batch) : sizeof(u.remove);
    struct domain *d;
    long rc;

    if (copy_from_guest(&u, arg, n))
        return -EFAULT;
    if (cmd == XENMEM_add_to_physmap && u.add.space == XENMAPSPACE_gmfn_foreign)
        return -ENOSYS;                         /* in a batch only */
    if (cmd == XENMEM_add_to_physmap_batch && u.batch.space == XENMAPSPACE_gmfn_range)
        return -EOPNOTSUPP;                     /* in none */
    rc = domain_get_target(u.add.domid, &d);    /* the first member of each */
    if (rc)
        return rc;
    domain_put(d);
    return -EACCES;
}
static long memop_hvm_only(unsigned int cmd, gva_t arg, u64 start) { return -EINVAL; }
static long memop_unsupported(unsigned int cmd, gva_t arg, u64 start) { return -EOPNOTSUPP; }

static const struct { memop_fn *fn; enum hc_permission who; } rows[1u << MEMOP_SHIFT] = {
    [XENMEM_increase_reservation] = { memop_reservation, HC_ANY },
    [XENMEM_decrease_reservation] = { memop_reservation, HC_ANY },
    [XENMEM_populate_physmap] = { memop_reservation, HC_ANY },
    [XENMEM_maximum_ram_page] = { memop_max_ram, HC_ANY },
    [XENMEM_current_reservation] = { memop_domain_pages, HC_ANY },
    [XENMEM_maximum_reservation] = { memop_domain_pages, HC_ANY },
    [XENMEM_maximum_gpfn] = { memop_domain_pages, HC_ANY },
    [XENMEM_machphys_mfn_list] = { memop_machphys_list, HC_ANY },
    [XENMEM_machphys_compat_mfn_list] = { memop_unsupported, HC_ANY },
    [XENMEM_machphys_mapping] = { memop_machphys_mapping, HC_ANY },
    [XENMEM_memory_map] = { memop_memory_map, HC_ANY },
    [XENMEM_machine_memory_map] = { memop_machine_map, HC_PRIVILEGED },
    [XENMEM_set_memory_map] = { memop_set_map, HC_PRIVILEGED },
    [XENMEM_exchange] = { memop_exchange, HC_ANY },
    [XENMEM_claim_pages] = { memop_claim, HC_PRIVILEGED },
    [XENMEM_reserved_device_memory_map] = { memop_reserved_device, HC_ANY },
    [XENMEM_acquire_resource] = { memop_acquire_resource, HC_PRIVILEGED },
    [XENMEM_get_sharing_freed_pages] = { memop_zero, HC_ANY },
    [XENMEM_get_sharing_shared_pages] = { memop_zero, HC_ANY },
    [XENMEM_add_to_physmap] = { memop_not_translated, HC_ANY },
    [XENMEM_add_to_physmap_batch] = { memop_not_translated, HC_ANY },
    [XENMEM_remove_from_physmap] = { memop_not_translated, HC_ANY },
    [XENMEM_set_pod_target] = { memop_hvm_only, HC_ANY },
    [XENMEM_get_pod_target] = { memop_hvm_only, HC_ANY },
    [XENMEM_paging_op] = { memop_unsupported, HC_ANY },
    [XENMEM_access_op] = { memop_unsupported, HC_ANY },
    [XENMEM_sharing_op] = { memop_unsupported, HC_ANY },
    [XENMEM_get_vnumainfo] = { memop_unsupported, HC_ANY },
};

long hc_memory_op(unsigned long cmd, unsigned long arg, unsigned long unused1, unsigned long unused2,
                  unsigned long unused3)
{
    memop_fn *fn = rows[cmd & MEMOP_MASK].fn;

    if (!fn)
        return -ENOSYS;
    if (!caller_may(rows[cmd & MEMOP_MASK].who))
        return -EPERM;
    return fn((unsigned int)(cmd & MEMOP_MASK), gva(arg), cmd >> MEMOP_SHIFT);
}
