/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory a domain has: reservations, limits, its memory map. */
#include "xc_private.h"

/*
 * Pages of one call. The hypervisor lets dom0's interrupts in during a call,
 * but Linux with PREEMPT_DYNAMIC switches to no other task on this CPU before
 * the call has returned: its watchdog reports a soft lockup. Cleaning so many
 * pages takes 4.3 million instructions. Also the size of our buffer (16 pages).
 */
#define RESERVE_BATCH 8192UL

/* One memory_op on a batch that lies in the hypercall buffer `buf`. */
static long reserve_batch(struct xc_handle *h, unsigned cmd, uint32_t domid,
                          unsigned order, xen_pfn_t *buf, unsigned long nr)
{
    struct xen_memory_reservation r = {
        .nr_extents = nr, .extent_order = order, .domid = domid,
    };

    set_xen_guest_handle(r.extent_start, buf);
    return xc_memory_op(h, cmd, &r, sizeof(r));
}

/*
 * These operations stop early when memory or the domain's limit is exhausted
 * and return how far they came, so a short count is an answer, not an error.
 */
static long reserve(struct xc_handle *h, unsigned cmd, uint32_t domid,
                    unsigned order, const uint64_t *in, uint64_t *out,
                    unsigned long nr, const char *what)
{
    unsigned long most = RESERVE_BATCH >> order, batch = most ? most : 1;
    unsigned long done = 0;
    xen_pfn_t *buf;
    long rc = 0;

    if (nr < batch)
        batch = nr;
    buf = xc_hbuf_alloc(h, batch * sizeof(*buf));
    if (!buf)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, what,
                       "no memory for a hypercall buffer");
    while (done < nr) {
        unsigned long n = nr - done < batch ? nr - done : batch;

        memcpy(buf, in + done, n * sizeof(*buf));
        rc = reserve_batch(h, cmd, domid, order, buf, n);
        if (rc < 0)
            break;
        if (out)
            memcpy(out + done, buf, rc * sizeof(*buf));
        done += rc;
        if ((unsigned long)rc < n)
            break;
    }
    xc_hbuf_free(h, buf);
    if (rc < 0 && !done)
        return xc_fail_call(h, rc, "%s of domain %u", what, domid);
    return done;
}

long xc_memory_populate(struct xc_handle *h, uint32_t domid, unsigned order,
                        uint64_t *frames, unsigned long nr)
{
    return reserve(h, XENMEM_populate_physmap, domid, order, frames, frames, nr,
                   "fill memory");
}

long xc_memory_increase(struct xc_handle *h, uint32_t domid, unsigned order,
                        uint64_t *frames, unsigned long nr)
{
    return reserve(h, XENMEM_increase_reservation, domid, order, frames, frames,
                   nr, "increase memory");
}

long xc_memory_decrease(struct xc_handle *h, uint32_t domid, unsigned order,
                        const uint64_t *frames, unsigned long nr)
{
    return reserve(h, XENMEM_decrease_reservation, domid, order, frames, NULL,
                   nr, "decrease memory");
}

/* struct e820entry as the memory map hypercalls have it: 20 bytes, packed. */
struct xc_e820 {
    uint64_t addr, size;
    uint32_t type;
} __attribute__((packed));

#define XC_E820_RAM 1

int xc_domain_set_memmap_limit(struct xc_handle *h, uint32_t domid, uint64_t kib)
{
    struct xen_foreign_memory_map m = { .domid = domid };
    struct xc_e820 *e = xc_hbuf_alloc(h, sizeof(*e));
    long rc;

    if (!e)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "set the memory map",
                       "no memory for a hypercall buffer");
    *e = (struct xc_e820){ .size = kib << 10, .type = XC_E820_RAM };
    m.map.nr_entries = 1;
    set_xen_guest_handle(m.map.buffer, e);
    rc = xc_memory_op(h, XENMEM_set_memory_map, &m, sizeof(m));
    xc_hbuf_free(h, e);
    if (rc < 0)
        return xc_fail_call(h, rc, "set the memory map of domain %u", domid);
    return 0;
}

/* memory_op that takes a domain id and returns a number. */
static int domid_op(struct xc_handle *h, unsigned cmd, uint32_t domid,
                    uint64_t *value, const char *what)
{
    domid_t id = domid;
    long rc = xc_memory_op(h, cmd, &id, sizeof(id));

    if (rc < 0)
        return xc_fail_call(h, rc, "%s of domain %u", what, domid);
    *value = rc;
    return 0;
}

int xc_domain_maximum_gpfn(struct xc_handle *h, uint32_t domid, uint64_t *pfn)
{
    return domid_op(h, XENMEM_maximum_gpfn, domid, pfn, "highest frame");
}

int xc_domain_current_reservation(struct xc_handle *h, uint32_t domid,
                                  uint64_t *pages)
{
    return domid_op(h, XENMEM_current_reservation, domid, pages, "memory size");
}

int xc_domain_claim_pages(struct xc_handle *h, uint32_t domid, uint64_t pages)
{
    struct xen_memory_reservation r = { .nr_extents = pages, .domid = domid };
    long rc = xc_memory_op(h, XENMEM_claim_pages, &r, sizeof(r));

    return rc < 0 ? xc_fail_call(h, rc, "claim memory for domain %u", domid) : 0;
}

int xc_get_pageframe_types(struct xc_handle *h, uint32_t domid, uint64_t *array,
                           unsigned nr)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_getpageframeinfo3,
                             .domain = domid };
    xen_pfn_t *buf = xc_hbuf_alloc(h, nr * sizeof(*buf));
    int rc;

    if (!buf)
        return xc_fail(h, -ENOMEM, XC_ABOUT_SYSTEM, "get frame types",
                       "no memory for a hypercall buffer");
    memcpy(buf, array, nr * sizeof(*buf));
    op.u.getpageframeinfo3.num = nr;
    set_xen_guest_handle(op.u.getpageframeinfo3.array, buf);
    rc = xc_domctl(h, &op);
    if (rc < 0)
        xc_fail_call(h, rc, "get frame types of domain %u", domid);
    else
        memcpy(array, buf, nr * sizeof(*buf));
    xc_hbuf_free(h, buf);
    return rc < 0 ? rc : 0;
}
