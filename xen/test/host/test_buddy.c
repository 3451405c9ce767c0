/* SPDX-License-Identifier: GPL-2.0-only */
/* Free frames: splitting and joining, limits by width, and that the scrubber never touches what was handed out. */
#include "host.h"
#include <xen/buddy.h>
#include <pthread.h>
#include <sched.h>

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
    while (buddy_scrub(clean))
        ;
    assert_int_equal(nr_cleaned, NR - 1 - NR / 2);
    for (unsigned int i = 0; i < NR / 2; i++) {
        taken[i]->count_info = 0;
        buddy_free(taken[i], 0, false);
        taken[i] = NULL;
    }
    assert_int_equal(buddy_free_total(), all);
}

/* Two threads are two CPUs here: who waits, waits for another. */
void cpu_relax(void) { sched_yield(); }

static struct frame_info *got;
static bool cleaned, cleaned_before_got;

static void *take_block(void *unused)
{
    struct frame_info *f = buddy_alloc(9, 64);

    cleaned_before_got = __atomic_load_n(&cleaned, __ATOMIC_ACQUIRE);
    __atomic_store_n(&got, f, __ATOMIC_RELEASE);
    return NULL;
}

static pthread_t taker;

/* While a frame of the largest block is cleaned that block is allocated: the frames leave the lists, the call does not return. */
static void clean_while_taken(struct frame_info *f)
{
    unsigned long before = buddy_free_total();

    if (taker || mfn_x(frame_to_mfn(f)) < 512)
        return;
    assert_int_equal(pthread_create(&taker, NULL, take_block, NULL), 0);
    while (buddy_free_total() != before - 512)
        sched_yield();
    for (unsigned int i = 0; i < 1000; i++) {
        sched_yield();
        assert_null(__atomic_load_n(&got, __ATOMIC_ACQUIRE));
    }
    assert_false(buddy_scrub(clean));          /* another CPU has nothing to do meanwhile */
    __atomic_store_n(&cleaned, true, __ATOMIC_RELEASE);
}

static void allocation_waits_for_the_cleaner(void **state)
{
    struct frame_info *f = buddy_alloc(9, 64);

    assert_non_null(f);
    buddy_free(f, 9, true);
    while (buddy_scrub(clean_while_taken))
        ;
    assert_true(taker);
    pthread_join(taker, NULL);
    assert_ptr_equal(got, f);
    assert_true(cleaned_before_got);
    for (unsigned int i = 0; i < 512; i++)
        f[i].count_info = 0;
    buddy_free(f, 9, false);
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

/* A block taken as a whole and had in pieces: nothing of it can be allocated meanwhile, and it joins again. */
static void held_block(void **state)
{
    unsigned long all = buddy_free_total();
    struct frame_info *f = buddy_hold(9, 64);

    assert_non_null(f);
    assert_int_equal(buddy_free_total(), all - 512);
    assert_null(buddy_alloc(9, 64));
    buddy_claim_held(f, 6);
    for (unsigned int o = 6; o < 9; o++) {
        assert_true(f[1u << o].count_info & FRAME_HELD);
        assert_int_equal(f[1u << o].order, o);
    }
    for (unsigned int i = 0; i < 64; i++) {
        assert_false(f[i].count_info & (FRAME_HELD | FRAME_NEED_SCRUB));
        f[i].count_info = i % 2 ? FRAME_UNCLEAN : 0;
    }
    buddy_hold_again(f, 6);
    for (unsigned int i = 1; i < 64; i++)
        assert_int_equal(f[i].count_info, i % 2 ? FRAME_NEED_SCRUB : 0);
    for (unsigned int at = 0; at < 512; at += 1u << buddy_free_held(f + at))
        assert_int_equal(f[at].order, at ? (unsigned int)__builtin_ctz(at) : 6);
    assert_int_equal(buddy_free_total(), all);
    assert_ptr_equal(buddy_alloc(9, 64), f);
    for (unsigned int i = 0; i < 64; i++)
        assert_int_equal(f[i].count_info, i % 2 ? FRAME_UNCLEAN : 0);
    buddy_free(f, 9, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scrubber_leaves_allocated_alone),
        cmocka_unit_test(allocation_waits_for_the_cleaner),
        cmocka_unit_test(joins_again),
        cmocka_unit_test(below_a_limit),
        cmocka_unit_test(held_block),
    };

    return cmocka_run_group_tests_name("buddy", tests, fill, NULL);
}
