/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory dom0 gets (dom0_mem=), and from where. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/params.h>
#include <x86/mm.h>
#include "dom0.h"

/* Bytes; negative: all but this much. */
struct amount { s64 bytes; bool set; };
static struct amount opt_mem, opt_min, opt_max;

static int parse_amount(const char *s, const char **end, struct amount *a)
{
    bool negative = *s == '-';

    a->bytes = parse_size(s + negative, end);
    a->set = true;
    if (*end == s + negative)
        return -EINVAL;
    if (negative)
        a->bytes = -a->bytes;
    return 0;
}

/* dom0_mem=[min:<n>,][max:<n>,]<n> */
static int parse_dom0_mem(const char *s)
{
    while (*s) {
        struct amount *a = !strncmp(s, "min:", 4) ? &opt_min : !strncmp(s, "max:", 4) ? &opt_max : &opt_mem;

        if (parse_amount(a == &opt_mem ? s : s + 4, &s, a))
            return -EINVAL;
        if (*s && *s++ != ',')
            return -EINVAL;
    }
    return 0;
}
PARAM_FN("dom0_mem", dom0_mem, parse_dom0_mem, "[min:<size>,][max:<size>,]<size>: dom0's memory; negative: all but this much");

#define MIN_PAGES      ((24UL << 20) >> PAGE_SHIFT)
#define RESERVE_SHARE  16               /* kept for the hypervisor's later needs: a sixteenth, at most 128 MiB */
#define RESERVE_MAX    ((128UL << 20) >> PAGE_SHIFT)

static u64 amount_pages(const struct amount *a, u64 available)
{
    s64 n = a->bytes / (s64)PAGE_SIZE;

    if (n >= 0)
        return n;
    return (u64)-n < available ? available - (u64)-n : 0;
}

/* What the machine could give. */
static u64 most_pages(u64 available)
{
    return available - min(available / RESERVE_SHARE, RESERVE_MAX) / 2;
}

void dom0_refuse_memory(unsigned long need_mib, unsigned long pages)
{
    bool option = (opt_mem.set || opt_max.set) && pages < most_pages(free_pages_total());

    boot_refuse("dom0 needs at least %lu MiB of memory and gets %lu MiB: %s", need_mib, pages >> 8,
                option ? "give it more with dom0_mem=" : "give the machine more RAM");
}

unsigned long dom0_choose_pages(u64 *max_pages)
{
    u64 available = free_pages_total();
    u64 spare = min(available / RESERVE_SHARE, RESERVE_MAX);
    u64 n = opt_mem.set ? amount_pages(&opt_mem, available) : available - spare;

    if (opt_min.set)
        n = max(n, amount_pages(&opt_min, available));
    if (opt_max.set)
        n = min(n, amount_pages(&opt_max, available));
    if (n > most_pages(available))
        printk(XENLOG_WARN "dom0_mem: %lu MiB asked for, %lu MiB to be had\n", n >> 8, most_pages(available) >> 8);
    n = min(n, most_pages(available));
    if (n < MIN_PAGES)
        dom0_refuse_memory(MIN_PAGES >> 8, n);
    *max_pages = opt_max.set ? amount_pages(&opt_max, total_pages()) : opt_mem.set ? n : (u64)~0u;
    return n;
}

/* Chunks as large as they come: few in number, so that dom0's pfns are contiguous in the machine for its devices' sake. */
void dom0_allocate(struct domain *d, struct dom0_image *im)
{
    unsigned int table_order = 0, order = MAX_ORDER;
    u64 done = 0;

    while ((PAGE_SIZE << table_order) < im->nr_pages * sizeof(u64))
        table_order++;
    im->p2m = alloc_xen_pages(table_order, 0);
    if (!im->p2m)
        boot_refuse("dom0: no memory for a table of its %lu pages: give it less with dom0_mem=", im->nr_pages);
    while (done < im->nr_pages) {
        struct frame_info *f = NULL;
        u64 first;

        while (1UL << order > im->nr_pages - done)
            order--;
        f = alloc_domain_pages(d, order, 0);
        if (!f) {
            if (!order)
                boot_refuse("dom0: %lu of its %lu pages are to be had: give it less with dom0_mem=", done, im->nr_pages);
            order--;
            continue;
        }
        first = mfn_x(frame_to_mfn(f));
        for (u64 i = 0; i < 1UL << order; i++, done++) {
            im->p2m[done] = first + i;
            m2p_set(mfn(first + i), done);
        }
    }
}

void dom0_copy(const struct dom0_image *im, u64 va, const void *from, size_t n)
{
    const char *p = from;

    while (n) {
        u64 at = va - im->l.v_start;
        size_t chunk = min(n, PAGE_SIZE - at % PAGE_SIZE);

        memcpy((char *)dom0_page(im, at >> PAGE_SHIFT) + at % PAGE_SIZE, p, chunk);
        va += chunk;
        p += chunk;
        n -= chunk;
    }
}
