/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices and the memory that they reach: who has which device, and which of a domain's frames are mapped for its devices. */
#include <xen/bitmap.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>

#define MAX_IDS         4096
#define COST_PER_LOOK   1024     /* a frame that is looked at costs 1, one that is mapped COST_OF_MAP */
#define COST_OF_MAP     32

/* A device that is not dom0's. */
struct device {
    struct device *next;
    u32 sbdf;
    struct domain *user;               /* dom_io: quarantined */
    bool was_quarantined;              /* goes back there */
    bool broken;                       /* its unit does not answer: switched off, and nobody's from now on */
    int unit;
};

bool iommu_enabled __read_mostly;
static struct iommu_limits limits;
static struct iommu_pt dom0_tables;
static struct device *devices;
static unsigned long ids[BITS_TO_LONGS(MAX_IDS)];   /* in use; devices_lock */
static spinlock_t devices_lock = SPIN_LOCK_UNLOCKED;

void iommu_begin(const struct iommu_limits *l, const struct iommu_pt *tables)
{
    limits = *l;
    limits.nr_ids = min(l->nr_ids, (u32)MAX_IDS);
    dom0_tables = *tables;
    set_bit(0, ids);
    set_bit(IOMMU_DOM0_ID, ids);
    iommu_enabled = true;
}

/* ---- a domain's tables ---- */

static int make_tables(struct domain *d)
{
    struct domain_iommu *i = xzalloc(sizeof(*i));
    unsigned int id;
    int rc = -ENOMEM;

    if (!i)
        return rc;
    rc = iommu_pt_init(&i->pt, limits.levels, 1);
    i->pt.leaf_bits = limits.snoops ? IOMMU_PTE_SNOOP : 0;
    if (rc)
        goto out;
    spin_lock(&devices_lock);
    id = bitmap_next_clear(ids, limits.nr_ids, 0);
    if (id < limits.nr_ids)
        set_bit(id, ids);
    spin_unlock(&devices_lock);
    if (id >= limits.nr_ids) {
        rc = -ENOSPC;
        goto out;
    }
    i->id = (u16)id;
    /* Full barrier: who changes a frame's type afterwards sees it, and from who did before we see the type (map_existing). */
    __atomic_store_n(&d->iommu, i, __ATOMIC_SEQ_CST);
    return 0;
out:
    while (iommu_pt_free_step(&i->pt))
        ;
    xfree(i);
    return rc;
}

/* ---- a unit that does not answer ---- */

static void crash_user(void *arg)
{
    struct domain *d = arg;

    if (d->dying == DOMAIN_ALIVE)
        domain_crash(d, "the IOMMU of a device of its does not answer");
    domain_put(d);
}

/* What it does by translations that may be remembered ends here, not with its domain. devices_lock held. */
static void break_device_locked(struct device *v)
{
    struct domain *d = v->user;

    iommu_hw_stop_device(v->sbdf);
    v->broken = true;
    printk(XENLOG_ERR "IOMMU: device %04x:%02x:%02x.%x of d%u is switched off\n", v->sbdf >> 16, (v->sbdf >> 8) & 0xff,
           (v->sbdf >> 3) & 31, v->sbdf & 7, d->id);
    if (!d->iommu || d->iommu->crashing || !domain_get(d))
        return;
    d->iommu->crashing = true;
    tasklet_init(&d->iommu->crash, crash_user, d);
    tasklet_schedule(&d->iommu->crash);
}

static void give_up_locked(void)
{
    for (struct device *v = devices; v; v = v->next)
        if (!v->broken && iommu_hw_unit_failed((unsigned int)v->unit))
            break_device_locked(v);
}

/* Returns when no device reaches anything through a unit that failed. */
static noinline void give_up(void)
{
    spin_lock(&devices_lock);
    give_up_locked();
    spin_unlock(&devices_lock);
}

static int map_frame(struct domain_iommu *i, struct frame_info *f)
{
    u64 m = mfn_x(frame_to_mfn(f));
    int rc = 0, hw = 0;

    spin_lock(&i->lock);
    if (i->pt.root && !iommu_pt_maps(&i->pt, m)) {
        rc = iommu_pt_map(&i->pt, m, m);
        if (!rc && i->nr_devices)
            hw = iommu_hw_mapped(i->id, m);
    }
    spin_unlock(&i->lock);
    if (hw)
        give_up();
    return rc;
}

static void unmap_frame(struct domain_iommu *i, struct frame_info *f)
{
    u64 m = mfn_x(frame_to_mfn(f));
    bool was_mapped;
    int hw = 0;

    spin_lock(&i->lock);
    was_mapped = iommu_pt_unmap(&i->pt, m);
    if (was_mapped && i->nr_devices)
        hw = iommu_hw_unmapped(i->id, m);
    spin_unlock(&i->lock);
    if (hw)
        give_up();
    /* A device may have written past the caches (PCI Express' No Snoop): as frame.h says of such mappings. */
    if (was_mapped && !limits.snoops)
        frame_flush_caches(f);
}

/* With a writable reference of our own the type cannot change meanwhile. */
static int map_if_writable(struct domain *d, struct frame_info *f)
{
    int rc = 0;

    if (!frame_is_of(f, d) || (READ_ONCE(f->type_info) & FT_MASK) != FT_WRITABLE || !frame_get(f, d))
        return 0;
    if (!(READ_ONCE(f->count_info) & FRAME_XENHEAP) && !frame_get_type(f, FT_WRITABLE, false)) {
        rc = map_frame(d->iommu, f);
        frame_put_writable(f);
    }
    frame_put(f);
    return rc;
}

/* What @d has already. What it gets from now on goes through iommu_frame_changes(). */
static int map_existing(struct domain *d)
{
    struct domain_iommu *i = d->iommu;

    for (unsigned int cost = 0; i->next < max_frame; i->next++) {
        struct frame_info *f = mfn_to_frame(mfn(i->next));
        bool its = mfn_is_ram(mfn(i->next)) && frame_is_of(f, d);
        int rc = its ? map_if_writable(d, f) : 0;

        if (rc)
            return rc;
        cost += its ? COST_OF_MAP : 1;
        if (cost < COST_PER_LOOK)
            continue;
        cost = 0;
        if (preempt_check()) {
            i->next++;
            return -ERESTART;
        }
    }
    return 0;
}

void iommu_type_changes(struct domain *d, struct frame_info *f, u64 was, u64 type)
{
    if (READ_ONCE(f->count_info) & FRAME_XENHEAP)
        return;
    if (was == FT_WRITABLE)
        unmap_frame(d->iommu, f);
    else if (type == FT_WRITABLE && map_frame(d->iommu, f))
        printk(XENLOG_GUEST "%pd: no memory to map frame %lx for its devices\n", d, mfn_x(frame_to_mfn(f)));
}

void iommu_unmap_leaving(struct domain *d, struct frame_info *f)
{
    if ((f->type_info & FT_MASK) == FT_WRITABLE && !(f->count_info & FRAME_XENHEAP))
        unmap_frame(d->iommu, f);
}

/* ---- devices ---- */

/* devices_lock held. */
static struct device **find_locked(u32 sbdf)
{
    struct device **p = &devices;

    while (*p && (*p)->sbdf != sbdf)
        p = &(*p)->next;
    return p;
}

static int may_assign_locked(const struct domain *d, u32 sbdf)
{
    const struct device *v = *find_locked(sbdf);

    if (v && v->broken)
        return -EIO;
    if (!v || (v->user == dom_io && d && d != dom_io))
        return 0;
    return v->user == dom_io && !d ? 0 : -EBUSY;
}

int iommu_test_assign(struct domain *d, u32 sbdf)
{
    int rc;

    if (!iommu_enabled)
        return -ENOSYS;
    rc = iommu_hw_check_device(sbdf);
    if (rc)
        return rc;
    spin_lock(&devices_lock);
    rc = may_assign_locked(d, sbdf);
    spin_unlock(&devices_lock);
    return rc;
}

/* The device, which is stopped, reaches what @user reaches. */
static int move_device(u32 sbdf, struct domain *user)
{
    if (user == dom_io)
        return iommu_hw_set_tables(sbdf, NULL, 0);
    if (user == dom0)
        return iommu_hw_set_tables(sbdf, &dom0_tables, IOMMU_DOM0_ID);
    return iommu_hw_set_tables(sbdf, &user->iommu->pt, user->iommu->id);
}

static void count_device(struct domain *d, int change)
{
    if (!d->iommu)
        return;
    spin_lock(&d->iommu->lock);
    d->iommu->nr_devices += (unsigned int)change;
    spin_unlock(&d->iommu->lock);
}

/* @v was moved, and a unit may remember where it was. It stays switched off, on the list, so that it cannot be given to a domain. */
static void quarantine_broken_locked(struct device *v)
{
    count_device(v->user, -1);
    v->user = dom_io;
    v->was_quarantined = false;
    v->broken = true;
    (void)move_device(v->sbdf, dom_io);
    give_up_locked();
}

/* devices_lock held. Uses @fresh where the device is not on the list. */
static int give_locked(struct domain *d, u32 sbdf, struct device *fresh)
{
    struct device *v = *find_locked(sbdf);
    int rc = d->dying ? -EINVAL : may_assign_locked(d, sbdf);

    if (rc)
        return rc;
    iommu_hw_stop_device(sbdf);
    count_device(d, 1);
    rc = move_device(sbdf, d);
    if (rc && rc != -EIO) {
        count_device(d, -1);
        return rc;
    }
    if (!v) {
        v = fresh;
        *v = (struct device){ .next = devices, .sbdf = sbdf, .unit = iommu_hw_unit_of(sbdf) };
        devices = v;
    }
    v->was_quarantined = v->user == dom_io;
    v->user = d;
    if (rc)
        quarantine_broken_locked(v);
    return rc;
}

int iommu_assign(struct domain *d, u32 sbdf)
{
    struct device *fresh;
    int rc = d == dom0 ? -EINVAL : iommu_test_assign(d, sbdf);

    if (!rc && d != dom_io && !d->iommu)
        rc = make_tables(d);
    if (!rc && d != dom_io)
        rc = map_existing(d);
    if (rc)
        return rc;
    fresh = xzalloc(sizeof(*fresh));
    if (!fresh)
        return -ENOMEM;
    spin_lock(&devices_lock);
    rc = give_locked(d, sbdf, fresh);
    if (devices != fresh)
        xfree(fresh);
    spin_unlock(&devices_lock);
    if (!rc)
        printk("IOMMU: device %04x:%02x:%02x.%x is d%u's%s\n", sbdf >> 16, (sbdf >> 8) & 0xff, (sbdf >> 3) & 31, sbdf & 7, d->id,
               d == dom_io ? ": quarantined" : "");
    return rc;
}

/* devices_lock held. Where it was before: its tables are there, so it fails with its unit only (-EIO). */
static int take_back_locked(struct device **p)
{
    struct device *v = *p;
    struct domain *d = v->user, *to = v->was_quarantined ? dom_io : dom0;
    int rc;

    iommu_hw_stop_device(v->sbdf);
    rc = v->broken ? -EIO : move_device(v->sbdf, to);
    if (rc) {
        quarantine_broken_locked(v);
        return rc;
    }
    v->user = to;
    v->was_quarantined = false;
    count_device(d, -1);
    if (to == dom_io)
        return 0;
    *p = v->next;
    xfree(v);
    return 0;
}

int iommu_deassign(struct domain *d, u32 sbdf)
{
    struct device **p;
    int rc = -ENODEV;

    if (!iommu_enabled)
        return -ENOSYS;
    spin_lock(&devices_lock);
    p = find_locked(sbdf);
    if (*p && (*p)->user == d)
        rc = take_back_locked(p);
    spin_unlock(&devices_lock);
    return rc;
}

bool iommu_has_devices(const struct domain *d) { return d->iommu && READ_ONCE(d->iommu->nr_devices); }

u16 iommu_user_of(u32 sbdf)
{
    const struct device *v;
    u16 id;

    spin_lock(&devices_lock);
    v = *find_locked(sbdf);
    id = v ? v->user->id : 0;
    spin_unlock(&devices_lock);
    return id;
}

int iommu_add_device(u32 sbdf)
{
    u32 ids[IOMMU_MAX_REQUEST_IDS];
    unsigned int n;
    int rc = 0;

    if (!iommu_enabled || sbdf >> 16)
        return 0;
    spin_lock(&devices_lock);
    n = iommu_hw_request_ids(sbdf, ids);
    for (unsigned int i = 0; i < n && !rc; i++)
        if (!*find_locked(ids[i]))
            rc = iommu_hw_set_tables(ids[i], &dom0_tables, IOMMU_DOM0_ID);
    if (rc == -EIO)
        give_up_locked();
    spin_unlock(&devices_lock);
    return rc;
}

void iommu_remove_device(u32 sbdf)
{
    if (!iommu_enabled || sbdf >> 16)
        return;
    spin_lock(&devices_lock);
    if (!*find_locked(sbdf) && iommu_hw_set_tables(sbdf, NULL, 0) == -EIO)
        give_up_locked();
    spin_unlock(&devices_lock);
}

/* ---- a domain's end ---- */

static void take_back_all(struct domain *d)
{
    struct device **p = &devices;

    spin_lock(&devices_lock);
    while (*p) {
        struct device *v = *p;

        if (v->user == d)
            (void)take_back_locked(p);
        if (*p == v)
            p = &v->next;
    }
    spin_unlock(&devices_lock);
}

int iommu_domain_release(struct domain *d)
{
    struct domain_iommu *i = d->iommu;

    if (!i)
        return 0;
    take_back_all(d);
    spin_lock(&i->lock);
    if (i->pt.root) {
        i->ending = i->pt;
        i->pt.root = NULL;
    }
    spin_unlock(&i->lock);
    while (iommu_pt_free_step(&i->ending))
        if (preempt_check())
            return -ERESTART;
    return 0;
}

void iommu_domain_free(struct domain *d)
{
    if (!d->iommu)
        return;
    spin_lock(&devices_lock);
    clear_bit(d->iommu->id, ids);
    spin_unlock(&devices_lock);
    xfree(d->iommu);
    d->iommu = NULL;
}
