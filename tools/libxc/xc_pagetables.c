/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PV guest's first page tables, and the table of its frames.
 *
 * Entries hold machine frames.  The tables themselves are mapped read-only: a
 * writable mapping of a page table is what the hypervisor refuses to pin.
 */
#include "xc_build.h"
#include "xc_private.h"

#include <stdlib.h>

/* AMD64 vol. 2, 5.3: entry bits. Guest kernels run at CPL 3: user everywhere. */
#define PTE_PRESENT 0x001ULL
#define PTE_WRITE 0x002ULL
#define PTE_USER 0x004ULL
#define PTE_ACCESSED 0x020ULL
#define PTE_DIRTY 0x040ULL
#define PTE_TABLE (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

#define CHUNK_SHIFT 9
#define CHUNK_PAGES (1ULL << CHUNK_SHIFT)

int xc_frames_init(struct xc_frames *f, uint64_t nr_pages)
{
    *f = (struct xc_frames){
        .nr_pages = nr_pages,
        .nr_chunks = (nr_pages + CHUNK_PAGES - 1) >> CHUNK_SHIFT,
    };
    f->chunk = calloc(f->nr_chunks, sizeof(*f->chunk));
    return f->chunk ? 0 : -ENOMEM;
}

void xc_frames_free(struct xc_frames *f)
{
    for (uint64_t i = 0; f->chunk && i < f->nr_chunks; i++)
        free(f->chunk[i].single);
    free(f->chunk);
    f->chunk = NULL;
}

uint64_t xc_frames_mfn(const struct xc_frames *f, uint64_t pfn)
{
    const struct xc_chunk *c = &f->chunk[pfn >> CHUNK_SHIFT];
    uint64_t i = pfn & (CHUNK_PAGES - 1);

    return c->single ? c->single[i] : c->mfn + i;
}

void xc_frames_list(const struct xc_frames *f, uint64_t *to)
{
    uint64_t pfn = 0;

    for (uint64_t n = 0; n < f->nr_chunks; n++) {
        const struct xc_chunk *c = &f->chunk[n];
        uint64_t end = pfn + CHUNK_PAGES, mfn = c->mfn;

        if (end > f->nr_pages)
            end = f->nr_pages;
        if (c->single)
            memcpy(to + pfn, c->single, (end - pfn) * sizeof(*to));
        for (; !c->single && pfn < end; pfn++)
            to[pfn] = mfn++;
        pfn = end;
    }
}

void *xc_window_at(const struct xc_window *w, uint64_t pfn)
{
    for (unsigned i = 0; i < XC_ARRAY_SIZE(w->run); i++)
        if (pfn - w->run[i].pfn < w->run[i].nr)
            return w->addr[i] + (pfn - w->run[i].pfn) * XC_PAGE_SIZE;
    abort();                      /* the layout says it is there */
}

static bool is_table(const struct xc_layout *l, uint64_t pfn)
{
    return pfn - l->tables.pfn < l->tables.nr ||
           pfn - l->p2m_tables.pfn < l->p2m_tables.nr;
}

static uint64_t entry(const struct xc_frames *f, uint64_t pfn, uint64_t flags)
{
    return (xc_frames_mfn(f, pfn) << XC_PAGE_SHIFT) | flags;
}

/*
 * The entries of all tables of a level form one array, since the tables are
 * consecutive: index it from the first address that the first table covers.
 */
static void write_level(const struct xc_layout *l, const struct xc_frames *f,
                        const struct xc_window *w, const struct xc_pt_range *r,
                        unsigned level)
{
    uint64_t step = 1ULL << XC_PT_SHIFT(level);
    uint64_t *table = xc_window_at(w, r->first[level]);
    uint64_t i = (r->va >> XC_PT_SHIFT(level)) & 511;
    uint64_t n = ((r->end - 1) / step) - (r->va / step) + 1;
    uint64_t pfn = level == 1 ? r->pfn : r->first[level - 1];

    for (; n; n--, i++, pfn++) {
        uint64_t flags = PTE_TABLE;

        if (level == 1 && is_table(l, pfn))
            flags &= ~PTE_WRITE;
        table[i] = entry(f, pfn, flags);
    }
}

static void write_range(const struct xc_layout *l, const struct xc_frames *f,
                        const struct xc_window *w, const struct xc_pt_range *r)
{
    uint64_t *l4 = xc_window_at(w, l->l4);

    if (!r->nr[1])
        return;
    for (unsigned level = 1; level < XC_PT_LEVELS; level++)
        write_level(l, f, w, r, level);
    l4[(r->va >> XC_PT_SHIFT(4)) & 511] = entry(f, r->first[3], PTE_TABLE);
}

void xc_pagetables_write(const struct xc_layout *l, const struct xc_frames *f,
                         const struct xc_window *w)
{
    memset(xc_window_at(w, l->tables.pfn), 0, l->tables.nr * XC_PAGE_SIZE);
    if (l->p2m_tables.nr)
        memset(xc_window_at(w, l->p2m_tables.pfn), 0,
               l->p2m_tables.nr * XC_PAGE_SIZE);
    write_range(l, f, w, &l->main_range);
    write_range(l, f, w, &l->p2m_range);
}
