/* SPDX-License-Identifier: GPL-2.0-only */
/* The per-domain area (L4 slot 257): a window of 64 pages for each vCPU's GDT and LDT. Its mappings are never global. */
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/mm.h>
#include "pt.h"

#define WINDOW_PAGES   (1U << (PERDOMAIN_VCPU_SHIFT - PAGE_SHIFT))
#define VCPUS_PER_L1   (PTES_PER_PAGE / WINDOW_PAGES)
#define GDT_PAGES      16

/* Null descriptors for the GDT pages that a guest has not set: a selector into them gives #GP, not a page fault. */
static u64 zero_descriptors[PTES_PER_PAGE] __aligned(4096);

static pte_t *perdomain_l2(struct domain *d)
{
    return mfn_to_virt(pte_mfn(d->arch.perdomain_l3[PT_INDEX(PERDOMAIN_VIRT, 3)]));
}

int mm_domain_init(struct domain *d)
{
    pte_t *l3 = alloc_xen_page(), *l2 = alloc_xen_page();

    if (!l3 || !l2) {
        free_xen_page(l3);
        free_xen_page(l2);
        return -ENOMEM;
    }
    l3[PT_INDEX(PERDOMAIN_VIRT, 3)] = pte_make(virt_to_mfn(l2), PAGE_HV_TABLE);
    d->arch.perdomain_l3 = l3;
    return 0;
}

void mm_domain_destroy(struct domain *d)
{
    pte_t *l2;

    if (!d->arch.perdomain_l3)
        return;
    l2 = perdomain_l2(d);
    for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
        if (pte_present(l2[i]))
            free_xen_page(mfn_to_virt(pte_mfn(l2[i])));
    free_xen_page(l2);
    free_xen_page(d->arch.perdomain_l3);
    d->arch.perdomain_l3 = NULL;
}

/* Machine frame of a page of the image. */
static mfn_t image_mfn(const void *p)
{
    unsigned long va = (unsigned long)p;
    pte_t e = idle_l4[PT_INDEX(va, 4)];

    for (unsigned int level = 3; level >= 1; level--) {
        if (level == 1 && (pte_x(e) & PTE_PS))
            return mfn_add(pte_mfn(e), PT_INDEX(va, 1));
        e = ((pte_t *)mfn_to_virt(pte_mfn(e)))[PT_INDEX(va, level)];
    }
    return pte_mfn(e);
}

pte_t perdomain_empty_gdt_entry(void)
{
    return pte_make(image_mfn(zero_descriptors), PAGE_HV_RO & ~PTE_G);
}

int mm_vcpu_init(struct vcpu *v)
{
    pte_t *l2 = perdomain_l2(v->domain), *e = &l2[v->id / VCPUS_PER_L1], *l1;

    if (!pte_present(*e)) {
        l1 = alloc_xen_page();
        if (!l1)
            return -ENOMEM;
        *e = pte_make(virt_to_mfn(l1), PAGE_HV_TABLE);
    }
    l1 = (pte_t *)mfn_to_virt(pte_mfn(*e)) + v->id % VCPUS_PER_L1 * WINDOW_PAGES;
    for (unsigned int i = 0; i < GDT_PAGES; i++)
        l1[i] = perdomain_empty_gdt_entry();
    v->arch.perdomain_gdt_l1 = l1;
    return 0;
}

void mm_vcpu_destroy(struct vcpu *v)
{
    if (!v->arch.perdomain_gdt_l1)
        return;
    invalidate_ldt(v);
    destroy_guest_gdt(v);
    v->arch.perdomain_gdt_l1 = NULL;
    own_l4_free(v);
}
