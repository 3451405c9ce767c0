/* SPDX-License-Identifier: GPL-2.0-only */
/* Pins of a restored guest: each once, the lowest tables first, a few in one call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "xc_restore.h"

#define NR 1000u
#define MOST 32u                /* pins of one call */
#define MFN_OF(pfn) ((pfn) + 5000u)

static uint8_t type[NR];
static uint64_t mfn[NR];
static unsigned pinned[NR], last_level, calls, most, fail_at;

/* In the place of the hypervisor. */
int __wrap_xc_mmuext_pin(struct xc_handle *h, uint32_t domid, const struct xc_pin *ops, unsigned nr);

int __wrap_xc_mmuext_pin(struct xc_handle *h, uint32_t domid, const struct xc_pin *ops, unsigned nr)
{
    if (++calls == fail_at)
        return -EINVAL;
    most = nr > most ? nr : most;
    for (unsigned i = 0; i < nr; i++) {
        uint64_t pfn = ops[i].mfn - MFN_OF(0);

        assert_in_range(pfn, 0, NR - 1);
        assert_int_equal(type[pfn], ops[i].level | FRAME_PINNED);
        assert_true(ops[i].level >= last_level);
        last_level = ops[i].level;
        pinned[pfn]++;
    }
    return 0;
}

/* Tables of all levels among each other, every second one pinned, and pages that are none. */
static int restore(unsigned fails)
{
    struct restore r = { .nr = NR, .mfn = mfn, .type = type };

    for (unsigned i = 0; i < NR; i++) {
        mfn[i] = MFN_OF(i);
        type[i] = (4 - i % 5) | (i % 2 && i % 5 != 4 ? FRAME_PINNED : 0);
        pinned[i] = 0;
    }
    last_level = calls = most = 0;
    fail_at = fails;
    return xc_restore_pins(&r);
}

static void lowest_first(void **state)
{
    assert_int_equal(restore(0), 0);
    assert_int_equal(most, MOST);
    assert_int_equal(calls, 16);            /* 100 of each level */
    for (unsigned i = 0; i < NR; i++)
        assert_int_equal(pinned[i], !!(type[i] & FRAME_PINNED));
}

static void refused(void **state)
{
    assert_int_equal(restore(3), -EINVAL);
    assert_int_equal(calls, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lowest_first),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
