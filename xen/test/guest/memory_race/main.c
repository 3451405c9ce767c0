/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory operations of two vCPUs at once: pages given back before the call that gets them is through, the memory map read
 * while it is replaced.
 */
#define __XEN_TOOLS__
#include "test.h"
#include <public/domctl.h>

#define ORDER  9
#define ROUNDS 1000
#define PFN    5000ul       /* what the machine-to-phys table is told; no page of ours has it */

static volatile unsigned long prey, caught;
static volatile unsigned rounds;
static volatile int phase, done, torn;

static long give_back(unsigned long mfn)
{
    xen_pfn_t frame = mfn;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

    set_xen_guest_handle(r.extent_start, &frame);
    return hc_memory_op(XENMEM_decrease_reservation, &r);
}

#define MAP_ENTRIES 120

struct e820entry { uint64_t addr, size; uint32_t type; } __attribute__((packed));

/* A map of one piece, all of whose words say which it is. */
static long set_map(unsigned n, unsigned mark)
{
    static struct e820entry map[MAP_ENTRIES];
    struct xen_foreign_memory_map f = { .domid = DOMID_SELF, .map.nr_entries = n };

    for (unsigned i = 0; i < n; i++)
        map[i] = (struct e820entry){ mark, mark, mark };
    f.map.buffer.p = (void *)map;
    return hc_memory_op(XENMEM_set_memory_map, &f);
}

static void read_map(void)
{
    static struct e820entry map[MAP_ENTRIES];
    struct xen_memory_map m = { .nr_entries = MAP_ENTRIES };

    m.buffer.p = (void *)map;
    if (hc_memory_op(XENMEM_memory_map, &m))
        return;
    for (unsigned i = 0; i < m.nr_entries; i++)
        if (map[i].addr != m.nr_entries || map[i].size != m.nr_entries || map[i].type != m.nr_entries)
            torn++;
}

static void other_cpu(void)
{
    while (phase == 0) {
        unsigned long mfn = prey;

        if (mfn && give_back(mfn) == 1)
            caught = mfn;
        rounds++;
    }
    done = 1;
    while (phase == 1)
        read_map();
    done = 2;
    smp_stop();
}

static long set_max_pages(unsigned long pages)
{
    struct xen_domctl ctl = { .cmd = XEN_DOMCTL_max_mem, .interface_version = XEN_DOMCTL_INTERFACE_VERSION };

    ctl.u.max_mem.max_memkb = pages * 4;
    return hc_domctl(&ctl);
}

/* The last page of a piece is gone before the piece is had: what the table says of it then is not ours to write. */
static void check_given(void)
{
    xen_pfn_t first = 0;
    struct xen_memory_reservation r = { .nr_extents = 1, .extent_order = ORDER, .domid = DOMID_SELF };
    unsigned wrong = 0, races = 0;
    struct xen_memory_domain self = { .domid = DOMID_SELF };

    NEED(set_max_pages((unsigned long)hc_memory_op(XENMEM_current_reservation, &self) + (2ul << ORDER)), 0);

    set_xen_guest_handle(r.extent_start, &first);
    for (unsigned i = 0; i < ROUNDS && races < 60; i++) {
        caught = 0;
        first = PFN;
        NEED(hc_memory_op(XENMEM_populate_physmap, &r), 1);
        prey = 0;
        /* What the other vCPU was at is over when it has come round twice. */
        for (unsigned then = rounds; rounds - then < 2;)
            barrier();
        if (caught) {
            races++;
            wrong += mfn_to_pfn(caught) != ~0ul;
        }
        for (unsigned k = 0; k < 1u << ORDER; k++)
            give_back(first + k);
        prey = first + (1ul << ORDER) - 1;
    }
    printf("  %u pages given back before they were had\n", races);
    CHECK(!wrong, "%u of %u pages were written to when they were no longer ours", wrong, races);
}

static void check_map(void)
{
    uint64_t end = time_now() + 500 * MILLISECONDS;

    for (unsigned i = 0; time_now() < end; i++) {
        unsigned n = i % 2 ? 1 : MAP_ENTRIES;

        NEED(set_map(n, n), 0);
    }
    CHECK(!torn, "%d entries of no map that was ever set", torn);
}

void test_main(void)
{
    if (!privileged())
        report_skip("sets its own memory map");
    event_mask_all();
    smp_start(other_cpu);
    check_given();
    NEED(set_map(1, 1), 0);
    phase = 1;
    while (done != 1)
        hc_sched_op(SCHEDOP_yield, NULL);
    check_map();
    phase = 2;
    while (done != 2)
        hc_sched_op(SCHEDOP_yield, NULL);
}
