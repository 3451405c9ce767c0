/* SPDX-License-Identifier: GPL-2.0-only */
/* For the frame table's check: references that vCPUs and domains hold, and contents of tables and descriptor pages. */
#include <xen/domain.h>
#include <xen/frame_check.h>
#include <xen/lib.h>
#include <x86/mm.h>
#include "pt.h"

#define WINDOW_PAGES  64            /* mm/perdomain.c: 32 of the GDT, then the LDT's */
#define LDT_FIRST     32
#define DESC_PER_PAGE 512

/* A reference with its type, whatever it is now. */
static void holds_table(frame_holder_fn *fn, struct frame_check *c, struct frame_info *f)
{
    if (f)
        fn(c, f, f->type_info & FT_MASK);
}

static void window_holds(const struct vcpu *v, frame_holder_fn *fn, struct frame_check *c)
{
    const pte_t *window = v->arch.perdomain_gdt_l1;
    unsigned int gdt = DIV_ROUND_UP(v->arch.pv.gdt_entries, DESC_PER_PAGE);

    for (unsigned int i = 0; window && i < WINDOW_PAGES; i++)
        if (i < gdt || (i >= LDT_FIRST && pte_present(window[i])))
            fn(c, mfn_to_frame(pte_mfn(window[i])), FT_DESC);
}

void arch_domain_frames_held(struct domain *d, frame_holder_fn *fn, struct frame_check *c)
{
    struct vcpu *v;

    for_each_vcpu(d, v) {
        if (v->arch.guest_table)
            fn(c, v->arch.guest_table, FT_L4);
        if (v->arch.guest_table_user)
            fn(c, v->arch.guest_table_user, FT_L4);
        holds_table(fn, c, v->arch.old_table);
        holds_table(fn, c, v->arch.old_user_table);
        window_holds(v, fn, c);
    }
    holds_table(fn, c, d->arch.relinquish_table);
    if (d->arch.pirq_eoi_map)
        fn(c, virt_to_frame(d->arch.pirq_eoi_map), FT_WRITABLE);
}

/* The hypervisor's part of a checked L4. User mode may be without the machine-to-phys table (VMASST_TYPE_m2p_strict). */
static bool l4_slot_ok(const struct domain *d, unsigned int i, pte_t e, bool bare)
{
    if (bare)
        return !e.v;
    if (i == PERDOMAIN_L4_SLOT)
        return mfn_eq(pte_mfn(e), virt_to_mfn(d->arch.perdomain_l3));
    return e.v == idle_l4[i].v || (i == PT_INDEX(RO_M2P_VIRT, 4) && !e.v);
}

static const char *check_table(const struct domain *d, const struct frame_info *f, unsigned int level)
{
    const pte_t *t = frame_to_virt(f);
    bool bare = level == 4 && l4_is_bare(f);

    if (level == 4 && !bare && l4_names_itself(f))
        return "maps itself and holds slots of the hypervisor";
    for (unsigned int i = 0; i < PTES_PER_PAGE; i++) {
        if (level == 4 && L4_SLOT_IS_HYPERVISOR(i)) {
            if (!l4_slot_ok(d, i, t[i], bare))
                return "holds another entry in a slot of the hypervisor";
            continue;
        }
        if (!pte_present(t[i]))
            continue;
        if (!pt_flags_ok(level, t[i], level == 1 && pt_cache_attrs_ok(d)) || !(t[i].v & PTE_US))
            return "holds an entry with flags that are not allowed";
    }
    return NULL;
}

static const char *check_descriptors(struct domain *d, const u64 *t)
{
    for (unsigned int i = 0; i < DESC_PER_PAGE; i++) {
        u64 want = t[i];

        if (!check_descriptor(d, &want) || want != t[i])
            return "holds a descriptor that is not allowed";
    }
    return NULL;
}

const char *arch_check_contents(struct frame_info *f)
{
    u64 type = f->type_info & FT_MASK;

    if (type == FT_DESC)
        return check_descriptors(frame_owner(f), frame_to_virt(f));
    if (type < FT_L1 || type > FT_L4)
        return NULL;
    return check_table(frame_owner(f), f, (unsigned int)(type >> FT_SHIFT));
}
