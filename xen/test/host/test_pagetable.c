/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames, types and page tables: the rules, one by one. */
#include "pagetable_machine.h"

#include <x86/pt_lock.h>
#include <x86/spec.h>

/* CPUs take their copies of an L4 again after each change of one, of flags alone, too, and after no other. */
static void test_l4_changes_are_told(void **state)
{
    u64 before;

    table(301)[1] = entry(302, RW);
    assert_int_equal(pin(300, 4), 0);
    before = xpti_generation;
    assert_int_equal(update(300, 0, entry(301, RW)), 0);
    assert_int_equal(xpti_generation, ++before);
    assert_int_equal(update(300, 0, entry(301, RW | PTE_NX)), 0);
    assert_int_equal(xpti_generation, ++before);
    assert_int_equal(update(301, 1, 0), 0);
    assert_int_equal(xpti_generation, before);
    assert_int_equal(update(300, 0, 0), 0);
    assert_int_equal(xpti_generation, ++before);
    assert_int_equal(d->arch.l4_generation, before);
    assert_int_equal(other->arch.l4_generation, 0);                     /* no business of another domain's */
    assert_int_equal(unpin(300), 0);
}

/* Where the CPU has L1TF no table holds an entry that is not present and names memory; an address beyond it may stand there. */
static void test_l1tf(void **state)
{
    const u64 inverted = ~entry(301, 0) & PTE_ADDR;

    d->arch.l1tf_mask = PTE_ADDR;
    spec.l1tf_address = PTE_ADDR;
    spec.l1tf_end = (u64)NR_FRAMES << PAGE_SHIFT;
    table(300)[5] = entry(301, PTE_RW);
    assert_int_equal(pin(300, 1), -EINVAL);
    table(300)[5] = inverted | PTE_RW;
    assert_int_equal(pin(300, 1), 0);
    assert_int_equal(update(300, 6, entry(301, PTE_US)), -EINVAL);
    assert_int_equal(update(300, 6, inverted), 0);
    assert_int_equal(update(300, 6, PTE_US), 0);
    assert_int_equal(update(300, 6, 0), 0);
    table(303)[0] = entry(300, 0);
    assert_int_equal(pin(303, 2), -EINVAL);
    table(303)[0] = 0;
    assert_int_equal(pin(303, 2), 0);
    assert_int_equal(update(303, 1, entry(300, 0)), -EINVAL);
    d->arch.l1tf_mask = 0;
    assert_int_equal(update(300, 6, entry(301, PTE_US)), 0);
    assert_int_equal(unpin(303), 0);
    assert_int_equal(unpin(300), 0);
}

static void test_flags(void **state)
{
    assert_true(pt_flags_ok(1, pte(RW | PTE_NX | PTE_G | PTE_AVAIL), false));
    assert_false(pt_flags_ok(1, pte(RW | PTE_PCD), false));
    assert_true(pt_flags_ok(1, pte(RW | PTE_PCD | PTE_PWT | PTE_PAT), true));
    for (unsigned int level = 2; level <= 4; level++) {
        assert_true(pt_flags_ok(level, pte(RW), false));
        assert_false(pt_flags_ok(level, pte(RW | PTE_PS), true));
        assert_false(pt_flags_ok(level, pte(RW | PTE_PCD), true));
    }
    assert_true(pt_adjust(1, pte(PTE_P | PTE_G)).v == (PTE_P | PTE_US));
    assert_false(pt_self_map_ok(4, pte(RW)));
    assert_true(pt_self_map_ok(4, pte(RO)));
}

/* Frames that were mapped past the caches: written back before the first such mapping, and before they become tables or are freed. */
static void test_caches(void **state)
{
    unsigned int before;

    d->has_devices = true;
    assert_int_equal(pin(300, 1), 0);
    before = host_cache_flushes;
    assert_int_equal(update(300, 0, entry(301, RW)), 0);
    assert_int_equal(host_cache_flushes, before);
    /* The same frame with the same rights, and other attributes. */
    assert_int_equal(update(300, 0, entry(301, RW | PTE_PCD)), 0);
    assert_int_equal(host_cache_flushes, before + 1);
    assert_int_equal(update(300, 1, entry(301, RW | PTE_PWT)), 0);
    assert_int_equal(update(300, 2, entry(302, RO | PTE_PAT)), 0);
    assert_int_equal(host_cache_flushes, before + 2);
    assert_int_equal(update(300, 0, 0), 0);
    assert_int_equal(update(300, 1, entry(301, RO)), 0);
    assert_int_equal(host_cache_flushes, before + 2);
    assert_int_equal(pin(301, 1), 0);
    assert_int_equal(host_cache_flushes, before + 3);
    assert_int_equal(unpin(301), 0);
    assert_int_equal(pin(301, 1), 0);
    assert_int_equal(unpin(301), 0);
    assert_int_equal(host_cache_flushes, before + 3);
    /* Given back: its next owner's caches are none of this one's. */
    assert_int_equal(update(300, 2, 0), 0);
    assert_true(frame_put_alloc_ref(frame(302)));
    assert_int_equal(host_cache_flushes, before + 4);
    /* Device memory is mapped as the guest says; without devices nothing is. */
    d->has_devices = false;
    assert_int_equal(update(300, 3, entry(303, RW | PTE_PCD)), -EINVAL);
    assert_int_equal(update(300, 1, entry(301, RO | PTE_PCD)), -EINVAL);
    assert_int_equal(host_cache_flushes, before + 4);
    assert_int_equal(update(300, 1, 0), 0);
    assert_int_equal(unpin(300), 0);
    give(d, 302, 303);
}

static void test_l1(void **state)
{
    table(300)[5] = entry(301, RW);
    table(300)[511] = entry(302, PTE_P);
    assert_int_equal(pin(300, 1), 0);
    assert_true(type_of(301) == FT_WRITABLE && uses(301) == 1 && refs(301) == 2);
    assert_true(uses(302) == 0 && refs(302) == 2);
    assert_true(table(300)[511] & PTE_US);
    /* A table is never mapped writable, a writable page never becomes a table. */
    assert_int_equal(update(300, 6, entry(300, RW)), -EBUSY);
    assert_int_equal(pin(301, 1), -EINVAL);
    assert_int_equal(update(300, 6, entry(300, RO)), 0);
    assert_int_equal(update(300, 7, entry(370, RO)), -EBUSY);           /* somebody else's */
    assert_int_equal(update(300, 7, entry(20, RW)), -EPERM);            /* a device, not ours */
    assert_int_equal(update(300, 5, entry(301, RO)), 0);
    assert_true(uses(301) == 0 && refs(301) == 2);
    flushes = 0;
    assert_int_equal(pin(301, 1), 0);
    assert_int_equal(flushes, 1);                                       /* it was writable before */
    assert_int_equal(unpin(301), 0);
    assert_int_equal(unpin(300), 0);
    for (unsigned int n = 300; n < 303; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
}

static void test_levels(void **state)
{
    table(300)[0] = entry(301, RW);
    table(300)[256] = entry(355, RW);       /* the hypervisor's slot: replaced, not counted */
    table(301)[1] = entry(302, RW);
    table(302)[2] = entry(303, RW);
    table(303)[3] = entry(304, RW);
    set_pinned(300, 4);
    for (unsigned int n = 300; n < 304; n++)
        assert_true(type_of(n) == FT_LEVEL(304 - n) && uses(n) == 1);
    assert_true(table(300)[256] == 0x1007 && refs(355) == 1);
    assert_int_equal(update(300, 256, 0), -EINVAL);
    assert_int_equal(update(300, 511, entry(300, RW)), -EINVAL);        /* linear, writable */
    assert_int_equal(update(300, 511, entry(300, RO)), 0);
    assert_int_equal(update(300, 510, entry(302, RO)), -EINVAL);        /* an L2 as L3 */
    assert_int_equal(update(301, 1, 0), 0);
    assert_true(uses(302) == 0 && uses(303) == 0 && uses(304) == 0);
    clear_pinned(300);
    for (unsigned int n = 300; n < 305; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
}

static void test_refused_leaves_no_trace(void **state)
{
    table(300)[1] = entry(301, RW);
    table(300)[2] = entry(302, RW);
    table(302)[9] = entry(303, RW | PTE_PS);    /* as PAT of level 1: a cache attribute that needs devices */
    assert_int_equal(pin(300, 2), -EINVAL);
    for (unsigned int n = 300; n < 304; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
    table(302)[9] = 0;
    assert_int_equal(pin(300, 2), 0);
    assert_int_equal(unpin(300), 0);
}

/* With work pending everywhere each call does one piece; the sum is the same as in one go. */
static void test_preempted(void **state)
{
    unsigned int calls = 0;
    int rc;

    for (unsigned int i = 0; i < 8; i++) {
        table(300)[i] = entry(301 + i, RW);
        table(301 + i)[i] = entry(320 + i, RW);
        table(320 + i)[7] = entry(340, RW);
    }
    host_cpu_info[0].softirq_pending = 1;
    do {
        calls++;
        rc = pin(300, 3);
    } while (rc == -ERESTART);
    assert_int_equal(rc, 0);
    assert_true(calls >= 8);
    assert_true(uses(340) == 8 && refs(340) == 9 && refs(300) == 2 && refs(301) == 2);
    for (calls = 0; unpin(300) == -ERESTART; calls++)
        ;
    assert_true(calls >= 7);
    assert_true(uses(340) == 0 && refs(340) == 1 && refs(300) == 1);
    /* Given up half way: the frame is wanted as something else. */
    assert_int_equal(pin(300, 3), -ERESTART);
    assert_true(frame(300)->type_info & FT_PARTIAL);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(pin(300, 4), 0);
    assert_int_equal(unpin(300), 0);
    for (unsigned int n = 300; n < 341; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
    assert_int_equal(frame_get_and_type(frame(300), d, FT_WRITABLE), 0);
    frame_put_and_type(frame(300));
}

/* A preemptible call takes eight tables up and down while another vCPU wants the lock: it gives way between tables. */
static void gives_way(void)
{
    unsigned int calls = 1;

    for (; pin(300, 2) == -ERESTART; calls++)
        assert_false(pt_is_locked(d));
    assert_int_equal(calls, 8);
    for (calls = 1; unpin(300) == -ERESTART; calls++)
        ;
    assert_int_equal(calls, 8);
}

/* The lock of a domain's tables: who waits for it, and for how long. */
static void test_lock_is_shared(void **state)
{
    struct mmu_update req = { (300ul << PAGE_SHIFT) + 8, 0 };
    unsigned int done = 1;

    for (unsigned int i = 0; i < 8; i++)
        table(300)[i] = entry(301 + i, RW);
    d->arch.pt_lock.word |= PT_LOCK_WAITED;
    gives_way();
    d->arch.pt_lock.word &= ~PT_LOCK_WAITED;
    assert_int_equal(pin(300, 2), 0);
    /* Held by another vCPU: a call waits until its CPU has something else to do, and has then done nothing. */
    pt_lock(d);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(mmu_update_batch(d, d, &req, 1, &done), -ERESTART);
    assert_int_equal(done, 0);
    assert_int_equal(pin(320, 1), -ERESTART);
    assert_int_equal(unpin(300), -ERESTART);
    assert_true(uses(300) == 1 && uses(320) == 0);
    host_cpu_info[0].softirq_pending = 0;
    pt_unlock(d);
    assert_int_equal(mmu_update_batch(d, d, &req, 1, &done), 0);
    assert_int_equal(done, 1);
    assert_int_equal(unpin(300), 0);
}

/* The end of each mapping is marked, also where another use, which is no mapping, lasts longer. */
static void test_stamps(void **state)
{
    assert_int_equal(pin(300, 1), 0);
    assert_int_equal(update(300, 0, entry(301, RW)), 0);
    assert_int_equal(frame_get_and_type(frame(301), d, FT_WRITABLE), 0);
    tlb_flush_clock = 5;
    assert_int_equal(update(300, 0, 0), 0);
    assert_int_equal(frame(301)->tlb_stamp, 5);
    tlb_flush_clock = 1;
    frame_put_and_type(frame(301));
    assert_int_equal(unpin(300), 0);
}

/* One vCPU is taking a table down, another one wants it again and is refused: the table stays usable, and free to go. */
static void test_half_down_and_refused(void **state)
{
    table(300)[0] = entry(301, RW);
    table(300)[1] = entry(302, RW);
    assert_int_equal(pin(300, 2), 0);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(unpin(300), -ERESTART);
    host_cpu_info[0].softirq_pending = 0;
    table(302)[7] = entry(303, RW | PTE_PS);
    for (unsigned int i = 0; i < 2; i++) {
        assert_int_equal(pin(300, 2), -EINVAL);
        assert_int_equal(uses(300), 1);
    }
    assert_int_equal(pin(300, 1), -EINVAL);
    assert_int_equal(unpin(300), 0);
    for (unsigned int n = 300; n < 304; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
    assert_false(frame(300)->type_info & FT_PARTIAL);
}

/* A refused L1 table that pending work left partially validated, which nobody uses: a request to map it writable finds it free. */
static void test_partial_l1_becomes_writable(void **state)
{
    unsigned int calls = 1;
    int rc;

    table(300)[1] = entry(301, RW);
    table(300)[2] = entry(302, RW | PTE_PS);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(pin(300, 1), -ERESTART);
    assert_true((frame(300)->type_info & FT_PARTIAL) && uses(301) == 1);
    host_cpu_info[0].softirq_pending = 0;
    set_pinned(310, 1);
    while ((rc = mmu_refused(d, entry(300, RW), update(310, 0, entry(300, RW)))) == -ERESTART && calls < 9)
        calls++;
    assert_int_equal(rc, 0);
    assert_true(uses(300) == 1 && uses(301) == 0 && refs(301) == 1);
    assert_int_equal(update(310, 0, 0), 0);
    clear_pinned(310);
}

/* A table that only a half checked one holds is changed to map that one: nobody takes the latter down meanwhile. */
static void test_entry_names_its_holder(void **state)
{
    table(301)[4] = entry(302, RW);
    table(300)[0] = entry(301, RW);
    table(300)[1] = entry(303, RW);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(pin(300, 2), -ERESTART);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(uses(301), 1);
    assert_int_equal(update(301, 4, entry(300, RW)), -EBUSY);
    assert_true(uses(301) == 1 && uses(302) == 1 && refs(302) == 2);
    assert_int_equal(pin(300, 1), 0);
    assert_int_equal(unpin(300), 0);
    for (unsigned int n = 300; n < 304; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
}

static void test_last_reference_frees(void **state)
{
    table(300)[0] = entry(301, RW);
    assert_int_equal(pin(300, 1), 0);
    assert_true(frame_put_alloc_ref(frame(301)));
    assert_false(frame_put_alloc_ref(frame(301)));
    assert_true(refs(301) == 1);
    assert_int_equal(update(300, 0, 0), 0);
    assert_true(frame(301)->count_info == FRAME_FREE);
    assert_false(frame_get(frame(301), d));
    assert_int_equal(update(300, 0, entry(301, RW)), -EBUSY);
    assert_int_equal(unpin(300), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags),
        PAGETABLE_TEST(test_caches),
        PAGETABLE_TEST(test_l1),
        PAGETABLE_TEST(test_l4_changes_are_told),
        PAGETABLE_TEST(test_l1tf),
        PAGETABLE_TEST(test_levels),
        PAGETABLE_TEST(test_refused_leaves_no_trace),
        PAGETABLE_TEST(test_preempted),
        PAGETABLE_TEST(test_lock_is_shared),
        PAGETABLE_TEST(test_stamps),
        PAGETABLE_TEST(test_half_down_and_refused),
        PAGETABLE_TEST(test_partial_l1_becomes_writable),
        PAGETABLE_TEST(test_entry_names_its_holder),
        PAGETABLE_TEST(test_last_reference_frees),
    };

    return cmocka_run_group_tests_name("pagetable", tests, NULL, NULL);
}
