/* SPDX-License-Identifier: GPL-2.0-only */
/* Which pages of a domain were written (xen/log_dirty.h). */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/mm.h>

/* A guest may number its pages sparsely, but not so that the bits cost more than a small part of its memory. */
#define LIMIT_PER_PAGE 8
#define LIMIT_ALWAYS   (1UL << 20)

static void free_chunks(u64 **chunk, u64 n)
{
    for (u64 i = 0; chunk && i < n; i++)
        free_xen_page(chunk[i]);
    xfree(chunk);
}

static u64 nr_chunks(u64 limit) { return DIV_ROUND_UP(limit, LOG_DIRTY_CHUNK); }

int log_dirty_enable(struct domain *d, u64 limit)
{
    struct log_dirty *l = &d->log_dirty;
    u64 n = nr_chunks(limit), **chunk;
    int rc = -EINVAL;

    if (limit > max(d->max_pages, d->tot_pages) * LIMIT_PER_PAGE + LIMIT_ALWAYS)
        return -EINVAL;
    chunk = xcalloc(n, sizeof(*chunk));
    for (u64 i = 0; chunk && i < n; i++) {
        chunk[i] = alloc_xen_page();
        if (!chunk[i]) {
            free_chunks(chunk, i);
            chunk = NULL;
        }
    }
    if (!chunk)
        return -ENOMEM;
    spin_lock(&l->lock);
    if (!l->on) {
        l->chunk = chunk;
        l->limit = limit;
        l->pass_pos = 0;
        l->faults = l->dirtied = 0;
        l->on = true;
        chunk = NULL;
        rc = 0;
    }
    spin_unlock(&l->lock);
    free_chunks(chunk, n);
    return rc;
}

void log_dirty_disable(struct domain *d)
{
    struct log_dirty *l = &d->log_dirty;
    u64 **chunk, n;

    spin_lock(&l->lock);
    chunk = l->chunk;
    n = nr_chunks(l->limit);
    l->on = false;
    l->chunk = NULL;
    l->limit = 0;
    spin_unlock(&l->lock);
    free_chunks(chunk, n);
}

void log_dirty_mark_pfn(struct domain *d, u64 pfn)
{
    struct log_dirty *l = &d->log_dirty;

    spin_lock(&l->lock);
    if (l->on && pfn < l->limit) {
        u64 *word = &l->chunk[pfn / LOG_DIRTY_CHUNK][pfn % LOG_DIRTY_CHUNK / 64], bit = 1UL << pfn % 64;

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
    set = l->on && pfn < l->limit && l->chunk[pfn / LOG_DIRTY_CHUNK][pfn % LOG_DIRTY_CHUNK / 64] >> pfn % 64 & 1;
    spin_unlock(&l->lock);
    return set;
}

u64 log_dirty_take(struct domain *d, u64 first, u64 *buf, bool clear)
{
    struct log_dirty *l = &d->log_dirty;
    u64 n = 0;

    spin_lock(&l->lock);
    if (l->on && first < l->limit) {
        u64 *chunk = l->chunk[first / LOG_DIRTY_CHUNK];

        n = min(l->limit - first, (u64)LOG_DIRTY_CHUNK);
        memcpy(buf, chunk, PAGE_SIZE);
        if (clear)
            memset(chunk, 0, PAGE_SIZE);
    }
    spin_unlock(&l->lock);
    return n;
}
