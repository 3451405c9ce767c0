/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two vCPUs at once: on one page-table entry, on one page's type, and one that rewrites the other's arguments while they
 * are read. Afterwards every count is as at the start: pages can become tables, tables pages.
 */
#include "test.h"

#define ROUNDS 5000

static volatile int job, doing;
static volatile unsigned pins;
static uint64_t *table, *victim;
static uint64_t l1_at, entries[4];
static struct mmu_update moving;
static struct gnttab_copy copying;
static struct mmuext_op pinning;

static void write_entries(unsigned from)
{
    for (unsigned i = 0; job == 1; i++)
        pt_write(l1_at, entries[(i + from) % 4]);
}

/* What the other vCPU has handed to a call is good or bad by turns. */
static void change_arguments(void)
{
    for (unsigned i = 0; job == 3; i++) {
        *(volatile uint64_t *)&moving.val = i % 2 ? virt_to_mfn(victim) * PAGE_SIZE | PTE_RO : virt_to_mfn(table) * PAGE_SIZE | PTE_DATA;
        *(volatile uint16_t *)&copying.len = i % 2 ? 8 : 4096;
        *(volatile uint16_t *)&copying.dest.offset = i % 3 ? 4088 : 0;
        *(volatile uint64_t *)&pinning.arg1.mfn = i % 2 ? virt_to_mfn(table) : virt_to_mfn(victim);
        *(volatile unsigned *)&pinning.cmd = i % 3 ? MMUEXT_PIN_L1_TABLE : MMUEXT_UNPIN_TABLE;
    }
}

/* Of different length each time, or the two go in step. */
static void wait_a_while(unsigned seed)
{
    for (volatile unsigned i = 0; i < seed * 2654435761u >> 25; i++)
        continue;
}

static void pin_and_unpin(void)
{
    unsigned tries = 0;

    while (job == 2) {
        pins += pin_table(1, virt_to_mfn(victim)) == 0;
        unpin_table(virt_to_mfn(victim));
        wait_a_while(pins * 7 + ++tries);
    }
}

static void other_cpu(void)
{
    for (;;) {
        doing = job;
        if (doing == 1)
            write_entries(2);
        else if (doing == 2)
            pin_and_unpin();
        else if (doing == 3)
            change_arguments();
    }
}

/* The other vCPU is at job @n, 0 none, when this returns. */
static void begin_job(int n)
{
    job = n;
    while (doing != n)
        hc_sched_op(SCHEDOP_yield, NULL);
}

/* The page is nobody's use any more: it may be a table of each level, and a page again. */
static void check_free(const char *when)
{
    for (int level = 1; level <= 4; level++) {
        memset(victim, 0, PAGE_SIZE);
        CHECK(page_set_ro(victim) == 0, "%s: the page cannot be made read-only", when);
        CHECK(pin_table(level, virt_to_mfn(victim)) == 0, "%s: the page cannot be an L%d", when, level);
        CHECK(page_set_rw(victim) < 0, "%s: an L%d made writable", when, level);
        CHECK(unpin_table(virt_to_mfn(victim)) == 0, "%s: the L%d cannot be unpinned", when, level);
        CHECK(page_set_rw(victim) == 0, "%s: the page cannot be made writable", when);
    }
}

static void check_one_entry(void)
{
    entries[0] = virt_to_mfn(victim) * PAGE_SIZE | PTE_DATA;
    entries[1] = virt_to_mfn(victim) * PAGE_SIZE | PTE_RO;
    entries[2] = 0;
    entries[3] = virt_to_mfn(page_alloc()) * PAGE_SIZE | PTE_DATA;
    begin_job(1);
    for (unsigned i = 0; i < ROUNDS; i++)
        if (i % 3)
            pt_write(l1_at, entries[i % 4]);
        else
            hc_update_va_mapping(SCRATCH_VA, entries[i % 4], UVMF_INVLPG | UVMF_ALL);
    begin_job(0);
    NEED(pt_write(l1_at, 0), 0);
    check_free("after two wrote one entry");
}

/* One vCPU makes the page a table, the other one maps it writable: never both. */
static void check_type(void)
{
    unsigned both = 0, mapped = 0;

    NEED(page_set_ro(victim), 0);
    begin_job(2);
    for (unsigned i = 0; i < ROUNDS; i++) {
        wait_a_while(i);
        if (hc_update_va_mapping(SCRATCH_VA, virt_to_mfn(victim) * PAGE_SIZE | PTE_DATA, UVMF_INVLPG))
            continue;
        mapped++;
        both += pin_table(1, virt_to_mfn(victim)) == 0;
        NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    }
    begin_job(0);
    printf("  mapped writable %u times of %u, pinned %u times\n", mapped, ROUNDS, pins);
    CHECK(!both, "%u times a table and writable", both);
    unpin_table(virt_to_mfn(victim));
    NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG), 0);
    EXPECT(page_set_rw(victim), 0);
    check_free("after one pinned what the other one mapped");
}

static void check_arguments(void)
{
    char *to = page_alloc(), *guard = page_alloc();

    NEED(page_set_ro(victim), 0);
    NEED(page_set_ro(table), 0);
    moving.ptr = l1_at;
    copying.source.u.gmfn = virt_to_mfn(boot_stack);
    copying.dest.u.gmfn = virt_to_mfn(to);
    copying.source.domid = copying.dest.domid = DOMID_SELF;
    begin_job(3);
    for (unsigned i = 0; i < ROUNDS; i++) {
        hc_mmu_update(&moving, 1, NULL, DOMID_SELF);
        hc_grant_table_op(GNTTABOP_copy, &copying, 1);
        hc_mmuext_op(&pinning, 1, NULL, DOMID_SELF);
    }
    begin_job(0);
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        CHECK(!guard[i] && !table[i % 512], "written behind a copy's page, or into a table");
    NEED(pt_write(l1_at, 0), 0);
    /* Pinned perhaps; or partially validated, by a call whose arguments changed between its parts: then the page is free. */
    unpin_table(virt_to_mfn(victim));
    unpin_table(virt_to_mfn(table));
    EXPECT(page_set_rw(table), 0);
    EXPECT(page_set_rw(victim), 0);
    check_free("after arguments changed while they were read");
}

void test_main(void)
{
    event_mask_all();
    victim = page_alloc();
    table = page_alloc();
    pt_build(SCRATCH_VA);
    l1_at = pt_entry_maddr(SCRATCH_VA, 1);
    smp_start(other_cpu);
    check_one_entry();
    check_type();
    check_arguments();
    NEED(hc_vcpu_op(VCPUOP_down, 1, NULL), 0);
}
