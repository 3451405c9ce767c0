/* SPDX-License-Identifier: GPL-2.0-only */
/* Which pages of a domain were written (xen/log_dirty.h). */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/softirq.h>
#include <x86/mm.h>

/* A guest may number its pages sparsely, but not so that the bits cost more than a small part of its memory. */
#define LIMIT_PER_PAGE 8
#define LIMIT_ALWAYS   (1UL << 20)

#define CHUNKS_PER_CHECK 64     /* freed between two looks at pending work */

static int begin(struct domain *d, u64 limit)
{
    if (limit > max(d->max_pages, d->tot_pages) * LIMIT_PER_PAGE + LIMIT_ALWAYS)
        return -EINVAL;
    d->log_dirty.limit = limit;
    return 0;
}

/* The missing ones. */
static int make_chunks(struct log_dirty *l)
{
    u64 n = DIV_ROUND_UP(l->limit, LOG_DIRTY_CHUNK);

    while (l->chunks.nr < n) {
        if (!page_array_grow(&l->chunks))
            return -ENOMEM;
        if (l->chunks.nr < n && preempt_check())
            return -ERESTART;
    }
    return 0;
}

int log_dirty_enable(struct domain *d, u64 limit)
{
    struct log_dirty *l = &d->log_dirty;
    int rc = l->on || l->ending ? -EINVAL : 0;

    if (!rc && !l->limit)
        rc = begin(d, limit);
    if (!rc)
        rc = make_chunks(l);
    if (rc)
        return rc;
    spin_lock(&l->lock);
    l->pass_pos = 0;
    l->faults = l->dirtied = 0;
    l->on = true;
    spin_unlock(&l->lock);
    return 0;
}

int log_dirty_disable(struct domain *d)
{
    struct log_dirty *l = &d->log_dirty;

    spin_lock(&l->lock);
    l->on = false;
    spin_unlock(&l->lock);
    l->ending = true;
    while (l->chunks.nr) {
        page_array_shrink(&l->chunks);
        if (l->chunks.nr && l->chunks.nr % CHUNKS_PER_CHECK == 0 && preempt_check())
            return -ERESTART;
    }
    l->limit = 0;
    l->ending = false;
    return 0;
}

/* The chunk with @pfn's bit; lock held, @pfn is below the limit. */
static u64 *chunk_of(const struct log_dirty *l, u64 pfn)
{
    return page_array_page(&l->chunks, pfn / LOG_DIRTY_CHUNK);
}

void log_dirty_mark_pfn(struct domain *d, u64 pfn)
{
    struct log_dirty *l = &d->log_dirty;

    spin_lock(&l->lock);
    if (l->on && pfn < l->limit) {
        u64 *word = &chunk_of(l, pfn)[pfn % LOG_DIRTY_CHUNK / 64], bit = 1UL << pfn % 64;

        l->dirtied += !(*word & bit);
        *word |= bit;
    }
    spin_unlock(&l->lock);
}

void log_dirty_mark_slow(struct domain *d, const struct frame_info *f)
{
    log_dirty_mark_pfn(d, m2p_get(frame_to_mfn(f)));
}

bool log_dirty_test(struct domain *d, const struct frame_info *f)
{
    struct log_dirty *l = &d->log_dirty;
    u64 pfn = m2p_get(frame_to_mfn(f));
    bool set;

    spin_lock(&l->lock);
    set = l->on && pfn < l->limit && chunk_of(l, pfn)[pfn % LOG_DIRTY_CHUNK / 64] >> pfn % 64 & 1;
    spin_unlock(&l->lock);
    return set;
}

u64 log_dirty_take(struct domain *d, u64 first, u64 *buf, bool clear)
{
    struct log_dirty *l = &d->log_dirty;
    u64 n = 0;

    spin_lock(&l->lock);
    if (l->on && first < l->limit) {
        u64 *chunk = chunk_of(l, first);

        n = min(l->limit - first, (u64)LOG_DIRTY_CHUNK);
        memcpy(buf, chunk, PAGE_SIZE);
        if (clear)
            memset(chunk, 0, PAGE_SIZE);
    }
    spin_unlock(&l->lock);
    return n;
}
