/* SPDX-License-Identifier: GPL-2.0-only */
/* What a page-table entry may say, apart from which frame it names (common/pt_check.c). Pure: no locks, no references. */
#ifndef XEN_PT_CHECK_H
#define XEN_PT_CHECK_H

#include <x86/page.h>

/* Slots of an L4 that the ABI gives the hypervisor: guests' values there are replaced. */
#define L4_SLOT_IS_HYPERVISOR(i) ((i) >= HYPERVISOR_L4_FIRST && (i) <= HYPERVISOR_L4_LAST)

/* What references an entry of level 1 needs. */
enum pt_target {
    PT_DENIED,      /* not the mapper's to map */
    PT_DEVICE,      /* device memory: none, the right to it was checked */
    PT_RAM,         /* a general reference, and for PTE_RW a writable one */
};

/* Who maps what at level 1, as the caller found out. */
struct pt_facts {
    bool is_ram;            /* memory that the frame table describes */
    bool device_asked;      /* the caller named DOMID_IO as owner */
    bool mapper_has_iomem;  /* frame in the iomem_caps of the table's owner */
    bool target_has_iomem;  /* … of the frames' owner */
};

/* Flags that a present entry may have. Level 2 and 3 have no PTE_PS: large mappings are refused. AMD64 vol. 2, 5.3. */
#define PT_TABLE_FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL | PTE_AVAIL_HI | PTE_NX)
#define PT_CACHE_FLAGS (PTE_PWT | PTE_PCD | PTE_PAT)
#define PT_L1_FLAGS    (PT_TABLE_FLAGS | PT_CACHE_FLAGS | PTE_G)

/* Flags that a present entry of @level must not have. @cache: its owner may choose cache attributes (L1). */
static inline u64 pt_flags_refused(unsigned int level, bool cache)
{
    return ~((level == 1 ? PT_L1_FLAGS : PT_TABLE_FLAGS) | PTE_ADDR) | (cache ? 0 : PT_CACHE_FLAGS);
}
static inline bool pt_flags_ok(unsigned int level, pte_t e, bool cache)
{
    return !(e.v & pt_flags_refused(level, cache));
}
/* The entry as it is written: user bit on (64-bit PV guests run in ring 3), never global at level 1. */
static inline pte_t pt_adjust(unsigned int level, pte_t e)
{
    e.v |= PTE_US;
    if (level == 1)
        e.v &= ~PTE_G;
    return e;
}
enum pt_target pt_classify(const struct pt_facts *f);
/* Same frame with the same rights: no reference changes hands. */
static inline bool pt_same_references(pte_t a, pte_t b)
{
    return (a.v & b.v & PTE_P) && !((a.v ^ b.v) & (PTE_ADDR | PTE_RW));
}
/* An entry of @level ≥ 2 in table @self that points to @self itself is a linear mapping: only without PTE_RW. */
bool pt_self_map_ok(unsigned int level, pte_t e);

#endif
