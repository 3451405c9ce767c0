/* SPDX-License-Identifier: GPL-2.0-only */
/* multicall(entry[], count): several hypercalls for the price of one entry. Preemptible between and inside entries. */
#include <xen/hypercall.h>
#include <xen/percpu.h>
#include <xen/softirq.h>

DECLARE_PER_CPU(struct multicall_entry *, multicall_entry);
long hypercall_call(unsigned long nr, const unsigned long *a);

/* Runs one entry, whose copy is @mc. 0, -ERESTART (its arguments say what is left) or -EFAULT. */
static long run_entry(struct multicall_entry *mc, gva_t at)
{
    long result;

    if (mc->op == __HYPERVISOR_multicall)
        result = -EINVAL;                        /* no nesting */
    else
        result = hypercall_call(mc->op, mc->args);
    if (result == -ERESTART)
        return copy_to_guest(at, mc, sizeof(*mc)) ? -EFAULT : -ERESTART;
    mc->result = result;
    /* In range: the whole array is. */
    return guest_write((void *)(at.v + offsetof(struct multicall_entry, result)), &mc->result, sizeof(mc->result));
}

long hc_multicall(unsigned long list, unsigned long count, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct multicall_entry mc;
    u32 n = count;
    gva_t at = gva(list);
    long rc = 0;

    if (this_cpu(multicall_entry))
        return -EINVAL;
    if (guest_array_ok(at, n, sizeof(mc)))
        return -EFAULT;
    for (u32 i = 0; i < n; i++, at = gva_add(at, sizeof(mc))) {
        if (i && preempt_check())
            return hypercall_continue(2, at.v, (unsigned long)(n - i));
        if (guest_read(&mc, (const void *)at.v, sizeof(mc)))
            return -EFAULT;
        this_cpu(multicall_entry) = &mc;
        rc = run_entry(&mc, at);
        this_cpu(multicall_entry) = NULL;
        if (rc == -ERESTART)
            return hypercall_continue(2, at.v, (unsigned long)(n - i));
        if (rc)
            return rc;
    }
    return 0;
}
