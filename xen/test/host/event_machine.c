/* SPDX-License-Identifier: GPL-2.0-only */
/* See event_machine.h. */
#include "event_machine.h"

struct domain *a, *b;
unsigned int kicks, unblocked;
struct vcpu *kicked, *unblocked_vcpu;
int bound_pirq = -1;

void vcpu_kick(struct vcpu *v)
{
    kicks++;
    kicked = v;
}

void vcpu_unblock(struct vcpu *v)
{
    unblocked++;
    unblocked_vcpu = v;
    v->pause_flags &= ~(VPF_BLOCKED | VPF_POLLING);
    clear_bit(v->id, v->domain->poll_mask);
}

int irq_guest_bind(struct domain *d, unsigned int pirq, bool share)
{
    if (pirq == 13)
        return -EBUSY;
    bound_pirq = pirq;
    return 0;
}
void irq_guest_unbind(struct domain *d, unsigned int pirq) { bound_pirq = -1; }

int event_setup(void **state)
{
    host_live_allocs = 0;
    host_memory(64);
    host_frames_held = 0;
    kicks = unblocked = 0;
    host_cpu_info[0].softirq_pending = 0;
    a = host_domain(1, 2);
    b = host_domain(2, 1);
    assert_int_equal(evtchn_domain_init(a, ~0u), 0);
    assert_int_equal(evtchn_domain_init(b, 1023), 0);
    host_cpu_info[0].current_vcpu = a->vcpu[0];
    return 0;
}

static void end(struct domain *d)
{
    struct vcpu *v;

    assert_int_equal(evtchn_domain_close_all(d), 0);
    for_each_vcpu(d, v)
        evtchn_vcpu_destroy(v);
    evtchn_domain_free(d);
    host_domain_free(d);
}

int event_teardown(void **state)
{
    host_cpu_info[0].softirq_pending = 0;
    end(a);
    end(b);
    assert_int_equal(host_live_allocs, 0);
    assert_int_equal(host_frames_held, 0);
    assert_true(host_irqs_on);
    return 0;
}

void channel(u32 *pa, u32 *pb)
{
    assert_int_equal(evtchn_op_alloc_unbound(a, 2, pa), 0);
    assert_int_equal(evtchn_op_bind_interdomain(b, a, *pa, pb), 0);
}

bool pending_2l(struct domain *d, u32 port) { return test_bit(port, d->shared_info->evtchn_pending); }
