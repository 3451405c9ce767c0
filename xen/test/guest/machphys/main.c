/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XENMEM_machphys_mfn_list on a machine with holes of GiBs below its RAM: an entry for each GiB, and no search for RAM in any
 * of them. Run with --icount: 1 ns is one instruction.
 */
#include "test.h"

#define LIMIT 100000ul

static long machphys_list(struct xen_machphys_mfn_list *l, xen_pfn_t *frames, unsigned n)
{
    l->max_extents = n;
    set_xen_guest_handle(l->extent_start, frames);
    return hc_memory_op(XENMEM_machphys_mfn_list, l);
}

void test_main(void)
{
    xen_pfn_t frames[64] = { 0 };
    struct xen_machphys_mfn_list l;
    uint64_t begun = time_now(), took;

    EXPECT(machphys_list(&l, frames, ARRAY_SIZE(frames)), 0);
    took = time_now() - begun;
    printf("  machphys_mfn_list: %lu instructions\n", (unsigned long)took);
    CHECK(took < LIMIT, "machphys_mfn_list keeps the CPU for %lu instructions", (unsigned long)took);
    CHECK(l.nr_extents > 4, "%u extents: the machine has no RAM above 4 GiB", l.nr_extents);
    for (unsigned i = 0; i < l.nr_extents; i++)
        CHECK(frames[i] && frames[i] != ~0ul, "extent %u is frame %lx", i, frames[i]);
    /* The GiBs without RAM are the second to the fourth: they have the first one's, and no other has. */
    for (unsigned i = 1; i < l.nr_extents; i++)
        CHECK((frames[i] == frames[0]) == (i < 4), "extent %u is frame %lx, the first %lx", i, frames[i], frames[0]);
    EXPECT(machphys_list(&l, frames, 2), 0);
    EXPECT(l.nr_extents, 2);
}
