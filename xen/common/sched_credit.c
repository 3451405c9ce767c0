/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The credit policy. A vCPU's credit is CPU time in ns that it may still use before others with credit
 * go first. Every time slice the machine's time is shared out by the domains' weights
 * (credit_share_out()), and running costs what it takes. Each CPU has a queue in order of priority:
 *
 *   BOOST  woken by an event while it had credit: goes before CPU-bound work, until its first tick
 *   UNDER  has credit
 *   OVER   has used more than its share: runs when nobody else wants to
 *
 * A CPU whose queue has nobody with credit takes one from another CPU's. A domain with a cap that has used it up is parked.
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/page_alloc.h>
#include <xen/params.h>
#include <xen/sched_credit.h>
#include <xen/sched_ops.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <public/domctl.h>

#define TICK_MS        10
#define DEFAULT_WEIGHT 256

enum { PRIO_OVER, PRIO_UNDER, PRIO_BOOST };

static unsigned int opt_tslice_ms = 30, opt_ratelimit_us = 1000;
PARAM("sched_credit_tslice_ms", tslice, PARAM_UINT, &opt_tslice_ms, "time slice of the credit policy, 1 to 1000 ms");
PARAM("sched_ratelimit_us", ratelimit, PARAM_UINT, &opt_ratelimit_us, "least time a vCPU runs before one of its own kind may preempt it, us");

struct sched_vcpu {              /* lock of v->cpu */
    struct list_head link;       /* in the queue of v->cpu, or empty */
    struct vcpu *v;
    s64 credit;                  /* ns */
    s_time_t burn_from;          /* running: accounted up to here */
    s_time_t slice_from;         /* running: began its slice */
    u8 prio;
    bool queued;
    bool parked;                 /* over its domain's cap: not queued although runnable */
    bool yielding;
    bool active;                 /* wanted a CPU in this accounting period */
};

struct credit_dom {
    struct list_head link;       /* all_doms; credit_lock */
    struct domain *d;
    u16 weight, cap;             /* credit_lock for writing */
    unsigned int nr_active;      /* scratch of account() */
    struct credit_want want;
};

struct credit_cpu {              /* sched_cpu.lock */
    struct list_head queue;      /* by falling priority, first come first served in each */
    unsigned int nr_queued;      /* read by others without the lock as a hint */
};
static DEFINE_PER_CPU(struct credit_cpu, credit_cpu);

/* Guards all_doms and the parameters. Outer to the CPUs' locks; never taken in interrupts. */
static spinlock_t credit_lock = SPIN_LOCK_UNLOCKED;
static struct list_head all_doms = LIST_HEAD_INIT(all_doms);
static struct timer account_timer;
static bool account_armed;       /* atomic; the timer sleeps while nobody wants a CPU */

static struct credit_cpu *ccpu(unsigned int cpu) { return &per_cpu(credit_cpu, cpu); }
static s64 slice_ns(void) { return MILLISECS(opt_tslice_ms); }

/* ---- the queue of a CPU; its lock is held ---- */

static void queue_insert(struct sched_vcpu *s)
{
    struct credit_cpu *c = ccpu(s->v->cpu);
    struct list_head *p;
    bool passed = !s->yielding;

    list_for_each(p, &c->queue) {
        struct sched_vcpu *o = list_entry(p, struct sched_vcpu, link);

        if (o->prio >= s->prio)
            continue;
        if (passed)
            break;
        passed = true;           /* one that yields lets one of lower priority go first */
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

static void prio_from_credit(struct sched_vcpu *s)
{
    s->prio = s->credit < 0 ? PRIO_OVER : PRIO_UNDER;
}

static void burn(struct sched_vcpu *s, s_time_t t)
{
    if (t > s->burn_from) {
        s->credit -= t - s->burn_from;
        s->burn_from = t;
    }
    s->active = true;
}

/* ---- accounting ---- */

/* Counts @cd's vCPUs that want a CPU, and says which CPUs they are confined to when that is the same for all. */
static void look_at_vcpus(struct credit_dom *cd)
{
    struct vcpu *v;
    cpumask_t may;

    cd->nr_active = 0;
    cpumask_zero(&cd->want.only);
    for_each_vcpu(cd->d, v) {
        if (!v->sched || !v->sched->active)
            continue;
        cpumask_and(&may, &v->may_run, &cpu_online_map);
        if (!cd->nr_active++)
            cd->want.only = may;
        else if (memcmp(&cd->want.only, &may, sizeof(may)))
            cd->want.only = cd->d->pool_cpus;
    }
    if (!memcmp(&cd->want.only, &cpu_online_map, sizeof(may)))
        cpumask_zero(&cd->want.only);
}

static struct credit_want *collect_wants(void)
{
    struct credit_want *first = NULL;
    struct credit_dom *cd;

    list_for_each_entry(cd, &all_doms, link) {
        look_at_vcpus(cd);
        if (!cd->nr_active)
            continue;
        cd->want.own.weight = cd->weight;
        cd->want.own.limit = cd->nr_active * (u64)slice_ns();
        if (cd->cap)
            cd->want.own.limit = min(cd->want.own.limit, (u64)slice_ns() * cd->cap / 100);
        cd->want.next = first;
        first = &cd->want;
    }
    return first;
}

static void tickle_now(const struct sched_tickle *t);

/* Parks or releases @s by its domain's cap. Its CPU's lock is held. */
static void apply_cap(struct credit_dom *cd, struct sched_vcpu *s)
{
    struct sched_tickle t = { 0 };
    struct vcpu *v = s->v;
    struct sched_cpu *sc = sched_cpu_of(v->cpu);

    if (cd->cap && s->credit < 0 && !s->parked) {
        s->parked = true;
        if (s->queued)
            queue_remove(s);
        else if (sc->curr == v)
            cpu_softirq_raise(v->cpu, SOFTIRQ_SCHEDULE);
    } else if (s->parked && (!cd->cap || s->credit >= 0)) {
        s->parked = false;
        if (vcpu_runnable(v) && sc->curr != v && !v->migrate_pending) {
            queue_insert(s);
            sched_credit_ops.tickle(v, &t);
            tickle_now(&t);
        }
    }
}

static void account_vcpu(struct credit_dom *cd, struct vcpu *v, s64 gain, s_time_t t)
{
    struct sched_vcpu *s = v->sched;
    struct sched_cpu *sc;
    unsigned int cpu;
    u8 old;

    do {
        cpu = READ_ONCE(v->cpu);
        sc = sched_cpu_of(cpu);
        spin_lock_irq(&sc->lock);
        if (cpu == v->cpu)
            break;
        spin_unlock_irq(&sc->lock);
    } while (true);
    if (sc->curr == v)
        burn(s, t);
    s->credit = min(s->credit + gain, slice_ns());
    s->credit = max(s->credit, -slice_ns());
    s->active = sc->curr == v || s->queued || s->parked;
    old = s->prio;
    if (s->prio != PRIO_BOOST)
        prio_from_credit(s);
    if (s->queued && s->prio != old) {
        queue_remove(s);
        queue_insert(s);
    }
    apply_cap(cd, s);
    spin_unlock_irq(&sc->lock);
}

static void account(void *unused)
{
    struct credit_want *wants;
    struct credit_dom *cd;
    struct vcpu *v;
    s_time_t t = now();

    spin_lock(&credit_lock);
    wants = collect_wants();
    credit_share_out(wants, cpumask_weight(&cpu_online_map), slice_ns());
    list_for_each_entry(cd, &all_doms, link) {
        if (!cd->nr_active)
            continue;
        for_each_vcpu(cd->d, v)
            if (v->sched && v->sched->active)
                account_vcpu(cd, v, cd->want.own.share / cd->nr_active, t);
    }
    spin_unlock(&credit_lock);
    if (wants)
        timer_set(&account_timer, t + slice_ns());
    else
        __atomic_store_n(&account_armed, false, __ATOMIC_SEQ_CST);
}

static void want_accounting(s_time_t t)
{
    if (unlikely(!READ_ONCE(account_armed)) && !__atomic_exchange_n(&account_armed, true, __ATOMIC_SEQ_CST))
        timer_set(&account_timer, t + slice_ns());
}

/* ---- the policy's operations ---- */

/* First of @m after @from, around the end; @m is not empty. */
static unsigned int next_cpu_in(const cpumask_t *m, unsigned int from)
{
    unsigned int cpu = cpumask_next(from, m);

    return cpu < NR_CPUS ? cpu : cpumask_first(m);
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

    s->active = true;
    s->yielding = false;
    prio_from_credit(s);
    if (woken && s->prio == PRIO_UNDER)
        s->prio = PRIO_BOOST;
    if (!s->parked)
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
    if (curr->sched->prio < v->sched->prio)
        out->cpu[out->n++] = (u16)v->cpu;
    wake_idle_for(v, out);
}

/* For those who keep the lock. */
static void tickle_now(const struct sched_tickle *t)
{
    for (unsigned int i = 0; i < t->n; i++)
        cpu_softirq_raise(t->cpu[i], SOFTIRQ_SCHEDULE);
}

static void credit_tick(unsigned int cpu, s_time_t t)
{
    struct sched_cpu *sc = sched_cpu_of(cpu);
    struct sched_vcpu *s = sc->curr->sched, *head = queue_head(cpu);
    struct sched_tickle idle = { 0 };

    if (s->burn_from != t) {
        burn(s, t);
        prio_from_credit(s);
    }
    want_accounting(t);
    /* One that has used up its share looks, once a slice, for somebody with credit on other CPUs, too. */
    if ((head && head->prio > s->prio) || ((head || s->prio == PRIO_OVER) && t - s->slice_from >= slice_ns()))
        cpu_softirq_raise(cpu, SOFTIRQ_SCHEDULE);
    if (head)
        wake_idle_for(head->v, &idle);
    tickle_now(&idle);
    timer_set(&sc->tick, t + min(MILLISECS(TICK_MS), slice_ns()));
}

static void credit_yield(struct vcpu *v) { v->sched->yielding = true; }

/* The best of another CPU's queue that may run here and is above @floor. Our lock is held: others' are only tried. */
static struct sched_vcpu *steal_from(unsigned int peer, unsigned int cpu, int floor, bool soft)
{
    struct sched_cpu *sc = sched_cpu_of(peer);
    struct sched_vcpu *s, *found = NULL;

    if (!READ_ONCE(ccpu(peer)->nr_queued) || !spin_trylock(&sc->lock))
        return NULL;
    list_for_each_entry(s, &ccpu(peer)->queue, link) {
        if (s->prio <= floor)
            break;
        if (!s->v->is_running && cpumask_test(cpu, &s->v->may_run) &&
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

static struct sched_vcpu *steal(unsigned int cpu, int floor)
{
    struct sched_vcpu *s;
    unsigned int peer;

    for (int soft = 1; soft >= 0; soft--) {
        for_each_online_cpu(peer) {
            if (peer == cpu)
                continue;
            s = steal_from(peer, cpu, floor, soft);
            if (s)
                return s;
        }
    }
    return NULL;
}

/* @prev may go on without a look at the queue: it began a moment ago and nobody urgent waits. */
static bool within_ratelimit(const struct sched_vcpu *s, const struct sched_vcpu *head, s_time_t t)
{
    return !s->yielding && t - s->slice_from < MICROSECS(opt_ratelimit_us) && (!head || head->prio != PRIO_BOOST);
}

static struct vcpu *credit_pick_next(unsigned int cpu, struct vcpu *prev, s_time_t t)
{
    struct sched_vcpu *head = queue_head(cpu), *s = prev->sched;

    if (!prev->is_idle) {
        burn(s, t);
        if (vcpu_runnable(prev) && !prev->migrate_pending && !s->parked) {
            if (within_ratelimit(s, head, t))
                return prev;
            if (s->prio != PRIO_BOOST || t - s->slice_from >= MICROSECS(opt_ratelimit_us))
                prio_from_credit(s);
            queue_insert(s);
            head = queue_head(cpu);
        }
        s->yielding = false;
    }
    if (!head || head->prio < PRIO_UNDER) {
        struct sched_vcpu *other = steal(cpu, head ? head->prio : -1);

        if (other) {
            other->burn_from = other->slice_from = t;
            return other->v;
        }
    }
    if (!head)
        return NULL;
    queue_remove(head);
    head->burn_from = head->slice_from = t;
    return head->v;
}

static void credit_init(void)
{
    if (opt_tslice_ms < 1 || opt_tslice_ms > 1000) {
        printk(XENLOG_WARN "sched_credit_tslice_ms=%u is not in 1..1000: 30 is used\n", opt_tslice_ms);
        opt_tslice_ms = 30;
    }
    timer_init(&account_timer, account, NULL, 0);
}

static void credit_init_cpu(unsigned int cpu)
{
    list_init(&ccpu(cpu)->queue);
    ccpu(cpu)->nr_queued = 0;
}

static int credit_init_domain(struct domain *d)
{
    struct credit_dom *cd = xzalloc(sizeof(*cd));

    if (!cd)
        return -ENOMEM;
    cd->d = d;
    cd->weight = DEFAULT_WEIGHT;
    d->sched_dom = cd;
    spin_lock(&credit_lock);
    list_add_tail(&cd->link, &all_doms);
    spin_unlock(&credit_lock);
    return 0;
}

static void credit_destroy_domain(struct domain *d)
{
    struct credit_dom *cd = d->sched_dom;

    spin_lock(&credit_lock);
    list_del(&cd->link);
    spin_unlock(&credit_lock);
    d->sched_dom = NULL;
    xfree(cd);
}

static int credit_init_vcpu(struct vcpu *v)
{
    struct sched_vcpu *s = xzalloc(sizeof(*s));

    if (!s)
        return -ENOMEM;
    list_init(&s->link);
    s->v = v;
    s->credit = slice_ns();
    s->prio = PRIO_UNDER;
    v->sched = s;
    return 0;
}

/* Under credit_lock, so that account() does not see it go. */
static void credit_destroy_vcpu(struct vcpu *v)
{
    struct sched_vcpu *s = v->sched;

    spin_lock(&credit_lock);
    v->sched = NULL;
    spin_unlock(&credit_lock);
    xfree(s);
}

/* Weight 0 and cap ~0 leave the value as it is. */
static int credit_set_params(struct domain *d, const struct sched_params *p)
{
    struct credit_dom *cd = d->sched_dom;

    if (p->cap != 0xffff && p->cap > 100 * d->max_vcpus)
        return -EINVAL;
    spin_lock(&credit_lock);
    if (p->weight)
        cd->weight = p->weight;
    if (p->cap != 0xffff)
        cd->cap = p->cap;
    spin_unlock(&credit_lock);
    return 0;
}

static void credit_get_params(struct domain *d, struct sched_params *p)
{
    struct credit_dom *cd = d->sched_dom;

    *p = (struct sched_params){ .weight = cd->weight, .cap = cd->cap };
}

static int credit_set_global(const struct sched_global *g)
{
    if (g->tslice_ms < 1 || g->tslice_ms > 1000)
        return -EINVAL;
    if (g->ratelimit_us && (g->ratelimit_us < 100 || g->ratelimit_us > 500000 || g->ratelimit_us > g->tslice_ms * 1000))
        return -EINVAL;
    WRITE_ONCE(opt_tslice_ms, g->tslice_ms);
    WRITE_ONCE(opt_ratelimit_us, g->ratelimit_us);
    return 0;
}

static void credit_get_global(struct sched_global *g)
{
    *g = (struct sched_global){ .tslice_ms = opt_tslice_ms, .ratelimit_us = opt_ratelimit_us };
}

static void credit_dump(unsigned int cpu)
{
    struct vcpu *curr = sched_cpu_of(cpu)->curr;
    struct sched_vcpu *s;
    unsigned long f = spin_lock_irqsave(&sched_cpu_of(cpu)->lock);

    printk(" CPU%u runs d%uv%u, %u queued\n", cpu, curr->domain->id, curr->id, ccpu(cpu)->nr_queued);
    list_for_each_entry(s, &ccpu(cpu)->queue, link)
        printk("   d%uv%u priority %u credit %ld us\n", s->v->domain->id, s->v->id, s->prio, (long)(s->credit / 1000));
    spin_unlock_irqrestore(&sched_cpu_of(cpu)->lock, f);
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
