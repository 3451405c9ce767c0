/* SPDX-License-Identifier: GPL-2.0-only */
/* Logging of a domain's writes as a whole: begin, rounds, end. The domain stays paused between the parts of a preempted call. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/grant.h>
#include <xen/lib.h>
#include <x86/mm.h>
#include "mirror.h"

/* As many page numbers as the guest says that it has, or may have pages. */
static u64 nr_pfns(const struct domain *d)
{
    u64 said = d->shared_info ? READ_ONCE(d->shared_info->arch.max_pfn) : 0;

    return max(said, max(d->max_pages, d->tot_pages));
}

static void hold(struct domain *d)
{
    if (!d->log_dirty.held) {
        domain_pause(d);
        d->log_dirty.held = true;
    }
}

void mm_log_release(struct domain *d)
{
    d->log_dirty.pass_pos = 0;
    d->log_dirty.grant_pages = 0;
    if (d->log_dirty.held) {
        d->log_dirty.held = false;
        domain_unpause(d);
    }
}

static int begin(struct domain *d)
{
    int rc = d->log_dirty.on ? 0 : log_dirty_enable(d, nr_pfns(d));

    return rc ? rc : mirror_begin(d);
}

/* Of what begin() made. 0 or -ERESTART. */
static int undo(struct domain *d)
{
    int rc = mirror_end(d);

    return rc ? rc : log_dirty_disable(d);
}

int mm_log_begin(struct domain *d)
{
    struct log_dirty *l = &d->log_dirty;
    int rc;

    if (d->dying != DOMAIN_ALIVE || (!l->beginning && (l->on || l->ending || d->arch.mirror_idle)))
        return -EINVAL;
    hold(d);
    l->beginning = true;
    rc = l->failure ? l->failure : begin(d);
    if (rc == -ERESTART)
        return rc;
    l->failure = rc;
    if (rc && undo(d))
        return -ERESTART;
    l->failure = 0;
    l->beginning = false;
    mm_log_release(d);
    return rc;
}

int mm_log_end(struct domain *d)
{
    int rc;

    hold(d);
    d->log_dirty.beginning = false;
    d->log_dirty.failure = 0;
    rc = undo(d);
    if (!rc)
        mm_log_release(d);
    return rc;
}

int mm_log_round(struct domain *d)
{
    struct vcpu *v;
    int rc;

    hold(d);
    rc = d->log_dirty.grant_pages ? 0 : mirror_protect(d);
    if (rc)
        return rc;
    for_each_vcpu(d, v)
        if (v->info_frame)
            log_dirty_mark(d, v->info_frame);
    return grant_log_writable(d);
}
