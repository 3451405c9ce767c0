/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queue of a domain's pt_lock, one thread playing all CPUs: what happens while a vCPU spins is a script of the test,
 * called by its cpu_relax().
 */
#include "host.h"

#include <string.h>
#include <xen/errno.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <x86/pt_lock.h>

#define VCPUS 6

static struct domain *d, *other;
static struct vcpu *v[VCPUS], *foreign;
static unsigned int order[16], nr_order;      /* who had the lock */
static void (*script)(void);                  /* run by the next cpu_relax() */
static bool event_pending;

/* ---- what the code calls ---- */

void cpu_relax(void)
{
    static unsigned int in_vain;
    void (*now)(void) = script;

    in_vain = now ? 0 : in_vain + 1;
    if (in_vain > 100000)
        fail_msg("vCPU %u spins for ever", current->id);
    script = NULL;
    if (now)
        now();
}

void vcpu_unblock(struct vcpu *vcpu) { vcpu->pause_flags &= ~(VPF_BLOCKED | VPF_LOCK_WAIT); }
bool vcpu_event_deliverable(const struct vcpu *vcpu) { return event_pending; }

/* ---- the machine ---- */

static void set_current(struct vcpu *vcpu) { host_cpu_info[host_cpu].current_vcpu = vcpu; }

/* The lock is free, nobody is in its queue, nobody has a turn. */
static int setup(void **state)
{
    d = host_domain(1, VCPUS);
    other = host_domain(2, 1);
    pt_lock_init(d);
    pt_lock_init(other);
    for (unsigned int i = 0; i < VCPUS; i++)
        v[i] = d->vcpu[i];
    foreign = other->vcpu[0];
    set_current(v[0]);
    host_cpu_info[0].softirq_pending = 0;
    nr_order = 0;
    script = NULL;
    event_pending = false;
    return 0;
}

static int teardown(void **state)
{
    pt_lock_destroy(d);
    assert_int_equal(d->arch.pt_lock.word, 0);
    host_domain_free(d);
    host_domain_free(other);
    return 0;
}

static bool sleeps(const struct vcpu *vcpu) { return vcpu->pause_flags & VPF_LOCK_WAIT; }

/* As @vcpu, whose CPU has pending work: a turn, no lock. */
static void ask_in_vain(struct vcpu *vcpu)
{
    struct vcpu *was = current;

    set_current(vcpu);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(pt_lock_preemptible(d), -ERESTART);
    host_cpu_info[0].softirq_pending = 0;
    set_current(was);
}

/* As @vcpu, which has nothing else to do and is not the next one. */
static void ask_and_sleep(struct vcpu *vcpu)
{
    struct vcpu *was = current;

    set_current(vcpu);
    assert_int_equal(pt_lock_preemptible(d), -ERESTART);
    assert_true(sleeps(vcpu));
    assert_int_equal(host_cpu_info[0].softirq_pending, 1 << SOFTIRQ_SCHEDULE);
    host_cpu_info[0].softirq_pending = 0;
    set_current(was);
}

/* As @vcpu: takes the lock, perhaps after waiting, notes that, and drops it. */
static void use(struct vcpu *vcpu)
{
    struct vcpu *was = current;

    set_current(vcpu);
    assert_int_equal(pt_lock_preemptible(d), 0);
    order[nr_order++] = vcpu->id;
    set_current(vcpu);
    pt_unlock(d);
    set_current(was);
}

static void drop(void)
{
    struct vcpu *was = current;

    set_current(v[0]);
    pt_unlock(d);
    set_current(was);
}

/* ---- turns ---- */

static void one_comes_back(void)
{
    script = drop;
    use(v[1]);
}

/* v1 asks first and is preempted; v2 spins when v1 comes back: v1 is served first, then v2. */
static void test_turn_is_kept(void **state)
{
    pt_lock(d);
    ask_in_vain(v[1]);
    assert_int_equal(d->arch.pt_lock.word, PT_LOCK_HELD);   /* nobody in the queue: one that is away stops nobody */
    script = one_comes_back;
    use(v[2]);
    assert_int_equal(nr_order, 2);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 2);
}

/* v1 has an old turn and never comes back. */
static void test_absent_delays_nobody(void **state)
{
    pt_lock(d);
    ask_in_vain(v[1]);
    script = drop;
    use(v[2]);
    use(v[3]);
    assert_int_equal(nr_order, 2);
}

static void two_asks(void)
{
    script = drop;
    use(v[2]);
}

/* A turn ends with the lock: who asks again is behind those who asked meanwhile. */
static void test_turn_ends(void **state)
{
    pt_lock(d);
    ask_in_vain(v[1]);
    ask_in_vain(v[2]);
    script = drop;
    use(v[1]);
    pt_lock(d);
    script = two_asks;
    use(v[1]);
    assert_int_equal(nr_order, 3);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[2], 1);
}

/* A turn ends also with a lock that was free. */
static void test_turn_ends_without_waiting(void **state)
{
    pt_lock(d);
    ask_in_vain(v[1]);
    drop();
    use(v[1]);
    pt_lock(d);
    ask_in_vain(v[2]);
    script = two_asks;
    use(v[1]);
    assert_int_equal(nr_order, 3);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[2], 1);
}

static void cannot_be_preempted(void)
{
    struct vcpu *was = current;

    set_current(v[3]);
    script = drop;
    pt_lock(d);
    order[nr_order++] = 3;
    pt_unlock(d);
    set_current(was);
}

static void test_not_preemptible_comes_first(void **state)
{
    pt_lock(d);
    script = cannot_be_preempted;
    use(v[1]);
    assert_int_equal(nr_order, 2);
    assert_int_equal(order[0], 3);
}

#define OVERTAKINGS 64u

static unsigned int overtakings;
static bool first_is_served;

/* v1 has the lock, and drops it for v3, which spins. */
static void serve_first(void)
{
    first_is_served = true;
    set_current(v[1]);
    pt_unlock(d);
    set_current(v[3]);
}

static void drop_for_one(void)
{
    drop();
    script = serve_first;
}

/* As v3, which cannot be preempted, again and again; v1 spins. */
static void others_keep_asking(void)
{
    set_current(v[3]);
    script = drop_for_one;
    pt_lock(d);
    set_current(v[1]);
    overtakings += !first_is_served;
    assert_in_range(overtakings, 0, OVERTAKINGS);
    script = first_is_served ? NULL : others_keep_asking;
}

static void test_overtaken_so_often(void **state)
{
    overtakings = 0;
    pt_lock(d);
    script = others_keep_asking;
    set_current(v[1]);
    assert_int_equal(pt_lock_preemptible(d), 0);
    assert_int_equal(overtakings, OVERTAKINGS);
    set_current(v[3]);
    pt_unlock(d);
}

#define SPINNERS 100u

static unsigned int depth;

/* So many spin, v2 sleeps, and the lock goes from one to the next. */
static void all_spin(void)
{
    if (depth == 0)
        ask_and_sleep(v[2]);
    if (++depth < SPINNERS) {
        script = all_spin;
        pt_lock(d);
        return;
    }
    for (unsigned int n = 0; n < SPINNERS; n++) {
        overtakings += sleeps(v[2]);
        drop();
    }
}

/* The same, asleep: it is woken. */
static void test_overtaken_asleep(void **state)
{
    overtakings = depth = 0;
    pt_lock(d);
    set_current(v[3]);
    script = all_spin;
    pt_lock(d);
    assert_int_equal(overtakings, OVERTAKINGS);
    drop();
    use(v[2]);
}

static void drop_with_work_pending(void)
{
    drop();
    host_cpu_info[0].softirq_pending = 1;
}

/* The lock is handed over in the moment in which its waiter gives up: it has the lock, and is not handed it for nothing. */
static void test_handed_over_while_leaving(void **state)
{
    pt_lock(d);
    script = drop_with_work_pending;
    set_current(v[1]);
    assert_int_equal(pt_lock_preemptible(d), 0);
    assert_true(pt_is_locked(d));
    pt_unlock(d);
}

/* A turn at one domain's lock says nothing at another one's. */
static void test_turn_of_another_lock(void **state)
{
    pt_lock(d);
    ask_in_vain(foreign);
    set_current(foreign);
    pt_lock(other);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(pt_lock_preemptible(other), -ERESTART);
    host_cpu_info[0].softirq_pending = 0;
    assert_ptr_equal(foreign->arch.pt_waiter.of, &other->arch.pt_lock);
    pt_unlock(other);
    drop();
}

/* ---- sleepers ---- */

static unsigned int looks;
static void spin_on(void)
{
    if (++looks < 1000)
        script = spin_on;
    else
        drop();
}

/* The next one spins, another domain's vCPU too, however long it takes. */
static void test_who_does_not_sleep(void **state)
{
    pt_lock(d);
    looks = 0;
    script = spin_on;
    use(v[1]);
    pt_lock(d);
    looks = 0;
    script = spin_on;
    use(foreign);
    assert_int_equal(nr_order, 2);
    assert_false(sleeps(v[1]) || sleeps(foreign));
}

static void all_ask_and_sleep(void)
{
    for (unsigned int i = 2; i < VCPUS; i++)
        ask_and_sleep(v[i]);
    drop();
}

/* One is woken at a time, in the order of turns; the lock is free meanwhile. */
static void test_sleepers_are_woken_in_order(void **state)
{
    pt_lock(d);
    script = all_ask_and_sleep;
    use(v[1]);
    for (unsigned int i = 2; i < VCPUS; i++) {
        assert_false(sleeps(v[i]));
        for (unsigned int k = i + 1; k < VCPUS; k++)
            assert_true(sleeps(v[k]));
        assert_false(pt_is_locked(d));
        assert_true(pt_preempt_check(d) == (i + 1 < VCPUS));
        use(v[i]);
    }
}

/* v2 was woken, and is kept from its CPU: v3 is woken in its stead, and has not lost its turn by that. */
static void test_woken_one_does_not_come(void **state)
{
    struct timer *rescue = &d->arch.pt_lock.rescue;

    pt_lock(d);
    script = all_ask_and_sleep;
    use(v[1]);
    assert_false(sleeps(v[2]));
    assert_true(sleeps(v[3]));
    assert_true(timer_is_active(rescue));
    for (unsigned int i = 3; i < VCPUS; i++) {
        assert_true(timer_is_active(rescue));
        rescue->active = false;
        rescue->fn(rescue->arg);
        assert_false(sleeps(v[i]));
    }
    assert_false(timer_is_active(rescue));
    /* All are back at once, the last one first: by turns all the same. */
    use(v[5]);
    for (unsigned int i = 2; i < 5; i++)
        use(v[i]);
}

/* Paused ones are passed over: they are not blocked any more when they run again. */
static void test_paused_sleepers(void **state)
{
    v[2]->pause_count = 1;
    v[3]->pause_flags |= VPF_DOWN;
    pt_lock(d);
    script = all_ask_and_sleep;
    use(v[1]);
    assert_false(sleeps(v[2]) || sleeps(v[3]) || sleeps(v[4]));
    assert_true(sleeps(v[5]));
    use(v[4]);
    use(v[5]);
    v[3]->pause_flags &= ~VPF_DOWN;
}

static void one_sleeper_with_an_event(void)
{
    struct vcpu *was = current;

    event_pending = true;
    set_current(v[2]);
    assert_int_equal(pt_lock_preemptible(d), -ERESTART);
    event_pending = false;
    assert_false(sleeps(v[2]));
    assert_int_equal(host_cpu_info[0].softirq_pending, 0);
    set_current(was);
    ask_and_sleep(v[3]);
    drop();
}

/* An event comes first: its vCPU is awake, at something else, though it is on the list still. The one behind it is woken. */
static void test_event_comes_first(void **state)
{
    pt_lock(d);
    script = one_sleeper_with_an_event;
    use(v[1]);
    assert_false(sleeps(v[3]));
    assert_int_equal(d->arch.pt_lock.word, 0);
    use(v[3]);
    use(v[2]);
}

static void event_wakes_two(void)
{
    ask_and_sleep(v[2]);
    vcpu_unblock(v[2]);
    set_current(v[2]);
    v[2]->pause_flags |= VPF_BLOCKED;            /* SCHEDOP_block, in its event's handler */
    set_current(v[1]);
    drop();
}

/* Blocked for another reason by then: the lock's turn does not wake it. */
static void test_blocked_for_an_event(void **state)
{
    pt_lock(d);
    script = event_wakes_two;
    use(v[1]);
    assert_int_equal(v[2]->pause_flags, VPF_BLOCKED);
    v[2]->pause_flags = 0;
    use(v[2]);
}

static void asks_again_before_it_sleeps(void)
{
    struct vcpu *was = current;

    set_current(v[2]);
    assert_int_equal(pt_lock_preemptible(d), -ERESTART);
    assert_true(sleeps(v[2]));
    assert_int_equal(pt_lock_preemptible(d), -ERESTART);
    host_cpu_info[0].softirq_pending = 0;
    set_current(was);
    drop();
}

/* A call that was told to sleep drops what it has taken, and wants the lock for that: it is off the queue, and must not sleep. */
static void test_asks_again_before_it_sleeps(void **state)
{
    pt_lock(d);
    script = asks_again_before_it_sleeps;
    use(v[1]);
    assert_false(sleeps(v[2]));
    use(v[2]);
}

#define LOCK_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOCK_TEST(test_turn_is_kept),
        LOCK_TEST(test_absent_delays_nobody),
        LOCK_TEST(test_turn_ends),
        LOCK_TEST(test_turn_ends_without_waiting),
        LOCK_TEST(test_not_preemptible_comes_first),
        LOCK_TEST(test_overtaken_so_often),
        LOCK_TEST(test_overtaken_asleep),
        LOCK_TEST(test_handed_over_while_leaving),
        LOCK_TEST(test_turn_of_another_lock),
        LOCK_TEST(test_who_does_not_sleep),
        LOCK_TEST(test_sleepers_are_woken_in_order),
        LOCK_TEST(test_woken_one_does_not_come),
        LOCK_TEST(test_paused_sleepers),
        LOCK_TEST(test_event_comes_first),
        LOCK_TEST(test_blocked_for_an_event),
        LOCK_TEST(test_asks_again_before_it_sleeps),
    };

    return cmocka_run_group_tests_name("pt_lock", tests, NULL, NULL);
}
