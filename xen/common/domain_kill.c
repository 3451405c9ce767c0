/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's death: giving everything back in preemptible steps, then freeing it with its last reference. */
#include <xen/domain.h>
#include <xen/domain_impl.h>
#include <xen/errno.h>
#include <xen/event.h>
#include <xen/event_impl.h>
#include <xen/frame_check.h>
#include <xen/iommu.h>
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/timer.h>
#include <x86/mm.h>

#define STEP_PAUSE MICROSECS(100)    /* between two steps of a domain's freeing */

/* Domains without references, waiting for free_dead(). dead_lock guards it; taken with interrupts off. */
static struct domain *dead_list;
static unsigned int nr_dead;        /* on the list or being freed; atomic */
static spinlock_t dead_lock = SPIN_LOCK_UNLOCKED;
static struct tasklet dead_tasklet;
static struct timer dead_timer;     /* for the next step */

static struct domain *take_dead(void)
{
    unsigned long f = spin_lock_irqsave(&dead_lock);
    struct domain *d = dead_list;

    if (d)
        dead_list = d->next_dead;
    spin_unlock_irqrestore(&dead_lock, f);
    return d;
}

static void add_dead(struct domain *d)
{
    unsigned long f = spin_lock_irqsave(&dead_lock);

    d->next_dead = dead_list;
    dead_list = d;
    spin_unlock_irqrestore(&dead_lock, f);
}

/* True: @d is freed. False: this CPU has pending work, and a part of @d is left. */
static bool free_one(struct domain *d)
{
    domlist_remove(d);
    if (!domain_free_vcpus(d) || exchange_end(d) || !evtchn_domain_free_pages(d) || !grant_table_free_pages(d) ||
        !domain_free_rights(d))
        return false;
    domain_free(d);
    __atomic_sub_fetch(&nr_dead, 1, __ATOMIC_RELEASE);
    evtchn_send_global_virq(VIRQ_DOM_EXC);
    return true;
}

/*
 * The vCPU that runs here has an event to take: no softirq is pending for that, so nothing below would stop for it. Freeing waits
 * once, so that a vCPU that has an event each time does not keep it from going on.
 */
static bool give_way(void)
{
    static bool given;
    bool give = !READ_ONCE(given) && !current->is_idle && vcpu_event_deliverable(current);

    WRITE_ONCE(given, give);
    return give;
}

/* In steps, between which the CPU returns to its vCPU: softirqs alone would be gone on with before its events. */
static void free_dead(void *unused)
{
    struct domain *d;

    if (give_way()) {
        timer_set(&dead_timer, now() + STEP_PAUSE);
        return;
    }
    while ((d = take_dead())) {
        bool whole = free_one(d);

        if (!whole)
            add_dead(d);
        if (!whole || preempt_check()) {
            timer_set(&dead_timer, now() + STEP_PAUSE);
            return;
        }
    }
}

static void dead_timer_fired(void *unused) { tasklet_schedule(&dead_tasklet); }

bool domain_frees_pending(void) { return __atomic_load_n(&nr_dead, __ATOMIC_ACQUIRE) != 0; }

void domain_kill_init(void)
{
    tasklet_init(&dead_tasklet, free_dead, NULL);
    timer_init(&dead_timer, dead_timer_fired, NULL, 0);
}

/* The structure is freed later, outside of whatever locks the caller holds. */
void domain_put(struct domain *d)
{
    int32_t left = __atomic_sub_fetch(&d->refs, 1, __ATOMIC_ACQ_REL);

    ASSERT(left >= 0);
    if (left)
        return;
    __atomic_add_fetch(&nr_dead, 1, __ATOMIC_RELAXED);
    add_dead(d);
    tasklet_schedule(&dead_tasklet);
}

/* Each step can be called again after -ERESTART, and again after it has finished. */
static int relinquish(struct domain *d)
{
    struct vcpu *v;
    int rc = evtchn_domain_close_all(d);

    if (!rc)
        rc = grant_table_relinquish(d);
    if (rc)
        return rc;
    for_each_vcpu(d, v)
        vcpu_unmap_info(v);
    irq_domain_release(d);
    rc = growths_undo(d);
    if (!rc)
        rc = exchange_end(d);
    if (!rc)
        rc = iommu_domain_release(d);         /* before its memory goes */
    return rc ? rc : arch_domain_relinquish(d);
}

/* Under the locks of those who give a domain something: whoever looks later gives it nothing more. */
static void mark_dying(struct domain *d)
{
    unsigned long f;

    spin_lock(&d->lock);
    spin_lock(&d->page_lock);
    f = spin_lock_irqsave(&d->evtchn->lock);
    d->dying = DOMAIN_DYING;
    spin_unlock_irqrestore(&d->evtchn->lock, f);
    spin_unlock(&d->page_lock);
    spin_unlock(&d->lock);
}

int domain_kill(struct domain *d)
{
    int rc;

    if (d == dom0 || d == current->domain)
        return -EINVAL;
    if (d->dying == DOMAIN_DEAD)
        return -ESRCH;
    if (d->dying == DOMAIN_ALIVE) {
        domain_pause(d);                    /* never to be undone */
        mark_dying(d);
    }
    rc = relinquish(d);
    if (rc)
        return rc;
    spin_lock(&d->lock);
    d->dying = DOMAIN_DEAD;
    spin_unlock(&d->lock);
    domain_watchdog_kill(d);
    evtchn_send_global_virq(VIRQ_DOM_EXC);
    domain_put(d);                          /* the creator's reference */
    return 0;
}
