/* SPDX-License-Identifier: GPL-2.0-only */
/* mmu_update: copies the requests in by batches and hands them to the page-table code. */
#include <xen/hypercall.h>
#include <xen/softirq.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>

#define BATCH      32             /* requests copied in and carried out under one hold of the lock */
#define PREEMPTED  0x80000000u    /* in count: a continuation, *done holds what was done before */

struct parties { struct domain *owner, *target; };
/* A call's arguments, but for the count. */
struct request { unsigned long reqs, done, domids; };

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
        if (unlikely(rc == -EBUSY))
            rc = mmu_refused(w->target, batch[step].val, rc);
        if (!rc && *done < count && preempt_check())
            rc = -ERESTART;
    }
    return rc;
}

/* @done of @count requests were carried out, @before of them by earlier calls, and @rc ended this one. */
static noinline long finish(const struct request *r, u32 count, u32 before, u32 done, int rc)
{
    before += done;
    if (r->done && copy_to_guest(gva(r->done), &before, sizeof(before)))
        return -EFAULT;
    if (rc == -ERESTART)
        return hypercall_continue(4, r->reqs + done * sizeof(struct mmu_update), (unsigned long)(count - done) | PREEMPTED,
                                  r->done, r->domids);
    return rc;
}

static noinline long update_many(const struct request *r, unsigned long count_arg)
{
    u32 count = (u32)count_arg & ~PREEMPTED, before = 0, done = 0;
    struct parties w;
    int rc = guest_array_ok(gva(r->reqs), count, sizeof(struct mmu_update));

    if (!rc && (count_arg & PREEMPTED) && r->done)
        rc = copy_from_guest(&before, gva(r->done), sizeof(before));
    if (rc)
        return rc;
    rc = get_parties((u32)r->domids, &w);
    if (!rc) {
        rc = run(&w, gva(r->reqs), count, &done);
        mm_put_target(w.owner);
        mm_put_target(w.target);
    }
    return finish(r, count, before, done, rc);
}

/* One request about the caller's own frames, @rc of mmu_update_one(): it failed, or left a table that is to be taken down. */
static noinline long finish_one(unsigned long reqs, u64 val, int rc)
{
    const struct request r = { .reqs = reqs, .domids = DOMID_SELF };

    rc = mmu_refused(current->domain, val, rc);
    return finish(&r, 1, 0, rc > 0, rc > 0 ? -ERESTART : rc);
}

/* The usual call is of one request about the caller's own frames, and nobody asks how many were done. */
long hc_mmu_update(unsigned long reqs, unsigned long count, unsigned long done, unsigned long domids, unsigned long unused)
{
    const struct mmu_update *u = (const void *)reqs;
    struct vcpu *v = current;
    u64 ptr, val = 0;
    int rc = -EFAULT;

    if (unlikely(count != 1 || done || (u32)domids != DOMID_SELF || v->arch.old_table))
        return update_many(&(struct request){ reqs, done, domids }, count);
    if (likely(guest_start_ok(reqs) && guest_load(&ptr, &u->ptr) && guest_load(&val, &u->val)))
        rc = mmu_update_one(v, ptr, val);
    return likely(!rc) ? 0 : finish_one(reqs, val, rc);
}
