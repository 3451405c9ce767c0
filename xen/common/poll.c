/* SPDX-License-Identifier: GPL-2.0-only */
/* SCHEDOP_poll: a vCPU sleeps until one of some ports is pending, whether or not it takes upcalls. */
#include <xen/errno.h>
#include <xen/event_impl.h>
#include <xen/sched.h>
#include <xen/softirq.h>

static bool any_pending(struct vcpu *v, const u32 *ports, unsigned int nr)
{
    for (unsigned int i = 0; i < nr; i++)
        if (evtchn_port_is_pending(v->domain, ports[i]))
            return true;
    return false;
}

/*
 * The bit in poll_mask is set before the ports are looked at, and poll_check() looks at it after it
 * made a port pending: one of the two sees the other.
 */
int vcpu_poll(struct vcpu *v, const u32 *ports, unsigned int nr, s_time_t timeout)
{
    struct domain *d = v->domain;

    for (unsigned int i = 0; i < nr; i++)
        if (!ports[i] || !evtchn_port_is_valid(d, ports[i]))
            return -EINVAL;
    v->poll_port = nr == 1 ? ports[0] : 0;
    __atomic_fetch_or(&v->pause_flags, VPF_BLOCKED | VPF_POLLING, __ATOMIC_SEQ_CST);
    set_bit_atomic(v->id, d->poll_mask);
    if (vcpu_event_deliverable(v) || any_pending(v, ports, nr)) {
        clear_bit_atomic(v->id, d->poll_mask);
        __atomic_fetch_and(&v->pause_flags, ~(VPF_BLOCKED | VPF_POLLING), __ATOMIC_SEQ_CST);
        return 0;
    }
    if (timeout)
        timer_set(&v->poll_timer, timeout);
    softirq_raise(SOFTIRQ_SCHEDULE);
    return 0;
}

void poll_check_slow(struct domain *d, u32 port)
{
    unsigned int id = 0;

    while ((id = bitmap_next_set(d->poll_mask, d->max_vcpus, id)) < d->max_vcpus) {
        struct vcpu *v = domain_vcpu(d, id++);

        if (v && (!v->poll_port || v->poll_port == port))
            vcpu_unblock(v);
    }
}
