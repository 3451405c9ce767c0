/* SPDX-License-Identifier: GPL-2.0-only */
/* vCPUs: creation, pausing, timers, the place of vcpu_info. */
#include <xen/domain.h>
#include <xen/domain_impl.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/time.h>

struct vcpu_info dummy_vcpu_info = { .evtchn_upcall_mask = 1 };

static unsigned int vcpu_order(void)
{
    unsigned int order = 0;

    while ((PAGE_SIZE << order) < sizeof(struct vcpu))
        order++;
    return order;
}

static void singleshot_fired(void *arg)
{
    evtchn_send_vcpu_virq(arg, VIRQ_TIMER);
}

/* Beats stay on the grid of the period; those that were missed are not made up for. */
static void periodic_fired(void *arg)
{
    struct vcpu *v = arg;
    u64 period = READ_ONCE(v->periodic_period);
    s_time_t t = now();

    if (!period)
        return;
    evtchn_send_vcpu_virq(v, VIRQ_TIMER);
    v->periodic_last += period;
    if ((s_time_t)(v->periodic_last + period) <= t)
        v->periodic_last = t;
    timer_set(&v->periodic_timer, v->periodic_last + period);
}

/* The timer outlives a poll that an event ended: what the vCPU waits for now is not its business. */
static void poll_timed_out(void *arg)
{
    struct vcpu *v = arg;

    if (READ_ONCE(v->pause_flags) & VPF_POLLING)
        vcpu_unblock(v);
}

void vcpu_set_periodic_timer(struct vcpu *v, u64 period)
{
    timer_stop(&v->periodic_timer);
    WRITE_ONCE(v->periodic_period, period);
    v->periodic_last = now();
    if (period)
        timer_set(&v->periodic_timer, v->periodic_last + period);
}

static struct vcpu *vcpu_alloc(struct domain *d, unsigned int id, unsigned int cpu)
{
    struct vcpu *v = alloc_xen_pages(vcpu_order(), ALLOC_ZERO);

    if (!v)
        return NULL;
    v->domain = d;
    v->id = id;
    v->cpu = cpu;
    v->info = d->shared_info && id < XEN_LEGACY_MAX_VCPUS ? &d->shared_info->vcpu_info[id] : &dummy_vcpu_info;
    v->pause_flags = VPF_DOWN;
    cpumask_setall(&v->hard_affinity);
    cpumask_setall(&v->soft_affinity);
    v->may_run = d->pool_cpus;
    v->runstate.state = RUNSTATE_offline;
    v->runstate.state_entry_time = now();
    timer_init(&v->singleshot_timer, singleshot_fired, v, cpu);
    timer_init(&v->periodic_timer, periodic_fired, v, cpu);
    timer_init(&v->poll_timer, poll_timed_out, v, cpu);
    return v;
}

void vcpu_free(struct vcpu *v)
{
    v->domain->vcpu[v->id] = NULL;      /* first: whoever walks the vCPUs under the scheduler's lock misses it from here on */
    timer_kill(&v->singleshot_timer);
    timer_kill(&v->periodic_timer);
    timer_kill(&v->poll_timer);
    sched_destroy_vcpu(v);
    arch_vcpu_destroy(v);
    evtchn_vcpu_destroy(v);
    vcpu_unmap_info(v);
    free_xen_pages(v, vcpu_order());
}

/* The vCPU is down until VCPUOP_up or setvcpucontext. NULL: no such slot, taken, or no memory. */
struct vcpu *vcpu_create(struct domain *d, unsigned int id)
{
    struct vcpu *v;

    if (id >= d->max_vcpus || d->vcpu[id])
        return NULL;
    v = vcpu_alloc(d, id, sched_place_new_vcpu(d, id));
    if (!v)
        return NULL;
    if (arch_vcpu_create(v))
        goto err_free;
    if (evtchn_vcpu_init(v))
        goto err_arch;
    if (sched_init_vcpu(v))
        goto err_evtchn;
    __atomic_store_n(&d->vcpu[id], v, __ATOMIC_RELEASE);
    vcpu_confine(v);                 /* again, now that whoever changes the pool finds it */
    return v;
err_evtchn:
    evtchn_vcpu_destroy(v);
err_arch:
    arch_vcpu_destroy(v);
err_free:
    free_xen_pages(v, vcpu_order());
    return NULL;
}

/* Idle vCPUs have no guest state at all: they are only ever "switched to". */
struct vcpu *idle_vcpu_create(unsigned int cpu)
{
    struct vcpu *v = vcpu_alloc(idle_domain, cpu, cpu);

    if (!v)
        return NULL;
    v->is_idle = v->is_initialised = true;
    v->pause_flags = 0;
    cpumask_zero(&v->hard_affinity);
    cpumask_set(cpu, &v->hard_affinity);
    v->may_run = v->hard_affinity;
    v->runstate.state = RUNSTATE_running;
    v->is_running = true;
    idle_domain->vcpu[cpu] = v;
    return v;
}

void vcpu_pause_nosync(struct vcpu *v)
{
    __atomic_add_fetch(&v->pause_count, 1, __ATOMIC_SEQ_CST);
    vcpu_sleep_nosync(v);
}

void vcpu_pause(struct vcpu *v)
{
    ASSERT(v != current);
    vcpu_pause_nosync(v);
    vcpu_sleep_nosync(v);
    vcpu_wait_stopped(v);
}

void vcpu_unpause(struct vcpu *v)
{
    int32_t left = __atomic_sub_fetch(&v->pause_count, 1, __ATOMIC_SEQ_CST);

    ASSERT(left >= 0);
    if (left == 0)
        vcpu_wake(v);
}

/*
 * Moves @v's vcpu_info into a page of its domain, once. @v is current or down, so that
 * nobody but event senders looks at the old place; they are made up for by evtchn_resync_vcpu().
 */
int vcpu_map_info(struct vcpu *v, gfn_t gfn, unsigned int offset)
{
    struct domain *d = v->domain;
    struct frame_info *f;
    struct vcpu_info *to;

    if (offset > PAGE_SIZE - sizeof(struct vcpu_info) || offset % sizeof(u64))
        return -ENXIO;                  /* as 4.17 */
    if (v->info_frame || (v != current && !(v->pause_flags & VPF_DOWN)))
        return -EINVAL;
    if (!mfn_is_ram(mfn(gfn_x(gfn))))
        return -EINVAL;
    f = mfn_to_frame(mfn(gfn_x(gfn)));
    if (frame_get_and_type(f, d, FT_WRITABLE))
        return -EINVAL;
    to = (struct vcpu_info *)((char *)frame_to_virt(f) + offset);
    if (v->info == &dummy_vcpu_info) {
        memset(to, 0, sizeof(*to));
        to->evtchn_upcall_mask = 1;
    } else {
        memcpy(to, v->info, sizeof(*to));
    }
    v->info_frame = f;
    __atomic_store_n(&v->info, to, __ATOMIC_SEQ_CST);
    evtchn_resync_vcpu(v);
    time_update_vcpu(v, true);
    return 0;
}

/*
 * @v's domain is dying. Nobody sends it an event any more: a sender holds the lock of the port it sends from or to, and
 * under those locks all ports were closed before.
 */
void vcpu_unmap_info(struct vcpu *v)
{
    struct frame_info *f = v->info_frame;

    if (!f)
        return;
    __atomic_store_n(&v->info, &dummy_vcpu_info, __ATOMIC_SEQ_CST);
    v->info_frame = NULL;
    frame_put_and_type(f);
}
