/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's pt_lock with a thread a CPU, each of which runs one vCPU: one holder at a time, no vCPU sleeps for ever, each has its
 * turns, whatever keeps others away: pending work, events, a pause.
 */
#include "host.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <xen/errno.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <x86/pt_lock.h>

#define CPUS     6
#define URGENT   (CPUS - 1)          /* its calls cannot be preempted */
#define FOREIGN  (CPUS - 2)          /* another domain's vCPU */
#define SECONDS  4
#define ROUNDS   5000

static struct domain *d, *other;
static volatile unsigned int held, rounds[CPUS], slept[CPUS];
static bool stop;

void cpu_relax(void) { sched_yield(); }

void vcpu_unblock(struct vcpu *vcpu)
{
    __atomic_fetch_and(&vcpu->pause_flags, ~(VPF_BLOCKED | VPF_LOCK_WAIT), __ATOMIC_SEQ_CST);
}

/* The lock is held: for a part that others would see. */
static void work(unsigned int cpu)
{
    assert_int_equal(held, 0);
    held = 1;
    for (volatile unsigned int i = 0; i < 20; i++)
        ;
    for (unsigned int i = rounds[cpu] % 64 ? 0 : 1000; i; i--)
        sched_yield();                           /* long enough for others to sleep */
    assert_int_equal(held, 1);
    held = 0;
    rounds[cpu]++;
}

/* What the scheduler does: a blocked or paused vCPU does not run. */
static void leave_call(struct vcpu *vcpu, unsigned int cpu)
{
    slept[cpu] += READ_ONCE(vcpu->pause_flags) & VPF_LOCK_WAIT ? 1 : 0;
    while (!vcpu_runnable(vcpu) && !READ_ONCE(stop))
        sched_yield();
    __atomic_store_n(&host_cpu_info[cpu].softirq_pending, 0, __ATOMIC_SEQ_CST);
}

static void *run_cpu(void *arg)
{
    unsigned int cpu = (unsigned int)(unsigned long)arg;
    struct vcpu *me = cpu == FOREIGN ? other->vcpu[0] : d->vcpu[cpu];

    host_cpu = cpu;
    host_cpu_info[cpu].current_vcpu = me;
    while (!READ_ONCE(stop) && rounds[cpu] < ROUNDS) {
        if (cpu == URGENT) {
            pt_lock(d);
        } else if (pt_lock_preemptible(d)) {
            leave_call(me, cpu);
            continue;
        }
        work(cpu);
        pt_unlock(d);
    }
    return NULL;
}

/* Timers, and all that comes from outside: pending work, events, pauses. */
static void *run_world(void *unused)
{
    struct timer *rescue = &d->arch.pt_lock.rescue;

    host_cpu = CPUS;
    host_cpu_info[CPUS].current_vcpu = other->vcpu[1];
    for (unsigned int i = 0; !READ_ONCE(stop); i++) {
        struct vcpu *at = d->vcpu[i % FOREIGN];

        __atomic_fetch_or(&host_cpu_info[i % FOREIGN].softirq_pending, 2, __ATOMIC_SEQ_CST);
        if (i % 3 == 0)
            vcpu_unblock(at);
        WRITE_ONCE(at->pause_count, 1);
        sched_yield();
        WRITE_ONCE(at->pause_count, 0);
        if (__atomic_exchange_n(&rescue->active, false, __ATOMIC_SEQ_CST))
            rescue->fn(rescue->arg);
    }
    return NULL;
}

static unsigned int least_rounds(void)
{
    unsigned int least = ROUNDS;

    for (unsigned int i = 0; i < CPUS; i++)
        least = rounds[i] < least ? rounds[i] : least;
    return least;
}

static void test_threads(void **state)
{
    pthread_t thread[CPUS + 1];
    time_t begun = time(NULL);

    d = host_domain(1, CPUS);
    other = host_domain(2, 2);
    pt_lock_init(d);
    pt_lock_init(other);
    for (unsigned long i = 0; i <= CPUS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, i < CPUS ? run_cpu : run_world, (void *)i), 0);
    while (least_rounds() < ROUNDS && time(NULL) - begun < SECONDS)
        sched_yield();
    WRITE_ONCE(stop, true);
    for (unsigned int i = 0; i <= CPUS; i++)
        pthread_join(thread[i], NULL);
    for (unsigned int i = 0; i < CPUS; i++)
        if (rounds[i] < 20)
            fail_msg("vCPU %u had %u turns", i, rounds[i]);
    assert_int_equal(d->arch.pt_lock.word & PT_LOCK_HELD, 0);
    host_domain_free(d);
    host_domain_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_threads) };

    return cmocka_run_group_tests_name("pt_lock_threads", tests, NULL, NULL);
}
