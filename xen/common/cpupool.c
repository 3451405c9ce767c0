/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU pools. A domain keeps a copy of its pool's CPUs (domain.pool_cpus), written here and followed by a recomputation of
 * where each of its vCPUs may run: who changes an affinity meanwhile reads the copy under the vCPU's lock, before or after.
 */
#include <xen/cpupool.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/list.h>
#include <xen/page_alloc.h>
#include <xen/sched.h>

struct cpupool {
    struct list_head link;       /* by rising id */
    u32 id;
    cpumask_t cpus;
    struct list_head domains;    /* domain.pool_link */
    u32 nr_domains;
};

/* Guards all pools and domain.pool_link, .pool_id; outer to the scheduler's locks. */
static spinlock_t pool_lock = SPIN_LOCK_UNLOCKED;
static struct list_head pools = LIST_HEAD_INIT(pools);
static cpumask_t free_cpus;
static struct cpupool pool_0 = { .domains = LIST_HEAD_INIT(pool_0.domains) };

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

int cpupool_destroy(u32 id)
{
    struct cpupool *p;
    int rc = 0;

    spin_lock(&pool_lock);
    p = find(id);
    if (!p)
        rc = -ENOENT;
    else if (p == &pool_0 || p->nr_domains || !cpumask_empty(&p->cpus))
        rc = -EBUSY;
    else
        list_del(&p->link);
    spin_unlock(&pool_lock);
    if (!rc)
        xfree(p);
    return rc;
}

/* The lock is held. */
static void give_cpus(const struct cpupool *p, struct domain *d)
{
    struct vcpu *v;

    d->pool_cpus = p->cpus;
    for_each_vcpu(d, v)
        vcpu_confine(v);
}

static void cpus_changed(struct cpupool *p)
{
    struct domain *d;

    list_for_each_entry(d, &p->domains, pool_link)
        give_cpus(p, d);
}

int cpupool_add_cpu(u32 id, u32 cpu)
{
    struct cpupool *p;
    int rc = 0;

    spin_lock(&pool_lock);
    p = find(id);
    if (cpu == CPUPOOL_ANY && !cpumask_empty(&free_cpus))
        cpu = cpumask_first(&free_cpus);
    if (!p) {
        rc = -ENOENT;
    } else if (cpu != CPUPOOL_ANY && (cpu >= nr_cpu_ids || !cpumask_test(cpu, &cpu_online_map))) {
        rc = -EINVAL;
    } else if (cpu == CPUPOOL_ANY || !cpumask_test(cpu, &free_cpus)) {
        rc = -EBUSY;
    } else {
        cpumask_clear(cpu, &free_cpus);
        cpumask_set(cpu, &p->cpus);
        cpus_changed(p);
    }
    spin_unlock(&pool_lock);
    return rc;
}

static u32 last_of(const cpumask_t *m)
{
    u32 last = CPUPOOL_ANY;
    unsigned int cpu;

    for_each_cpu(cpu, m)
        last = cpu;
    return last;
}

int cpupool_remove_cpu(u32 id, u32 cpu)
{
    struct cpupool *p;
    int rc = 0;

    spin_lock(&pool_lock);
    p = find(id);
    if (p && cpu == CPUPOOL_ANY)
        cpu = last_of(&p->cpus);
    if (!p) {
        rc = -ENOENT;
    } else if (cpu >= nr_cpu_ids || !cpumask_test(cpu, &p->cpus)) {
        rc = -EINVAL;
    } else if (p->nr_domains && cpumask_weight(&p->cpus) == 1) {
        rc = -EBUSY;
    } else {
        cpumask_clear(cpu, &p->cpus);
        cpus_changed(p);
        cpumask_set(cpu, &free_cpus);
    }
    spin_unlock(&pool_lock);
    return rc;
}

/* The lock is held. */
static void enter(struct cpupool *p, struct domain *d)
{
    d->pool_id = p->id;
    list_add_tail(&d->pool_link, &p->domains);
    p->nr_domains++;
    give_cpus(p, d);
}

static void leave(struct domain *d)
{
    list_del(&d->pool_link);
    find(d->pool_id)->nr_domains--;
}

int cpupool_enter(struct domain *d, u32 id)
{
    struct cpupool *p;
    int rc = -EINVAL;

    spin_lock(&pool_lock);
    p = find(id);
    if (p && !cpumask_empty(&p->cpus)) {
        enter(p, d);
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

int cpupool_move(struct domain *d, u32 id)
{
    struct cpupool *p;
    int rc = 0;

    spin_lock(&pool_lock);
    p = find(id);
    if (!p) {
        rc = -ENOENT;
    } else if (cpumask_empty(&p->cpus)) {
        rc = -EINVAL;
    } else if (p->id != d->pool_id && d == dom0) {
        rc = -EBUSY;
    } else if (p->id != d->pool_id) {
        leave(d);
        enter(p, d);
    }
    spin_unlock(&pool_lock);
    return rc;
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
