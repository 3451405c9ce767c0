/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: PCI devices assigned to domains, or, for DOMID_IO, to nobody. */
#include <xen/control.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/msix.h>

/* With a reference. DOMID_INVALID, where allowed, is nobody: *@d NULL. */
static int get_user(u16 id, bool nobody_too, struct domain **d)
{
    if (id == DOMID_INVALID && nobody_too)
        *d = NULL;
    else if (id == DOMID_IO)
        *d = domain_get(dom_io) ? dom_io : NULL;
    else
        *d = domain_get_by_id(id);
    return *d || (id == DOMID_INVALID && nobody_too) ? 0 : -ESRCH;
}

static long for_device(const struct xen_domctl *op, u32 flags, bool nobody_too, int (*fn)(struct domain *d, u32 sbdf))
{
    const struct xen_domctl_assign_device *a = &op->u.assign_device;
    struct domain *d;
    long rc;

    if (!iommu_enabled)
        return -ENOSYS;
    if (a->dev != XEN_DOMCTL_DEV_PCI)
        return -ENODEV;
    if (a->flags & ~flags)
        return -EINVAL;
    rc = get_user(op->domain, nobody_too, &d);
    if (rc)
        return rc;
    rc = fn(d, a->u.pci.machine_sbdf);
    if (d)
        domain_put(d);
    return rc;
}

static int assign(struct domain *d, u32 sbdf)
{
    int rc = msix_look(sbdf, 0);

    return rc && rc != -ENODEV ? rc : iommu_assign(d, sbdf);
}

long domctl_assign_device(struct domain *unused, struct xen_domctl *op)
{
    return for_device(op, XEN_DOMCTL_DEV_RDM_RELAXED, false, assign);
}

long domctl_test_assign_device(struct domain *unused, struct xen_domctl *op)
{
    return for_device(op, XEN_DOMCTL_DEV_RDM_RELAXED, true, iommu_test_assign);
}

long domctl_deassign_device(struct domain *unused, struct xen_domctl *op)
{
    return for_device(op, 0, false, iommu_deassign);
}

/* A device that has to go with others is none that can be assigned: iommu_hw_check_device(). */
long domctl_get_device_group(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_get_device_group *g = &op->u.get_device_group;
    int rc;

    if (!iommu_enabled)
        return -ENOSYS;
    rc = iommu_hw_check_device(g->machine_sbdf);
    if (!rc)
        g->num_sdevs = 0;
    return rc;
}
