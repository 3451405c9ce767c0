/* SPDX-License-Identifier: GPL-2.0-only */
/* Decides about page-table entries: which flags at which level, and which kind of target (xen/pt_check.h). */
#include <xen/pt_check.h>

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
