/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole tables: takes and drops the references of all entries of a frame that becomes or ceases to be a page table or descriptor page. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <x86/mm.h>
#include <x86/pt_lock.h>
#include <x86/spec.h>
#include "mirror.h"
#include "pt.h"

#define SCAN 8   /* entries looked at together when skipping empty ones */

/* First present entry at or after @i. Most tables are nearly empty. */
static unsigned int next_present(const u64 *t, unsigned int i)
{
    while (i < PTES_PER_PAGE) {
        if (i % SCAN == 0) {
            const u64 *p = t + i;

            if (!((p[0] | p[1] | p[2] | p[3] | p[4] | p[5] | p[6] | p[7]) & PTE_P)) {
                i += SCAN;
                continue;
            }
        }
        if (t[i] & PTE_P)
            break;
        i++;
    }
    return i;
}

/* Entries that are not present, too, where they matter (x86/spec.h). Nobody can write to @t any more. */
static bool is_l1tf_safe(const struct domain *d, const u64 *t)
{
    u64 mask = d->arch.l1tf_mask;

    for (unsigned int i = 0; mask && i < PTES_PER_PAGE; i++)
        if (!(t[i] & PTE_P) && (t[i] & mask) && spec_l1tf_unsafe(t[i])) {
            printk(XENLOG_GUEST "d%u: table refused: entry %u, %016lx, not present, names memory: L1TF\n", d->id, i, t[i]);
            return false;
        }
    return true;
}

static int table_validate(struct frame_info *f, unsigned int level, unsigned int *nr, bool preemptible)
{
    const struct pt_parties w = pt_parties_of(frame_owner(f), frame_owner(f), preemptible);
    u64 *t = frame_to_virt(f);
    unsigned int done = 0;

    if (!*nr && !is_l1tf_safe(w.owner, t))
        return -EINVAL;
    for (unsigned int i = *nr; ; i++) {
        pte_t e;
        int rc;

        i = next_present(t, i);
        if (level == 4 && i < PTES_PER_PAGE && L4_SLOT_IS_HYPERVISOR(i)) {
            i = HYPERVISOR_L4_LAST;
            continue;
        }
        *nr = i;
        if (i >= PTES_PER_PAGE)
            break;
        if (level > 1 && preemptible && done++ && pt_preempt_check(w.owner))
            return -ERESTART;
        e = pte(READ_ONCE(t[i]));
        rc = pt_entry_get(&w, f, level, &e);
        if (rc)
            return rc;
        WRITE_ONCE(t[i], e.v);
    }
    if (level == 4) {
        if (unlikely(w.owner->arch.maps_itself) && l4_names_itself(f))
            l4_make_bare(f);
        else
            l4_init_hypervisor_slots((pte_t *)t, w.owner);
    }
    return 0;
}

static int table_devalidate(struct frame_info *f, unsigned int level, unsigned int *nr, bool preemptible)
{
    struct domain *d = frame_owner(f);
    const u64 *t = frame_to_virt(f);
    unsigned int done = 0;

    while (*nr) {
        unsigned int i = *nr - 1;

        if (i % SCAN == SCAN - 1) {
            const u64 *p = t + i - (SCAN - 1);

            if (!((p[0] | p[1] | p[2] | p[3] | p[4] | p[5] | p[6] | p[7]) & PTE_P)) {
                *nr -= SCAN;
                continue;
            }
        }
        if ((t[i] & PTE_P) && !(level == 4 && L4_SLOT_IS_HYPERVISOR(i))) {
            if (level > 1 && preemptible && done++ && pt_preempt_check(d))
                return -ERESTART;
            if (pt_entry_put(f, level, pte(READ_ONCE(t[i])), preemptible))
                return -ERESTART;
        }
        *nr = i;
    }
    return 0;
}

static int descriptors_validate(struct frame_info *f, unsigned int *nr)
{
    struct domain *d = frame_owner(f);
    u64 *t = frame_to_virt(f);
    unsigned int bad = check_descriptor_page(d, t);

    *nr = bad < PTES_PER_PAGE ? 0 : bad;
    if (*nr)
        return 0;
    printk(XENLOG_GUEST "d%u: descriptor %016lx refused\n", d->id, t[bad]);
    return -EINVAL;
}

static unsigned int type_level(u64 type)
{
    return type >> FT_SHIFT;
}

int frame_validate(struct frame_info *f, u64 type, unsigned int *nr, bool preemptible)
{
    log_dirty_mark(frame_owner(f), f);
    return type == FT_DESC ? descriptors_validate(f, nr) : table_validate(f, type_level(type), nr, preemptible);
}

int frame_devalidate(struct frame_info *f, u64 type, unsigned int *nr, bool preemptible)
{
    struct domain *d = frame_owner(f);

    log_dirty_mark(d, f);
    if (unlikely(d->arch.mirror))
        mirror_drop(d, f);
    if (type == FT_DESC) {
        *nr = 0;
        return 0;
    }
    return table_devalidate(f, type_level(type), nr, preemptible);
}
