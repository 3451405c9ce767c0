/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU pools. A domain keeps a copy of its pool's CPUs (domain.pool_cpus), written here and followed by a recomputation of
 * where each of its vCPUs may run: who changes an affinity meanwhile reads the copy under the vCPU's lock, before or after.
 *
 * A pool has many vCPUs: its domains follow a change of its CPUs in steps. There is one such change at a time, which whoever changes a
 * pool next completes first. The domains that have not followed are the first ones of the pool's list.
 */
#include <xen/cpupool.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/page_alloc.h>
#include <xen/sched.h>
#include <xen/softirq.h>

struct cpupool {
    struct list_head link;       /* by rising id */
    u32 id;
    cpumask_t cpus;
    struct list_head domains;    /* domain.pool_link */
    u32 nr_domains;
    u32 generation;              /* of @cpus; domain.pool_generation: of the domain's copy */
    cpumask_t leaving;           /* taken from @cpus, and to be free when no vCPU may run there any more */
};

/* Guards all pools and domain.pool_link, .pool_id; outer to the scheduler's locks. */
static spinlock_t pool_lock = SPIN_LOCK_UNLOCKED;
static struct list_head pools = LIST_HEAD_INIT(pools);
static cpumask_t free_cpus;
static struct cpupool pool_0 = { .domains = LIST_HEAD_INIT(pool_0.domains) };
static struct cpupool *changing; /* the pool whose domains follow a change; NULL: none */

static struct cpupool *find(u32 id)
{
    struct cpupool *p;

    list_for_each_entry(p, &pools, link)
        if (p->id == id)
            return p;
    return NULL;
}

void cpupool_init(void)
{
    pool_0.cpus = cpu_online_map;
    list_add_tail(&pool_0.link, &pools);
}

/* Where @p goes in the list; *@id free. NULL: taken. */
static struct list_head *place_for(u32 *id)
{
    struct cpupool *p;
    u32 unused = 0;

    list_for_each_entry(p, &pools, link) {
        if (p->id == *id)
            return NULL;
        if (*id == CPUPOOL_ANY ? p->id != unused : p->id > *id)
            break;
        unused = p->id + 1;
    }
    if (*id == CPUPOOL_ANY)
        *id = unused;
    return &p->link;             /* the list's head at its end */
}

int cpupool_create(u32 *id)
{
    struct cpupool *p = xzalloc(sizeof(*p));
    struct list_head *before;

    if (!p)
        return -ENOMEM;
    list_init(&p->domains);
    spin_lock(&pool_lock);
    before = place_for(id);
    if (before) {
        p->id = *id;
        list_add_tail(&p->link, before);
    }
    spin_unlock(&pool_lock);
    if (before)
        return 0;
    xfree(p);
    return -EEXIST;
}

/* ---- changes ---- */

/* @d's vCPUs may run where its pool lets them. False: work is pending, and some are left. pool_lock held. */
static bool domain_follows(const struct cpupool *p, struct domain *d)
{
    if (!d->pool_next_vcpu)
        d->pool_cpus = p->cpus;
    while (d->pool_next_vcpu < d->max_vcpus) {
        struct vcpu *v = domain_vcpu(d, d->pool_next_vcpu++);

        if (v)
            vcpu_confine(v);
        if (d->pool_next_vcpu < d->max_vcpus && preempt_check())
            return false;
    }
    d->pool_next_vcpu = 0;
    d->pool_generation = p->generation;
    return true;
}

/* The rest of the last change. 0 or -ERESTART. pool_lock held. */
static int complete_change(void)
{
    struct cpupool *p = changing;

    while (p && !list_empty(&p->domains)) {
        struct domain *d = list_first_entry(&p->domains, struct domain, pool_link);

        if (d->pool_generation == p->generation)
            break;
        if (!domain_follows(p, d))
            return -ERESTART;
        list_del(&d->pool_link);
        list_add_tail(&d->pool_link, &p->domains);
        if (preempt_check())
            return -ERESTART;
    }
    if (p) {
        cpumask_or(&free_cpus, &free_cpus, &p->leaving);
        cpumask_zero(&p->leaving);
    }
    changing = NULL;
    return 0;
}

static void cpus_changed(struct cpupool *p)
{
    p->generation++;
    changing = p;
}

int cpupool_destroy(u32 id)
{
    struct cpupool *p;
    int rc;

    spin_lock(&pool_lock);
    rc = complete_change();
    p = find(id);
    if (!rc && !p)
        rc = -ENOENT;
    else if (!rc && (p == &pool_0 || p->nr_domains || !cpumask_empty(&p->cpus)))
        rc = -EBUSY;
    if (!rc)
        list_del(&p->link);
    spin_unlock(&pool_lock);
    if (!rc)
        xfree(p);
    return rc;
}

/* A change of a pool, and how it begins: with pool_lock held, 0 or a negative errno with nothing changed. */
struct pool_change {
    int (*begin)(const struct pool_change *c);
    u32 id, cpu;
    struct domain *d;
};

/* Begins @c after the change before, unless it has *begun, then does what follows it. 0, -ERESTART or a negative errno. */
static int change_pool(const struct pool_change *c, bool *begun)
{
    int rc;

    spin_lock(&pool_lock);
    rc = complete_change();
    if (!rc && !*begun) {
        rc = c->begin(c);
        *begun = !rc;
        if (!rc)
            rc = complete_change();
    }
    spin_unlock(&pool_lock);
    return rc;
}

static int add_cpu_locked(const struct pool_change *c)
{
    struct cpupool *p = find(c->id);
    u32 cpu = c->cpu;

    if (cpu == CPUPOOL_ANY && !cpumask_empty(&free_cpus))
        cpu = cpumask_first(&free_cpus);
    if (!p)
        return -ENOENT;
    if (cpu != CPUPOOL_ANY && (cpu >= nr_cpu_ids || !cpumask_test(cpu, &cpu_online_map)))
        return -EINVAL;
    if (cpu == CPUPOOL_ANY || !cpumask_test(cpu, &free_cpus))
        return -EBUSY;
    cpumask_clear(cpu, &free_cpus);
    cpumask_set(cpu, &p->cpus);
    cpus_changed(p);
    return 0;
}

static u32 last_of(const cpumask_t *m)
{
    u32 last = CPUPOOL_ANY;
    unsigned int cpu;

    for_each_cpu(cpu, m)
        last = cpu;
    return last;
}

static int remove_cpu_locked(const struct pool_change *c)
{
    struct cpupool *p = find(c->id);
    u32 cpu = c->cpu;

    if (p && cpu == CPUPOOL_ANY)
        cpu = last_of(&p->cpus);
    if (!p)
        return -ENOENT;
    if (cpu >= nr_cpu_ids || !cpumask_test(cpu, &p->cpus))
        return -EINVAL;
    if (p->nr_domains && cpumask_weight(&p->cpus) == 1)
        return -EBUSY;
    cpumask_clear(cpu, &p->cpus);
    cpumask_set(cpu, &p->leaving);
    cpus_changed(p);
    return 0;
}

int cpupool_add_cpu(u32 id, u32 cpu, bool *begun)
{
    return change_pool(&(struct pool_change){ .begin = add_cpu_locked, .id = id, .cpu = cpu }, begun);
}

int cpupool_remove_cpu(u32 id, u32 cpu, bool *begun)
{
    return change_pool(&(struct pool_change){ .begin = remove_cpu_locked, .id = id, .cpu = cpu }, begun);
}

/* ---- domains ---- */

/* The lock is held. */
static void enter(struct cpupool *p, struct domain *d)
{
    d->pool_id = p->id;
    d->pool_next_vcpu = 0;
    p->nr_domains++;
}

static void leave(struct domain *d)
{
    list_del(&d->pool_link);
    find(d->pool_id)->nr_domains--;
}

/* @d has no vCPU yet. */
int cpupool_enter(struct domain *d, u32 id)
{
    struct cpupool *p;
    int rc = -EINVAL;

    spin_lock(&pool_lock);
    p = find(id);
    if (p && !cpumask_empty(&p->cpus)) {
        enter(p, d);
        d->pool_cpus = p->cpus;
        d->pool_generation = p->generation;
        list_add_tail(&d->pool_link, &p->domains);
        rc = 0;
    }
    spin_unlock(&pool_lock);
    return rc;
}

void cpupool_leave(struct domain *d)
{
    if (!d->pool_link.next)
        return;                      /* never entered one */
    spin_lock(&pool_lock);
    leave(d);
    d->pool_link.next = NULL;
    spin_unlock(&pool_lock);
}

static int move_locked(const struct pool_change *c)
{
    struct cpupool *p = find(c->id);
    struct domain *d = c->d;

    if (!p)
        return -ENOENT;
    if (cpumask_empty(&p->cpus))
        return -EINVAL;
    if (p->id == d->pool_id)
        return 0;
    if (d == dom0)
        return -EBUSY;
    leave(d);
    enter(p, d);
    d->pool_generation = p->generation - 1;
    list_add(&d->pool_link, &p->domains);
    changing = p;
    return 0;
}

int cpupool_move(struct domain *d, u32 id, bool *begun)
{
    return change_pool(&(struct pool_change){ .begin = move_locked, .id = id, .d = d }, begun);
}

int cpupool_get_info(u32 from, struct cpupool_info *out)
{
    struct cpupool *p;
    int rc = -ENOENT;

    spin_lock(&pool_lock);
    list_for_each_entry(p, &pools, link) {
        if (p->id < from)
            continue;
        *out = (struct cpupool_info){ .id = p->id, .nr_domains = p->nr_domains, .cpus = p->cpus };
        rc = 0;
        break;
    }
    spin_unlock(&pool_lock);
    return rc;
}

bool cpupool_exists(u32 id)
{
    bool there;

    spin_lock(&pool_lock);
    there = find(id);
    spin_unlock(&pool_lock);
    return there;
}

void cpupool_get_free(cpumask_t *out)
{
    spin_lock(&pool_lock);
    *out = free_cpus;
    spin_unlock(&pool_lock);
}
