/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of ranges against a plain array of bits, and at the ends of the number line. */
#include "host.h"
#include <xen/rangeset.h>

static void joins_and_splits(void **state)
{
    struct rangeset *r = rangeset_new();

    assert_int_equal(rangeset_add(r, 10, 19), 0);
    assert_int_equal(rangeset_add(r, 30, 39), 0);
    assert_false(rangeset_contains(r, 10, 39));
    assert_int_equal(rangeset_add(r, 20, 29), 0);
    assert_true(rangeset_contains(r, 10, 39));
    assert_int_equal(rangeset_remove(r, 15, 15), 0);
    assert_false(rangeset_contains(r, 10, 39));
    assert_true(rangeset_contains(r, 16, 39));
    assert_true(rangeset_overlaps(r, 0, 10));
    assert_false(rangeset_overlaps(r, 15, 15));
    rangeset_free(r);
    assert_int_equal(host_live_allocs, 0);
}

static void ends_of_the_line(void **state)
{
    struct rangeset *r = rangeset_new();

    assert_int_equal(rangeset_add(r, 0, ~0UL), 0);
    assert_int_equal(rangeset_remove(r, 0, 0), 0);
    assert_int_equal(rangeset_remove(r, ~0UL, ~0UL), 0);
    assert_true(rangeset_contains(r, 1, ~0UL - 1));
    assert_false(rangeset_overlaps(r, ~0UL, ~0UL));
    assert_int_equal(rangeset_add(r, ~0UL, ~0UL), 0);
    assert_true(rangeset_contains(r, 1, ~0UL));
    assert_int_equal(rangeset_add(r, 5, 4), -EINVAL);
    rangeset_free(r);
}

static int count(u64 s, u64 e, void *n)
{
    *(u64 *)n += e - s + 1;
    return 0;
}

#define N 200

static void random_against_bits(void **state)
{
    struct rangeset *r = rangeset_new();
    bool bit[N] = { false };

    srand(1);
    for (int i = 0; i < 20000; i++) {
        u64 a = rand() % N, b = rand() % N, first = min(a, b), last = max(a, b), set = 0, sum = 0;
        bool add = rand() % 2;

        assert_int_equal(add ? rangeset_add(r, first, last) : rangeset_remove(r, first, last), 0);
        for (u64 n = first; n <= last; n++)
            bit[n] = add;
        a = rand() % N;
        b = a + rand() % (N - a);
        for (u64 n = a; n <= b; n++)
            set += bit[n];
        assert_int_equal(rangeset_contains(r, a, b), set == b - a + 1);
        assert_int_equal(rangeset_overlaps(r, a, b), set != 0);
        rangeset_for_each(r, a, b, count, &sum);
        assert_int_equal(sum, set);
    }
    rangeset_free(r);
    assert_int_equal(host_live_allocs, 0);
}

static void no_memory_changes_nothing(void **state)
{
    struct rangeset *r = rangeset_new();

    rangeset_add(r, 0, 9);
    host_fail_alloc_after = 0;
    assert_int_equal(rangeset_remove(r, 3, 4), -ENOMEM);
    host_fail_alloc_after = 0;
    assert_int_equal(rangeset_add(r, 20, 29), -ENOMEM);
    host_fail_alloc_after = -1;
    assert_true(rangeset_contains(r, 0, 9));
    assert_false(rangeset_overlaps(r, 10, ~0UL));
    rangeset_free(r);
}

#define MAX 100

static void count_one(struct rangeset *r, unsigned int want)
{
    unsigned int n = 0;

    for (u64 at = 0; at < 10 * MAX; at++)
        n += rangeset_contains(r, at, at) && (!at || !rangeset_contains(r, at - 1, at - 1));
    assert_int_equal(n, want);
}

/* No call has more ranges to go through: neither adding one nor splitting one makes more. */
static void ranges_are_limited(void **state)
{
    struct rangeset *r = rangeset_new();

    rangeset_limit(r, MAX);
    for (u64 i = 0; i < MAX; i++)
        assert_int_equal(rangeset_add(r, 4 * i, 4 * i + 2), 0);
    assert_int_equal(rangeset_add(r, 4 * MAX, 4 * MAX), -ENOMEM);
    assert_int_equal(rangeset_remove(r, 1, 1), -ENOMEM);
    count_one(r, MAX);
    assert_true(rangeset_contains(r, 0, 2));
    assert_int_equal(rangeset_remove(r, 2, 2), 0);              /* shortens one */
    assert_int_equal(rangeset_add(r, 2, 3), 0);                 /* joins two */
    count_one(r, MAX - 1);
    assert_int_equal(rangeset_add(r, 4 * MAX, 4 * MAX), 0);
    assert_int_equal(rangeset_add(r, ~0UL, ~0UL), -ENOMEM);
    assert_int_equal(rangeset_remove(r, 0, 9 * MAX), 0);
    count_one(r, 0);
    for (u64 i = 0; i < MAX; i++)
        assert_int_equal(rangeset_add(r, 4 * i, 4 * i), 0);
    assert_int_equal(rangeset_add(r, 4 * MAX, 4 * MAX), -ENOMEM);
    rangeset_free(r);
    assert_int_equal(host_live_allocs, 0);
}

/* With work pending a call frees some of them. */
static void freed_in_pieces(void **state)
{
    struct rangeset *r = rangeset_new();
    unsigned int calls = 1;

    for (u64 i = 0; i < 5 * MAX; i++)
        assert_int_equal(rangeset_add(r, 2 * i, 2 * i), 0);
    host_cpu_info[0].softirq_pending = 1;
    for (long before = host_live_allocs; !rangeset_clear(r); before = host_live_allocs, calls++)
        assert_true(before - host_live_allocs <= 64);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(calls, 5 * MAX / 64 + 1);
    assert_true(rangeset_clear(r) && rangeset_clear(NULL));
    rangeset_free(r);
    assert_int_equal(host_live_allocs, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_and_splits), cmocka_unit_test(ends_of_the_line),
        cmocka_unit_test(random_against_bits), cmocka_unit_test(no_memory_changes_nothing),
        cmocka_unit_test(ranges_are_limited), cmocka_unit_test(freed_in_pieces),
    };
    return cmocka_run_group_tests_name("rangeset", tests, NULL, NULL);
}
