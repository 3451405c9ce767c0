/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 64 vCPUs on 64 CPUs do what processes do that fork: each changes entries, pins a tree of page tables and unpins it, a number of
 * times, all at once. All of them end. The short form of the system test scale-cpus.
 */
#include "forest.h"
#include "test.h"

#define VCPUS     64
#define ROUNDS    24
#define WAIT_NS   (60000 * MILLISECONDS)

static unsigned long trees[VCPUS];
static void *pages[VCPUS];
static volatile unsigned rounds[VCPUS], ended;
static volatile bool begin;

static void fork(unsigned long n)
{
    unsigned long entry = virt_to_mfn(pages[n]) * PAGE_SIZE;

    for (unsigned i = 0; i < 4; i++) {
        NEED(hc_update_va_mapping((unsigned long)pages[n], entry | PTE_RO, UVMF_INVLPG), 0);
        *(volatile uint64_t *)pt_entry((unsigned long)pages[n], 1) = entry | PTE_DATA;      /* emulated */
    }
    forest_pin(trees[n]);
}

static void work(unsigned long n)
{
    while (!begin)
        asm volatile("pause");
    for (unsigned i = 1; i <= ROUNDS; i++) {
        fork(n);
        rounds[n] = i;
    }
    __atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
    hc_vcpu_op(VCPUOP_down, n, NULL);
}

void test_main(void)
{
    uint64_t begun, end;

    event_mask_all();
    if (hc_vcpu_op(VCPUOP_is_up, VCPUS - 1, NULL) == -XEN_ENOENT)
        report_error("there are no %u vCPUs", VCPUS);
    for (unsigned n = 1; n < VCPUS; n++) {
        trees[n] = forest_tree(1);
        pages[n] = page_alloc();
        forest_vcpu(n, work);
    }
    for (unsigned n = 1; n < VCPUS; n++)
        NEED(hc_vcpu_op(VCPUOP_up, n, NULL), 0);
    begun = time_now();
    end = begun + WAIT_NS;
    begin = true;
    while (ended < VCPUS - 1 && time_now() < end)
        hc_sched_op(SCHEDOP_yield, NULL);
    for (unsigned n = 1; n < VCPUS && ended < VCPUS - 1; n++)
        printf("  vCPU %u: %u rounds\n", n, rounds[n]);
    printf("  %u of %u vCPUs ended, after %lu us\n", ended, VCPUS - 1, (unsigned long)(time_now() - begun) / 1000);
    EXPECT(ended, VCPUS - 1);
}
