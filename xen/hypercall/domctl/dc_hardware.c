/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: rights to interrupts, device memory and I/O ports. Nobody gives what he has not. */
#include <xen/control.h>
#include <xen/irq.h>
#include <xen/msix.h>
#include <xen/percpu.h>
#include <xen/rangeset.h>
#include <xen/smp.h>

static long change(struct rangeset *mine, struct rangeset *theirs, u64 first, u64 last, bool allow)
{
    if (!rangeset_contains(mine, first, last))
        return -EPERM;
    return allow ? rangeset_add(theirs, first, last) : rangeset_remove(theirs, first, last);
}

static long give(struct domain *d, long rc, bool allow)
{
    if (!rc && allow)
        WRITE_ONCE(d->has_devices, true);
    return rc;
}

long domctl_irq_permission(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_irq_permission *p = &op->u.irq_permission;

    if (p->pirq >= nr_pirqs())
        return -EINVAL;
    return change(current->domain->irq_caps, d->irq_caps, p->pirq, p->pirq, p->allow_access);
}

long domctl_iomem_permission(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_iomem_permission *p = &op->u.iomem_permission;
    u64 last = p->first_mfn + p->nr_mfns - 1;

    if (!p->nr_mfns || last < p->first_mfn || last >> (52 - PAGE_SHIFT))
        return -EINVAL;
    if (p->allow_access && !is_hardware_domain(d)) {
        long rc = msix_look_all(&domctl_progress);

        if (rc)
            return rc;
    }
    return give(d, change(current->domain->iomem_caps, d->iomem_caps, p->first_mfn, last, p->allow_access), p->allow_access);
}

long domctl_ioport_permission(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_ioport_permission *p = &op->u.ioport_permission;
    u64 last = (u64)p->first_port + p->nr_ports - 1;

    if (!p->nr_ports || last > 0xffff)
        return -EINVAL;
    return give(d, change(current->domain->ioport_caps, d->ioport_caps, p->first_port, last, p->allow_access), p->allow_access);
}

/*
 * A paravirtualized domain maps device memory itself as soon as it has the right to it: there is no
 * translation to put an entry in, and 0 says that nothing is left to do. Rights are checked as for iomem_permission.
 */
long domctl_memory_mapping(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_memory_mapping *m = &op->u.memory_mapping;
    u64 last = m->first_mfn + m->nr_mfns - 1;

    if (!m->nr_mfns || last < m->first_mfn || m->first_gfn + m->nr_mfns - 1 < m->first_gfn)
        return -EINVAL;
    if (!rangeset_contains(current->domain->iomem_caps, m->first_mfn, last) ||
        (m->add_mapping && !rangeset_contains(d->iomem_caps, m->first_mfn, last)))
        return -EPERM;
    return 0;
}
