/* SPDX-License-Identifier: GPL-2.0-only */
/* The 2-level form: pending and mask bits in shared_info, a selector word in each vcpu_info. All accesses are atomic; the guest shares them. */
#include <xen/event_impl.h>

static void l2_set_pending(struct vcpu *v, struct evtchn *ch)
{
    evtchn_2l_set_pending(v->domain, v, ch->port);
}

static void l2_clear_pending(struct domain *d, struct evtchn *ch)
{
    clear_bit_atomic(ch->port, d->shared_info->evtchn_pending);
}

static void l2_unmask(struct domain *d, struct evtchn *ch)
{
    struct vcpu *v = d->vcpu[ch->vcpu];

    if (test_and_clear_bit_atomic(ch->port, d->shared_info->evtchn_mask) &&
        test_bit(ch->port, d->shared_info->evtchn_pending) &&
        !test_and_set_bit_atomic(ch->port / 64, &v->info->evtchn_pending_sel))
        evtchn_vcpu_mark_pending(v);
}

static bool l2_is_pending(const struct domain *d, u32 port)
{
    return port < EVTCHN_2L_NR_CHANNELS && test_bit(port, d->shared_info->evtchn_pending);
}

static bool l2_is_masked(const struct domain *d, u32 port)
{
    return port >= EVTCHN_2L_NR_CHANNELS || test_bit(port, d->shared_info->evtchn_mask);
}

static bool l2_is_busy(const struct domain *d, u32 port) { return false; }
static void l2_init(struct domain *d, struct evtchn *ch) { }

const struct evtchn_port_ops evtchn_2l_ops = {
    .set_pending = l2_set_pending, .clear_pending = l2_clear_pending, .unmask = l2_unmask,
    .is_pending = l2_is_pending, .is_masked = l2_is_masked, .is_busy = l2_is_busy, .init = l2_init,
};
