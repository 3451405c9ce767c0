/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu_op: vCPUs of the caller's own domain; see public/vcpu.h. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <public/vcpu.h>
#include <x86/apic.h>
#include <x86/page.h>
#include <x86/pv.h>

static long op_initialise(struct vcpu *v, gva_t arg)
{
    struct domain *d = v->domain;
    struct vcpu_guest_context *c;
    long rc;

    if (v->info == &dummy_vcpu_info)
        return -EINVAL;
    c = xmalloc(sizeof(*c));
    if (!c)
        return -ENOMEM;
    rc = copy_from_guest(c, arg, sizeof(*c));
    if (!rc) {
        spin_lock(&d->lock);
        rc = v->is_initialised ? -EEXIST : arch_set_context(v, c);
        if (rc == -EBUSY || rc == -EPERM)    /* frames that are something else: to the caller all bad contexts are alike */
            rc = -EINVAL;
        if (!rc)
            v->is_initialised = true;
        spin_unlock(&d->lock);
    }
    xfree(c);
    return rc == -ERESTART ? hypercall_continue(3, (unsigned long)VCPUOP_initialise, (unsigned long)v->id, (unsigned long)gva_x(arg)) : rc;
}

static long op_up(struct vcpu *v, gva_t arg)
{
    bool wake;

    spin_lock(&v->domain->lock);
    if (!v->is_initialised) {
        spin_unlock(&v->domain->lock);
        return -EINVAL;
    }
    wake = __atomic_fetch_and(&v->pause_flags, ~VPF_DOWN, __ATOMIC_SEQ_CST) & VPF_DOWN;
    spin_unlock(&v->domain->lock);
    if (wake)
        vcpu_wake(v);
    return 0;
}

/* The last vCPU that goes down takes the domain with it: nothing could ever wake it. */
static long op_down(struct vcpu *v, gva_t arg)
{
    struct domain *d = v->domain;
    struct vcpu *o;
    bool any_up = false;

    spin_lock(&d->lock);
    for_each_vcpu(d, o)
        any_up |= o != v && !(o->pause_flags & VPF_DOWN);
    if (any_up)
        __atomic_fetch_or(&v->pause_flags, VPF_DOWN, __ATOMIC_SEQ_CST);
    spin_unlock(&d->lock);
    if (any_up)
        vcpu_sleep_nosync(v);
    else
        domain_shutdown(d, 0);
    return 0;
}

static long op_is_up(struct vcpu *v, gva_t arg) { return !(v->pause_flags & VPF_DOWN); }

static long op_get_runstate(struct vcpu *v, gva_t arg)
{
    struct vcpu_runstate_info r;

    vcpu_get_runstate(v, &r);
    return copy_to_guest(arg, &r, sizeof(r));
}

static long op_register_runstate(struct vcpu *v, gva_t arg)
{
    struct vcpu_register_runstate_memory_area a;
    struct vcpu_runstate_info r;

    if (copy_from_guest(&a, arg, sizeof(a)))
        return -EFAULT;
    if (!is_canonical(a.addr.p) || !guest_range_ok(a.addr.p, sizeof(r)))
        return -EFAULT;
    v->runstate_guest = a.addr.p;
    if (v == current) {
        pv_write_runstate_area(v);
        return 0;
    }
    vcpu_get_runstate(v, &r);
    copy_to_guest(gva(a.addr.p), &r, sizeof(r));   /* a fault is the caller's loss: the area is written again at the next switch */
    return 0;
}

static long op_register_time(struct vcpu *v, gva_t arg)
{
    struct vcpu_register_time_memory_area a;

    if (copy_from_guest(&a, arg, sizeof(a)))
        return -EFAULT;
    if (!is_canonical(a.addr.p) || !guest_range_ok(a.addr.p, sizeof(struct vcpu_time_info)))
        return -EFAULT;
    v->time_guest = a.addr.p;
    if (v == current)
        time_update_vcpu(v, true);
    return 0;
}

static long op_set_periodic(struct vcpu *v, gva_t arg)
{
    struct vcpu_set_periodic_timer s;

    if (copy_from_guest(&s, arg, sizeof(s)))
        return -EFAULT;
    if (s.period_ns < (u64)MILLISECS(1) || s.period_ns >= (u64)(1L << 62))
        return -EINVAL;
    vcpu_set_periodic_timer(v, s.period_ns);
    return 0;
}

static long op_stop_periodic(struct vcpu *v, gva_t arg)
{
    vcpu_set_periodic_timer(v, 0);
    return 0;
}

static long op_set_singleshot(struct vcpu *v, gva_t arg)
{
    struct vcpu_set_singleshot_timer s;

    if (v != current)
        return -EINVAL;
    if (copy_from_guest(&s, arg, sizeof(s)))
        return -EFAULT;
    /* A time in the past gives its event at once: by VCPU_SSHOTTMR_future -ETIME would do as well, and a guest would try again. */
    timer_set(&v->singleshot_timer, s.timeout_abs_ns);
    return 0;
}

static long op_stop_singleshot(struct vcpu *v, gva_t arg)
{
    if (v != current)
        return -EINVAL;
    timer_stop(&v->singleshot_timer);
    return 0;
}

static long op_register_info(struct vcpu *v, gva_t arg)
{
    struct domain *d = v->domain;
    struct vcpu_register_vcpu_info r;
    long rc;

    if (copy_from_guest(&r, arg, sizeof(r)))
        return -EFAULT;
    spin_lock(&d->lock);
    rc = vcpu_map_info(v, gfn(r.mfn), r.offset);
    spin_unlock(&d->lock);
    return rc;
}

static long op_send_nmi(struct vcpu *v, gva_t arg)
{
    if (!__atomic_exchange_n(&v->arch.nmi_pending, true, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
    return 0;
}

/* Only where vCPUs are bound to CPUs for good does the number of a CPU mean something to dom0. */
static long op_get_physid(struct vcpu *v, gva_t arg)
{
    struct vcpu_get_physid id;

    if (!is_hardware_domain(v->domain) || cpumask_weight(&v->hard_affinity) != 1)
        return -EINVAL;
    id.phys_id = cpu_apicid[v->cpu] | (u64)cpu_acpi_id[v->cpu] << 32;
    return copy_to_guest(arg, &id, sizeof(id));
}

static long (*const ops[])(struct vcpu *, gva_t) = {
    [VCPUOP_initialise] = op_initialise,
    [VCPUOP_up] = op_up,
    [VCPUOP_down] = op_down,
    [VCPUOP_is_up] = op_is_up,
    [VCPUOP_get_runstate_info] = op_get_runstate,
    [VCPUOP_register_runstate_memory_area] = op_register_runstate,
    [VCPUOP_set_periodic_timer] = op_set_periodic,
    [VCPUOP_stop_periodic_timer] = op_stop_periodic,
    [VCPUOP_set_singleshot_timer] = op_set_singleshot,
    [VCPUOP_stop_singleshot_timer] = op_stop_singleshot,
    [VCPUOP_register_vcpu_info] = op_register_info,
    [VCPUOP_send_nmi] = op_send_nmi,
    [VCPUOP_get_physid] = op_get_physid,
    [VCPUOP_register_vcpu_time_memory_area] = op_register_time,
};

long hc_vcpu_op(unsigned long cmd, unsigned long id, unsigned long arg, unsigned long a4, unsigned long a5)
{
    struct vcpu *v = domain_vcpu(current->domain, (u32)id);

    if (!v)
        return -ENOENT;
    return (u32)cmd < ARRAY_SIZE(ops) ? ops[(u32)cmd](v, gva(arg)) : -ENOSYS;
}
