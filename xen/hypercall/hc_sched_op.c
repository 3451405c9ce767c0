/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_op: see public/sched.h. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <public/sched.h>

#define POLL_MAX_PORTS 128

static long op_yield(gva_t arg)
{
    vcpu_yield();
    return 0;
}

static long op_block(gva_t arg)
{
    WRITE_ONCE(current->info->evtchn_upcall_mask, 0);
    vcpu_block();
    return 0;
}

static long op_shutdown(gva_t arg)
{
    struct sched_shutdown s;

    if (copy_from_guest(&s, arg, sizeof(s)))
        return -EFAULT;
    domain_shutdown(current->domain, s.reason & 0xff);
    return 0;
}

static long op_shutdown_code(gva_t arg)
{
    struct domain *d = current->domain;
    struct sched_shutdown s;
    long rc = 0;

    if (copy_from_guest(&s, arg, sizeof(s)))
        return -EFAULT;
    if (s.reason > 0xff)
        return -EINVAL;
    spin_lock(&d->lock);
    if (!d->is_shutting_down)
        d->shutdown_code = s.reason;
    else
        rc = -EBUSY;
    spin_unlock(&d->lock);
    return rc;
}

static long op_poll(gva_t arg)
{
    struct sched_poll p;
    u32 ports[POLL_MAX_PORTS];

    if (copy_from_guest(&p, arg, sizeof(p)))
        return -EFAULT;
    if (p.nr_ports > POLL_MAX_PORTS)
        return -EINVAL;
    if (copy_from_guest(ports, handle_gva(p.ports), p.nr_ports * sizeof(ports[0])))
        return -EFAULT;
    return vcpu_poll(current, ports, p.nr_ports, p.timeout);
}

static long op_remote_shutdown(gva_t arg)
{
    struct sched_remote_shutdown s;
    struct domain *d;
    int rc;

    if (copy_from_guest(&s, arg, sizeof(s)))
        return -EFAULT;
    rc = domain_get_target(s.domain_id, &d);
    if (rc)
        return rc;
    domain_pause_nosync(d);
    domain_shutdown(d, s.reason & 0xff);
    domain_unpause(d);
    domain_put(d);
    return 0;
}

static long op_watchdog(gva_t arg)
{
    struct sched_watchdog w;

    if (copy_from_guest(&w, arg, sizeof(w)))
        return -EFAULT;
    return domain_watchdog(current->domain, w.id, w.timeout);
}

static long op_pin_override(gva_t arg)
{
    struct sched_pin_override p;

    if (copy_from_guest(&p, arg, sizeof(p)))
        return -EFAULT;
    return vcpu_pin_override(current, p.pcpu);
}

static const struct { long (*fn)(gva_t); enum hc_permission who; } ops[] = {
    [SCHEDOP_yield] = { op_yield, HC_ANY },
    [SCHEDOP_block] = { op_block, HC_ANY },
    [SCHEDOP_shutdown] = { op_shutdown, HC_ANY },
    [SCHEDOP_poll] = { op_poll, HC_ANY },
    [SCHEDOP_remote_shutdown] = { op_remote_shutdown, HC_PRIVILEGED },
    [SCHEDOP_shutdown_code] = { op_shutdown_code, HC_ANY },
    [SCHEDOP_watchdog] = { op_watchdog, HC_ANY },
    [SCHEDOP_pin_override] = { op_pin_override, HC_PRIVILEGED },
};

long hc_sched_op(unsigned long cmd, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    if ((u32)cmd >= ARRAY_SIZE(ops))
        return -ENOSYS;
    return caller_may(ops[(u32)cmd].who) ? ops[(u32)cmd].fn(gva(arg)) : -EPERM;
}

/* The first form of the call: the reason itself is the argument. */
long hc_sched_op_compat(unsigned long cmd, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    switch ((u32)cmd) {
    case SCHEDOP_yield:
        return op_yield(gva(0));
    case SCHEDOP_block:
        return op_block(gva(0));
    case SCHEDOP_shutdown:
        domain_shutdown(current->domain, arg & 0xff);
        return 0;
    default:
        return -ENOSYS;
    }
}
