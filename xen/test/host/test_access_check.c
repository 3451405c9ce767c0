/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk of the build with ACCESS_CHECK=1: which addresses ring 3 could not use, by each level's entry. */
#include "host.h"

#include <string.h>
#include <xen/access_check.h>

#define VA (1UL << 39 | 2UL << 30 | 3UL << 21 | 4UL << 12 | 0x123)
#define RW (PTE_P | PTE_US | PTE_RW)

static pte_t *table(unsigned int n) { return mfn_to_virt(mfn(n)); }

/* Tables 20 (level 4) to 17 (level 1), entry N of the table of level 5 - N; the page is frame 30. */
static pte_t *entry_of(unsigned int level) { return &table(16 + level)[5 - level]; }

static int setup(void **state)
{
    host_memory(40);
    for (unsigned int level = 4; level >= 1; level--) {
        memset(table(16 + level), 0, PAGE_SIZE);
        entry_of(level)->v = (u64)(level > 1 ? 15 + level : 30) << PAGE_SHIFT | RW;
    }
    return 0;
}

static const char *check(bool write, bool wp) { return access_refused(table(20), VA, write, wp); }

static void test_rights(void **state)
{
    assert_null(check(false, true));
    assert_null(check(true, true));
    for (unsigned int level = 1; level <= 4; level++) {
        entry_of(level)->v &= ~PTE_US;
        assert_non_null(check(false, true));
        assert_non_null(check(true, true));
        entry_of(level)->v |= PTE_US;
        /* The CPU refuses the write, unless CR0.WP is clear. */
        entry_of(level)->v &= ~PTE_RW;
        assert_null(check(false, false));
        assert_null(check(true, true));
        assert_non_null(check(true, false));
        entry_of(level)->v |= PTE_RW;
    }
}

/* What is not mapped faults, whatever the entries above say. */
static void test_absent(void **state)
{
    for (unsigned int level = 1; level <= 4; level++) {
        entry_of(4)->v &= ~PTE_US;
        entry_of(level)->v &= ~PTE_P;
        assert_null(check(true, false));
        entry_of(level)->v |= PTE_P;
        entry_of(4)->v |= PTE_US;
    }
    assert_null(access_refused(table(20), VA | 1UL << 47, false, true));
}

static void test_large(void **state)
{
    for (unsigned int level = 2; level <= 3; level++) {
        u64 was = entry_of(level)->v;

        entry_of(level)->v = (was & ~(PTE_US | PTE_ADDR)) | PTE_PS;
        assert_non_null(check(false, true));
        entry_of(level)->v |= PTE_US;
        assert_null(check(false, true));
        entry_of(level)->v = was;
    }
}

/* The tables of a guest whose L4 maps itself, with the hypervisor's slots in it: what own_l4.c keeps from being. */
static void test_self_map(void **state)
{
    table(20)[200].v = 20UL << PAGE_SHIFT | PTE_P | PTE_US;
    table(20)[260].v = 19UL << PAGE_SHIFT | PTE_P | PTE_RW;
    assert_null(access_refused(table(20), 200UL << 39 | 1UL << 30 | 2UL << 21 | 3UL << 12, false, true));
    assert_non_null(access_refused(table(20), 200UL << 39 | 260UL << 30 | 2UL << 21 | 3UL << 12, false, true));
    assert_non_null(access_refused(table(20), 200UL << 39 | 200UL << 30 | 260UL << 21 | 2UL << 12, false, true));
    assert_non_null(access_refused(table(20), 200UL << 39 | 200UL << 30 | 200UL << 21 | 260UL << 12, false, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rights, setup), cmocka_unit_test_setup(test_absent, setup),
        cmocka_unit_test_setup(test_large, setup), cmocka_unit_test_setup(test_self_map, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
