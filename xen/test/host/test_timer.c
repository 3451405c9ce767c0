/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers: order, replacing, stopping, killing, moving between CPUs; many at random against a plain search. */
#include "host.h"
#include <xen/softirq.h>
#include <xen/timer.h>

static s_time_t programmed;
static void (*run_timers)(void);
static unsigned int fired;
static void *fired_arg[64];

bool arch_timer_program(s_time_t deadline)
{
    programmed = deadline;
    return deadline == 0 || deadline > host_now;
}

void softirq_register(enum softirq nr, void (*fn)(void)) { run_timers = fn; }

static void note(void *arg)
{
    fired_arg[fired++ % 64] = arg;
}

static int setup(void **state)
{
    cpumask_set(0, &cpu_online_map);
    cpumask_set(1, &cpu_online_map);
    host_cpu = 0;
    timer_subsys_init();
    return 0;
}

static void fresh(void)
{
    fired = 0;
    host_now = 1000;
}

static void in_order(void **state)
{
    struct timer t[3];

    fresh();
    for (long i = 0; i < 3; i++)
        timer_init(&t[i], note, (void *)i, 0);
    timer_set(&t[2], 1100);
    timer_set(&t[0], 1300);
    timer_set(&t[1], 1200);
    timer_set(&t[0], 1050);                      /* earlier than said before */
    run_timers();
    assert_int_equal(fired, 0);
    assert_int_equal(programmed, 1050);
    host_now = 1150;
    run_timers();
    assert_int_equal(fired, 2);
    assert_ptr_equal(fired_arg[0], (void *)0);
    assert_ptr_equal(fired_arg[1], (void *)2);
    assert_int_equal(programmed, 1200);
    timer_stop(&t[1]);
    assert_false(timer_is_active(&t[1]));
    host_now = 2000;
    run_timers();
    assert_int_equal(fired, 2);
    assert_int_equal(programmed, 0);
}

static void killed_for_good(void **state)
{
    struct timer t;

    fresh();
    timer_init(&t, note, NULL, 0);
    timer_set(&t, 1001);
    timer_kill(&t);
    timer_set(&t, 1001);
    host_now = 2000;
    run_timers();
    assert_int_equal(fired, 0);
}

static void moves_with_its_expiry(void **state)
{
    struct timer t;

    fresh();
    timer_init(&t, note, NULL, 0);
    timer_set(&t, 1500);
    timer_migrate(&t, 1);
    host_now = 2000;
    run_timers();
    assert_int_equal(fired, 0);
    host_cpu = 1;
    run_timers();
    assert_int_equal(fired, 1);
    host_cpu = 0;
}

static void again(void *arg)
{
    fired++;
    timer_set(arg, host_now + 10);
}

static void callback_may_set_it_again(void **state)
{
    struct timer t;

    fresh();
    timer_init(&t, again, &t, 0);
    timer_set(&t, 1010);
    for (int i = 0; i < 5; i++) {
        host_now += 10;
        run_timers();
    }
    assert_int_equal(fired, 5);
    timer_kill(&t);
}

#define N 700

static s_time_t last_due;

/* Within a run: no earlier than the one before. */
static void note_order(void *arg)
{
    const struct timer *t = arg;

    assert_true(t->expires >= last_due);
    last_due = t->expires;
    fired++;
}

/* An interrupt may set a timer, whoever holds the allocator's locks, and a guest's timers may be when no memory is left. */
static void needs_no_memory(void **state)
{
    static struct timer t[N];

    fresh();
    host_fail_alloc_after = 0;
    for (int i = 0; i < N; i++) {
        timer_init(&t[i], note, NULL, 0);
        timer_set(&t[i], 1001 + i);
    }
    host_fail_alloc_after = -1;
    host_now = 3000;
    run_timers();
    assert_int_equal(fired, N);
}

static void random_many(void **state)
{
    static struct timer t[N];
    static s_time_t expect[N];

    fresh();
    srand(3);
    for (int i = 0; i < N; i++)
        timer_init(&t[i], note_order, &t[i], 0);
    for (int round = 0; round < 200; round++) {
        unsigned int due = 0, before;

        for (int k = 0; k < 50; k++) {
            int i = rand() % N;

            expect[i] = rand() % 4 ? host_now + 1 + rand() % 1000 : 0;
            if (expect[i])
                timer_set(&t[i], expect[i]);
            else
                timer_stop(&t[i]);
        }
        host_now += rand() % 200;
        for (int i = 0; i < N; i++)
            if (expect[i] && expect[i] <= host_now) {
                expect[i] = 0;
                due++;
            }
        before = fired;
        last_due = 0;
        run_timers();
        assert_int_equal(fired - before, due);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order), cmocka_unit_test(killed_for_good), cmocka_unit_test(moves_with_its_expiry),
        cmocka_unit_test(callback_may_set_it_again), cmocka_unit_test(needs_no_memory), cmocka_unit_test(random_many),
    };
    return cmocka_run_group_tests_name("timer", tests, setup, NULL);
}
