/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The credit policy's accounting: what running costs by the domain's weight and how many of its vCPUs want to, what is left under a
 * cap, and that CPUs do not drift apart. Once a slice, while anybody wants CPU time.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/sched_credit.h>
#include <xen/softirq.h>
#include <public/vcpu.h>

/* Guards all_doms and the parameters. Outer to the CPUs' locks; never taken in interrupts. */
static spinlock_t credit_lock = SPIN_LOCK_UNLOCKED;
static struct list_head all_doms = LIST_HEAD_INIT(all_doms);
static struct timer account_timer;
static bool account_armed;       /* atomic; the timer sleeps while nobody wants CPU time */
static s_time_t accounted_to;    /* who has armed the timer, then its callback */

void credit_burn(struct sched_vcpu *s, s_time_t t)
{
    struct credit_dom *cd = dom_of(s);
    s_time_t ran = t - s->burn_from;

    if (ran <= 0)
        return;
    s->burn_from = t;
    s->vtime += vtime_of(ran, READ_ONCE(cd->rate));
    if (READ_ONCE(cd->cap))
        __atomic_fetch_sub(&cd->budget, ran, __ATOMIC_RELAXED);
}

/* The lock of @v's CPU, which may change until it is held. */
static struct sched_cpu *lock_cpu_of(const struct vcpu *v)
{
    for (;;) {
        unsigned int cpu = READ_ONCE(v->cpu);
        struct sched_cpu *sc = sched_cpu_of(cpu);

        spin_lock_irq(&sc->lock);
        if (cpu == v->cpu)
            return sc;
        spin_unlock_irq(&sc->lock);
    }
}

/* The time since the last account() that @v ran or waited to run. */
static s_time_t vcpu_wanted(struct vcpu *v, s_time_t t)
{
    struct sched_cpu *sc = lock_cpu_of(v);
    const struct vcpu_runstate_info *r = &v->runstate;
    s_time_t before = v->sched->wanted, wanted = r->time[RUNSTATE_running] + r->time[RUNSTATE_runnable];

    if (r->state <= RUNSTATE_runnable)
        wanted += max(t - (s_time_t)r->state_entry_time, (s_time_t)0);
    v->sched->wanted = wanted;
    spin_unlock_irq(&sc->lock);
    return max(wanted - before, (s_time_t)0);
}

static void set_rate(struct credit_dom *cd)
{
    WRITE_ONCE(cd->rate, ((u64)CREDIT_WEIGHT << RATE_SHIFT) / DEMAND_ONE * cd->demand / cd->weight);
}

/* How many vCPUs of @cd wanted a CPU in the last @elapsed ns. False: none. */
static bool measure_demand(struct credit_dom *cd, s_time_t elapsed, s_time_t t)
{
    u64 sum = 0;
    struct vcpu *v;

    for_each_vcpu(cd->d, v)
        if (v->sched)
            sum += min(vcpu_wanted(v, t), elapsed);
    cd->demand = max((u32)(sum * DEMAND_ONE / elapsed), (u32)DEMAND_ONE);
    set_rate(cd);
    return sum != 0;
}

/* It has waited for its budget as another waits for an event: behind a whole slice of others it would not get to use it. */
static void release(struct vcpu *v)
{
    struct sched_cpu *sc = lock_cpu_of(v);
    struct sched_tickle out = { 0 };

    if (v->sched->parked) {
        v->sched->parked = false;
        if (vcpu_runnable(v) && sc->curr != v && !v->migrate_pending) {
            sched_credit_ops.enqueue(v, true);
            sched_credit_ops.tickle(v, &out);
            for (unsigned int i = 0; i < out.n; i++)
                cpu_softirq_raise(out.cpu[i], SOFTIRQ_SCHEDULE);
        }
    }
    spin_unlock_irq(&sc->lock);
}

/* What was used beyond the budget has to be made up for; what was left over is lost, but for a slice's part. */
static void refill_budget(struct credit_dom *cd, s_time_t elapsed)
{
    s64 part = slice_ns() * cd->cap / 100, gain = elapsed * cd->cap / 100;
    struct vcpu *v;

    gain = min(gain, part - READ_ONCE(cd->budget));
    if (cd->cap && __atomic_add_fetch(&cd->budget, gain, __ATOMIC_RELAXED) < 0)
        return;
    for_each_vcpu(cd->d, v)
        if (v->sched && READ_ONCE(v->sched->parked))
            release(v);
}

/* CPUs whose vCPUs never meet drift apart; no further than two slices, so that one that moves finds the order of both. */
static bool level_cpu(unsigned int cpu, u64 lowest)
{
    struct sched_cpu *sc = sched_cpu_of(cpu);
    struct credit_cpu *c = ccpu(cpu);
    struct sched_vcpu *s;
    u64 ahead;
    bool busy;

    spin_lock_irq(&sc->lock);
    busy = !sc->curr->is_idle;
    ahead = c->floor - lowest - 2 * (u64)slice_ns();
    if (busy && (s64)ahead > 0) {
        c->floor -= ahead;
        sc->curr->sched->vtime -= ahead;
        list_for_each_entry(s, &c->queue, link)
            s->vtime -= ahead;
    }
    spin_unlock_irq(&sc->lock);
    return busy;
}

/* By the lowest floor of the last round: floors rise. */
static void level_cpus(void)
{
    static u64 lowest;           /* credit_lock */
    u64 found = 0;
    bool any = false;
    unsigned int cpu;

    for_each_online_cpu(cpu)
        if (level_cpu(cpu, lowest) && (!any || vtime_before(ccpu(cpu)->floor, found))) {
            found = ccpu(cpu)->floor;
            any = true;
        }
    if (any)
        lowest = found;
}

static void account(void *unused)
{
    struct credit_dom *cd;
    s_time_t t = now(), elapsed = max(t - accounted_to, (s_time_t)1);
    bool wanted = false;

    spin_lock(&credit_lock);
    list_for_each_entry(cd, &all_doms, link) {
        wanted |= measure_demand(cd, elapsed, t);
        refill_budget(cd, elapsed);
    }
    level_cpus();
    spin_unlock(&credit_lock);
    accounted_to = t;
    if (wanted)
        timer_set(&account_timer, t + slice_ns());
    else
        __atomic_store_n(&account_armed, false, __ATOMIC_SEQ_CST);
}

void credit_want_accounting(s_time_t t)
{
    if (likely(READ_ONCE(account_armed)) || __atomic_exchange_n(&account_armed, true, __ATOMIC_SEQ_CST))
        return;
    accounted_to = t;
    timer_set(&account_timer, t + slice_ns());
}

void credit_account_init(void)
{
    timer_init(&account_timer, account, NULL, 0);
}

int credit_init_domain(struct domain *d)
{
    struct credit_dom *cd = xzalloc(sizeof(*cd));

    if (!cd)
        return -ENOMEM;
    cd->d = d;
    cd->weight = CREDIT_WEIGHT;
    cd->demand = DEMAND_ONE;
    set_rate(cd);
    d->sched_dom = cd;
    spin_lock(&credit_lock);
    list_add_tail(&cd->link, &all_doms);
    spin_unlock(&credit_lock);
    return 0;
}

void credit_destroy_domain(struct domain *d)
{
    struct credit_dom *cd = d->sched_dom;

    spin_lock(&credit_lock);
    list_del(&cd->link);
    spin_unlock(&credit_lock);
    d->sched_dom = NULL;
    xfree(cd);
}

/* Under credit_lock, so that account() does not see it go. */
void credit_destroy_vcpu(struct vcpu *v)
{
    struct sched_vcpu *s = v->sched;

    spin_lock(&credit_lock);
    v->sched = NULL;
    spin_unlock(&credit_lock);
    xfree(s);
}

/* Weight 0 and cap ~0 leave the value as it is. */
int credit_set_params(struct domain *d, const struct sched_params *p)
{
    struct credit_dom *cd = d->sched_dom;

    if (p->cap != 0xffff && p->cap > 100 * d->max_vcpus)
        return -EINVAL;
    spin_lock(&credit_lock);
    if (p->weight)
        cd->weight = p->weight;
    set_rate(cd);
    if (p->cap != 0xffff && p->cap != cd->cap) {
        __atomic_store_n(&cd->budget, slice_ns() * p->cap / 100, __ATOMIC_RELAXED);
        cd->cap = p->cap;
    }
    spin_unlock(&credit_lock);
    return 0;
}

void credit_get_params(struct domain *d, struct sched_params *p)
{
    struct credit_dom *cd = d->sched_dom;

    *p = (struct sched_params){ .weight = cd->weight, .cap = cd->cap };
}
