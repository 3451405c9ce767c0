/* SPDX-License-Identifier: GPL-2.0-only */
/* Reservations in calls of bounded size: each extent once, in order, whatever its order; a call that stops early ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "xc_private.h"

#define MOST_PAGES 8192ul       /* of one call */
#define NR 20000ul

static uint64_t frames[NR];
static unsigned long calls, given, most_pages, have;

/* In the place of the hypervisor: gives what it has, extent after extent. */
long __wrap_xc_memory_op(struct xc_handle *h, unsigned cmd, void *arg, size_t len);

long __wrap_xc_memory_op(struct xc_handle *h, unsigned cmd, void *arg, size_t len)
{
    struct xen_memory_reservation *r = arg;
    xen_pfn_t *list = r->extent_start.p;
    unsigned long n = r->nr_extents < have - given ? r->nr_extents : have - given;

    assert_int_equal(cmd, XENMEM_populate_physmap);
    calls++;
    if (r->nr_extents << r->extent_order > most_pages)
        most_pages = r->nr_extents << r->extent_order;
    for (unsigned long i = 0; i < n; i++, given++) {
        assert_int_equal(list[i], given << r->extent_order);
        list[i] += 1000;
    }
    return n;
}

/* Asks for @nr extents of @order where there are @there; returns how many calls that took. */
static unsigned long populate(unsigned order, unsigned long nr, unsigned long there)
{
    struct xc_handle *h;
    unsigned long want = nr < there ? nr : there;

    assert_int_equal(xc_open_offline(&h), 0);
    calls = given = most_pages = 0;
    have = there;
    for (unsigned long i = 0; i < nr; i++)
        frames[i] = i << order;
    assert_int_equal(xc_memory_populate(h, 1, order, frames, nr), want);
    for (unsigned long i = 0; i < want; i++)
        assert_int_equal(frames[i], (i << order) + 1000);
    xc_close(h);
    return calls;
}

static void bounded(void **state)
{
    assert_int_equal(populate(9, 384, NR), 24);     /* 768 MiB */
    assert_int_equal(most_pages, MOST_PAGES);
    assert_int_equal(populate(0, NR, NR), 3);
    assert_int_equal(most_pages, MOST_PAGES);
    assert_int_equal(populate(0, 1, NR), 1);
    assert_int_equal(populate(9, 17, NR), 2);
    assert_int_equal(populate(18, 3, NR), 3);       /* one extent is the least */
}

static void stops_early(void **state)
{
    assert_int_equal(populate(9, 384, 40), 3);
    assert_int_equal(populate(9, 384, 0), 1);
    assert_int_equal(populate(0, NR, 8192), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded),
        cmocka_unit_test(stops_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
