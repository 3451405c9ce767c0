/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduling without policy: which vCPUs may run, sleeping and waking, the switch itself, time accounting. */
#include <xen/console.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/sched.h>
#include <xen/sched_ops.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/time.h>

DEFINE_PER_CPU(struct sched_cpu, sched_cpu);
cpumask_t sched_idle_cpus;

static const struct sched_ops *const policies[] = { &sched_credit_ops };
static const struct sched_ops *ops __read_mostly = &sched_credit_ops;

static int parse_sched(const char *value)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(policies); i++)
        if (!strcmp(policies[i]->opt_name, value)) {
            ops = policies[i];
            return 0;
        }
    return -EINVAL;
}
PARAM_FN("sched", sched, parse_sched, "scheduling policy: credit");

/* v->cpu changes only under its lock, so it is checked again once that is held. */
static struct sched_cpu *lock_vcpu(const struct vcpu *v, unsigned long *flags)
{
    for (;;) {
        unsigned int cpu = READ_ONCE(v->cpu);
        struct sched_cpu *sc = sched_cpu_of(cpu);

        *flags = spin_lock_irqsave(&sc->lock);
        if (likely(cpu == v->cpu))
            return sc;
        spin_unlock_irqrestore(&sc->lock, *flags);
    }
}

static void runstate_change(struct vcpu *v, int state, s_time_t t)
{
    s_time_t spent = t - (s_time_t)v->runstate.state_entry_time;

    if (v->runstate.state == state)
        return;
    if (spent > 0) {
        v->runstate.time[v->runstate.state] += spent;
        v->runstate.state_entry_time = t;
    }
    v->runstate.state = state;
}

static int state_off_cpu(const struct vcpu *v)
{
    if (vcpu_runnable(v))
        return RUNSTATE_runnable;
    return v->pause_flags & VPF_BLOCKED ? RUNSTATE_blocked : RUNSTATE_offline;
}

/* Of 128 vCPUs that a pause finds stopped none needs the time. */
static void runstate_off_cpu(struct vcpu *v)
{
    int state = state_off_cpu(v);

    if (v->runstate.state != state)
        runstate_change(v, state, now());
}

void vcpu_get_runstate(const struct vcpu *v, struct vcpu_runstate_info *out)
{
    unsigned long f;
    struct sched_cpu *sc = lock_vcpu(v, &f);
    s_time_t spent = now() - (s_time_t)v->runstate.state_entry_time;

    *out = v->runstate;
    if (spent > 0)
        out->time[out->state] += spent;
    spin_unlock_irqrestore(&sc->lock, f);
}

u64 sched_idle_time(unsigned int cpu)
{
    struct vcpu_runstate_info r = { 0 };

    if (cpu < nr_cpu_ids && idle_vcpu(cpu))
        vcpu_get_runstate(idle_vcpu(cpu), &r);
    return r.time[RUNSTATE_running];
}

/* ---- waking and sleeping ---- */

/*
 * Queues runnable @v where the policy wants it. The lock of v->cpu is held on entry and released.
 * While @v's state is still being saved it cannot change its CPU: migrate_pending makes context_saved() do it.
 */
static void place_and_unlock(struct vcpu *v, struct sched_cpu *sc, unsigned long f, bool woken)
{
    struct sched_tickle t = { 0 };
    unsigned int to;

    if (v->is_running) {
        if (!cpumask_test(v->cpu, &v->may_run)) {
            v->migrate_pending = true;
            spin_unlock_irqrestore(&sc->lock, f);
            return;
        }
    } else if ((to = ops->pick_cpu(v)) != v->cpu) {
        v->cpu = to;
        spin_unlock_irqrestore(&sc->lock, f);
        sc = lock_vcpu(v, &f);
    }
    if (vcpu_runnable(v) && sc->curr != v && !ops->is_queued(v)) {
        ops->enqueue(v, woken);
        ops->tickle(v, &t);
    }
    spin_unlock_irqrestore(&sc->lock, f);
    for (unsigned int i = 0; i < t.n; i++)
        cpu_softirq_raise(t.cpu[i], SOFTIRQ_SCHEDULE);
}

void vcpu_wake(struct vcpu *v)
{
    unsigned long f;
    struct sched_cpu *sc = lock_vcpu(v, &f);
    bool woken = v->runstate.state == RUNSTATE_blocked;

    if (!vcpu_runnable(v)) {
        if (sc->curr != v)
            runstate_off_cpu(v);
        spin_unlock_irqrestore(&sc->lock, f);
        return;
    }
    if (v->runstate.state >= RUNSTATE_blocked)
        runstate_change(v, RUNSTATE_runnable, now());
    if (sc->curr == v || ops->is_queued(v)) {
        spin_unlock_irqrestore(&sc->lock, f);
        return;
    }
    place_and_unlock(v, sc, f, woken);
}

void vcpu_sleep_nosync(struct vcpu *v)
{
    unsigned long f;
    struct sched_cpu *sc = lock_vcpu(v, &f);

    if (!vcpu_runnable(v)) {
        if (sc->curr == v) {
            cpu_softirq_raise(v->cpu, SOFTIRQ_SCHEDULE);
        } else {
            if (ops->is_queued(v))
                ops->dequeue(v);
            runstate_off_cpu(v);
        }
    }
    spin_unlock_irqrestore(&sc->lock, f);
}

void vcpu_wait_stopped(struct vcpu *v)
{
    while (!vcpu_runnable(v) && __atomic_load_n(&v->is_running, __ATOMIC_ACQUIRE))
        cpu_relax();
}

/*
 * The bit in poll_mask is cleared first. A vCPU whose flags are clear runs, and may poll again before this CPU goes on: a bit cleared
 * then would be that of the new poll, which no event could end. In this order each clearing of a poll's bit is followed by one of its
 * flags.
 */
void vcpu_unblock(struct vcpu *v)
{
    u32 old = READ_ONCE(v->pause_flags);

    do {
        if (old & VPF_POLLING)
            clear_bit_atomic(v->id, v->domain->poll_mask);
    } while (!__atomic_compare_exchange_n(&v->pause_flags, &old, old & ~(VPF_BLOCKED | VPF_POLLING | VPF_LOCK_WAIT), false,
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    if (old & VPF_BLOCKED)
        vcpu_wake(v);
}

/* Pairs with vcpu_block(): one of the two sees what the other wrote. */
void vcpu_kick(struct vcpu *v)
{
    if (READ_ONCE(v->pause_flags) & VPF_BLOCKED)
        vcpu_unblock(v);
    else if (v != current && READ_ONCE(v->is_running))
        smp_send_event_check(v->cpu);
}

void vcpu_block(void)
{
    struct vcpu *v = current;

    __atomic_fetch_or(&v->pause_flags, VPF_BLOCKED, __ATOMIC_SEQ_CST);
    if (vcpu_event_deliverable(v))
        __atomic_fetch_and(&v->pause_flags, ~VPF_BLOCKED, __ATOMIC_SEQ_CST);
    else
        softirq_raise(SOFTIRQ_SCHEDULE);
}

void vcpu_yield(void)
{
    unsigned long f;
    struct vcpu *v = current;
    struct sched_cpu *sc = lock_vcpu(v, &f);

    ops->yield(v);
    spin_unlock_irqrestore(&sc->lock, f);
    softirq_raise(SOFTIRQ_SCHEDULE);
}

/* ---- affinity ---- */

/* @v may have to leave its CPU after a change of may_run. The lock is held on entry and released. */
static void leave_cpu_and_unlock(struct vcpu *v, struct sched_cpu *sc, unsigned long f)
{
    if (cpumask_test(v->cpu, &v->may_run)) {
        spin_unlock_irqrestore(&sc->lock, f);
        return;
    }
    if (sc->curr == v) {
        cpu_softirq_raise(v->cpu, SOFTIRQ_SCHEDULE);
        spin_unlock_irqrestore(&sc->lock, f);
        return;
    }
    if (ops->is_queued(v)) {
        ops->dequeue(v);
        place_and_unlock(v, sc, f, false);
        return;
    }
    /* It sleeps, or its cap is used up: it must not wake on the old CPU. */
    if (v->is_running)
        v->migrate_pending = true;
    else
        v->cpu = ops->pick_cpu(v);
    spin_unlock_irqrestore(&sc->lock, f);
}

/* Pinned to CPUs that its pool has lost, it may run on all of the pool's. The lock is held. */
static void set_may_run(struct vcpu *v)
{
    cpumask_and(&v->may_run, &v->hard_affinity, &v->domain->pool_cpus);
    if (cpumask_empty(&v->may_run))
        v->may_run = v->domain->pool_cpus;
}

void vcpu_confine(struct vcpu *v)
{
    unsigned long f;
    struct sched_cpu *sc = lock_vcpu(v, &f);

    set_may_run(v);
    leave_cpu_and_unlock(v, sc, f);
}

static bool has_usable_cpu(const struct vcpu *v, const cpumask_t *m)
{
    cpumask_t t;

    cpumask_and(&t, m, &cpu_online_map);
    cpumask_and(&t, &t, &v->domain->pool_cpus);
    return !cpumask_empty(&t);
}

int vcpu_set_hard_affinity(struct vcpu *v, const cpumask_t *m)
{
    unsigned long f;
    struct sched_cpu *sc;

    if (!has_usable_cpu(v, m))
        return -EINVAL;
    sc = lock_vcpu(v, &f);
    if (v->affinity_overridden) {
        spin_unlock_irqrestore(&sc->lock, f);
        return -EBUSY;
    }
    v->hard_affinity = *m;
    set_may_run(v);
    leave_cpu_and_unlock(v, sc, f);
    return 0;
}

int vcpu_set_soft_affinity(struct vcpu *v, const cpumask_t *m)
{
    unsigned long f;
    struct sched_cpu *sc;

    if (cpumask_empty(m))
        return -EINVAL;
    sc = lock_vcpu(v, &f);
    v->soft_affinity = *m;
    spin_unlock_irqrestore(&sc->lock, f);
    return 0;
}

int vcpu_pin_override(struct vcpu *v, int cpu)
{
    unsigned long f;
    struct sched_cpu *sc;
    int rc = 0;

    if (cpu >= (int)nr_cpu_ids ||
        (cpu >= 0 && !(cpumask_test(cpu, &cpu_online_map) && cpumask_test(cpu, &v->domain->pool_cpus))))
        return -EINVAL;
    sc = lock_vcpu(v, &f);
    if (cpu < 0 && v->affinity_overridden) {
        v->hard_affinity = v->hard_saved;
        v->affinity_overridden = false;
    } else if (cpu < 0) {
        rc = -EINVAL;
    } else if (v->affinity_overridden) {
        rc = -EBUSY;
    } else {
        v->hard_saved = v->hard_affinity;
        v->affinity_overridden = true;
        cpumask_zero(&v->hard_affinity);
        cpumask_set(cpu, &v->hard_affinity);
    }
    set_may_run(v);
    leave_cpu_and_unlock(v, sc, f);
    return rc;
}

/* ---- the switch ---- */

static void move_timers(struct vcpu *v, unsigned int cpu)
{
    struct timer *t[] = { &v->singleshot_timer, &v->periodic_timer, &v->poll_timer };

    for (unsigned int i = 0; i < ARRAY_SIZE(t); i++)
        if (t[i]->cpu != cpu)
            timer_migrate(t[i], cpu);
}

/* Accounts for the change from @prev to @next on @cpu; its lock is held. */
static void switch_accounting(struct sched_cpu *sc, unsigned int cpu, struct vcpu *prev, struct vcpu *next, s_time_t t)
{
    runstate_change(prev, prev->is_idle ? RUNSTATE_runnable : state_off_cpu(prev), t);
    runstate_change(next, RUNSTATE_running, t);
    sc->curr = next;
    sc->curr_start = t;
    next->is_running = true;
    if (next->is_idle) {
        cpumask_set(cpu, &sched_idle_cpus);
        timer_stop(&sc->tick);
    } else {
        cpumask_clear(cpu, &sched_idle_cpus);
        ops->tick(cpu, t);
    }
}

void schedule(void)
{
    unsigned int cpu = smp_processor_id();
    struct sched_cpu *sc = sched_cpu_of(cpu);
    struct vcpu *prev, *next;
    s_time_t t;

    spin_lock_irq(&sc->lock);
    t = now();
    prev = sc->curr;
    if (unlikely(!prev->is_idle && !cpumask_test(cpu, &prev->may_run)))
        prev->migrate_pending = true;
    next = ops->pick_next(cpu, prev, t);
    if (!next)
        next = idle_vcpu(cpu);
    if (next == prev) {
        if (next->is_idle)
            cpumask_set(cpu, &sched_idle_cpus);
        spin_unlock_irq(&sc->lock);
        return;
    }
    switch_accounting(sc, cpu, prev, next, t);
    spin_unlock_irq(&sc->lock);
    if (!next->is_idle)
        move_timers(next, cpu);
    context_switch(prev, next);
}

void context_saved(struct vcpu *prev)
{
    unsigned long f;
    struct sched_cpu *sc;

    if (prev->is_idle)
        return;
    sc = lock_vcpu(prev, &f);
    __atomic_store_n(&prev->is_running, false, __ATOMIC_RELEASE);
    if (likely(!prev->migrate_pending)) {
        spin_unlock_irqrestore(&sc->lock, f);
        return;
    }
    prev->migrate_pending = false;
    if (vcpu_runnable(prev) && !ops->is_queued(prev))
        place_and_unlock(prev, sc, f, false);
    else
        spin_unlock_irqrestore(&sc->lock, f);
}

static void tick_fired(void *arg)
{
    struct sched_cpu *sc = arg;

    spin_lock_irq(&sc->lock);
    if (!sc->curr->is_idle)
        ops->tick(sc->curr->cpu, now());
    spin_unlock_irq(&sc->lock);
}

/* ---- set-up ---- */

int sched_init_cpu(unsigned int cpu)
{
    struct sched_cpu *sc = sched_cpu_of(cpu);
    struct vcpu *idle = idle_vcpu_create(cpu);

    if (!idle)
        return -ENOMEM;
    spin_lock_init(&sc->lock);
    timer_init(&sc->tick, tick_fired, sc, cpu);
    sc->curr = idle;
    ops->init_cpu(cpu);
    cpumask_set(cpu, &sched_idle_cpus);
    sc->ready = true;
    return 0;
}

#define SHOWN_BITS 16

/* Debug key 'r'. @pos: a CPU << SHOWN_BITS | vCPUs of its queue that were shown. */
static u64 key_queues(u64 pos)
{
    unsigned int cpu = cpumask_next((unsigned int)min(pos >> SHOWN_BITS, (u64)nr_cpu_ids), &cpu_online_map);
    unsigned int shown = cpu == pos >> SHOWN_BITS ? pos & ((1u << SHOWN_BITS) - 1) : 0;

    if (cpu >= nr_cpu_ids)
        return 0;
    if (!pos)
        printk("Scheduler: %s, now %ld ns\n", ops->name, (long)now());
    shown = ops->dump(cpu, shown);
    return shown ? (u64)cpu << SHOWN_BITS | shown : (u64)(cpu + 1) << SHOWN_BITS;
}

void sched_init(void)
{
    keyhandler_register('r', key_queues, "run queues of all CPUs");
    softirq_register(SOFTIRQ_SCHEDULE, schedule);
    ops->init();
    if (sched_init_cpu(0))
        panic("no memory for the scheduler");
    get_cpu_info()->current_vcpu = idle_vcpu(0);
    printk("Scheduler: %s\n", ops->name);
}

int sched_init_domain(struct domain *d) { return ops->init_domain(d); }
void sched_destroy_domain(struct domain *d) { ops->destroy_domain(d); }
int sched_init_vcpu(struct vcpu *v) { return ops->init_vcpu(v); }

void sched_destroy_vcpu(struct vcpu *v)
{
    unsigned long f;
    struct sched_cpu *sc;

    if (!v->sched)
        return;
    sc = lock_vcpu(v, &f);
    ASSERT(!v->is_running);
    if (ops->is_queued(v))
        ops->dequeue(v);
    spin_unlock_irqrestore(&sc->lock, f);
    ops->destroy_vcpu(v);
}

/* Spreads vCPUs over their pool's CPUs in turn; dom0's n-th starts on the n-th CPU. */
unsigned int sched_place_new_vcpu(const struct domain *d, unsigned int id)
{
    static unsigned int rover;
    unsigned int nr = cpumask_weight(&d->pool_cpus), n = d->id == 0 ? id % nr : rover++ % nr, cpu;

    for_each_cpu(cpu, &d->pool_cpus)
        if (n-- == 0)
            return cpu;
    return cpumask_first(&d->pool_cpus);
}

u32 sched_id(void) { return ops->id; }
int sched_set_params(struct domain *d, const struct sched_params *p) { return ops->set_params(d, p); }
void sched_get_params(struct domain *d, struct sched_params *p) { ops->get_params(d, p); }
int sched_set_global(const struct sched_global *g) { return ops->set_global(g); }
void sched_get_global(struct sched_global *g) { ops->get_global(g); }
