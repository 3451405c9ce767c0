/* SPDX-License-Identifier: GPL-2.0-only */
/* update_va_mapping and its _otherdomain form: one L1 entry by virtual address, with the flush that goes with it. */
#include <xen/hypercall.h>
#include <xen/smp.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>

/* Bitmap of vCPUs of the caller's domain at @from. */
static int read_vcpu_bitmap(gva_t from, unsigned long *map)
{
    for (unsigned int i = 0; i < BITS_TO_LONGS(MAX_VCPUS); i++)
        map[i] = 0;
    return copy_from_guest(map, from, DIV_ROUND_UP(current->domain->max_vcpus, 8));
}

static int flush(unsigned long va, unsigned long flags)
{
    unsigned long where = flags & ~UVMF_FLUSHTYPE_MASK, map[BITS_TO_LONGS(MAX_VCPUS)];
    unsigned int kind;

    switch (flags & UVMF_FLUSHTYPE_MASK) {
    case UVMF_TLB_FLUSH:
        kind = FLUSH_TLB;
        break;
    case UVMF_INVLPG:
        kind = FLUSH_TLB_ONE;
        break;
    default:
        return 0;
    }
    if (where == UVMF_LOCAL) {
        if (kind == FLUSH_TLB_ONE)
            invlpg(va);
        else
            tlb_flush_local(kind, 0);
        return 0;
    }
    if (where == UVMF_ALL) {
        mm_flush_domain(current->domain, NULL, kind, va);
        return 0;
    }
    if (read_vcpu_bitmap(gva(where), map))
        return -EFAULT;
    mm_flush_domain(current->domain, map, kind, va);
    return 0;
}

long hc_update_va_mapping(unsigned long va, unsigned long val, unsigned long flags, unsigned long unused1,
                          unsigned long unused2)
{
    int rc = mmu_update_va(va, val, current->domain);

    if (likely(!rc))
        return flush(va, flags);
    rc = mmu_refused(current->domain, val, rc);
    return rc == -ERESTART ? hypercall_continue(3, va, val, flags) : rc;
}

long hc_update_va_mapping_otherdomain(unsigned long va, unsigned long val, unsigned long flags, unsigned long domid,
                                      unsigned long unused)
{
    struct domain *target;
    int rc = mm_get_target((u16)domid, &target);

    if (rc)
        return rc;
    rc = mmu_refused(target, val, mmu_update_va(va, val, target));
    mm_put_target(target);
    if (unlikely(rc == -ERESTART))
        return hypercall_continue(4, va, val, flags, domid);
    return rc ? rc : flush(va, flags);
}
