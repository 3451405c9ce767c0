/* SPDX-License-Identifier: GPL-2.0-only */
/* multicall(entry[], count): several hypercalls for the price of one entry. Preemptible between and inside entries. */
#include <xen/hypercall.h>
#include <xen/percpu.h>
#include <xen/softirq.h>

DECLARE_PER_CPU(struct multicall_entry *, multicall_entry);
long hypercall_call(unsigned long nr, const unsigned long *a);

/* Runs one entry, whose copy is @mc; its range was checked with the array's. 0, -ERESTART (its arguments say what is left) or -EFAULT. */
static inline long run_entry(struct multicall_entry *mc, struct multicall_entry *at)
{
    long result;

    if (guest_read(mc, at, sizeof(*mc)))
        return -EFAULT;
    if (unlikely(mc->op == __HYPERVISOR_multicall))
        result = -EINVAL;                        /* no nesting */
    else
        result = hypercall_call(mc->op, mc->args);
    if (unlikely(result == -ERESTART))
        return guest_write(at, mc, sizeof(*mc)) ? -EFAULT : -ERESTART;
    mc->result = result;
    return guest_write(&at->result, &mc->result, sizeof(mc->result));
}

/* Runs entries from *@next up to @end, leaves in *@next the one that comes next. */
static long run(struct multicall_entry **next, struct multicall_entry *end)
{
    struct multicall_entry mc, *first = *next, *at;
    long rc = 0;

    this_cpu(multicall_entry) = &mc;
    for (at = first; at != end; at++) {
        rc = unlikely(at != first && preempt_check()) ? -ERESTART : run_entry(&mc, at);
        if (unlikely(rc))
            break;
    }
    this_cpu(multicall_entry) = NULL;
    *next = at;
    return rc;
}

long hc_multicall(unsigned long list, unsigned long count, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct multicall_entry *next = (void *)list, *end = next + (u32)count;
    long rc;

    if (unlikely(this_cpu(multicall_entry)))
        return -EINVAL;
    if (guest_array_ok(gva(list), (u32)count, sizeof(*next)))
        return -EFAULT;
    rc = run(&next, end);
    if (unlikely(rc == -ERESTART))
        return hypercall_continue(2, (unsigned long)next, (unsigned long)(end - next));
    return rc;
}
