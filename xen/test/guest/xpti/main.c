/* SPDX-License-Identifier: GPL-2.0-only */
/* With the hypervisor's page tables apart (xpti=yes): what a guest changes in its L4 holds at once on the vCPU that changed
 * it, and without a flush on another one that never leaves the guest. Ways in and out of every kind come by, too. */
#include "test.h"

#define OTHER_SLOT 100ul
#define OTHER_VA   (OTHER_SLOT << 39)
#define ROUNDS     200

static uint64_t l4_at;
static volatile unsigned long round_no, seen;
static volatile unsigned faults;
static volatile int stop;

static bool count_faults(struct regs *r)
{
    if (r->vector != VECTOR_PF)
        return false;
    faults++;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    stop = 1;
    return false;
}

/* Reads through the new entry as soon as it is there; between rounds it makes no call. */
static void other_cpu(void)
{
    unsigned long last = 0;

    while (!stop) {
        if (round_no == last || round_no % 2 == 0)
            continue;
        last = round_no;
        seen = *(volatile unsigned long *)OTHER_VA + last;
    }
    smp_stop();
}

static void check_own(uint64_t entry)
{
    EXPECT(try_read(OTHER_VA), VECTOR_PF);
    EXPECT(pt_write(l4_at, entry), 0);
    EXPECT(try_read(OTHER_VA), VECTOR_NONE);
    EXPECT(try_write(OTHER_VA), VECTOR_NONE);
    /* The same table with fewer rights. */
    EXPECT(pt_write(l4_at, entry & ~PTE_RW), 0);
    NEED(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
    EXPECT(try_read(OTHER_VA), VECTOR_NONE);
    EXPECT(try_write(OTHER_VA), VECTOR_PF);
    EXPECT(pt_write(l4_at, 0), 0);
    NEED(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
    EXPECT(try_read(OTHER_VA), VECTOR_PF);
}

/* Odd rounds: the entry is there, even ones: it is gone. */
static void check_other(uint64_t entry)
{
    trap_hook = count_faults;
    smp_start(other_cpu);
    for (unsigned i = 0; i < ROUNDS && !stop; i++) {
        NEED(pt_write(l4_at, entry), 0);
        round_no++;
        while (seen != round_no && !stop)
            ;
        NEED(pt_write(l4_at, 0), 0);
        NEED(mmuext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
        round_no++;
    }
    EXPECT(faults, 0);
    stop = 1;
    while (hc_vcpu_op(VCPUOP_is_up, 1, NULL) == 1)
        hc_sched_op(SCHEDOP_yield, NULL);
    trap_hook = NULL;
}

static void check_ways(void)
{
    EXPECT(TRY("ud2", NO_OUTPUTS), VECTOR_UD);
    EXPECT(TRY("int3", NO_OUTPUTS), VECTOR_BP);
    EXPECT(TRY("mov %0, %%ds", NO_OUTPUTS, "r"(0x1000)), VECTOR_GP);
    EXPECT(try_read(0xffff830000000000ul), VECTOR_PF); /* the hypervisor's */
    EXPECT(try_read(0xffff82d080200000ul), VECTOR_PF);
    EXPECT(try_read(0xffff800000000000ul), VECTOR_NONE); /* the m2p */
    timer_sleep(MILLISECONDS);
}

void test_main(void)
{
    void *page = page_alloc();
    uint64_t entry;

    pt_build(SCRATCH_VA);
    EXPECT(map_frame(SCRATCH_VA, virt_to_mfn(page), PTE_DATA), 0);
    entry = *pt_entry(SCRATCH_VA, 4);
    l4_at = pt_base_mfn() * PAGE_SIZE + OTHER_SLOT * 8;
    check_own(entry);
    check_ways();
    check_other(entry);
}
