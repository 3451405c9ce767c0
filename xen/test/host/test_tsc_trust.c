/* SPDX-License-Identifier: GPL-2.0-only */
/* When a TSC is relied on, and until when. */
#include "host.h"

#include <xen/time.h>
#include <xen/tsc_trust.h>

/* Seconds with that error until the state changes; 100: it does not. */
static unsigned int seconds(struct tsc_trust *t, s_time_t error)
{
    unsigned int n = 1;

    while (n < 100 && !tsc_trust_second(t, error))
        n++;
    return n;
}

static void earns_trust(void **state)
{
    struct tsc_trust t = { 0 };

    assert_int_equal(seconds(&t, MICROSECS(60)), 100);
    assert_int_equal(seconds(&t, -MICROSECS(60)), 100);
    assert_int_equal(t.state, TSC_ON_TRIAL);
    assert_int_equal(seconds(&t, -MICROSECS(10)), 4);
    assert_int_equal(t.state, TSC_TRUSTED);
}

static void begins_again_after_a_bad_second(void **state)
{
    struct tsc_trust t = { 0 };

    for (unsigned int i = 0; i < 3; i++)
        assert_false(tsc_trust_second(&t, 0));
    assert_false(tsc_trust_second(&t, MILLISECS(1)));
    assert_int_equal(seconds(&t, 0), 4);
}

static void loses_it_for_good(void **state)
{
    struct tsc_trust t = { 0 };

    assert_int_equal(seconds(&t, 0), 4);
    assert_int_equal(seconds(&t, MICROSECS(100)), 100);        /* readings may be that wrong */
    assert_int_equal(seconds(&t, -MICROSECS(100)), 100);
    assert_int_equal(seconds(&t, -MILLISECS(1)), 1);
    assert_int_equal(t.state, TSC_FAILED);
    assert_int_equal(seconds(&t, 0), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(earns_trust),
        cmocka_unit_test(begins_again_after_a_bad_second),
        cmocka_unit_test(loses_it_for_good),
    };

    return cmocka_run_group_tests_name("tsc_trust", tests, NULL, NULL);
}
