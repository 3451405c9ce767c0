/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains: creation, the list of all, references, pausing. Death is in domain_kill.c, stopping in domain_shutdown.c. */
#include <xen/domain.h>
#include <xen/domain_impl.h>
#include <xen/cpupool.h>
#include <xen/errno.h>
#include <xen/iommu.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <xen/rangeset.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <x86/mm.h>
#include <x86/pt_lock.h>

struct domain *dom0 __read_mostly, *dom_xen __read_mostly, *dom_io __read_mostly, *idle_domain __read_mostly;

#define DOM_HASH_SIZE 64

/* Guards the list, the hash, next_dead and the rover of ids. Never taken from interrupts. */
static spinlock_t domlist_lock = SPIN_LOCK_UNLOCKED;
static struct domain *domlist;
static struct domain *domhash[DOM_HASH_SIZE];

static void domlist_add(struct domain *d)
{
    struct domain **p = &domlist;

    spin_lock(&domlist_lock);
    while (*p && (*p)->id < d->id)
        p = &(*p)->next_in_list;
    d->next_in_list = *p;
    *p = d;
    d->next_in_hash = domhash[d->id % DOM_HASH_SIZE];
    domhash[d->id % DOM_HASH_SIZE] = d;
    spin_unlock(&domlist_lock);
}

void domlist_remove(struct domain *d)
{
    struct domain **p;

    spin_lock(&domlist_lock);
    for (p = &domlist; *p && *p != d; p = &(*p)->next_in_list)
        ;
    if (*p)
        *p = d->next_in_list;
    for (p = &domhash[d->id % DOM_HASH_SIZE]; *p && *p != d; p = &(*p)->next_in_hash)
        ;
    if (*p)
        *p = d->next_in_hash;
    spin_unlock(&domlist_lock);
}

static struct domain *find_locked(u16 id)
{
    struct domain *d = domhash[id % DOM_HASH_SIZE];

    while (d && d->id != id)
        d = d->next_in_hash;
    return d;
}

u16 domain_free_id(void)
{
    static u16 rover;
    u16 id = 0;

    spin_lock(&domlist_lock);
    for (unsigned int n = 1; n < DOMID_FIRST_RESERVED; n++) {
        rover = rover + 1 < (int)DOMID_FIRST_RESERVED ? rover + 1 : 1;
        if (!find_locked(rover)) {
            id = rover;
            break;
        }
    }
    spin_unlock(&domlist_lock);
    return id;
}

/* Takes a reference unless the last one is gone already. */
bool domain_get(struct domain *d)
{
    int32_t old = __atomic_load_n(&d->refs, __ATOMIC_RELAXED);

    do {
        if (old <= 0)
            return false;
    } while (!__atomic_compare_exchange_n(&d->refs, &old, old + 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    return true;
}

struct domain *domain_get_by_id(u16 id)
{
    struct domain *d;

    if (id == DOMID_SELF)
        return domain_get(current->domain) ? current->domain : NULL;
    spin_lock(&domlist_lock);
    d = find_locked(id);
    if (d && (d->dying == DOMAIN_DEAD || !domain_get(d)))
        d = NULL;
    spin_unlock(&domlist_lock);
    return d;
}

struct domain *domain_get_next(u16 id)
{
    struct domain *d;

    spin_lock(&domlist_lock);
    for (d = domlist; d; d = d->next_in_list)
        if (d->id >= id && domain_get(d))
            break;
    spin_unlock(&domlist_lock);
    return d;
}

int domain_get_target(u16 id, struct domain **out)
{
    struct domain *me = current->domain;

    if (id != DOMID_SELF && id != me->id && !me->is_privileged) {
        struct domain *d = domain_get_by_id(id);

        if (!d)
            return -ESRCH;
        domain_put(d);
        return -EPERM;
    }
    *out = domain_get_by_id(id);
    return *out ? 0 : -ESRCH;
}

void domain_for_each(void (*fn)(struct domain *, void *), void *arg)
{
    spin_lock(&domlist_lock);
    for (struct domain *d = domlist; d; d = d->next_in_list)
        fn(d, arg);
    spin_unlock(&domlist_lock);
}

/* A structure with locks, lists and one reference; not on the list. */
static struct domain *domain_alloc(u16 id)
{
    struct domain *d = alloc_xen_page();

    if (!d)
        return NULL;
    d->id = id;
    d->refs = 1;
    d->shutdown_code = ~0u;
    spin_lock_init(&d->lock);
    spin_lock_init(&d->page_lock);
    pt_lock_init(d);
    frame_list_init(&d->page_list);
    frame_list_init(&d->xen_page_list);
    return d;
}

/* Ranges of each kind for a domain that others give rights to: a call goes through all of them. */
#define MAX_RIGHTS 512u

static int init_caps(struct domain *d)
{
    d->irq_caps = rangeset_new();
    d->iomem_caps = rangeset_new();
    d->ioport_caps = rangeset_new();
    if (!d->irq_caps || !d->iomem_caps || !d->ioport_caps)
        return -ENOMEM;
    if (d->is_privileged)
        return 0;
    rangeset_limit(d->irq_caps, MAX_RIGHTS);
    rangeset_limit(d->iomem_caps, MAX_RIGHTS);
    rangeset_limit(d->ioport_caps, MAX_RIGHTS);
    return 0;
}

bool domain_free_rights(struct domain *d)
{
    return rangeset_clear(d->irq_caps) && rangeset_clear(d->iomem_caps) && rangeset_clear(d->ioport_caps);
}

bool domain_free_vcpus(struct domain *d)
{
    struct vcpu *v;

    cpupool_leave(d);
    pt_lock_destroy(d);
    for_each_vcpu(d, v) {
        vcpu_free(v);
        if (preempt_check())
            return false;
    }
    return true;
}

/* Frees what domain_create() made. No reference, vCPU or frame is left. Any step may not have happened. */
void domain_free(struct domain *d)
{
    cpupool_leave(d);
    domain_watchdog_kill(d);
    if (d->sched_dom)
        sched_destroy_domain(d);
    if (d->arch.ops)
        arch_domain_destroy(d);
    if (d->grant)
        grant_table_destroy(d);
    evtchn_domain_free(d);
    iommu_domain_free(d);
    rangeset_free(d->irq_caps);
    rangeset_free(d->iomem_caps);
    rangeset_free(d->ioport_caps);
    if (d->shared_info)
        free_xen_page(d->shared_info);
    xfree(d->vcpu);
    free_xen_page(d);
}

static int check_config(const struct domain_config *cfg)
{
    if (!cfg->max_vcpus || cfg->max_vcpus > MAX_VCPUS)
        return -EINVAL;
    return cfg->max_grant_frames ? 0 : -EINVAL;
}

static int domain_build_parts(struct domain *d, const struct domain_config *cfg)
{
    int rc;

    d->vcpu = xcalloc(cfg->max_vcpus, sizeof(*d->vcpu));
    d->shared_info = alloc_xen_page();
    if (!d->vcpu || !d->shared_info)
        return -ENOMEM;
    d->max_vcpus = cfg->max_vcpus;
    rc = init_caps(d);
    if (!rc)
        rc = evtchn_domain_init(d, cfg->max_evtchn_port);
    if (!rc)
        rc = grant_table_create(d, cfg->max_grant_frames, cfg->max_maptrack_frames, cfg->grant_max_version);
    if (!rc)
        rc = sched_init_domain(d);
    if (!rc)
        rc = cpupool_enter(d, cfg->pool_id);
    if (!rc)
        rc = arch_domain_create(d);
    return rc;
}

struct domain *domain_create(u16 id, const struct domain_config *cfg, bool privileged, int *err)
{
    struct domain *d;

    *err = check_config(cfg);
    if (*err)
        return NULL;
    d = domain_alloc(id);
    *err = -ENOMEM;
    if (!d)
        return NULL;
    d->is_privileged = privileged;
    d->create_flags = cfg->flags;
    d->ssidref = cfg->ssidref;
    memcpy(d->handle, cfg->handle, sizeof(d->handle));
    d->pause_count = d->controller_pause_count = 1;
    d->max_pages = privileged ? ~0U : 0;
    domain_watchdog_init(d);
    *err = domain_build_parts(d, cfg);
    if (*err) {
        domain_free(d);
        return NULL;
    }
    share_xen_page_with_guest(d->shared_info, d, true);
    if (privileged && !dom0)
        dom0 = d;
    domlist_add(d);
    time_update_wallclock(d);       /* after it is listed: time_set_wallclock() from here on finds it */
    return d;
}

/* ---- pausing ---- */

static void pause_vcpus(struct domain *d, void (*sleep)(struct vcpu *))
{
    struct vcpu *v;

    for_each_vcpu(d, v)
        sleep(v);
}

void domain_pause_nosync(struct domain *d)
{
    __atomic_add_fetch(&d->pause_count, 1, __ATOMIC_SEQ_CST);
    pause_vcpus(d, vcpu_sleep_nosync);
}

void domain_pause(struct domain *d)
{
    ASSERT(d != current->domain);
    domain_pause_nosync(d);
    pause_vcpus(d, vcpu_wait_stopped);
}

void domain_unpause(struct domain *d)
{
    struct vcpu *v;
    int32_t left = __atomic_sub_fetch(&d->pause_count, 1, __ATOMIC_SEQ_CST);

    ASSERT(left >= 0);
    if (left == 0)
        for_each_vcpu(d, v)
            vcpu_wake(v);
}

/* The toolstack's own count is kept apart, so that it cannot undo a pause of the hypervisor's. */
int domain_pause_by_controller(struct domain *d)
{
    int rc = 0;

    spin_lock(&d->lock);
    if (d->controller_pause_count == 0x7fffff)
        rc = -EOVERFLOW;
    else
        d->controller_pause_count++;
    spin_unlock(&d->lock);
    if (!rc)
        domain_pause(d);
    return rc;
}

int domain_unpause_by_controller(struct domain *d)
{
    bool first = false;
    int rc = 0;

    spin_lock(&d->lock);
    if (d->controller_pause_count == 0) {
        rc = -EINVAL;
    } else {
        d->controller_pause_count--;
        first = !d->creation_finished;
        d->creation_finished = true;
    }
    spin_unlock(&d->lock);
    if (first)
        time_update_wallclock(d);   /* its builder may have cleared the page */
    if (!rc)
        domain_unpause(d);
    return rc;
}

/* ---- boot ---- */

static struct domain *special_domain(u16 id)
{
    struct domain *d = domain_alloc(id);

    if (!d || init_caps(d))
        panic("no memory for domain %u", id);
    d->max_pages = ~0U;
    return d;
}

void domain_init(void)
{
    dom_xen = special_domain(DOMID_XEN);
    dom_io = special_domain(DOMID_IO);
    idle_domain = special_domain(DOMID_IDLE);
    idle_domain->is_idle = true;
    idle_domain->max_vcpus = nr_cpu_ids;
    idle_domain->vcpu = xcalloc(nr_cpu_ids, sizeof(*idle_domain->vcpu));
    if (!idle_domain->vcpu)
        panic("no memory for the idle domain");
    domain_kill_init();
}
