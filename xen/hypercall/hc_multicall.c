/* SPDX-License-Identifier: GPL-2.0-only */
/* multicall(entry[], count): several hypercalls for the price of one entry. Preemptible between and inside entries. */
#include <xen/hypercall.h>
#include <xen/percpu.h>
#include <xen/softirq.h>

DECLARE_PER_CPU(struct multicall_state *, multicall_state);

#define AFTER_IRET 1

/* An entry that is not done: its arguments say what is left, unless it was an iret, which leaves nothing. */
static noinline long entry_goes_on(const struct multicall_state *mc, struct multicall_entry *at)
{
    if (mc->nr == __HYPERVISOR_iret)
        return AFTER_IRET;
    for (unsigned int i = 0; i < mc->nr_args; i++)
        if (!guest_store(&at->args[i], mc->args[i]))
            return -EFAULT;
    return -ERESTART;
}

/*
 * Runs one entry, whose range was checked with the array's. 0, -ERESTART, -EFAULT, or AFTER_IRET: the caller's registers,
 * and perhaps its page table, are others now, so that there is neither a place for a result nor a next entry.
 * A multicall in a multicall refuses itself.
 */
static inline long run_entry(struct multicall_state *mc, struct multicall_entry *at)
{
    u64 nr, a1, a2, a3, a4, a5;
    long result = -ENOSYS;

    if (unlikely(!guest_load(&nr, &at->op) || !guest_load(&a1, &at->args[0]) || !guest_load(&a2, &at->args[1]) ||
                 !guest_load(&a3, &at->args[2]) || !guest_load(&a4, &at->args[3]) || !guest_load(&a5, &at->args[4])))
        return -EFAULT;
    mc->nr = nr;
    if (likely(nr < ARRAY_SIZE(hypercall_entry)))
        result = hypercall_entry[nr](a1, a2, a3, a4, a5);
    if (unlikely(result == -ERESTART))
        return entry_goes_on(mc, at);
    return guest_store(&at->result, result) ? 0 : -EFAULT;
}

/* Runs entries from *@next up to @end, which is not there yet, leaves in *@next the one that comes next. */
static long run(struct multicall_entry **next, struct multicall_entry *end)
{
    struct multicall_state mc;
    struct multicall_entry *at = *next;
    long rc;

    mc.nr_args = 0;
    this_cpu(multicall_state) = &mc;
    for (;;) {
        rc = run_entry(&mc, at);
        if (unlikely(rc) || ++at == end)
            break;
        if (preempt_check()) {
            rc = -ERESTART;
            break;
        }
    }
    this_cpu(multicall_state) = NULL;
    *next = at;
    return rc;
}

long hc_multicall(unsigned long list, unsigned long count, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct multicall_entry *next = (void *)list, *end = next + (u32)count;
    long rc;

    if (unlikely(this_cpu(multicall_state)))
        return -EINVAL;
    if (guest_array_ok(gva(list), (u32)count, sizeof(*next)))
        return -EFAULT;
    if (unlikely(next == end))
        return 0;
    rc = run(&next, end);
    if (unlikely(rc == AFTER_IRET))
        return -ERESTART;                        /* as hc_iret(): the frame is complete */
    if (unlikely(rc == -ERESTART))
        return hypercall_continue(2, (unsigned long)next, (unsigned long)(end - next));
    return rc;
}
