/* SPDX-License-Identifier: GPL-2.0-only */
/* Free frames: splitting and joining, limits by width, and that the scrubber never touches what was handed out. */
#include "host.h"
#include <xen/buddy.h>

#define NR 1024

static struct frame_info *taken[NR];
static unsigned int nr_cleaned;

static void clean(struct frame_info *f)
{
    nr_cleaned++;
    for (unsigned int i = 0; i < NR; i++)
        assert_ptr_not_equal(f, taken[i]);
}

/* Frames 1 to NR - 1 in the blocks that they fall into. */
static int fill(void **state)
{
    host_memory(NR);
    for (u64 m = 1; m < NR; m *= 2)
        buddy_free(mfn_to_frame(mfn(m)), (unsigned int)__builtin_ctzl(m), true);
    return 0;
}

static void scrubber_leaves_allocated_alone(void **state)
{
    unsigned long all = buddy_free_total();

    assert_int_equal(all, NR - 1);
    for (unsigned int i = 0; i < NR / 2; i++) {
        taken[i] = buddy_alloc(0, 64);
        assert_non_null(taken[i]);
        assert_int_equal(taken[i]->count_info, FRAME_UNCLEAN);
    }
    while (buddy_scrub(64, clean))
        ;
    assert_int_equal(nr_cleaned, NR - 1 - NR / 2);
    for (unsigned int i = 0; i < NR / 2; i++) {
        taken[i]->count_info = 0;
        buddy_free(taken[i], 0, false);
        taken[i] = NULL;
    }
    assert_int_equal(buddy_free_total(), all);
}

static void joins_again(void **state)
{
    struct frame_info *f = buddy_alloc(9, 64);

    assert_non_null(f);
    assert_int_equal(mfn_x(frame_to_mfn(f)), 512);
    assert_null(buddy_alloc(9, 64));
    buddy_free(f, 9, false);
}

static void below_a_limit(void **state)
{
    struct frame_info *f = buddy_alloc(3, 5);

    assert_non_null(f);
    assert_true(mfn_x(frame_to_mfn(f)) + 8 <= 32);
    assert_null(buddy_alloc(5, 5));
    buddy_free(f, 3, false);
    assert_int_equal(buddy_free_below(5), 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scrubber_leaves_allocated_alone),
        cmocka_unit_test(joins_again),
        cmocka_unit_test(below_a_limit),
    };

    return cmocka_run_group_tests_name("buddy", tests, fill, NULL);
}
