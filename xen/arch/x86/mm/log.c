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

int mm_log_begin(struct domain *d)
{
    int rc;

    if (d->dying != DOMAIN_ALIVE || d->log_dirty.on || d->arch.mirror_ending)
        return -EINVAL;
    domain_pause(d);
    rc = log_dirty_enable(d, nr_pfns(d));
    if (!rc) {
        rc = mirror_begin(d);
        if (rc)
            log_dirty_disable(d);
    }
    domain_unpause(d);
    return rc;
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
    if (d->log_dirty.held) {
        d->log_dirty.held = false;
        domain_unpause(d);
    }
}

int mm_log_end(struct domain *d)
{
    int rc;

    hold(d);
    rc = mirror_end(d);
    if (rc)
        return rc;
    log_dirty_disable(d);
    mm_log_release(d);
    return 0;
}

int mm_log_round(struct domain *d)
{
    struct vcpu *v;
    int rc;

    hold(d);
    rc = mirror_protect(d);
    if (rc)
        return rc;
    for_each_vcpu(d, v)
        if (v->info_frame)
            log_dirty_mark(d, v->info_frame);
    grant_log_writable(d);
    return 0;
}
