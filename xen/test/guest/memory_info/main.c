/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op's answers about the machine: highest frame, memory maps, the machine-to-phys table. */
#include "test.h"

struct e820 {
    uint64_t addr, size;
    uint32_t type;
} __attribute__((packed));

static struct e820 map[128];

static void check_map(unsigned cmd, const char *name)
{
    struct xen_memory_map m = { .nr_entries = ARRAY_SIZE(map) };
    uint64_t end = 0;

    set_xen_guest_handle(m.buffer, (void *)map);
    EXPECT(hc_memory_op(cmd, &m), 0);
    CHECK(m.nr_entries > 0 && m.nr_entries <= ARRAY_SIZE(map), "%s: %u entries", name, m.nr_entries);
    for (unsigned i = 0; i < m.nr_entries && i < ARRAY_SIZE(map); i++) {
        CHECK(map[i].addr >= end, "%s: entry %u is out of order", name, i);
        CHECK(map[i].type >= 1 && map[i].type <= 7, "%s: entry %u has type %u", name, i, map[i].type);
        end = map[i].addr + map[i].size;
    }
}

/* The table belongs to DOMID_XEN. */
static long map_m2p(unsigned long mfn, uint64_t flags)
{
    return hc_update_va_mapping_otherdomain(SCRATCH_VA, mfn * PAGE_SIZE | flags, UVMF_INVLPG, DOMID_XEN);
}

static void check_m2p(void)
{
    struct xen_machphys_mapping where = { 0 };
    xen_pfn_t frames[64] = { 0 }; /* of each 2 MiB of the table, which tell of 1 GiB */
    struct xen_machphys_mfn_list list = { .max_extents = ARRAY_SIZE(frames) };
    unsigned long mfn = virt_to_mfn(start_info);

    EXPECT(hc_memory_op(XENMEM_machphys_mapping, &where), 0);
    EXPECT(where.v_start, MACH2PHYS_VIRT_START);
    CHECK(where.v_end > where.v_start && where.v_end <= MACH2PHYS_VIRT_END, "v_end %lx", where.v_end);
    CHECK(where.max_mfn >= mfn, "max_mfn %lx, but %lx is ours", where.max_mfn, mfn);
    EXPECT(try_write(MACH2PHYS_VIRT_START + mfn * 8), VECTOR_PF);
    set_xen_guest_handle(list.extent_start, frames);
    EXPECT(hc_memory_op(XENMEM_machphys_mfn_list, &list), 0);
    CHECK(list.nr_extents >= 1 && list.nr_extents <= ARRAY_SIZE(frames), "%u extents", list.nr_extents);
    if (!privileged())
        return;
    /* Those frames may be read through a mapping of one's own, and not written. */
    pt_build(SCRATCH_VA);
    EXPECT(map_m2p(frames[mfn >> 18] + mfn / 512 % 512, PTE_RO), 0);
    EXPECT(((volatile uint64_t *)SCRATCH_VA)[mfn % 512], mfn_to_pfn(mfn));
    CHECK(map_m2p(frames[0], PTE_DATA) < 0, "the m2p mapped writable");
}

void test_main(void)
{
    struct xen_memory_map small = { .nr_entries = 1 };
    struct xen_memory_domain self = { .domid = DOMID_SELF };
    long top = hc_memory_op(XENMEM_maximum_ram_page, NULL);

    CHECK(top > (long)virt_to_mfn(start_info), "maximum_ram_page is %lx", top);
    /* The guest itself tells how many pfns it has. */
    shared->arch.max_pfn = 12345;
    EXPECT(hc_memory_op(XENMEM_maximum_gpfn, &self), 12344);
    check_m2p();
    if (!privileged())
        return;
    check_map(XENMEM_machine_memory_map, "machine map");
    /* dom0 has no map of its own before the tools set one. */
    set_xen_guest_handle(small.buffer, (void *)map);
    CHECK(hc_memory_op(XENMEM_memory_map, &small) < 0, "a memory map without one being set");
}
