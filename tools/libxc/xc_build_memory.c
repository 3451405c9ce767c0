/* SPDX-License-Identifier: GPL-2.0-only */
/* PV builder: the domain's limits, its frames, and our window on them. */
#include "xc_build.h"
#include "xc_private.h"

#include <stdlib.h>
#include <sys/mman.h>

#define CHUNK_ORDER 9
#define CHUNK_PAGES (1UL << CHUNK_ORDER)
#define MIB_PAGES 256UL

/*
 * What the hypervisor needs beside the domain's own pages: its structures, the
 * shared page, grant table.  A rule of thumb for the check in advance only.
 */
#define OVERHEAD_PAGES (1 * MIB_PAGES)

static int not_enough_free(struct xc_handle *h, uint64_t memory_mib,
                           uint64_t free_pages)
{
    uint64_t usable = free_pages > OVERHEAD_PAGES ? free_pages - OVERHEAD_PAGES : 0;
    int rc = xc_fail(h, -ENOMEM, XC_ABOUT_MEMORY, "allocate memory",
                     "%llu MiB are wanted, %llu MiB are free",
                     (unsigned long long)memory_mib,
                     (unsigned long long)(usable / MIB_PAGES));

    xc_remedy(h, "give the guest less, or stop another, or shrink dom0");
    return rc;
}

int xc_build_check_free(struct xc_handle *h, uint64_t memory_mib)
{
    struct xc_physinfo info;
    int rc = xc_physinfo(h, &info);
    uint64_t free_pages;

    if (rc)
        return rc;
    free_pages = info.free_pages - info.outstanding_pages;
    if (info.outstanding_pages > info.free_pages)
        free_pages = 0;
    if (memory_mib * MIB_PAGES + OVERHEAD_PAGES > free_pages)
        return not_enough_free(h, memory_mib, free_pages);
    return 0;
}

int xc_build_limits(struct xc_build *b)
{
    uint64_t max_mib = xc_build_max_mib(b->p);
    int rc;

    rc = xc_domain_set_max_vcpus(b->h, b->domid, b->max_vcpus);
    if (!rc)
        rc = xc_domain_set_max_mem(b->h, b->domid, max_mib << 10);
    if (!rc)
        rc = xc_domain_set_memmap_limit(b->h, b->domid, max_mib << 10);
    return rc;
}

/* Whole 2 MiB extents first; returns how many chunks got one. */
static long populate_chunks(struct xc_build *b, uint64_t *list, uint64_t nr)
{
    long done;

    for (uint64_t i = 0; i < nr; i++)
        list[i] = i << CHUNK_ORDER;
    done = xc_memory_populate(b->h, b->domid, CHUNK_ORDER, list, nr);
    for (long i = 0; i < done; i++)
        b->frames.chunk[i].mfn = list[i];
    return done;
}

/* One chunk, or the end of memory that is not a whole one, page by page. */
static int populate_singles(struct xc_build *b, uint64_t n)
{
    uint64_t first = n << CHUNK_ORDER, nr = b->frames.nr_pages - first;
    uint64_t *single = calloc(CHUNK_PAGES, sizeof(*single));
    long done;

    if (nr > CHUNK_PAGES)
        nr = CHUNK_PAGES;
    if (!single)
        return xc_fail(b->h, -ENOMEM, XC_ABOUT_SYSTEM, "allocate memory",
                       "no memory for the builder");
    b->frames.chunk[n].single = single;
    for (uint64_t i = 0; i < nr; i++)
        single[i] = first + i;
    done = xc_memory_populate(b->h, b->domid, 0, single, nr);
    if (done < 0)
        return done;
    if ((uint64_t)done < nr) {
        int rc = xc_build_check_free(b->h, b->p->memory_mib);

        /* Free now what was not a moment ago: say what is known. */
        return rc ? rc : not_enough_free(b->h, b->p->memory_mib, 0);
    }
    return 0;
}

int xc_build_populate(struct xc_build *b)
{
    uint64_t nr_pages = b->p->memory_mib * MIB_PAGES, *list;
    uint64_t whole = nr_pages >> CHUNK_ORDER;
    long done;
    int rc = xc_build_check_free(b->h, b->p->memory_mib);

    if (rc)
        return rc;
    rc = xc_frames_init(&b->frames, nr_pages);
    list = calloc(whole + 1, sizeof(*list));
    if (rc || !list) {
        free(list);
        return xc_fail(b->h, -ENOMEM, XC_ABOUT_SYSTEM, "allocate memory",
                       "no memory for the builder");
    }
    /* A hypervisor without any contiguous 2 MiB left answers 0 or -ENOMEM. */
    done = whole ? populate_chunks(b, list, whole) : 0;
    if (done < 0)
        done = 0;
    for (uint64_t n = done; !rc && n < b->frames.nr_chunks; n++)
        rc = populate_singles(b, n);
    free(list);
    return rc;
}

/* The two runs of frames that we fill: the mapped region up to its stack (the
 * padding behind stays as it is), and what follows the region. */
static void window_runs(const struct xc_layout *l, struct xc_window *w)
{
    uint64_t end = (l->virt_end - l->virt_base) / XC_PAGE_SIZE;

    w->run[0] = (struct xc_area){ l->kernel.pfn,
                                  l->stack.pfn + l->stack.nr - l->kernel.pfn };
    w->run[1] = (struct xc_area){ end, l->needed_pages - end };
}

int xc_build_open_window(struct xc_build *b)
{
    struct xc_window *w = &b->window;
    uint64_t *mfns, n = 0;
    int rc;

    window_runs(&b->layout, w);
    w->map_pages = w->run[0].nr + w->run[1].nr;
    mfns = malloc(w->map_pages * sizeof(*mfns));
    if (!mfns)
        return xc_fail(b->h, -ENOMEM, XC_ABOUT_SYSTEM, "map guest memory",
                       "no memory for the builder");
    for (unsigned r = 0; r < XC_ARRAY_SIZE(w->run); r++)
        for (uint64_t i = 0; i < w->run[r].nr; i++)
            mfns[n++] = xc_frames_mfn(&b->frames, w->run[r].pfn + i);
    rc = xc_map_foreign(b->h, b->domid, PROT_READ | PROT_WRITE, mfns, n, NULL,
                        &w->map);
    free(mfns);
    if (rc)
        return rc;
    w->addr[0] = w->map;
    w->addr[1] = w->addr[0] + w->run[0].nr * XC_PAGE_SIZE;
    return 0;
}

void xc_build_close_window(struct xc_build *b)
{
    xc_unmap_foreign(b->h, b->window.map, b->window.map_pages);
    b->window.map = NULL;
}
