/* SPDX-License-Identifier: GPL-2.0-only */
/* hvm_op and xsm_op: there are no hardware-virtualized domains and there is no security module. */
#include <xen/hypercall.h>
#include <xen/percpu.h>
#include <public/hvm/hvm_op.h>

/* Parameters of a paravirtualized domain: tools tell its kind by -EINVAL. */
static long param(gva_t arg)
{
    struct xen_hvm_param p;
    struct domain *d;
    long rc;

    if (copy_from_guest(&p, arg, sizeof(p)))
        return -EFAULT;
    rc = domain_get_target(p.domid, &d);
    if (rc)
        return rc;
    domain_put(d);
    return -EINVAL;
}

long hc_hvm_op(unsigned long cmd, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    return (u32)cmd == HVMOP_get_param || (u32)cmd == HVMOP_set_param ? param(gva(arg)) : -ENOSYS;
}

long hc_xsm_op(unsigned long arg, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
    return -ENOSYS;
}
