/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second vCPU writes to a page all the time, so that its TLB knows it writable. The first one takes the page away without
 * asking for a flush and makes it a page table, gives it back, ends its grant, or takes away the table above it: from the
 * moment that the page is something else no write of the second vCPU's may reach it.
 */
#include "test.h"

#define ROUNDS 50
#define EVIL   (pt_base_mfn() * PAGE_SIZE | PTE_DATA)   /* an entry that no table may get, by emulation of the write either */

static volatile unsigned long target;       /* where the second vCPU writes; 0: nowhere */
static volatile uint64_t value;
static volatile unsigned wrote, faulted;

extern const char write_at[], write_end[];

/* One write, which may fault. */
static __attribute__((noinline)) bool write_once(unsigned long at, uint64_t v)
{
    bool good = false;

    asm volatile("    xor %k0, %k0\n"
                 "write_at: mov %2, (%1)\n"
                 "    mov $1, %k0\n"
                 "write_end:\n"
                 : "=&r"(good) : "r"(at), "r"(v) : "memory");
    return good;
}

static bool skip_write(struct regs *r)
{
    if (r->vector == VECTOR_EVENT) {
        shared->vcpu_info[1].evtchn_upcall_pending = 0;
        return true;
    }
    if (r->vector != VECTOR_PF || r->rip != (unsigned long)write_at)
        return false;
    r->rip = (unsigned long)write_end;
    return true;
}

static void writer(void)
{
    for (;;) {
        unsigned long at = target;

        if (!at)
            continue;
        if (write_once(at, value))
            wrote++;
        else
            faulted++;
    }
}

static void wait_for(volatile unsigned *count, unsigned more)
{
    unsigned from = *count;

    while (*count - from < more)
        asm volatile("pause");
}

/* The second vCPU has @va in its TLB, writable. */
static void begin(unsigned long va)
{
    value = 0;
    target = va;
    wait_for(&wrote, 3);
}

/* It goes on writing, an entry that would give it all it wants: none arrives in @page. */
static void check_untouched(const char *how, const uint64_t *page)
{
    unsigned from;

    value = EVIL;
    from = faulted;
    wait_for(&faulted, 3);
    for (unsigned i = 0; i < PAGE_SIZE / sizeof(*page); i++)
        CHECK(page[i] == 0, "%s: word %u is %lx", how, i, page[i]);
    CHECK(faulted != from, "%s: writes go on", how);
    target = 0;
}

/* Its only writable mapping becomes read-only, it becomes a table: without a flush that the guest asked for. */
static void check_pin(uint64_t *page)
{
    begin((unsigned long)page);
    NEED(hc_update_va_mapping(page, virt_to_mfn(page) * PAGE_SIZE | PTE_RO, 0), 0);
    NEED(pin_table(1, virt_to_mfn(page)), 0);
    check_untouched("pinned", page);
    NEED(unpin_table(virt_to_mfn(page)), 0);
    NEED(hc_update_va_mapping(page, virt_to_mfn(page) * PAGE_SIZE | PTE_DATA, UVMF_INVLPG | UVMF_ALL), 0);
}

/* Unmapped and given back: the page that comes instead, most often the same one, is a table at once. */
static void check_given_back(unsigned long pfn)
{
    static unsigned long mfn;
    xen_pfn_t frame;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
    uint64_t *other = (uint64_t *)(SCRATCH_VA + PAGE_SIZE);

    if (!mfn)
        mfn = pfn_to_mfn(pfn);
    set_xen_guest_handle(r.extent_start, &frame);
    NEED(map_frame(SCRATCH_VA, mfn, PTE_DATA), 0);
    begin(SCRATCH_VA);
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, 0), 0);
    frame = mfn;
    NEED(hc_memory_op(XENMEM_decrease_reservation, &r), 1);
    frame = pfn;
    NEED(hc_memory_op(XENMEM_populate_physmap, &r), 1);
    mfn = frame;
    NEED(hc_update_va_mapping(other, mfn * PAGE_SIZE | PTE_RO, UVMF_INVLPG), 0);
    NEED(pin_table(1, mfn), 0);
    check_untouched("given back", other);
    NEED(unpin_table(mfn), 0);
    NEED(hc_update_va_mapping(other, 0, UVMF_INVLPG), 0);
}

/* The end of a grant's mapping is the hypervisor's to flush. */
static void check_grant(uint64_t *page)
{
    grant_handle_t handle;

    grant_v1(8, grants_self, page, GTF_permit_access);
    NEED(grant_map(grants_self, 8, GNTMAP_host_map, SCRATCH_VA, &handle), GNTST_okay);
    NEED(page_set_ro(page), 0);
    begin(SCRATCH_VA);
    NEED(grant_unmap(handle, SCRATCH_VA), GNTST_okay);
    NEED(pin_table(1, virt_to_mfn(page)), 0);
    check_untouched("granted", page);
    NEED(unpin_table(virt_to_mfn(page)), 0);
    NEED(page_set_rw(page), 0);
}

/* A table is taken from its place and becomes an ordinary page: its entries are void when the guest can write them. */
static void check_table_above(uint64_t *page, uint64_t *table)
{
    unsigned long va = SCRATCH_VA + 0x200000;
    uint64_t above = pt_entry_maddr(va, 2);

    table[0] = virt_to_mfn(page) * PAGE_SIZE | PTE_DATA;
    NEED(page_set_ro(table), 0);
    NEED(pt_write(above, virt_to_mfn(table) * PAGE_SIZE | PTE_TABLE), 0);
    begin(va);
    NEED(pt_write(above, 0), 0);
    NEED(page_set_rw(table), 0);
    page[0] = 0;
    check_untouched("below a table that has gone", page);
    table[0] = 0;
}

void test_main(void)
{
    uint64_t *page = page_alloc(), *table = page_alloc();
    unsigned long pfn = pfn_spare();

    event_mask_all();
    trap_hook = skip_write;
    grants_init(1);
    pt_build(SCRATCH_VA);
    smp_start(writer);
    for (unsigned i = 0; i < ROUNDS; i++) {
        check_pin(page);
        check_given_back(pfn);
        check_grant(page);
        check_table_above(page, table);
    }
    printf("  %u writes, %u faults\n", wrote, faulted);
    NEED(hc_vcpu_op(VCPUOP_down, 1, NULL), 0);
}
