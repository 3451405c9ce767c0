/* SPDX-License-Identifier: GPL-2.0-only */
/* Decides about page-table entries: which flags at which level, and which kind of target (xen/pt_check.h). */
#include <xen/pt_check.h>

#define TABLE_FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL | PTE_AVAIL_HI | PTE_NX)

/* Allowed flags by level. Level 2 and 3 have no PTE_PS: large mappings are refused. AMD64 vol. 2, 5.3. */
const u64 pt_allowed_flags[5] = {
    [1] = TABLE_FLAGS | PT_CACHE_FLAGS | PTE_G,
    [2] = TABLE_FLAGS,
    [3] = TABLE_FLAGS,
    [4] = TABLE_FLAGS,
};

enum pt_target pt_classify(const struct pt_facts *f)
{
    if (f->is_ram)
        return f->device_asked ? PT_DENIED : PT_RAM;
    return f->mapper_has_iomem && f->target_has_iomem ? PT_DEVICE : PT_DENIED;
}

bool pt_self_map_ok(unsigned int level, pte_t e)
{
    return level > 1 && !(e.v & PTE_RW);
}
