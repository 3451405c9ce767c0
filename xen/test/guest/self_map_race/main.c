/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One vCPU loads an L4 and leaves it, for the kernel and for user mode, while another one makes it map itself and stop to, pins it and
 * unpins it. Whatever comes first, the table never leads to the hypervisor's part, and a vCPU on it has what it needs.
 */
#include "test.h"

#define SELF   200ul
#define ROUNDS 200
#define VA(a, b, c, d) ((a) << 39 | (b) << 30 | (c) << 21 | (d) << 12)
#define M2P_VA 0xffff800000000000ul

static uint64_t *table;
static unsigned long mfn;
static volatile unsigned long added, refused, odd;
static volatile bool stop;

static bool readable(unsigned long va) { return try_read(va) == VECTOR_NONE; }

static void other_cpu(void)
{
    for (unsigned i = 0; !stop; i++) {
        long result = pt_write(mfn * PAGE_SIZE + SELF * 8, mfn * PAGE_SIZE | PTE_RO);

        if (result == 0)
            added++;
        else if (result == -XEN_EBUSY)
            refused++;
        else if (result != -XEN_EINVAL)      /* no table at the moment: an entry of an ordinary page may be written, or not */
            odd++;
        if (i % 3 == 0)
            pt_write(mfn * PAGE_SIZE + SELF * 8, 0);
        if (i % 5 == 0)
            (void)unpin_table(mfn);
        if (i % 5 == 2)
            (void)pin_table(4, mfn);
    }
    smp_stop();
}

/* On the table: a self entry that is there leads to the table, and not beyond. */
static void check_on_table(unsigned i)
{
    if (!readable(M2P_VA))
        CHECK(false, "round %u: no machine-to-phys table", i);
    for (unsigned long slot = 256; slot < 261; slot++)
        if (readable(VA(SELF, SELF, SELF, slot)) || trap_last.vector != VECTOR_PF || (trap_last.regs.error & 1) ||
            readable(VA(SELF, SELF, slot, 0ul)) || trap_last.vector != VECTOR_PF || (trap_last.regs.error & 1) ||
            hc_multicall(VA(SELF, SELF, SELF, slot), 1) != -XEN_EFAULT)
            CHECK(false, "round %u: slot %lu is behind the self entry", i, slot);
}

void test_main(void)
{
    unsigned long first = pt_base_mfn(), loaded = 0;
    uint64_t limit = time_now() + 20000 * MILLISECONDS;

    table = page_alloc();
    mfn = virt_to_mfn(table);
    memcpy(table, (void *)start_info->pt_base, PAGE_SIZE);
    NEED(page_set_ro(table), 0);
    smp_start(other_cpu);
    /* On a busy machine one vCPU may get far before the other one begins. */
    for (unsigned i = 0; i < ROUNDS || (!(loaded && added && refused) && time_now() < limit); i++) {
        (void)mmuext(MMUEXT_NEW_USER_BASEPTR, mfn, 0);
        if (mmuext(MMUEXT_NEW_BASEPTR, mfn, 0) == 0) {
            loaded++;
            check_on_table(i);
            NEED(mmuext(MMUEXT_NEW_BASEPTR, first, 0), 0);
        }
        EXPECT(mmuext(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0);
    }
    stop = true;
    while (hc_vcpu_op(VCPUOP_is_up, 1, NULL) == 1)
        hc_sched_op(SCHEDOP_yield, NULL);
    EXPECT(odd, 0);
    CHECK(loaded && added && refused, "loaded %lu times, entries made %lu, refused %lu", loaded, added, refused);
    printf("loaded %lu times, entries made %lu, refused %lu\n", loaded, added, refused);
    (void)unpin_table(mfn);
    EXPECT(page_set_rw(table), 0);
}
