/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages that others may be writing to by grants, for the log of writes: a mapping is not told of what goes through it. */
#include <xen/domain.h>
#include <xen/grant.h>

void grant_log_writable(struct domain *d)
{
    struct grant_table *gt = d->grant;

    if (!gt)
        return;
    spin_lock(&gt->lock);
    for (grant_ref_t ref = 0; ref < gt->nr_active * GRANT_ACTIVE_PER_PAGE; ref++) {
        const struct grant_active *a = grant_active(gt, ref);

        if (a->pins.host_write || a->pins.dev_write)
            log_dirty_mark(d, mfn_to_frame(a->frame));
    }
    spin_unlock(&gt->lock);
}
