/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pages of a domain were written since a tool asked last, for live migration (common/log_dirty.c).
 * Pages go by the guest's numbers (pfn), as the machine-to-physical table has them.
 *
 * Who marks: the guest's own writes fault once a page and round (arch/x86/mm/mirror.c); writes of the hypervisor and
 * of other domains call log_dirty_mark() beside the write, before or after it: a round's bits are
 * taken only after all entries of the guest have lost their right to write.
 */
#ifndef XEN_LOG_DIRTY_H
#define XEN_LOG_DIRTY_H

#include <xen/page_array.h>
#include <xen/spinlock.h>
#include <xen/types.h>

struct domain;
struct frame_info;

struct log_dirty {
    spinlock_t lock;         /* guards on, limit, chunks, dirtied; innermost */
    bool on;                 /* also read without the lock: a mark beside the beginning or the end may count or not */
    u64 limit;               /* pfns below this are tracked */
    struct page_array chunks; /* pages of bits, all there while on; else those that were made or are not freed yet */
    u32 dirtied, faults;     /* since bits were taken last; faults: arch.pt_lock */
    /* A tool's call that was preempted; domctl_lock. */
    bool beginning, ending;  /* mm_log_begin(), log_dirty_disable() is to go on */
    int failure;             /* of mm_log_begin(), which undoes what it made */
    u32 grant_pages;         /* of the grant table that grant_log_writable() has looked at */
    u64 pass_pos;            /* pages whose bits it has */
    bool held;               /* the domain is paused for it */
};
#define LOG_DIRTY_CHUNK (PAGE_SIZE * 8)      /* pages that one chunk describes */

/*
 * Begins with nothing marked. 0, -EINVAL (on already, or @limit far above what @d may have), -ENOMEM (to be followed by
 * log_dirty_disable()), or -ERESTART: call again, for the first call's @limit.
 */
int log_dirty_enable(struct domain *d, u64 limit);
/* No marks any more; nothing happens when it is off. 0 or -ERESTART. */
int log_dirty_disable(struct domain *d);
/* Page @f of @d was, or is about to be, written, or is used as something else now. Any context that may take a lock. */
void log_dirty_mark_slow(struct domain *d, const struct frame_info *f);
void log_dirty_mark_pfn(struct domain *d, u64 pfn);
#define log_dirty_mark(d, f) do { if (unlikely((d)->log_dirty.on)) log_dirty_mark_slow(d, f); } while (0)
bool log_dirty_test(struct domain *d, const struct frame_info *f);
/*
 * The bits of pages @first up (a multiple of LOG_DIRTY_CHUNK) to @buf, a page; with @clear they are 0 afterwards. Returns
 * how many pages they describe, 0: off or beyond the end.
 */
u64 log_dirty_take(struct domain *d, u64 first, u64 *buf, bool clear);

#endif
