/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mirror tables: while writes of a domain are logged (xen/log_dirty.h) its vCPUs run on copies of its page tables, made as
 * pages are touched. The guest reads and the hypervisor checks the guest's own tables, which stay exactly as
 * the guest wrote them; only the copies lack the right to write where a page is still clean.
 *
 *  - A mirror entry names the same frame as the guest's entry (level 1) or the mirror of the guest's table (level 2 up),
 *    with no more rights, or is 0. Mirrors hold no references: an entry goes before the guest's entry's references do.
 *  - A level-1 entry has PTE_RW only when the guest's has it with PTE_D, and the frame, if it is the domain's own,
 *    is marked dirty. So the guest sees accessed and dirty bits as if it ran on its own tables.
 *  - Which mirrors there are is only a cache: all but those of the tables that vCPUs run on may be dropped at any time, and are, in steps,
 *    when few tables are free (mirror.c, making room).
 *
 * arch.pt_lock guards all of it.
 */
#ifndef X86_MM_MIRROR_H
#define X86_MM_MIRROR_H

#include <xen/domain.h>
#include <xen/frame.h>

/*
 * Begin and end; @d is paused, none of its vCPUs runs. 0, -EINVAL (on already), -ENOMEM (to be followed by mirror_end()), or -ERESTART:
 * call again, paused as before.
 */
int mirror_begin(struct domain *d);
int mirror_end(struct domain *d);
/* Takes the right to write from all mirrored entries; @d is paused. -ERESTART: call again, paused as before. */
int mirror_protect(struct domain *d);

/* The rest under pt_lock, and only while @d has mirrors. */
void mirror_forget(struct domain *d, const void *entry);
void mirror_drop(struct domain *d, struct frame_info *table);
/* CR3 for guest table @l4, which a vCPU has been given for kernel or user mode. */
u64 mirror_cr3(struct domain *d, struct frame_info *l4, bool user);

/* Entry @entry of a table of @d's was written; before the references of the old one are dropped. pt_lock held. */
static inline void mirror_entry_written(struct domain *d, const void *entry)
{
    if (unlikely(d->arch.mirror))
        mirror_forget(d, entry);
}

#endif
