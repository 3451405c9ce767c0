/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame table's check: no complaint after random requests of a guest, and one for each thing that is then broken
 * by hand.
 */
#include "frame_machine.h"

static int setup(void **state)
{
    machine_setup();
    return 0;
}

static int teardown(void **state)
{
    machine_teardown();
    return 0;
}

static u32 seed = 1;
static unsigned int rnd(unsigned int n) { seed = seed * 1103515245 + 12345; return (seed >> 8) % n; }

static void some_requests(unsigned int n)
{
    while (n--)
        machine_request(rnd);
    host_cpu_info[0].softirq_pending = 0;
}

static void test_random(void **state)
{
    unsigned int partial = 0, pinned = 0;

    for (unsigned int i = 0; i < 4000; i++) {
        some_requests(10);
        assert_int_equal(machine_violations(), 0);
        for (unsigned int n = FIRST; n < FIRST + POOL; n++) {
            partial += !!(frame(n)->type_info & FT_PARTIAL);
            pinned += !!(frame(n)->type_info & FT_PINNED);
        }
    }
    assert_true(partial > 10 && pinned > 1000);
}

/* A tree of four levels, one data page, one frame given back while it is mapped. */
static void make_tree(void)
{
    table(300)[0] = entry(301, RW);
    table(301)[1] = entry(302, RW);
    table(302)[2] = entry(303, RW);
    table(303)[3] = entry(304, RW);
    table(303)[4] = entry(305, RO);
    machine_pin(300, 4);
    machine_vcpu->arch.guest_table = frame(300);
    assert_true(frame_get(frame(300), machine_domain) && !frame_get_type(frame(300), FT_L4, false));
    assert_int_equal(frame_get_and_type(frame(306), machine_domain, FT_DESC), 0);
    machine_vcpu->arch.perdomain_gdt_l1 = xcalloc(64, sizeof(pte_t));
    machine_vcpu->arch.perdomain_gdt_l1[33] = pte(entry(306, PAGE_HV_RW));
    machine_m2p[305] = ~0UL;
    assert_true(frame_put_alloc_ref(frame(305)));
}

static u64 *count_of(unsigned int n) { return &frame(n)->count_info; }
static u64 *type_of(unsigned int n) { return &frame(n)->type_info; }

static void test_broken(void **state)
{
    u64 *free_page = table(900);
    const struct { u64 *at, change; const char *what; } broken[] = {
        { count_of(304), 1, "general count, too low" },
        { count_of(307), 3, "general count, too high" },
        { count_of(305), FRAME_ALLOCATED, "given back twice" },
        { type_of(304), FT_WRITABLE ^ FT_L1, "mapped writable and a table" },
        { type_of(303), 2, "type count" },
        { type_of(303), FT_VALIDATED, "in use, not checked" },
        { type_of(307), FT_VALIDATED, "checked, not in use" },
        { type_of(300), FT_PINNED, "a pin lost" },
        { type_of(301), FT_LOCKED, "locked" },
        { type_of(307), FT_PARTIAL | FT_L2 | 5UL << FT_NR_SHIFT, "half checked without a reference" },
        { &table(303)[4], PTE_RW, "an entry made writable" },
        { &table(303)[9], entry(302, RW), "a table mapped writable" },
        { &table(303)[9], entry(950, RW), "a free frame mapped" },
        { &table(303)[9], entry(280, RO), "a frame of the hypervisor mapped" },
        { &table(303)[3], PTE_PS, "flags" },
        { &table(303)[3], PTE_US, "an entry of the hypervisor's" },
        { &table(300)[HYPERVISOR_L4_FIRST + 4], 0x1000, "a slot of the hypervisor" },
        { &table(300)[PERDOMAIN_L4_SLOT], 0x1000, "the domain's own area" },
        { &table(300)[3], entry(300, RO), "an L4 that maps itself and the hypervisor" },
        { &table(306)[5], 7, "a descriptor" },
        { count_of(900), 1, "free, counted" },
        { type_of(900), FT_L1, "free, typed" },
        { count_of(900), FRAME_FREE, "free within a free block" },
        { count_of(20), 2, "the hypervisor's, counted" },
        { &machine_m2p[900], 1, "free, in somebody's memory" },
        { &free_page[511], 1, "free and clean, not zero" },
        { &machine_domain->tot_pages, 1, "the account" },
        { &machine_domain->page_list.count, 1, "the list's length" },
    };

    make_tree();
    assert_int_equal(machine_violations(), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(broken); i++) {
        *broken[i].at ^= broken[i].change;
        if (!machine_violations())
            fail_msg("not seen: %s", broken[i].what);
        *broken[i].at ^= broken[i].change;
        assert_int_equal(machine_violations(), 0);
    }
}

/* Links and owners are half words. */
static void test_broken_links(void **state)
{
    u32 *const words[] = { &frame(310)->next, &frame(310)->prev, &frame(310)->owner_mfn, &frame(512)->order,
                           &frame(900)->owner_mfn, &machine_domain->page_list.head };
    const u32 change[] = { 1, 1, 7, 1, 10, 0x77 };

    make_tree();
    for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
        *words[i] ^= change[i];
        if (!machine_violations())
            fail_msg("not seen: word %u", i);
        *words[i] ^= change[i];
        assert_int_equal(machine_violations(), 0);
    }
    /* A frame that fell off its list. */
    frame_list_del(&machine_domain->page_list, frame(320));
    machine_domain->tot_pages--;
    assert_int_equal(machine_violations(), 1);
}

/* With memory for a few tallies only the table is looked at in pieces, and found the same. */
static void test_windows(void **state)
{
    struct frame_check c;

    make_tree();
    assert_int_equal(frame_check_begin(&c, 0), 0);
    c.window = 100;
    while (frame_check_step(&c, 50))
        ;
    assert_int_equal(c.violations, 0);
    assert_int_equal(c.frames, NR_FRAMES);
    frame_check_end(&c);
    table(303)[9] = entry(390, RW);
    assert_int_equal(frame_check_begin(&c, 0), 0);
    c.window = 100;
    while (frame_check_step(&c, 50))
        ;
    assert_int_equal(c.violations, 1);
    frame_check_end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_links, setup, teardown),
        cmocka_unit_test_setup_teardown(test_windows, setup, teardown),
    };

    return cmocka_run_group_tests_name("frame_check", tests, NULL, NULL);
}
