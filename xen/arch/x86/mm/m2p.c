/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine-to-phys table: for each machine frame the pfn that its owner gave it. Guests read it at a fixed address. */
#include <xen/bitmap.h>
#include <xen/domain.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/mm.h>
#include "pt.h"

#define M2P_NONE      (~0UL)
#define CHUNK_ORDER   9                                       /* 2 MiB of table */
#define CHUNK_FRAMES  (1UL << (CHUNK_ORDER + PAGE_SHIFT - 3))  /* frames that it describes */

/*
 * Not global: an L4 without the table (VMASST_TYPE_m2p_strict) must do without it in the TLB, too, and a translation in slot 256
 * must not outlive the L4 it was made from.
 */
#define M2P_GUEST     (PTE_P | PTE_US | PTE_A | PTE_D | PTE_NX)

unsigned long m2p_nr_chunks(void)
{
    return DIV_ROUND_UP(max_frame, CHUNK_FRAMES);
}

/* Boot only: the answer of later is the table's own mapping. */
static bool chunk_has_ram(u64 first)
{
    unsigned int n = (unsigned int)min(CHUNK_FRAMES, max_frame - first);

    return bitmap_next_set(ram_bitmap + first / BITS_PER_LONG, n, 0) < n;
}

/* Tables above the guests' view are walked in ring 3. */
static void open_to_guests(unsigned long va)
{
    pte_t *l4e = &idle_l4[PT_INDEX(va, 4)], *l3e;

    l4e->v |= PTE_US;
    l3e = (pte_t *)mfn_to_virt(pte_mfn(*l4e)) + PT_INDEX(va, 3);
    l3e->v |= PTE_US;
}

static void map_chunk(u64 first)
{
    void *p = alloc_xen_pages(CHUNK_ORDER, 0);
    unsigned long ro = RO_M2P_VIRT + first * 8, rw = RW_M2P_VIRT + first * 8;

    if (!p || map_pages(ro, virt_to_mfn(p), PTES_PER_PAGE, M2P_GUEST) ||
        map_pages(rw, virt_to_mfn(p), PTES_PER_PAGE, PAGE_HV_RW))
        boot_refuse("the machine-to-phys table needs pieces of %lu KiB, and %lu KiB are free beside the modules: "
                    "give the machine more RAM", (PAGE_SIZE << CHUNK_ORDER) >> 10, free_pages_total() << (PAGE_SHIFT - 10));
    memset(p, 0xff, PAGE_SIZE << CHUNK_ORDER);
    open_to_guests(ro);
}

void m2p_init(void)
{
    for (u64 first = 0; first < max_frame; first += CHUNK_FRAMES)
        if (chunk_has_ram(first))
            map_chunk(first);
    mm_dump_init();
}

void m2p_set(mfn_t m, u64 pfn)
{
    if (mfn_is_ram(m))
        WRITE_ONCE(((u64 *)RW_M2P_VIRT)[m.v], pfn);
}

u64 m2p_get(mfn_t m)
{
    return mfn_is_ram(m) ? READ_ONCE(((u64 *)RW_M2P_VIRT)[m.v]) : M2P_NONE;
}

mfn_t m2p_chunk_mfn(unsigned long chunk)
{
    unsigned long va = RW_M2P_VIRT + chunk * CHUNK_FRAMES * 8;
    pte_t e;

    if (chunk >= m2p_nr_chunks())
        return invalid_mfn();
    e = idle_l4[PT_INDEX(va, 4)];
    for (unsigned int level = 3; level >= 2 && (e.v & PTE_P); level--)
        e = ((pte_t *)mfn_to_virt(pte_mfn(e)))[PT_INDEX(va, level)];
    return e.v & PTE_P ? pte_mfn(e) : invalid_mfn();
}

/* All of it at once, at boot: the call that names the chunks to a guest shares nothing, takes no lock and is short. */
void m2p_share(void)
{
    for (unsigned long chunk = 0; chunk < m2p_nr_chunks(); chunk++) {
        mfn_t first = m2p_chunk_mfn(chunk);

        for (unsigned int i = 0; !mfn_is_invalid(first) && i < PTES_PER_PAGE; i++)
            share_xen_page_with_guest(mfn_to_virt(mfn_add(first, i)), dom_xen, false);
    }
}
