/* SPDX-License-Identifier: GPL-2.0-only */
/* event_channel_op: see public/event_channel.h. */
#include <xen/event_impl.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/percpu.h>

union evtchn_arg {
    struct evtchn_alloc_unbound alloc_unbound;
    struct evtchn_bind_interdomain bind_interdomain;
    struct evtchn_bind_virq bind_virq;
    struct evtchn_bind_ipi bind_ipi;
    struct evtchn_bind_pirq bind_pirq;
    struct evtchn_close close;
    struct evtchn_send send;
    struct evtchn_status status;
    struct evtchn_bind_vcpu bind_vcpu;
    struct evtchn_unmask unmask;
    struct evtchn_reset reset;
    struct evtchn_init_control init_control;
    struct evtchn_set_priority set_priority;
};

static long op_alloc_unbound(union evtchn_arg *a)
{
    struct domain *d;
    u16 remote = a->alloc_unbound.remote_dom;
    long rc = domain_get_target(a->alloc_unbound.dom, &d);

    if (rc)
        return rc;
    rc = evtchn_op_alloc_unbound(d, remote == DOMID_SELF ? current->domain->id : remote, &a->alloc_unbound.port);
    domain_put(d);
    return rc;
}

static long op_bind_interdomain(union evtchn_arg *a)
{
    struct domain *rd = domain_get_by_id(a->bind_interdomain.remote_dom);
    long rc;

    if (!rd)
        return -ESRCH;
    rc = evtchn_op_bind_interdomain(current->domain, rd, a->bind_interdomain.remote_port, &a->bind_interdomain.local_port);
    domain_put(rd);
    return rc;
}

static long op_bind_virq(union evtchn_arg *a)
{
    return evtchn_op_bind_virq(current->domain, a->bind_virq.virq, a->bind_virq.vcpu, &a->bind_virq.port);
}

static long op_bind_ipi(union evtchn_arg *a)
{
    return evtchn_op_bind_ipi(current->domain, a->bind_ipi.vcpu, &a->bind_ipi.port);
}

static long op_bind_pirq(union evtchn_arg *a)
{
    return evtchn_op_bind_pirq(current->domain, a->bind_pirq.pirq, a->bind_pirq.flags & BIND_PIRQ__WILL_SHARE,
                               &a->bind_pirq.port);
}

static long op_close(union evtchn_arg *a) { return evtchn_op_close(current->domain, a->close.port); }
static long op_unmask(union evtchn_arg *a) { return evtchn_op_unmask(current->domain, a->unmask.port); }

static long op_status(union evtchn_arg *a)
{
    struct domain *d;
    long rc = domain_get_target(a->status.dom, &d);

    if (rc)
        return rc;
    rc = evtchn_op_status(d, &a->status);
    domain_put(d);
    return rc;
}

static long op_bind_vcpu(union evtchn_arg *a)
{
    return evtchn_op_bind_vcpu(current->domain, a->bind_vcpu.port, a->bind_vcpu.vcpu);
}

static long op_init_control(union evtchn_arg *a)
{
    a->init_control.link_bits = EVTCHN_FIFO_LINK_BITS;
    return evtchn_fifo_init_control(current->domain, a->init_control.control_gfn, a->init_control.offset,
                                    a->init_control.vcpu);
}

static long op_set_priority(union evtchn_arg *a)
{
    return evtchn_fifo_set_priority(current->domain, a->set_priority.port, a->set_priority.priority);
}

struct row {
    long (*fn)(union evtchn_arg *);
    u8 size;                     /* bytes of the argument */
    bool out;                    /* copied back on success */
};
#define ROW(op, results) { op_##op, sizeof(struct evtchn_##op), results }
static const struct row ops[] = {
    [EVTCHNOP_bind_interdomain] = ROW(bind_interdomain, true),
    [EVTCHNOP_bind_virq] = ROW(bind_virq, true),
    [EVTCHNOP_bind_pirq] = ROW(bind_pirq, true),
    [EVTCHNOP_close] = ROW(close, false),
    [EVTCHNOP_status] = ROW(status, true),
    [EVTCHNOP_alloc_unbound] = ROW(alloc_unbound, true),
    [EVTCHNOP_bind_ipi] = ROW(bind_ipi, true),
    [EVTCHNOP_bind_vcpu] = ROW(bind_vcpu, false),
    [EVTCHNOP_unmask] = ROW(unmask, false),
    [EVTCHNOP_init_control] = ROW(init_control, true),
    [EVTCHNOP_set_priority] = ROW(set_priority, false),
};

static long do_reset(u32 cmd, gva_t arg)
{
    struct evtchn_reset r;
    struct domain *d;
    long rc;

    if (copy_from_guest(&r, arg, sizeof(r)))
        return -EFAULT;
    rc = domain_get_target(r.dom, &d);
    if (rc)
        return rc;
    rc = evtchn_op_reset(d, cmd == EVTCHNOP_reset_cont);
    domain_put(d);
    if (rc == -ERESTART)
        return hypercall_continue(2, (unsigned long)EVTCHNOP_reset_cont, (unsigned long)gva_x(arg));
    return rc;
}

/* The hypervisor's own continuation of expand_array: the page was added, events of its ports remain to be raised. */
#define EXPAND_ARRAY_CONT (1u << 30 | EVTCHNOP_expand_array)

static long do_expand_array(u32 cmd, gva_t arg)
{
    struct evtchn_expand_array e;
    bool added = cmd == EXPAND_ARRAY_CONT;
    long rc;

    if (copy_from_guest(&e, arg, sizeof(e)))
        return -EFAULT;
    rc = evtchn_fifo_expand_array(current->domain, e.array_gfn, &added);
    if (rc == -ERESTART)
        return hypercall_continue(2, (unsigned long)(added ? EXPAND_ARRAY_CONT : EVTCHNOP_expand_array), (unsigned long)gva_x(arg));
    return rc;
}

/* A port whose number the guest never learnt is closed again. */
static void undo_bind(u32 cmd, const union evtchn_arg *a)
{
    switch (cmd) {
    case EVTCHNOP_bind_interdomain:
        evtchn_op_close(current->domain, a->bind_interdomain.local_port);
        break;
    case EVTCHNOP_bind_virq:
        evtchn_op_close(current->domain, a->bind_virq.port);
        break;
    case EVTCHNOP_bind_pirq:
        evtchn_op_close(current->domain, a->bind_pirq.port);
        break;
    case EVTCHNOP_bind_ipi:
        evtchn_op_close(current->domain, a->bind_ipi.port);
        break;
    default:
        break;
    }
}

static noinline long slow_op(u32 cmd, gva_t arg)
{
    union evtchn_arg a = { 0 };
    long rc;

    if (cmd == EVTCHNOP_reset || cmd == EVTCHNOP_reset_cont)
        return do_reset(cmd, arg);
    if (cmd == EVTCHNOP_expand_array || cmd == EXPAND_ARRAY_CONT)
        return do_expand_array(cmd, arg);
    if (cmd >= ARRAY_SIZE(ops) || !ops[cmd].fn)
        return -ENOSYS;
    if (copy_from_guest(&a, arg, ops[cmd].size))
        return -EFAULT;
    rc = ops[cmd].fn(&a);
    if (!rc && ops[cmd].out && copy_to_guest(arg, &a, ops[cmd].size)) {
        undo_bind(cmd, &a);
        return -EFAULT;
    }
    return rc;
}

long hc_event_channel_op(unsigned long cmd, unsigned long arg, unsigned long a3, unsigned long a4, unsigned long a5)
{
    struct evtchn_send send;

    if (unlikely((u32)cmd != EVTCHNOP_send))
        return slow_op(cmd, gva(arg));
    if (unlikely(copy_from_guest(&send, gva(arg), sizeof(send))))
        return -EFAULT;
    return evtchn_send(current->domain, send.port);
}
