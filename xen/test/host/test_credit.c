/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler's core with the credit policy, played on pretended CPUs: time goes in steps, each CPU runs its
 * softirqs, and what ran when is added up. Shares by weight, caps, affinity, stealing, wake-ups.
 */
#include "credit_machine.h"
#include <signal.h>
#include <sys/mman.h>
#include <xen/bitmap.h>
#include <xen/sched_ops.h>

static void shares_follow_weights(void **state)
{
    machine(1);
    wake_all(add_domain(1, 256, 0));
    wake_all(add_domain(1, 512, 0));
    wake_all(add_domain(1, 256, 0));
    play(MILLISECS(8000));
    near_permille(ran[0][0], MILLISECS(2000), 20);
    near_permille(ran[1][0], MILLISECS(4000), 20);
    near_permille(ran[2][0], MILLISECS(2000), 20);
    end_machine();
}

/* One that sleeps and wakes all the time, as dom0 does, takes what it needs; the rest is shared by weight. */
static void weights_hold_beside_a_sleeper(void **state)
{
    struct vcpu *v;

    machine(1);
    wake_all(add_domain(1, 256, 0));
    wake_all(add_domain(1, 512, 0));
    v = add_domain(1, 256, 0)->vcpu[0];
    fall_asleep(v);
    for (int i = 0; i < 500; i++) {
        wake_for(v, i % 10 ? STEP : MILLISECS(5));
        play(MILLISECS(i % 17));
    }
    near_permille(ran[1][0], 2 * ran[0][0], 20);
    end_machine();
}

/* A domain's weight is for those of its vCPUs that want to run: one that only ticks costs the busy one nothing. */
static void idle_vcpus_take_no_weight(void **state)
{
    struct domain *d;

    machine(1);
    wake_all(add_domain(1, 256, 0));
    d = add_domain(2, 256, 0);
    fall_asleep(d->vcpu[1]);
    vcpu_wake(d->vcpu[0]);
    for (int i = 0; i < 500; i++) {
        wake_for(d->vcpu[1], STEP);
        play(MILLISECS(10));
    }
    near_permille(ran[1][0] + ran[1][1], ran[0][0], 30);
    end_machine();
}

static void busy_vcpus_share_their_domains_weight(void **state)
{
    machine(2);
    wake_all(add_domain(4, 256, 0));
    wake_all(add_domain(2, 512, 0));
    play(MILLISECS(6000));
    near(ran[0][0] + ran[0][1] + ran[0][2] + ran[0][3], MILLISECS(4000), 4);
    near(ran[1][0] + ran[1][1], MILLISECS(8000), 4);
    end_machine();
}

/* Alone on one CPU for long, then with another: what it had counts no more. */
static void time_on_an_island_is_forgotten(void **state)
{
    cpumask_t one = { { 1 } }, two = { { 2 } };

    machine(2);
    vcpu_set_hard_affinity(add_domain(1, 256, 0)->vcpu[0], &one);
    vcpu_set_hard_affinity(add_domain(1, 1024, 0)->vcpu[0], &two);
    wake_all(dom[0]);
    wake_all(dom[1]);
    play(MILLISECS(5000));
    vcpu_set_hard_affinity(dom[0]->vcpu[0], &two);
    play(MILLISECS(200));
    memset(ran, 0, sizeof(ran));
    play(MILLISECS(5000));
    near(ran[0][0], MILLISECS(1000), 4);
    end_machine();
}

static void weights_hold_on_one_cpu_of_two(void **state)
{
    cpumask_t m = { { 2 } };

    machine(2);
    vcpu_set_hard_affinity(add_domain(1, 256, 0)->vcpu[0], &m);
    vcpu_set_hard_affinity(add_domain(1, 512, 0)->vcpu[0], &m);
    wake_all(dom[0]);
    wake_all(dom[1]);
    play(MILLISECS(3000));
    near_permille(ran[0][0], MILLISECS(1000), 20);
    near_permille(ran[1][0], MILLISECS(2000), 20);
    end_machine();
}

static void all_cpus_are_used(void **state)
{
    machine(4);
    wake_all(add_domain(4, 256, 0));
    play(MILLISECS(500));
    for (int i = 0; i < 4; i++)
        near(ran[0][i], MILLISECS(500), 2);
    end_machine();
}

static void more_vcpus_than_cpus(void **state)
{
    machine(2);
    for (int i = 0; i < 3; i++)
        wake_all(add_domain(1, 256, 0));
    play(MILLISECS(3000));
    for (int i = 0; i < 3; i++)
        near(ran[i][0], MILLISECS(2000), 4);
    end_machine();
}

static void cap_holds_on_an_idle_machine(void **state)
{
    machine(2);
    wake_all(add_domain(1, 256, 25));
    play(MILLISECS(5000));
    near_permille(ran[0][0], MILLISECS(1250), 10);
    end_machine();
}

/* Of the CPU's time, not of what others leave; and a cap is the domain's, however many vCPUs use it. */
static void cap_holds_beside_others(void **state)
{
    struct vcpu *v;

    machine(2);
    wake_all(add_domain(2, 256, 0));
    wake_all(add_domain(2, 256, 25));
    v = add_domain(1, 256, 0)->vcpu[0];
    fall_asleep(v);
    while (host_now < MILLISECS(10000)) {
        wake_for(v, MILLISECS(1));
        play(MILLISECS(9));
    }
    near_permille(ran[1][0] + ran[1][1], host_now / 4, 10);
    end_machine();
}

static void cap_can_be_taken_off(void **state)
{
    struct sched_params p = { .weight = 0, .cap = 0 };
    struct domain *d;

    machine(1);
    d = add_domain(1, 256, 10);
    wake_all(d);
    play(MILLISECS(1000));
    assert_int_equal(sched_set_params(d, &p), 0);
    play(MILLISECS(100));
    memset(ran, 0, sizeof(ran));
    play(MILLISECS(1000));
    assert_int_equal(ran[0][0], MILLISECS(1000));
    end_machine();
}

static void affinity_binds(void **state)
{
    cpumask_t m = { { 2 } }, none = { { 1UL << 60 } };
    struct domain *d;

    machine(2);
    d = add_domain(2, 256, 0);
    assert_int_equal(vcpu_set_hard_affinity(d->vcpu[0], &m), 0);
    assert_int_equal(vcpu_set_hard_affinity(d->vcpu[1], &m), 0);
    assert_int_equal(vcpu_set_hard_affinity(d->vcpu[1], &none), -EINVAL);
    wake_all(d);
    play(MILLISECS(1000));
    near(ran[0][0] + ran[0][1], MILLISECS(1000), 1);
    near(ran[0][0], MILLISECS(500), 12);
    assert_int_equal(d->vcpu[0]->cpu, 1);
    m.bits[0] = 3;
    assert_int_equal(vcpu_set_hard_affinity(d->vcpu[0], &m), 0);
    play(MILLISECS(1000));
    near(ran[0][0] + ran[0][1], MILLISECS(3000), 3);
    end_machine();
}

/* The last of the most CPUs that there can be is one like the others. */
static void as_many_cpus_as_can_be(void **state)
{
    cpumask_t last;
    struct domain *d;

    machine(NR_CPUS);
    cpumask_zero(&last);
    cpumask_set(NR_CPUS - 1, &last);
    d = add_domain(2, 256, 0);
    wake_all(d);
    assert_int_equal(vcpu_set_hard_affinity(d->vcpu[0], &last), 0);
    play(MILLISECS(2));
    assert_ptr_equal(host_cpu_info[NR_CPUS - 1].current_vcpu, d->vcpu[0]);
    assert_int_equal(cpumask_weight(&sched_idle_cpus), NR_CPUS - 2);
    end_machine();
}

static void running_vcpu_leaves_a_cpu_it_lost(void **state)
{
    cpumask_t one = { { 1 } }, two = { { 2 } };
    struct domain *d;

    machine(2);
    d = add_domain(1, 256, 0);
    vcpu_set_hard_affinity(d->vcpu[0], &one);
    wake_all(d);
    play(MILLISECS(10));
    assert_ptr_equal(host_cpu_info[0].current_vcpu, d->vcpu[0]);
    vcpu_set_hard_affinity(d->vcpu[0], &two);
    play(MILLISECS(1));
    assert_ptr_equal(host_cpu_info[1].current_vcpu, d->vcpu[0]);
    assert_true(host_cpu_info[0].current_vcpu->is_idle);
    end_machine();
}

/* Parked by its cap, so neither queued nor running, when its CPU is taken from it. */
static void parked_vcpu_leaves_a_cpu_it_lost(void **state)
{
    cpumask_t one = { { 1 } }, two = { { 2 } };
    struct domain *d;

    machine(2);
    d = add_domain(1, 256, 10);
    vcpu_set_hard_affinity(d->vcpu[0], &one);
    wake_all(d);
    while (host_now < MILLISECS(1000) && !(ran[0][0] && host_cpu_info[0].current_vcpu->is_idle))
        play(STEP);
    assert_true(vcpu_runnable(d->vcpu[0]) && host_cpu_info[0].current_vcpu->is_idle);
    vcpu_set_hard_affinity(d->vcpu[0], &two);
    ran[0][0] = 0;
    for (int i = 0; i < 1000; i++) {
        play(MILLISECS(1));
        assert_true(host_cpu_info[0].current_vcpu->is_idle);
    }
    near(ran[0][0], MILLISECS(100), 15);
    end_machine();
}

/* Whole changes, however often they are interrupted. */
static int add_cpu(u32 id, u32 cpu)
{
    bool begun = false;
    int rc;

    while ((rc = cpupool_add_cpu(id, cpu, &begun)) == -ERESTART)
        ;
    return rc;
}

static int remove_cpu(u32 id, u32 cpu)
{
    bool begun = false;
    int rc;

    while ((rc = cpupool_remove_cpu(id, cpu, &begun)) == -ERESTART)
        ;
    return rc;
}

static int move(struct domain *d, u32 id)
{
    bool begun = false;
    int rc;

    while ((rc = cpupool_move(d, id, &begun)) == -ERESTART)
        ;
    return rc;
}

/* Pools outlive a test: pool 0 has all CPUs again. */
static void pools_begin(void)
{
    static bool made;

    if (!made)
        cpupool_init();
    made = true;
    while (add_cpu(0, CPUPOOL_ANY) == 0)
        ;
}

static void pools_part_the_machine(void **state)
{
    struct cpupool_info info;
    u32 id = CPUPOOL_ANY;
    struct domain *a, *b;

    machine(3);
    pools_begin();
    a = add_domain(3, 256, 0);
    b = add_domain(2, 1024, 0);
    assert_int_equal(cpupool_enter(a, 0), 0);
    assert_int_equal(cpupool_enter(b, 0), 0);
    wake_all(a);
    wake_all(b);
    play(MILLISECS(100));
    assert_int_equal(cpupool_create(&id), 0);
    assert_int_equal(id, 1);
    assert_int_equal(move(b, 1), -EINVAL);
    assert_int_equal(remove_cpu(0, 2), 0);
    assert_int_equal(add_cpu(1, CPUPOOL_ANY), 0);
    assert_int_equal(move(b, 1), 0);
    play(MILLISECS(10));
    memset(ran, 0, sizeof(ran));
    play(MILLISECS(1000));
    near(ran[0][0] + ran[0][1] + ran[0][2], MILLISECS(2000), 2);
    near(ran[1][0], MILLISECS(500), 12);
    near(ran[1][0] + ran[1][1], MILLISECS(1000), 2);
    assert_int_equal(cpupool_get_info(1, &info), 0);
    assert_int_equal(info.nr_domains, 1);
    assert_int_equal(info.cpus.bits[0], 4);
    assert_int_equal(remove_cpu(1, 2), -EBUSY);
    assert_int_equal(remove_cpu(0, 1), 0);
    assert_int_equal(add_cpu(1, 1), 0);
    play(MILLISECS(10));
    memset(ran, 0, sizeof(ran));
    play(MILLISECS(1000));
    near(ran[0][0] + ran[0][1] + ran[0][2], MILLISECS(1000), 2);
    near(ran[1][0], MILLISECS(1000), 2);
    near(ran[1][1], MILLISECS(1000), 2);
    assert_int_equal(cpupool_destroy(1), -EBUSY);
    cpupool_leave(a);
    cpupool_leave(b);
    assert_int_equal(remove_cpu(1, CPUPOOL_ANY), 0);
    assert_int_equal(remove_cpu(1, CPUPOOL_ANY), 0);
    assert_int_equal(cpupool_destroy(1), 0);
    end_machine();
}

static unsigned int nr_confined(const struct domain *d, u64 cpus)
{
    unsigned int n = 0;
    struct vcpu *v;

    for_each_vcpu(d, v)
        n += v->may_run.bits[0] == cpus;
    return n;
}

/* With work pending one vCPU follows a change at a time; a CPU is free when all did, and another change comes after this one. */
static void pools_change_in_steps(void **state)
{
    bool first = false, second = false;
    unsigned int calls = 0;
    struct domain *a, *b;
    u32 id = CPUPOOL_ANY;
    cpumask_t free;
    int rc;

    machine(3);
    pools_begin();
    a = add_domain(3, 256, 0);
    b = add_domain(2, 256, 0);
    assert_int_equal(cpupool_enter(a, 0), 0);
    assert_int_equal(cpupool_enter(b, 0), 0);
    assert_int_equal(cpupool_create(&id), 0);
    host_cpu_info[0].softirq_pending = 1;
    for (; (rc = cpupool_remove_cpu(0, CPUPOOL_ANY, &first)) == -ERESTART; calls++) {
        assert_true(first);
        assert_int_equal(nr_confined(a, 3) + nr_confined(b, 3), calls + 1);
        cpupool_get_free(&free);
        assert_true(cpumask_empty(&free));
        host_cpu_info[0].softirq_pending = 1;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(calls, 5);
    cpupool_get_free(&free);
    assert_int_equal(free.bits[0], 4);
    /* Another caller completes the change that this one began; each change is made once. */
    first = false;
    assert_int_equal(cpupool_add_cpu(1, 2, &first), 0);
    first = false;
    assert_int_equal(cpupool_move(a, 1, &first), -ERESTART);
    while ((rc = cpupool_remove_cpu(0, 0, &second)) == -ERESTART && !second)
        host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(nr_confined(a, 4), 3);
    while ((rc = cpupool_move(a, 1, &first)) == -ERESTART)
        ;
    assert_int_equal(rc, 0);
    while ((rc = cpupool_remove_cpu(0, 0, &second)) == -ERESTART)
        ;
    assert_int_equal(rc, 0);
    assert_int_equal(nr_confined(b, 2), 2);
    cpupool_leave(a);
    cpupool_leave(b);
    for (u32 cpu = 1; cpu < 3; cpu++)
        assert_int_equal(remove_cpu(cpu - 1, cpu), 0);
    assert_int_equal(cpupool_destroy(1), 0);
    end_machine();
}

static void pin_override(void **state)
{
    struct domain *d;

    machine(2);
    d = add_domain(1, 256, 0);
    assert_int_equal(vcpu_pin_override(d->vcpu[0], 1), 0);
    assert_int_equal(vcpu_pin_override(d->vcpu[0], 0), -EBUSY);
    assert_int_equal(vcpu_set_hard_affinity(d->vcpu[0], &cpu_online_map), -EBUSY);
    assert_int_equal(vcpu_pin_override(d->vcpu[0], -1), 0);
    assert_int_equal(vcpu_pin_override(d->vcpu[0], -1), -EINVAL);
    assert_int_equal(vcpu_pin_override(d->vcpu[0], 2), -EINVAL);
    end_machine();
}

/* One that sleeps most of the time gets the CPU within a millisecond, whatever else wakes there now and then. */
static void wake_up_is_quick_beside_a_hog(void **state)
{
    struct vcpu *sleeper, *helper;
    s_time_t worst = 0;

    machine(1);
    wake_all(add_domain(1, 512, 0));
    sleeper = add_domain(1, 256, 0)->vcpu[0];
    helper = add_domain(1, 256, 0)->vcpu[0];
    fall_asleep(sleeper);
    fall_asleep(helper);
    play(MILLISECS(50));
    for (int i = 0; i < 200; i++) {
        vcpu_unblock(helper);                    /* runs for some ms, into the other's wake-up */
        play(STEP * (i % 7));
        worst = max(worst, wake_for(sleeper, STEP));
        play(MILLISECS(i % 4));
        fall_asleep(helper);
        play(MILLISECS(10));
    }
    assert_true(worst <= MICROSECS(500));
    end_machine();
}

/* Sleep is not saved up: who wakes and stays awake soon has to share. */
static void sleeper_that_turns_busy_shares(void **state)
{
    struct vcpu *v;

    machine(1);
    wake_all(add_domain(1, 256, 0));
    v = add_domain(1, 256, 0)->vcpu[0];
    fall_asleep(v);
    play(MILLISECS(5000));
    memset(ran, 0, sizeof(ran));
    vcpu_unblock(v);
    play(MILLISECS(1000));
    near(ran[0][0], MILLISECS(500), 8);
    end_machine();
}

static void paused_domain_does_not_run(void **state)
{
    struct domain *d;
    s64 before;

    machine(2);
    d = add_domain(2, 256, 0);
    wake_all(d);
    play(MILLISECS(20));
    d->pause_count = 1;
    vcpu_sleep_nosync(d->vcpu[0]);
    vcpu_sleep_nosync(d->vcpu[1]);
    play(STEP);
    before = ran[0][0] + ran[0][1];
    play(MILLISECS(20));
    assert_int_equal(ran[0][0] + ran[0][1], before);
    assert_int_equal(d->vcpu[0]->runstate.state, RUNSTATE_offline);
    d->pause_count = 0;
    wake_all(d);
    play(MILLISECS(20));
    assert_int_not_equal(ran[0][0] + ran[0][1], before);
    end_machine();
}

static void runstates_add_up(void **state)
{
    struct vcpu_runstate_info r;
    struct domain *d;
    u64 sum = 0;

    machine(1);
    d = add_domain(2, 256, 0);
    wake_all(d);
    play(MILLISECS(200));
    vcpu_get_runstate(d->vcpu[0], &r);
    for (int i = 0; i < 4; i++)
        sum += r.time[i];
    assert_int_equal(sum, host_now);             /* from 0 on, where the runstate began */
    near(r.time[RUNSTATE_running], MILLISECS(100), 35);
    assert_int_equal(d->vcpu[0]->runstate.time[RUNSTATE_blocked], 0);
    end_machine();
}

static struct vcpu *polls;
static u32 flags_then;

/* The domain is written to: its poll_mask is the first that is. */
static void on_write(int number)
{
    flags_then = polls->pause_flags;
    assert_int_equal(mprotect(polls->domain, PAGE_SIZE, PROT_READ | PROT_WRITE), 0);
}

/* A vCPU whose flags have gone runs on, and may be in its next poll already, whose bit must stay. */
static void unblock_ends_no_later_poll(void **state)
{
    struct sigaction act = { .sa_handler = on_write }, was;

    machine(1);
    polls = add_domain(1, 256, 0)->vcpu[0];
    wake_all(polls->domain);
    play(MILLISECS(1));
    fall_asleep(polls);
    play(MILLISECS(1));
    __atomic_fetch_or(&polls->pause_flags, VPF_POLLING, __ATOMIC_SEQ_CST);
    set_bit_atomic(polls->id, polls->domain->poll_mask);
    flags_then = 0;
    sigaction(SIGSEGV, &act, &was);
    assert_int_equal(mprotect(polls->domain, PAGE_SIZE, PROT_READ), 0);
    vcpu_unblock(polls);
    sigaction(SIGSEGV, &was, NULL);
    assert_int_equal(flags_then, VPF_BLOCKED | VPF_POLLING);
    assert_int_equal(polls->domain->poll_mask[0], 0);
    assert_true(vcpu_runnable(polls));
    end_machine();
}

static void parameters(void **state)
{
    struct sched_params p = { .weight = 0, .cap = 0xffff };
    struct sched_global g = { .tslice_ms = 0 };
    struct domain *d;

    machine(1);
    d = add_domain(2, 300, 50);
    assert_int_equal(sched_set_params(d, &p), 0);
    sched_get_params(d, &p);
    assert_int_equal(p.weight, 300);
    assert_int_equal(p.cap, 50);
    p.cap = 201;
    assert_int_equal(sched_set_params(d, &p), -EINVAL);
    assert_int_equal(sched_set_global(&g), -EINVAL);
    end_machine();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_hold_on_one_cpu_of_two), cmocka_unit_test(shares_follow_weights), cmocka_unit_test(all_cpus_are_used),
        cmocka_unit_test(weights_hold_beside_a_sleeper), cmocka_unit_test(idle_vcpus_take_no_weight),
        cmocka_unit_test(busy_vcpus_share_their_domains_weight), cmocka_unit_test(time_on_an_island_is_forgotten),
        cmocka_unit_test(cap_holds_beside_others), cmocka_unit_test(cap_can_be_taken_off),
        cmocka_unit_test(sleeper_that_turns_busy_shares),
        cmocka_unit_test(more_vcpus_than_cpus), cmocka_unit_test(cap_holds_on_an_idle_machine),
        cmocka_unit_test(parked_vcpu_leaves_a_cpu_it_lost), cmocka_unit_test(pools_part_the_machine),
        cmocka_unit_test(pools_change_in_steps),
        cmocka_unit_test(affinity_binds), cmocka_unit_test(as_many_cpus_as_can_be),
        cmocka_unit_test(running_vcpu_leaves_a_cpu_it_lost), cmocka_unit_test(pin_override),
        cmocka_unit_test(wake_up_is_quick_beside_a_hog), cmocka_unit_test(paused_domain_does_not_run),
        cmocka_unit_test(runstates_add_up), cmocka_unit_test(parameters), cmocka_unit_test(unblock_ends_no_later_poll),
    };
    return cmocka_run_group_tests_name("credit", tests, NULL, NULL);
}
