/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages that others may be writing to by grants, for the log of writes: a mapping is not told of what goes through it. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/grant.h>
#include <xen/softirq.h>

/* One page of entries; false: there is none at @page. */
static bool log_page(struct domain *d, struct grant_table *gt, unsigned int page)
{
    grant_ref_t first = page * GRANT_ACTIVE_PER_PAGE;
    bool there;

    spin_lock(&gt->lock);
    there = page < gt->nr_active;
    for (grant_ref_t ref = first; there && ref < first + GRANT_ACTIVE_PER_PAGE; ref++) {
        const struct grant_active *a = grant_active(gt, ref);

        if (a->pins.host_write || a->pins.dev_write)
            log_dirty_mark(d, mfn_to_frame(a->frame));
    }
    spin_unlock(&gt->lock);
    return there;
}

int grant_log_writable(struct domain *d)
{
    u32 *page = &d->log_dirty.grant_pages;

    while (d->grant && log_page(d, d->grant, *page)) {
        ++*page;
        if (preempt_check())
            return -ERESTART;
    }
    *page = 0;
    return 0;
}
