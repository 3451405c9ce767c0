/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where dom0 finds what: from virt_base on, in this order, kernel, [initrd], [p2m], start_info, page tables, stack, and
 * at least 512 KiB of free mapped memory. A kernel that says so in its notes gets the initrd unmapped (MOD_START_PFN)
 * and the p2m at an address of its own (INIT_P2M), in frames behind.
 */
#include <xen/lib.h>
#include "dom0.h"

#define SLACK (512UL << 10)
#define ALIGN (4UL << 20)

static u64 pages(u64 bytes) { return DIV_ROUND_UP(bytes, PAGE_SIZE); }

/* Tables at @level (1..3) that [start, end) needs. */
static u64 tables(u64 start, u64 end, unsigned int level)
{
    unsigned int shift = LEVEL_SHIFT(level + 1);

    return ((end - 1) >> shift) - (start >> shift) + 1;
}

static u64 all_tables(u64 start, u64 end)
{
    return tables(start, end, 1) + tables(start, end, 2) + tables(start, end, 3);
}

static void place_kernel(struct dom0_image *im)
{
    struct elf_kernel *k = &im->elf;
    u64 low = ~0UL, high = 0;

    if (k->virt_base == ELF_UNSET) {
        k->virt_base = 0;
        k->paddr_offset = 0;
    }
    if (k->paddr_offset == ELF_UNSET)
        k->paddr_offset = 0;
    for (unsigned int i = 0; i < k->nr_segments; i++) {
        struct elf_segment *s = &k->segment[i];

        /* from here on the place of each segment is counted from virt_base */
        s->vaddr = s->paddr - k->paddr_offset + k->virt_base;
        low = min(low, s->vaddr);
        high = max(high, s->vaddr + s->mem_size);
    }
    if (low < k->virt_base || high < low || high - k->virt_base > 1UL << 30 ||
        (high > HYPERVISOR_START && k->virt_base < HYPERVISOR_END))
        boot_refuse("dom0 kernel: it wants to lie at %#lx to %#lx, which is no place for it", low, high);
    if (k->entry < low || k->entry >= high)
        boot_refuse("dom0 kernel: its entry %#lx is outside of it", k->entry);
    im->l.v_start = k->virt_base & ~(ALIGN - 1);
    im->l.kernel_end = ROUND_UP(high, PAGE_SIZE);
}

/* The page tables map themselves: grow the range until all fits. */
static void place_tables(struct dom0_layout *l, u64 from)
{
    l->nr_page_tables = 0;
    for (;;) {
        u64 need;

        l->page_tables = from;
        l->stack = from + l->nr_page_tables * PAGE_SIZE;
        l->v_end = ROUND_UP(l->stack + PAGE_SIZE + SLACK, ALIGN);
        need = 1 + all_tables(l->v_start, l->v_end);
        if (need <= l->nr_page_tables)
            break;
        l->nr_page_tables = need;
    }
}

void dom0_plan_layout(struct dom0_image *im)
{
    struct dom0_layout *l = &im->l;
    u64 p2m_bytes = im->nr_pages * sizeof(u64), at, pfn;

    place_kernel(im);
    at = l->kernel_end;
    l->initrd_pages = pages(im->initrd_size);
    l->initrd_apart = im->elf.mod_start_pfn;
    l->p2m_apart = im->elf.init_p2m != ELF_UNSET;
    if (!l->initrd_apart && l->initrd_pages) {
        l->initrd = at;
        l->initrd_pfn = (at - l->v_start) >> PAGE_SHIFT;
        at += l->initrd_pages * PAGE_SIZE;
    }
    l->p2m = l->p2m_apart ? im->elf.init_p2m : at;
    if (!l->p2m_apart)
        at += ROUND_UP(p2m_bytes, PAGE_SIZE);
    l->start_info = at;
    place_tables(l, at + PAGE_SIZE);
    pfn = (l->v_end - l->v_start) >> PAGE_SHIFT;
    if (l->p2m_apart) {
        l->p2m_pfn = pfn;
        l->nr_p2m_pfns = pages(p2m_bytes) + all_tables(l->p2m, l->p2m + p2m_bytes);
        pfn += l->nr_p2m_pfns;
    }
    if (l->initrd_apart && l->initrd_pages) {
        l->initrd_pfn = pfn;
        pfn += l->initrd_pages;
    }
    l->end_pfn = pfn;
    if (pfn > im->nr_pages)
        dom0_refuse_memory((pfn >> 8) + 1, im->nr_pages);
}
