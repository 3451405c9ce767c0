/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An array in pages of the hypervisor's, which comes and goes a page at a time (common/page_array.c): to allocate and to clear what
 * grows with a domain in one block takes as long as the domain is large, and needs free memory in one block. Two levels
 * of pages of pointers lead to the pages. The caller serializes calls; all 0 is an array of no pages.
 */
#ifndef XEN_PAGE_ARRAY_H
#define XEN_PAGE_ARRAY_H

#include <xen/types.h>
#include <x86/page.h>

#define PAGE_ARRAY_FANOUT (PAGE_SIZE / sizeof(void *))
#define PAGE_ARRAY_MAX    (PAGE_ARRAY_FANOUT * PAGE_ARRAY_FANOUT)     /* pages: 1 GiB */

struct page_array {
    void ***dir;
    u64 nr;              /* pages, 0 to nr - 1 */
};

/* One page more, whose contents are zero. False: no memory, or PAGE_ARRAY_MAX pages are there. */
bool page_array_grow(struct page_array *a);
/* One page fewer, if there is one. Without pages no memory is held. */
void page_array_shrink(struct page_array *a);

/* Page @n, which is there. */
static inline void *page_array_page(const struct page_array *a, u64 n)
{
    return a->dir[n / PAGE_ARRAY_FANOUT][n % PAGE_ARRAY_FANOUT];
}

#endif
