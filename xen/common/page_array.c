/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrays in pages (xen/page_array.h). */
#include <xen/page_alloc.h>
#include <xen/page_array.h>

/* Frees the pages of pointers that page @nr would need and no page before it does. */
static void trim(struct page_array *a)
{
    if (a->dir && a->nr % PAGE_ARRAY_FANOUT == 0) {
        free_xen_page(a->dir[a->nr / PAGE_ARRAY_FANOUT]);
        a->dir[a->nr / PAGE_ARRAY_FANOUT] = NULL;
    }
    if (!a->nr) {
        free_xen_page(a->dir);
        a->dir = NULL;
    }
}

bool page_array_grow(struct page_array *a)
{
    void ***slot, *page = NULL;

    if (a->nr == PAGE_ARRAY_MAX)
        return false;
    if (!a->dir)
        a->dir = alloc_xen_page();
    if (a->dir) {
        slot = &a->dir[a->nr / PAGE_ARRAY_FANOUT];
        if (!*slot)
            *slot = alloc_xen_page();
        page = *slot ? alloc_xen_page() : NULL;
    }
    if (!page) {
        trim(a);
        return false;
    }
    (*slot)[a->nr++ % PAGE_ARRAY_FANOUT] = page;
    return true;
}

void page_array_shrink(struct page_array *a)
{
    if (!a->nr)
        return;
    a->nr--;
    free_xen_page(a->dir[a->nr / PAGE_ARRAY_FANOUT][a->nr % PAGE_ARRAY_FANOUT]);
    trim(a);
}
