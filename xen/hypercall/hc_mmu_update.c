/* SPDX-License-Identifier: GPL-2.0-only */
/* mmu_update: copies the requests in by batches and hands them to the page-table code. */
#include <xen/hypercall.h>
#include <xen/softirq.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>

#define BATCH      32             /* requests copied in and carried out under one hold of the lock */
#define PREEMPTED  0x80000000u    /* in count: a continuation, *done holds what was done before */

struct parties { struct domain *owner, *target; };

static int get_parties(u32 domids, struct parties *w)
{
    u16 owner = domids >> 16 ? (u16)((domids >> 16) - 1) : DOMID_SELF;
    int rc = mm_get_target((u16)domids, &w->target);

    if (rc)
        return rc;
    rc = mm_get_target(owner, &w->owner);
    if (!rc && (w->owner == dom_io || w->owner == dom_xen))
        rc = -EPERM;
    if (rc)
        mm_put_target(w->target);
    return rc;
}

static int run(const struct parties *w, gva_t reqs, u32 count, u32 *done)
{
    struct mmu_update batch[BATCH];
    int rc = mmu_finish_earlier();

    for (*done = 0; !rc && *done < count;) {
        unsigned int n = min(count - *done, (u32)BATCH), step = 0;

        rc = copy_from_guest(batch, gva_add(reqs, *done * sizeof(batch[0])), n * sizeof(batch[0]));
        if (!rc)
            rc = mmu_update_batch(w->owner, w->target, batch, n, &step);
        *done += step;
        if (!rc && *done < count && preempt_check())
            rc = -ERESTART;
    }
    return rc;
}

/* The usual call, of one request about the caller's own frames: the same without what only others need. */
static inline int run_one(gva_t req, u32 *done)
{
    struct vcpu *v = current;
    struct mmu_update u;
    int rc = unlikely(v->arch.old_table) ? mmu_finish_earlier() : 0;

    if (!rc)
        rc = copy_from_guest(&u, req, sizeof(u));
    return rc ? rc : mmu_update_one(&u, done);
}

long hc_mmu_update(unsigned long reqs, unsigned long count_arg, unsigned long done_arg, unsigned long domids,
                   unsigned long unused)
{
    u32 count = (u32)count_arg & ~PREEMPTED, before = 0, done = 0;
    struct parties w;
    int rc;

    if (count_arg == 1 && (u32)domids == DOMID_SELF) {
        rc = run_one(gva(reqs), &done);
    } else {
        rc = guest_array_ok(gva(reqs), count, sizeof(struct mmu_update));
        if (!rc && (count_arg & PREEMPTED) && done_arg)
            rc = copy_from_guest(&before, gva(done_arg), sizeof(before));
        if (rc)
            return rc;
        rc = get_parties((u32)domids, &w);
        if (!rc) {
            rc = run(&w, gva(reqs), count, &done);
            mm_put_target(w.owner);
            mm_put_target(w.target);
        }
    }
    before += done;
    if (done_arg && copy_to_guest(gva(done_arg), &before, sizeof(before)))
        return -EFAULT;
    if (rc == -ERESTART)
        return hypercall_continue(4, reqs + done * sizeof(struct mmu_update), (unsigned long)(count - done) | PREEMPTED,
                                  done_arg, domids);
    return rc;
}
