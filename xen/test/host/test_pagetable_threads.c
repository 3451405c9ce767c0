/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames and their types while other threads use and give away the same frames. */
#include "pagetable_machine.h"

#include <pthread.h>
#include <time.h>

/* ---- TLB stamps ---- */

static bool stamping;

static void *stamp(void *unused)
{
    while (READ_ONCE(stamping))
        frame_stamp_tlb_now(frame(300));
    return NULL;
}

/* Two domains end mappings of one frame at once while CPUs flush: the stamp is that of the later end. */
static void test_stamp_never_goes_back(void **state)
{
    pthread_t thread[2];
    u32 before = 1, now;

    frame(300)->tlb_stamp = before;
    stamping = true;
    for (unsigned int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, stamp, NULL), 0);
    for (unsigned int changes = 0; changes < 100000; changes += now != before, before = now) {
        __atomic_add_fetch(&tlb_flush_clock, 1, __ATOMIC_SEQ_CST);
        now = READ_ONCE(frame(300)->tlb_stamp);
        assert_true((s32)(now - before) >= 0);
    }
    WRITE_ONCE(stamping, false);
    for (unsigned int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    tlb_flush_clock = 1;
}

/* ---- a frame that changes hands while it is asked for ---- */

static bool passing;

/* Nobody else has a reference: it leaves its owner, as frames do when they are freed or stolen. */
static void leave(struct frame_info *f)
{
    u64 alone;

    do
        alone = FRAME_ALLOCATED | 1;
    while (!frame_cas(&f->count_info, &alone, 0));
}

static void arrive(struct frame_info *f, struct domain *at, u64 type)
{
    f->type_info = type;
    frame_set_owner(f, at);
    __atomic_store_n(&f->count_info, FRAME_ALLOCATED | 1, __ATOMIC_RELEASE);
}

/* Frame 370 is by turns a table of the other domain's and a page of ours, with something in it that looks like an entry. */
static void *pass_on(void *unused)
{
    struct frame_info *f = frame(370);

    while (READ_ONCE(passing)) {
        WRITE_ONCE(f->type_info, 0);
        leave(f);
        WRITE_ONCE(table(370)[0], entry(300, RO));
        arrive(f, d, 0);
        leave(f);
        arrive(f, other, FT_L1 | FT_VALIDATED | 1);
    }
    return NULL;
}

/* What is read of it at two times is not taken for a table of ours: the reference that its "entry" never took is not dropped. */
static void test_changes_hands(void **state)
{
    time_t begun = time(NULL);
    pthread_t thread;

    arrive(frame(370), other, FT_L1 | FT_VALIDATED | 1);
    passing = true;
    assert_int_equal(pthread_create(&thread, NULL, pass_on, NULL), 0);
    for (unsigned int i = 0; i < 2000000 && time(NULL) - begun < 4; i++) {
        (void)update(370, 0, 0);
        assert_int_equal(refs(300), 1);
    }
    WRITE_ONCE(passing, false);
    pthread_join(thread, NULL);
}

static unsigned int asked;

static void *ask_for_others(void *unused)
{
    for (unsigned int i = 0; i < 1000000; i++, WRITE_ONCE(asked, i))
        (void)frame_get(frame(300), other);
    return NULL;
}

/* Who asks for another domain's frame is refused without a trace: its owner, who has the only reference, may give it away. */
static void test_neighbour_asks(void **state)
{
    pthread_t thread;

    asked = 0;
    assert_int_equal(pthread_create(&thread, NULL, ask_for_others, NULL), 0);
    while (READ_ONCE(asked) < 1000000)
        assert_int_equal(refs(300), 1);
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGETABLE_TEST(test_stamp_never_goes_back),
        PAGETABLE_TEST(test_changes_hands),
        PAGETABLE_TEST(test_neighbour_asks),
    };

    return cmocka_run_group_tests_name("pagetable_threads", tests, NULL, NULL);
}
