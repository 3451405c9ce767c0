/* SPDX-License-Identifier: GPL-2.0-only */
/* mmuext_op: pins, base pointers, flushes, LDT, page clearing; one table row an operation. */
#include <xen/hypercall.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>

#define PREEMPTED  0x80000000u    /* in count: a continuation, *done holds what was done before */

static int op_pin(const struct mmuext_op *op, struct domain *d)
{
    return pin_table(d, mfn(op->arg1.mfn), FT_LEVEL(op->cmd - MMUEXT_PIN_L1_TABLE + 1));
}

static int op_unpin(const struct mmuext_op *op, struct domain *d)
{
    return unpin_table(d, mfn(op->arg1.mfn));
}

static int op_new_baseptr(const struct mmuext_op *op, struct domain *d)
{
    return set_guest_table(current, mfn(op->arg1.mfn), false);
}

static int op_new_user_baseptr(const struct mmuext_op *op, struct domain *d)
{
    return set_guest_table(current, mfn(op->arg1.mfn), true);
}

static int op_flush_local(const struct mmuext_op *op, struct domain *d)
{
    tlb_flush_local(FLUSH_TLB, 0);
    return 0;
}

static int op_invlpg_local(const struct mmuext_op *op, struct domain *d)
{
    if (guest_range_ok(op->arg1.linear_addr, 1))
        invlpg(op->arg1.linear_addr);
    return 0;
}

static int op_flush_multi(const struct mmuext_op *op, struct domain *d)
{
    unsigned long map[BITS_TO_LONGS(MAX_VCPUS)] = { 0 };
    bool one = op->cmd == MMUEXT_INVLPG_MULTI;

    if (copy_from_guest(map, handle_gva(op->arg2.vcpumask), DIV_ROUND_UP(d->max_vcpus, 8)))
        return -EINVAL;
    if (!one || guest_range_ok(op->arg1.linear_addr, 1))
        mm_flush_domain(d, map, one ? FLUSH_TLB_ONE : FLUSH_TLB, op->arg1.linear_addr);
    return 0;
}

static int op_flush_all(const struct mmuext_op *op, struct domain *d)
{
    bool one = op->cmd == MMUEXT_INVLPG_ALL;

    if (!one || guest_range_ok(op->arg1.linear_addr, 1))
        mm_flush_domain(d, NULL, one ? FLUSH_TLB_ONE : FLUSH_TLB, op->arg1.linear_addr);
    return 0;
}

/* Only who drives devices can need it; it stalls the machine. */
static int op_flush_cache(const struct mmuext_op *op, struct domain *d)
{
    if (!READ_ONCE(d->has_devices))
        return op->cmd == MMUEXT_FLUSH_CACHE ? -EACCES : -EINVAL;
    if (op->cmd == MMUEXT_FLUSH_CACHE)
        tlb_flush_local(FLUSH_CACHE, 0);
    else
        tlb_flush_mask(&cpu_online_map, FLUSH_CACHE, 0);
    return 0;
}

static int op_set_ldt(const struct mmuext_op *op, struct domain *d)
{
    return set_guest_ldt(op->arg1.linear_addr, op->arg2.nr_ents);
}

static int op_clear_page(const struct mmuext_op *op, struct domain *d)
{
    return mm_clear_page(d, mfn(op->arg1.mfn));
}

static int op_copy_page(const struct mmuext_op *op, struct domain *d)
{
    return mm_copy_page(d, mfn(op->arg1.mfn), mfn(op->arg2.src_mfn));
}

static int op_super(const struct mmuext_op *op, struct domain *d)
{
    return -EOPNOTSUPP;    /* large mappings are refused */
}

static const struct mmuext_row {
    int (*fn)(const struct mmuext_op *op, struct domain *d);
    bool foreign;          /* may be about another domain's frames */
} rows[] = {
    [MMUEXT_PIN_L1_TABLE] = { op_pin, true },
    [MMUEXT_PIN_L2_TABLE] = { op_pin, true },
    [MMUEXT_PIN_L3_TABLE] = { op_pin, true },
    [MMUEXT_PIN_L4_TABLE] = { op_pin, true },
    [MMUEXT_UNPIN_TABLE] = { op_unpin, true },
    [MMUEXT_NEW_BASEPTR] = { op_new_baseptr, false },
    [MMUEXT_TLB_FLUSH_LOCAL] = { op_flush_local, false },
    [MMUEXT_INVLPG_LOCAL] = { op_invlpg_local, false },
    [MMUEXT_TLB_FLUSH_MULTI] = { op_flush_multi, false },
    [MMUEXT_INVLPG_MULTI] = { op_flush_multi, false },
    [MMUEXT_TLB_FLUSH_ALL] = { op_flush_all, false },
    [MMUEXT_INVLPG_ALL] = { op_flush_all, false },
    [MMUEXT_FLUSH_CACHE] = { op_flush_cache, false },
    [MMUEXT_SET_LDT] = { op_set_ldt, false },
    [MMUEXT_NEW_USER_BASEPTR] = { op_new_user_baseptr, false },
    [MMUEXT_CLEAR_PAGE] = { op_clear_page, true },
    [MMUEXT_COPY_PAGE] = { op_copy_page, true },
    [MMUEXT_FLUSH_CACHE_GLOBAL] = { op_flush_cache, false },
    [MMUEXT_MARK_SUPER] = { op_super, true },
    [MMUEXT_UNMARK_SUPER] = { op_super, true },
};

static inline int finish_earlier(void)
{
    return unlikely(current->arch.old_table) ? mmu_finish_earlier() : 0;
}

static int run_one(gva_t at, struct domain *target)
{
    struct mmuext_op op;

    if (copy_from_guest(&op, at, sizeof(op)))
        return -EFAULT;
    if (op.cmd >= ARRAY_SIZE(rows) || !rows[op.cmd].fn)
        return -ENOSYS;
    if (!rows[op.cmd].foreign && target != current->domain)
        return -EPERM;
    return rows[op.cmd].fn(&op, target);
}

static int run(gva_t ops, u32 count, struct domain *target, u32 *done)
{
    int rc = finish_earlier();

    for (*done = 0; !rc && *done < count; ) {
        rc = run_one(gva_add(ops, *done * sizeof(struct mmuext_op)), target);
        if (rc)
            break;
        ++*done;
        if (current->arch.old_table || (*done < count && preempt_check()))
            rc = -ERESTART;
    }
    return rc;
}

long hc_mmuext_op(unsigned long ops, unsigned long count_arg, unsigned long done_arg, unsigned long domid,
                  unsigned long unused)
{
    u32 count = (u32)count_arg & ~PREEMPTED, before = 0, done = 0;
    struct domain *target;
    int rc = guest_array_ok(gva(ops), count, sizeof(struct mmuext_op));

    if (!rc && (count_arg & PREEMPTED) && done_arg)
        rc = copy_from_guest(&before, gva(done_arg), sizeof(before));
    if (rc)
        return rc;
    rc = mm_get_target((u16)domid, &target);
    if (!rc) {
        rc = run(gva(ops), count, target, &done);
        mm_put_target(target);
    }
    before += done;
    if (done_arg && copy_to_guest(gva(done_arg), &before, sizeof(before)))
        return -EFAULT;
    if (rc == -ERESTART)
        return hypercall_continue(4, ops + done * sizeof(struct mmuext_op), (unsigned long)(count - done) | PREEMPTED,
                                  done_arg, domid);
    return rc;
}
