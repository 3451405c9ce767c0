/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The credit policy, as virtual time. A vCPU's vtime is the CPU time that it has had, in ns, divided by its weight: it runs at
 * 256 * n / weight, where the domain's weight is for all its vCPUs together and n says how many of them want a CPU. Each CPU has a
 * queue in order of vtime, and who has had least goes first; so those who never sleep get what their weights say, to
 * within a slice, whatever sleeps and wakes beside them.
 *
 * A CPU's floor is what the least of those that want it have had. One that arrives (wakes, moves) is put within a
 * slice of it: sleep cannot be saved up for longer, but a sleeper comes before the busy and preempts them
 * (after sched_ratelimit_us). A CPU looks for those who have had less on other CPUs when it has
 * nobody, and once a slice. A domain with a cap has a budget of CPU time; when that is used up its vCPUs are parked.
 */
#include <xen/console.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/params.h>
#include <xen/sched_credit.h>
#include <xen/softirq.h>
#include <public/domctl.h>

#define TICK_MS        10
#define LEAST_CHECK    MICROSECS(100)

unsigned int credit_tslice_ms = 30;
static unsigned int opt_ratelimit_us = 250;
PARAM("sched_credit_tslice_ms", tslice, PARAM_UINT, &credit_tslice_ms, "time slice of the credit policy, 1 to 1000 ms");
PARAM("sched_ratelimit_us", ratelimit, PARAM_UINT, &opt_ratelimit_us, "least time a vCPU runs before one that wakes may preempt it, us");

DEFINE_PER_CPU(struct credit_cpu, credit_cpu);

/* ---- the queue of a CPU; its lock is held ---- */

static void queue_insert(struct sched_vcpu *s)
{
    struct credit_cpu *c = ccpu(s->v->cpu);
    struct list_head *p;
    bool passed = !s->yielding;

    list_for_each(p, &c->queue) {
        struct sched_vcpu *o = list_entry(p, struct sched_vcpu, link);

        if (!vtime_before(s->vtime, o->vtime))
            continue;
        if (passed)
            break;
        passed = true;           /* one that yields lets one that has had more go first */
    }
    list_add_tail(&s->link, p);
    s->queued = true;
    c->nr_queued++;
}

static void queue_remove(struct sched_vcpu *s)
{
    list_del(&s->link);
    s->queued = false;
    ccpu(s->v->cpu)->nr_queued--;
}

static struct sched_vcpu *queue_head(unsigned int cpu)
{
    struct credit_cpu *c = ccpu(cpu);

    return list_empty(&c->queue) ? NULL : list_first_entry(&c->queue, struct sched_vcpu, link);
}

static void raise_floor(struct credit_cpu *c, u64 vtime)
{
    if (vtime_before(c->floor, vtime))
        c->floor = vtime;
}

/* @s comes to @cpu: neither further behind nor further ahead of those there than a slice, of full and of its own weight. */
static void arrive(struct sched_vcpu *s, unsigned int cpu)
{
    struct credit_cpu *c = ccpu(cpu);
    u64 least = c->floor - (u64)slice_ns(), most = c->floor + vtime_of(slice_ns(), READ_ONCE(dom_of(s)->rate));

    if (sched_cpu_of(cpu)->curr->is_idle && list_empty(&c->queue))
        raise_floor(c, s->vtime);
    else if (vtime_before(most, s->vtime))
        s->vtime = most;
    if (vtime_before(s->vtime, least))
        s->vtime = least;
}

/* ---- who goes first; the CPU's lock is held ---- */

/* @head, first in the queue, takes the CPU from @s, which was accounted up to @t, before its slice is over. */
static bool preempts(const struct sched_vcpu *head, const struct sched_vcpu *s, s_time_t t)
{
    return head->woken && vtime_before(head->vtime, s->vtime) && t - s->slice_from >= MICROSECS(opt_ratelimit_us);
}

static bool slice_is_over(const struct sched_vcpu *s, s_time_t t) { return t - s->slice_from >= slice_ns(); }

/* How long @s may run until it has had as much as @vtime; no more than @most. */
static s_time_t runs_until(const struct sched_vcpu *s, u64 vtime, s_time_t most)
{
    u64 rate = READ_ONCE(dom_of(s)->rate);

    if (!vtime_before(s->vtime, vtime))
        return 0;
    if (vtime - s->vtime >= vtime_of(most, rate))
        return most;
    return (s_time_t)(((vtime - s->vtime) << RATE_SHIFT) / rate);
}

/* When to look again whether @s, which runs on @cpu, has to make room. */
static s_time_t next_check(unsigned int cpu, const struct sched_vcpu *s, s_time_t t)
{
    const struct sched_vcpu *head = queue_head(cpu);
    const struct credit_dom *cd = dom_of(s);
    s_time_t tick = min(MILLISECS(TICK_MS), slice_ns()), at = t + tick;

    if (head) {
        s_time_t least = s->slice_from + (head->woken ? MICROSECS(opt_ratelimit_us) : slice_ns());

        at = min(at, max(least, t + runs_until(s, head->vtime, tick)));
    }
    if (READ_ONCE(cd->cap))
        at = min(at, t + READ_ONCE(cd->budget));
    return max(at, t + LEAST_CHECK);
}

/* ---- the policy's operations ---- */

/* For those who keep the lock. */
static void tickle_now(const struct sched_tickle *t)
{
    for (unsigned int i = 0; i < t->n; i++)
        cpu_softirq_raise(t->cpu[i], SOFTIRQ_SCHEDULE);
}

/* First of @m after @from, around the end; @m is not empty. */
static unsigned int next_cpu_in(const cpumask_t *m, unsigned int from)
{
    unsigned int cpu = cpumask_next(from, m);

    return cpu < nr_cpu_ids ? cpu : cpumask_first(m);
}

static unsigned int least_queued(const cpumask_t *m, unsigned int from)
{
    unsigned int best = next_cpu_in(m, from), cpu;

    for_each_cpu(cpu, m)
        if (READ_ONCE(ccpu(cpu)->nr_queued) < READ_ONCE(ccpu(best)->nr_queued))
            best = cpu;
    return best;
}

/* Its own CPU when idle (warm caches), an idle one it prefers, any idle one, its own, the shortest queue. */
static unsigned int credit_pick_cpu(const struct vcpu *v)
{
    cpumask_t may, idle, liked;

    if (cpumask_test(v->cpu, &v->may_run) && cpumask_test(v->cpu, &sched_idle_cpus) &&
        cpumask_test(v->cpu, &v->soft_affinity))
        return v->cpu;
    cpumask_and(&may, &v->may_run, &cpu_online_map);
    if (cpumask_empty(&may))
        return v->cpu;
    cpumask_and(&idle, &may, &sched_idle_cpus);
    cpumask_and(&liked, &idle, &v->soft_affinity);
    if (!cpumask_empty(&liked))
        return next_cpu_in(&liked, v->cpu);
    if (!cpumask_empty(&idle))
        return next_cpu_in(&idle, v->cpu);
    if (cpumask_test(v->cpu, &may))
        return v->cpu;
    cpumask_and(&liked, &may, &v->soft_affinity);
    return least_queued(cpumask_empty(&liked) ? &may : &liked, v->cpu);
}

static bool credit_is_queued(const struct vcpu *v) { return v->sched->queued; }

static void credit_enqueue(struct vcpu *v, bool woken)
{
    struct sched_vcpu *s = v->sched;

    s->yielding = false;
    s->woken = woken;
    if (!s->parked && over_cap(dom_of(s)))
        s->parked = true;
    if (s->parked)
        return;
    arrive(s, v->cpu);
    queue_insert(s);
}

static void credit_dequeue(struct vcpu *v) { queue_remove(v->sched); }

/* One idle CPU that may run @v, to come and take somebody; its bit is cleared so that the next wake-up finds another. */
static void wake_idle_for(const struct vcpu *v, struct sched_tickle *out)
{
    cpumask_t m;
    unsigned int cpu;

    cpumask_and(&m, &sched_idle_cpus, &v->may_run);
    cpumask_and(&m, &m, &cpu_online_map);
    if (cpumask_empty(&m))
        return;
    cpu = next_cpu_in(&m, v->cpu);
    cpumask_clear(cpu, &sched_idle_cpus);
    out->cpu[out->n++] = (u16)cpu;
}

/* @s was queued on @cpu beside @running: whether it is to have the CPU now, and if not, when to look again. */
static bool wants_cpu_now(unsigned int cpu, struct sched_vcpu *s, struct sched_vcpu *running)
{
    struct timer *tick = &sched_cpu_of(cpu)->tick;
    s_time_t t = now(), at;

    if (queue_head(cpu) != s)
        return false;
    credit_burn(running, t);
    if (preempts(s, running, t))
        return true;
    at = next_check(cpu, running, t);
    if (at < tick->expires)
        timer_set(tick, at);
    return false;
}

static void credit_tickle(struct vcpu *v, struct sched_tickle *out)
{
    struct vcpu *curr = sched_cpu_of(v->cpu)->curr;

    if (!v->sched->queued)
        return;
    if (curr->is_idle) {
        cpumask_clear(v->cpu, &sched_idle_cpus);
        out->cpu[out->n++] = (u16)v->cpu;
        return;
    }
    if (wants_cpu_now(v->cpu, v->sched, curr->sched))
        out->cpu[out->n++] = (u16)v->cpu;
    wake_idle_for(v, out);
}

static void credit_tick(unsigned int cpu, s_time_t t)
{
    struct sched_cpu *sc = sched_cpu_of(cpu);
    struct sched_vcpu *s = sc->curr->sched, *head = queue_head(cpu);
    struct sched_tickle idle = { 0 };

    credit_burn(s, t);
    raise_floor(ccpu(cpu), head && vtime_before(head->vtime, s->vtime) ? head->vtime : s->vtime);
    credit_want_accounting(t);
    if (slice_is_over(s, t) || over_cap(dom_of(s)) || (head && preempts(head, s, t))) {
        cpu_softirq_raise(cpu, SOFTIRQ_SCHEDULE);
        timer_set(&sc->tick, t + min(MILLISECS(TICK_MS), slice_ns()));
    } else {
        timer_set(&sc->tick, next_check(cpu, s, t));
    }
    if (head)
        wake_idle_for(head->v, &idle);
    tickle_now(&idle);
}

static void credit_yield(struct vcpu *v) { v->sched->yielding = true; }

/*
 * The first in another CPU's queue that may run here and, where @before is given, has had less than that. Our lock is held:
 * others' are only tried.
 */
static struct sched_vcpu *steal_from(unsigned int peer, unsigned int cpu, const u64 *before, bool soft)
{
    struct sched_cpu *sc = sched_cpu_of(peer);
    struct sched_vcpu *s, *found = NULL;

    if (!READ_ONCE(ccpu(peer)->nr_queued) || !spin_trylock(&sc->lock))
        return NULL;
    list_for_each_entry(s, &ccpu(peer)->queue, link) {
        if (before && !vtime_before(s->vtime, *before))
            break;
        if (!s->v->is_running && cpumask_test(cpu, &s->v->may_run) && !over_cap(dom_of(s)) &&
            (!soft || cpumask_test(cpu, &s->v->soft_affinity))) {
            found = s;
            break;
        }
    }
    if (found) {
        queue_remove(found);
        found->v->cpu = cpu;
    }
    spin_unlock(&sc->lock);
    return found;
}

static struct sched_vcpu *steal(unsigned int cpu, const u64 *before)
{
    struct sched_vcpu *s;
    unsigned int peer;

    for (int soft = 1; soft >= 0; soft--) {
        for_each_online_cpu(peer) {
            if (peer == cpu)
                continue;
            s = steal_from(peer, cpu, before, soft);
            if (!s)
                continue;
            arrive(s, cpu);
            return s;
        }
    }
    return NULL;
}

/* Takes @cpu's next one off its queue. Those whose domain's cap is used up are parked. NULL: nobody. */
static struct sched_vcpu *queue_take(unsigned int cpu)
{
    struct sched_vcpu *s;

    while ((s = queue_head(cpu)) != NULL) {
        queue_remove(s);
        if (!over_cap(dom_of(s)))
            return s;
        s->parked = true;
    }
    return NULL;
}

/* @prev's time is accounted for; it goes back into the queue if it can go on. False: it keeps the CPU. */
static bool put_back(unsigned int cpu, struct sched_vcpu *s, s_time_t t)
{
    const struct sched_vcpu *head = queue_head(cpu);
    bool yields = s->yielding, can_run = vcpu_runnable(s->v) && !s->v->migrate_pending && !s->parked;

    credit_burn(s, t);
    if (can_run && over_cap(dom_of(s))) {
        s->parked = true;
    } else if (can_run) {
        if (!yields && !slice_is_over(s, t) && !(head && preempts(head, s, t)))
            return false;
        s->woken = false;
        queue_insert(s);
    }
    s->yielding = false;
    return true;
}

static struct vcpu *credit_pick_next(unsigned int cpu, struct vcpu *prev, s_time_t t)
{
    struct sched_vcpu *s = prev->sched, *next, *other = NULL;
    bool look_around = !prev->is_idle && slice_is_over(s, t);

    if (!prev->is_idle && !put_back(cpu, s, t))
        return prev;
    next = queue_take(cpu);
    if (!next) {
        other = steal(cpu, NULL);
    } else if (look_around) {
        u64 before = next->vtime - (u64)slice_ns() / 2;

        other = steal(cpu, &before);
    }
    if (other && next)
        queue_insert(next);
    next = other ? other : next;
    if (!next)
        return NULL;
    raise_floor(ccpu(cpu), next->vtime);
    next->burn_from = next->slice_from = t;
    return next->v;
}

static void credit_init(void)
{
    if (credit_tslice_ms < 1 || credit_tslice_ms > 1000) {
        printk(XENLOG_WARN "sched_credit_tslice_ms=%u is not in 1..1000: 30 is used\n", credit_tslice_ms);
        credit_tslice_ms = 30;
    }
    credit_account_init();
}

static void credit_init_cpu(unsigned int cpu)
{
    list_init(&ccpu(cpu)->queue);
    ccpu(cpu)->nr_queued = 0;
}

static int credit_init_vcpu(struct vcpu *v)
{
    struct sched_vcpu *s = xzalloc(sizeof(*s));

    if (!s)
        return -ENOMEM;
    list_init(&s->link);
    s->v = v;
    v->sched = s;
    return 0;
}

static int credit_set_global(const struct sched_global *g)
{
    if (g->tslice_ms < 1 || g->tslice_ms > 1000)
        return -EINVAL;
    if (g->ratelimit_us && (g->ratelimit_us < 100 || g->ratelimit_us > 500000 || g->ratelimit_us > g->tslice_ms * 1000))
        return -EINVAL;
    WRITE_ONCE(credit_tslice_ms, g->tslice_ms);
    WRITE_ONCE(opt_ratelimit_us, g->ratelimit_us);
    return 0;
}

static void credit_get_global(struct sched_global *g)
{
    *g = (struct sched_global){ .tslice_ms = credit_tslice_ms, .ratelimit_us = opt_ratelimit_us };
}

#define MAX_SHOWN 512u      /* vCPUs of a queue: each piece passes those that were shown before */

static unsigned int credit_dump(unsigned int cpu, unsigned int shown)
{
    struct vcpu *curr = sched_cpu_of(cpu)->curr;
    unsigned int n = 0, end = min(shown + KEY_LINES, MAX_SHOWN);
    struct sched_vcpu *s;
    unsigned long f = spin_lock_irqsave(&sched_cpu_of(cpu)->lock);

    if (!shown)
        printk(" CPU%u runs d%uv%u, %u queued\n", cpu, curr->domain->id, curr->id, ccpu(cpu)->nr_queued);
    list_for_each_entry(s, &ccpu(cpu)->queue, link) {
        if (n >= end)
            break;
        if (n++ >= shown)
            printk("   d%uv%u %ld us after the floor%s\n", s->v->domain->id, s->v->id, (long)(s64)(s->vtime - ccpu(cpu)->floor) / 1000,
                   s->woken ? ", woken" : "");
    }
    if (n == MAX_SHOWN && n < ccpu(cpu)->nr_queued)
        printk("   and more\n");
    shown = n == end && n < MAX_SHOWN && n < ccpu(cpu)->nr_queued ? n : 0;
    spin_unlock_irqrestore(&sched_cpu_of(cpu)->lock, f);
    return shown;
}

const struct sched_ops sched_credit_ops = {
    .opt_name = "credit", .name = "credit", .id = XEN_SCHEDULER_CREDIT,
    .init = credit_init, .init_cpu = credit_init_cpu,
    .init_domain = credit_init_domain, .destroy_domain = credit_destroy_domain,
    .init_vcpu = credit_init_vcpu, .destroy_vcpu = credit_destroy_vcpu,
    .pick_cpu = credit_pick_cpu, .is_queued = credit_is_queued,
    .enqueue = credit_enqueue, .dequeue = credit_dequeue, .tickle = credit_tickle,
    .tick = credit_tick, .yield = credit_yield, .pick_next = credit_pick_next,
    .set_params = credit_set_params, .get_params = credit_get_params,
    .set_global = credit_set_global, .get_global = credit_get_global, .dump = credit_dump,
};
