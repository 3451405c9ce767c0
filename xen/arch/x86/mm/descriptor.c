/* SPDX-License-Identifier: GPL-2.0-only */
/* Guests' GDT and LDT: descriptor checks, and the pages that are mapped into the per-domain window. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>
#include <x86/pv.h>
#include "pt.h"

#define LDT_FIRST        32                     /* slot of the window; x86/layout.h */
#define LDT_PAGES        16
#define LDT_MAX_ENTRIES  8192
#define DESC_PER_PAGE    512

/* Fields of a descriptor, AMD64 vol. 2, 4.7. */
#define DESC_DPL(n)      ((u64)(n) << 45)
#define DESC_S           (1UL << 44)            /* code or data, else a system descriptor */
#define DESC_P           (1UL << 47)

#define DESC_PAGE_FLAGS  (PAGE_HV_RW & ~PTE_G)  /* the CPU sets "accessed" in descriptors it loads */

bool check_descriptor(struct domain *d, u64 *desc)
{
    u64 x = *desc;

    /* One that is not present always faults. */
    if (!(x & DESC_P))
        return true;
    /* Gates, TSS and LDT descriptors would lead into ring 0 or name tables of the guest's choice. */
    if (!(x & DESC_S))
        return false;
    /* Kernel and user of a 64-bit guest both run in ring 3. */
    *desc = x | DESC_DPL(3);
    return true;
}

/* Unrolled, 7 instructions an entry: set_gdt checks 14 pages in one piece. */
unsigned int check_descriptor_page(struct domain *d, u64 *t)
{
    unsigned int i;

#pragma GCC unroll 8
    for (i = 0; i < DESC_PER_PAGE; i++)
        if (!check_descriptor(d, &t[i]))
            break;
    return i;
}

/* ---- GDT ---- */

static void put_gdt_pages(struct frame_info **pages, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++)
        frame_put_and_type(pages[i]);
}

static int get_gdt_pages(struct vcpu *v, const u64 *frames, struct frame_info **pages, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++) {
        struct frame_info *f = pt_mfn_is_ram(mfn(frames[i])) ? mfn_to_frame(mfn(frames[i])) : NULL;

        if (!f || frame_get_and_type(f, v->domain, FT_DESC)) {
            printk(XENLOG_GUEST "d%uv%u: GDT frame %lx refused\n", v->domain->id, v->id, frames[i]);
            put_gdt_pages(pages, i);
            return -EINVAL;
        }
        pages[i] = f;
    }
    return 0;
}

static void window_flush(struct vcpu *v)
{
    if (v == current)
        tlb_flush_local(FLUSH_TLB, 0);
}

void destroy_guest_gdt(struct vcpu *v)
{
    struct pv_vcpu *pv = &v->arch.pv;
    unsigned int n = DIV_ROUND_UP(pv->gdt_entries, DESC_PER_PAGE);
    struct frame_info *old[FIRST_RESERVED_GDT_PAGE];

    for (unsigned int i = 0; i < n; i++) {
        old[i] = mfn_to_frame(pte_mfn(v->arch.perdomain_gdt_l1[i]));
        v->arch.perdomain_gdt_l1[i] = perdomain_empty_gdt_entry();
        pv->gdt_frames[i] = 0;
    }
    pv->gdt_entries = 0;
    if (n)
        window_flush(v);
    put_gdt_pages(old, n);
}

int set_guest_gdt(struct vcpu *v, const u64 *frames, unsigned int entries)
{
    struct frame_info *pages[FIRST_RESERVED_GDT_PAGE];
    unsigned int n = DIV_ROUND_UP(entries, DESC_PER_PAGE);
    int rc;

    if (entries > FIRST_RESERVED_GDT_ENTRY)
        return -EINVAL;
    rc = get_gdt_pages(v, frames, pages, n);
    if (rc)
        return rc;
    destroy_guest_gdt(v);
    for (unsigned int i = 0; i < n; i++) {
        v->arch.pv.gdt_frames[i] = mfn_x(frame_to_mfn(pages[i]));
        v->arch.perdomain_gdt_l1[i] = pte_make(frame_to_mfn(pages[i]), DESC_PAGE_FLAGS);
    }
    v->arch.pv.gdt_entries = entries;
    window_flush(v);
    return 0;
}

/* ---- LDT: pages are mapped when a selector is first used ---- */

void invalidate_ldt(struct vcpu *v)
{
    pte_t *window = v->arch.perdomain_gdt_l1 + LDT_FIRST;
    bool any = false;

    for (unsigned int i = 0; i < LDT_PAGES; i++) {
        pte_t e = window[i];

        if (!pte_present(e))
            continue;
        window[i] = pte(0);
        any = true;
        frame_put_and_type(mfn_to_frame(pte_mfn(e)));
    }
    if (any)
        window_flush(v);
}

int set_guest_ldt(u64 base, unsigned int entries)
{
    struct vcpu *v = current;
    struct pv_vcpu *pv = &v->arch.pv;

    if ((base & ~PAGE_MASK) || !is_canonical(base) || entries > LDT_MAX_ENTRIES ||
        (entries && !guest_range_ok(base, (u64)entries * 8))) {
        gprintk("LDT refused: base %lx, %u entries\n", base, entries);
        return -EINVAL;
    }
    if (pv->ldt_base == base && pv->ldt_entries == entries)
        return 0;
    invalidate_ldt(v);
    pv->ldt_base = base;
    pv->ldt_entries = entries;
    load_guest_ldt(v);
    return 0;
}

static bool map_ldt_page(struct vcpu *v, unsigned int page)
{
    pte_t e = guest_walk_kernel(v, v->arch.pv.ldt_base + ((u64)page << PAGE_SHIFT));
    struct frame_info *f;

    if (!pte_present(e) || !pt_mfn_is_ram(pte_mfn(e)))
        return false;
    f = mfn_to_frame(pte_mfn(e));
    if (frame_get_and_type(f, v->domain, FT_DESC)) {
        gprintk("LDT page %u: frame %lx refused\n", page, pte_mfn(e).v);
        return false;
    }
    v->arch.perdomain_gdt_l1[LDT_FIRST + page] = pte_make(frame_to_mfn(f), DESC_PAGE_FLAGS);
    return true;
}

bool mm_handle_ldt_fault(u64 cr2)
{
    struct vcpu *v = current;
    u64 offset = cr2 - PERDOMAIN_LDT(v->id);
    unsigned int page = offset >> PAGE_SHIFT;

    bool irqs = local_irq_is_enabled(), ok;

    if (offset >= (u64)v->arch.pv.ldt_entries * 8 || page >= LDT_PAGES)
        return false;
    if (pte_present(v->arch.perdomain_gdt_l1[LDT_FIRST + page]))
        return true;
    /* The page may have to leave other CPUs' TLBs first, and they may wait for this one likewise. */
    local_irq_enable();
    ok = map_ldt_page(v, page);
    if (!irqs)
        local_irq_disable();
    return ok;
}
