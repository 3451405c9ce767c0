/* SPDX-License-Identifier: GPL-2.0-only */
/* Watches below a removed node, and what a removal costs where many watches are set elsewhere. */
#include "harness.h"
#include "../watch.h"

#include <stdio.h>
#include <time.h>

#define HOLDERS 300
#define WATCHES 128

static void fire_below(void **state)
{
    struct world *w = world_new(1);

    s_write(w, 0, 0, "/r/a/b", "1");
    s_write(w, 0, 0, "/r/c", "1");
    s_write(w, 0, 0, "/rest", "1");
    s_watch(w, 0, "/r/a/b", "deep");
    s_watch(w, 0, "/r/c", "near");
    s_watch(w, 0, "/r/none", "none");
    s_watch(w, 0, "/rest", "beside");
    s_watch(w, 0, "/r/a/b/none", "none");
    for (int i = 0; i < 5; i++)
        next_event(w, 0);
    assert_int_equal(s_path(w, 0, XS_RM, 0, "/r"), 0);
    assert_string_equal(next_event(w, 0), "/r/a/b deep");
    assert_string_equal(next_event(w, 0), "/r/c near");
    assert_string_equal(next_event(w, 0), "");
    world_free(w);
}

/* Nanoseconds of making and removing a node, the least of many. */
static long removal_ns(struct world *w)
{
    long least = 1000000000;

    for (int i = 0; i < 200; i++) {
        struct timespec from, to;
        long ns;

        clock_gettime(CLOCK_MONOTONIC, &from);
        s_path(w, 0, XS_MKDIR, 0, "/r/a/b");
        s_path(w, 0, XS_RM, 0, "/r/a");
        clock_gettime(CLOCK_MONOTONIC, &to);
        ns = (to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec;
        least = ns < least ? ns : least;
    }
    return least;
}

static void cost_of_a_removal(void **state)
{
    struct world *w = world_new(1);
    struct conn *holders[HOLDERS];
    long without, with;

    without = removal_ns(w);
    for (int h = 0; h < HOLDERS; h++) {
        holders[h] = conn_new(w->store, 0, true);
        for (int i = 0; i < WATCHES; i++) {
            struct watch *watch;
            char path[48];

            snprintf(path, sizeof(path), "/local/domain/%d/device/%d", h, i);
            assert_int_equal(watch_add(holders[h], path, "token", 0, &watch), 0);
        }
    }
    with = removal_ns(w);
    if (with > 5 * without)
        fail_msg("%ld ns without watches, %ld with %d", without, with, HOLDERS * WATCHES);
    for (int h = 0; h < HOLDERS; h++)
        conn_free(holders[h]);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fire_below), cmocka_unit_test(cost_of_a_removal),
    };

    return cmocka_run_group_tests_name("xenstored watches", tests, NULL, NULL);
}
