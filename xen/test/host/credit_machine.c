/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs that the scheduler's tests pretend: timers by search, softirqs by bit. */
#include "credit_machine.h"
#include <setjmp.h>
#include <xen/sched_ops.h>
#include <xen/softirq.h>

#define MAX_TIMERS (NR_CPUS + 64)
static struct timer *timers[MAX_TIMERS];
static unsigned int nr_timers;

void timer_init(struct timer *t, void (*fn)(void *), void *arg, unsigned int cpu)
{
    *t = (struct timer){ .fn = fn, .arg = arg, .cpu = cpu };
    assert_true(nr_timers < MAX_TIMERS);
    timers[nr_timers++] = t;
}

static void run_timers(void)
{
    for (unsigned int i = 0; i < nr_timers; i++)
        if (timers[i]->active && timers[i]->expires <= host_now) {
            host_cpu = timers[i]->cpu;
            timers[i]->active = false;
            timers[i]->fn(timers[i]->arg);
        }
}

static jmp_buf way_out;

void context_switch(struct vcpu *prev, struct vcpu *next)
{
    host_cpu_info[host_cpu].current_vcpu = next;
    context_saved(prev);
    longjmp(way_out, 1);
}

struct vcpu *idle_vcpu_create(unsigned int cpu)
{
    struct vcpu *v = idle_domain->vcpu[cpu];

    v->is_idle = true;
    v->cpu = cpu;
    v->is_running = true;
    v->runstate.state = RUNSTATE_running;
    return v;
}

static void run_softirqs(unsigned int cpu)
{
    host_cpu = cpu;
    setjmp(way_out);
    while (host_cpu_info[cpu].softirq_pending & 1UL << SOFTIRQ_SCHEDULE) {
        host_cpu_info[cpu].softirq_pending = 0;
        schedule();
    }
}

unsigned int nr_cpus;
struct domain *dom[8];
unsigned int nr_doms;
s64 ran[8][4];

void machine(unsigned int n)
{
    struct domain *idle;

    nr_cpus = nr_cpu_ids = n;
    idle = host_domain(DOMID_IDLE, n);
    host_now = 1000;
    nr_timers = nr_doms = 0;
    memset(ran, 0, sizeof(ran));
    memset(&cpu_online_map, 0, sizeof(cpu_online_map));
    cpumask_zero(&sched_idle_cpus);
    memset(host_cpu_info, 0, n * sizeof(host_cpu_info[0]));
    idle_domain = idle;
    for (unsigned int i = 0; i < n; i++)
        cpumask_set(i, &cpu_online_map);
    host_cpu = 0;
    sched_init();
    for (unsigned int i = 1; i < n; i++) {
        assert_int_equal(sched_init_cpu(i), 0);
        host_cpu_info[i].current_vcpu = idle->vcpu[i];
    }
}

struct domain *add_domain(unsigned int vcpus, unsigned int weight, unsigned int cap)
{
    struct domain *d = host_domain(nr_doms, vcpus);
    struct sched_params p = { .weight = weight, .cap = cap };
    struct vcpu *v;

    assert_int_equal(sched_init_domain(d), 0);
    assert_int_equal(sched_set_params(d, &p), 0);
    for_each_vcpu(d, v) {
        v->cpu = v->id % nr_cpus;
        v->runstate.state = RUNSTATE_offline;
        assert_int_equal(sched_init_vcpu(v), 0);
    }
    return dom[nr_doms++] = d;
}

void wake_all(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
        vcpu_wake(v);
}

void play(s_time_t ns)
{
    for (s_time_t end = host_now + ns; host_now < end; host_now += STEP) {
        run_timers();
        for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
            struct vcpu *v;

            run_softirqs(cpu);
            v = host_cpu_info[cpu].current_vcpu;
            if (!v->is_idle)
                ran[v->domain->id][v->id] += STEP;
        }
    }
    host_cpu = 0;
}

void end_machine(void)
{
    for (unsigned int i = 0; i < nr_doms; i++) {
        struct vcpu *v;

        dom[i]->pause_count = 1;
        for_each_vcpu(dom[i], v)
            vcpu_sleep_nosync(v);
    }
    play(MILLISECS(100));                        /* accounting finds nobody and goes to sleep */
    for (unsigned int i = 0; i < nr_doms; i++) {
        struct vcpu *v;

        for_each_vcpu(dom[i], v) {
            assert_false(v->is_running);
            sched_destroy_vcpu(v);
        }
        sched_destroy_domain(dom[i]);
        host_domain_free(dom[i]);
    }
    host_domain_free(idle_domain);
    assert_int_equal(host_live_allocs, 0);
    assert_true(host_irqs_on);
}

/* @v waits for an event. */
void fall_asleep(struct vcpu *v)
{
    __atomic_fetch_or(&v->pause_flags, VPF_BLOCKED, __ATOMIC_SEQ_CST);
    if (v->runstate.state == RUNSTATE_offline)
        v->runstate.state = RUNSTATE_blocked;    /* was never started */
    else
        cpu_softirq_raise(v->cpu, SOFTIRQ_SCHEDULE);
}

/* @v, asleep, wakes, runs for @busy and sleeps again; how late it was. */
s_time_t wake_for(struct vcpu *v, s_time_t busy)
{
    s_time_t woken = host_now, late;
    s64 until;

    vcpu_unblock(v);
    while (!v->is_running)
        play(STEP);
    late = host_now - woken;
    for (until = ran[v->domain->id][v->id] + busy; ran[v->domain->id][v->id] < until;)
        play(STEP);
    fall_asleep(v);
    return late;
}

/* In tenths of a percent. */
void near_permille(s64 got, s64 want, unsigned int permille)
{
    if (got * 1000 < want * (1000 - permille) || got * 1000 > want * (1000 + permille))
        fail_msg("%ld ms instead of %ld ms", (long)(got / 1000000), (long)(want / 1000000));
}

void near(s64 got, s64 want, unsigned int percent)
{
    s64 slack = want * percent / 100;

    if (got < want - slack || got > want + slack)
        fail_msg("%ld ms instead of %ld ms", (long)(got / 1000000), (long)(want / 1000000));
}
