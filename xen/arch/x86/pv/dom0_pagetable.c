/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0's first page tables: written like any guest's, then checked like any guest's when they become a level 4 table. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/softirq.h>
#include <x86/mm.h>
#include "dom0.h"

#define TABLE_FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

/* Frames for tables are taken in order from a range of pfns. */
struct builder {
    const struct dom0_image *im;
    u64 l4_pfn, next, end;
};

static u64 new_table(struct builder *b)
{
    BUG_ON(b->next == b->end);
    memset(dom0_page(b->im, b->next), 0, PAGE_SIZE);
    return b->next++;
}

static void map(struct builder *b, u64 va, u64 pfn, u64 flags)
{
    pte_t *table = dom0_page(b->im, b->l4_pfn);

    for (unsigned int level = 4; level > 1; level--) {
        pte_t *e = &table[PT_INDEX(va, level)];

        if (!pte_present(*e))
            *e = pte_make(mfn(b->im->p2m[new_table(b)]), TABLE_FLAGS);
        table = mfn_to_virt(pte_mfn(*e));
    }
    table[PT_INDEX(va, 1)] = pte_make(mfn(b->im->p2m[pfn]), flags);
}

static void map_main_range(struct builder *b)
{
    const struct dom0_layout *l = &b->im->l;
    u64 tables_end = l->page_tables + l->nr_page_tables * PAGE_SIZE;

    for (u64 va = l->v_start; va < l->v_end; va += PAGE_SIZE) {
        bool is_table = va >= l->page_tables && va < tables_end;

        map(b, va, (va - l->v_start) >> PAGE_SHIFT, is_table ? TABLE_FLAGS & ~PTE_RW : TABLE_FLAGS);
    }
}

/* The p2m's frames come first in its range, the tables that map them behind. */
static void map_p2m(struct builder *b)
{
    const struct dom0_layout *l = &b->im->l;
    u64 n = DIV_ROUND_UP(b->im->nr_pages * sizeof(u64), PAGE_SIZE);

    b->next = l->p2m_pfn + n;
    b->end = l->p2m_pfn + l->nr_p2m_pfns;
    for (u64 i = 0; i < n; i++)
        map(b, l->p2m + i * PAGE_SIZE, l->p2m_pfn + i, TABLE_FLAGS);
}

/* Checking runs in bounded pieces; nothing else is runnable here, so that softirqs come back. */
static void until_done(int (*step)(struct vcpu *v, mfn_t m), struct vcpu *v, mfn_t m, const char *what)
{
    int rc;

    while ((rc = step(v, m)) == -ERESTART || rc == -EINTR)
        if (softirq_is_pending())
            softirq_run();
    if (rc)
        panic("dom0: its first page table was refused (%s): %d", what, rc);
}

static int pin(struct vcpu *v, mfn_t m) { return pin_table(v->domain, m, FT_L4); }
static int set(struct vcpu *v, mfn_t m) { return set_guest_table(v, m, false); }

void dom0_build_page_tables(struct vcpu *v, const struct dom0_image *im)
{
    const struct dom0_layout *l = &im->l;
    struct builder b = { .im = im };
    mfn_t l4;

    b.next = (l->page_tables - l->v_start) >> PAGE_SHIFT;
    b.end = b.next + l->nr_page_tables;
    b.l4_pfn = new_table(&b);
    map_main_range(&b);
    if (l->p2m_apart)
        map_p2m(&b);
    l4 = mfn(im->p2m[b.l4_pfn]);
    until_done(pin, v, l4, "pin");
    until_done(set, v, l4, "set");
}
