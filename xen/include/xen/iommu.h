/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which device reaches which memory (common/iommu.c decides, arch/x86/iommu/ tells the hardware).
 *
 * dom0's devices reach all RAM but the hypervisor's own: those that are there at boot, and those that dom0 reports. A request id
 * that no such device has reaches nothing. A device that was assigned to a
 * domain reaches exactly that domain's frames of type FT_WRITABLE: one that becomes a page table or descriptor page, or
 * leaves the domain, is unmapped and flushed from the IOTLB before it is used as such. A quarantined device, one of
 * DOMID_IO, reaches nothing.
 *
 * A unit that does not answer is given up: devices behind it that are not dom0's are switched off (bus mastering) before a frame
 * that they may still reach is used otherwise, and their domains are crashed. Nothing behind it is assigned again.
 *
 * Locks: devices_lock guards the list of devices and the ids; domain_iommu.lock the domain's tables, and is held while the
 * IOTLB is flushed. Order: that of spinlock.h, with page_lock > devices_lock > domain_iommu.lock.
 */
#ifndef XEN_IOMMU_H
#define XEN_IOMMU_H

#include <xen/domain.h>
#include <xen/iommu_pt.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>

/* Of a domain that had a device assigned at some time; its frames are mapped from then on until it dies. */
struct domain_iommu {
    spinlock_t lock;                   /* pt, nr_devices */
    struct iommu_pt pt;
    unsigned int nr_devices;           /* none: nothing to flush, as a device that comes is flushed after it came */
    u16 id;                            /* tags the IOTLB's entries; constant */
    u64 next;                          /* frames of the machine from here on are still to be looked at; domctl_lock */
    struct iommu_pt ending;            /* what was pt, being freed; domctl_lock */
    struct tasklet crash;              /* a unit failed; holds a reference to the domain while it is queued */
    bool crashing;                     /* it was queued; devices_lock */
};

#define IOMMU_DOM0_ID 1                /* of translations of dom0's devices */

/* Fixed after boot. */
extern bool iommu_enabled;
struct iommu_limits {
    u8 levels, leaf_levels;            /* of tables */
    bool snoops;                       /* all units make devices' accesses coherent where a table says so (IOMMU_PTE_SNOOP) */
    u32 nr_ids;                        /* ids 1 to nr_ids - 1 may be used */
};
/* Boot: the hardware is ready; dom0's tables come with it. */
void iommu_begin(const struct iommu_limits *limits, const struct iommu_pt *dom0_tables);

/*
 * XEN_DOMCTL_*assign_device. @d NULL: nobody in particular (test), dom_io: quarantine. -ENOSYS (no IOMMU), -ENODEV (no such
 * device, or, deassign, not @d's), -EBUSY (another domain's), -EPERM (the hypervisor cannot confine it), -EINVAL (@d may
 * have none), -EIO (its IOMMU does not answer), -ENOSPC, -ENOMEM, -ERESTART.
 */
int iommu_assign(struct domain *d, u32 sbdf);
int iommu_test_assign(struct domain *d, u32 sbdf);
int iommu_deassign(struct domain *d, u32 sbdf);
bool iommu_has_devices(const struct domain *d);
/* PHYSDEVOP_pci_device_add: the device, and what its requests go by, is dom0's unless it was assigned. 0, -ENOMEM, -EIO. */
int iommu_add_device(u32 sbdf);
/* PHYSDEVOP_pci_device_remove: it reaches nothing, unless it was assigned. */
void iommu_remove_device(u32 sbdf);
/* The domain that has the device; 0: dom0 or nobody, DOMID_IO: it is quarantined. */
u16 iommu_user_of(u32 sbdf);

/* Dying @d loses its devices, then its tables. -ERESTART; again after that it has nothing left to do. */
int iommu_domain_release(struct domain *d);
/* @d has no reference left. */
void iommu_domain_free(struct domain *d);

/* Frame @f of @d changes its type from @was to @type, and nobody uses it as that yet. */
void iommu_type_changes(struct domain *d, struct frame_info *f, u64 was, u64 type);
static inline void iommu_frame_changes(struct domain *d, struct frame_info *f, u64 was, u64 type)
{
    if (unlikely(d->iommu))
        iommu_type_changes(d, f, was, type);
}
/* Nobody has a reference to @f of @d any more; its last type still stands. */
void iommu_unmap_leaving(struct domain *d, struct frame_info *f);
static inline void iommu_frame_leaves(struct domain *d, struct frame_info *f)
{
    if (unlikely(d && d->iommu))
        iommu_unmap_leaving(d, f);
}

/* ---- arch/x86/iommu ---- */

/* 0, -ENODEV (no such device), -EPERM (why is on the console). */
int iommu_hw_check_device(u32 sbdf);
/* It reaches no memory until its driver lets it again (bus mastering); what it had written before has arrived. */
void iommu_hw_stop_device(u32 sbdf);
/*
 * What the device reaches from now on, nothing where @pt is NULL; no translation from before is left anywhere. 0; -ENOMEM, only
 * where its bus never had a device; -EIO: a unit does not answer, and may remember.
 */
int iommu_hw_set_tables(u32 sbdf, const struct iommu_pt *pt, u16 id);
/* Frame @m was mapped and is not: its translation is forgotten, and what was done by it has reached memory. 0 or -EIO. */
int iommu_hw_unmapped(u16 id, u64 m);
/* Frame @m was not mapped and is now. 0 or -EIO. */
int iommu_hw_mapped(u16 id, u64 m);
/* The unit that a device's requests come to. -ENODEV: none. */
int iommu_hw_unit_of(u32 sbdf);
bool iommu_hw_unit_failed(unsigned int unit);
/* The addresses that a device's requests carry: its own first, then those of bridges that speak for it. Their number. */
#define IOMMU_MAX_REQUEST_IDS 8
unsigned int iommu_hw_request_ids(u32 sbdf, u32 ids[IOMMU_MAX_REQUEST_IDS]);

#endif
