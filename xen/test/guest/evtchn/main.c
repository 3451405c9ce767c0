/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels in the 2-level form: all binding kinds, delivery, masking, status, bad ports. */
#include "test.h"

static unsigned alloc_unbound(domid_t remote)
{
    struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = remote };

    NEED(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
    return a.port;
}

static long send(unsigned port)
{
    struct evtchn_send s = { .port = port };

    return hc_event_channel_op(EVTCHNOP_send, &s);
}

static long close_port(unsigned port)
{
    struct evtchn_close c = { .port = port };

    return hc_event_channel_op(EVTCHNOP_close, &c);
}

static long unmask(unsigned port)
{
    struct evtchn_unmask u = { .port = port };

    return hc_event_channel_op(EVTCHNOP_unmask, &u);
}

static struct evtchn_status status(unsigned port)
{
    struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

    EXPECT(hc_event_channel_op(EVTCHNOP_status, &s), 0);
    return s;
}

static bool pending(unsigned port)
{
    return (shared->evtchn_pending[port / 64] >> (port % 64)) & 1;
}

static void set_mask(unsigned port)
{
    __atomic_or_fetch(&shared->evtchn_mask[port / 64], 1ul << (port % 64), __ATOMIC_SEQ_CST);
}

static void check_interdomain(void)
{
    unsigned far = alloc_unbound(DOMID_SELF);
    struct evtchn_bind_interdomain b = { .remote_dom = DOMID_SELF, .remote_port = far };
    struct evtchn_status s;

    EXPECT(status(far).status, EVTCHNSTAT_unbound);
    EXPECT(send(far), 0); /* to nobody */
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_interdomain, &b), 0);
    s = status(b.local_port);
    EXPECT(s.status, EVTCHNSTAT_interdomain);
    EXPECT(s.u.interdomain.port, far);
    EXPECT(status(far).u.interdomain.port, b.local_port);
    /* The new end starts out pending, so that nothing sent before is lost. */
    CHECK(event_count[b.local_port] == 1, "%u events at binding", event_count[b.local_port]);
    event_count[far] = event_count[b.local_port] = 0;
    EXPECT(send(b.local_port), 0);
    EXPECT(event_count[far], 1);
    EXPECT(event_count[b.local_port], 0);
    EXPECT(send(far), 0);
    EXPECT(event_count[b.local_port], 1);
    /* A bound port cannot be bound again. */
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_interdomain, &b), -XEN_EINVAL);
    EXPECT(close_port(b.local_port), 0);
    EXPECT(status(far).status, EVTCHNSTAT_unbound);
    EXPECT(status(b.local_port).status, EVTCHNSTAT_closed);
    EXPECT(close_port(far), 0);
    EXPECT(send(far), -XEN_EINVAL);
}

static void check_virq(void)
{
    struct evtchn_bind_virq v = { .virq = VIRQ_DEBUG, .vcpu = 0 };
    struct evtchn_status s;

    EXPECT(hc_event_channel_op(EVTCHNOP_bind_virq, &v), 0);
    s = status(v.port);
    EXPECT(s.status, EVTCHNSTAT_virq);
    EXPECT(s.u.virq, VIRQ_DEBUG);
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_virq, &v), -XEN_EEXIST);
    EXPECT(send(v.port), -XEN_EINVAL);
    EXPECT(close_port(v.port), 0);
    v.virq = NR_VIRQS;
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_virq, &v), -XEN_EINVAL);
    v.virq = VIRQ_DEBUG;
    v.vcpu = 9;
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_virq, &v), -XEN_ENOENT);
}

static void check_ipi_and_masks(void)
{
    struct evtchn_bind_ipi b = { .vcpu = 0 };
    struct evtchn_bind_vcpu move;

    EXPECT(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), 0);
    EXPECT(status(b.port).status, EVTCHNSTAT_ipi);
    event_count[b.port] = 0;
    EXPECT(send(b.port), 0);
    EXPECT(event_count[b.port], 1);
    /* The port's own mask. */
    set_mask(b.port);
    EXPECT(send(b.port), 0);
    EXPECT(event_count[b.port], 1);
    CHECK(pending(b.port), "a masked port is not pending");
    EXPECT(unmask(b.port), 0);
    EXPECT(event_count[b.port], 2);
    /* The vCPU's mask. */
    event_mask_all();
    EXPECT(send(b.port), 0);
    EXPECT(event_count[b.port], 2);
    EXPECT(vcpu_self->evtchn_upcall_pending, 1);
    EXPECT(send(b.port), 0);
    event_unmask_all();
    EXPECT(event_count[b.port], 3);
    move = (struct evtchn_bind_vcpu){ .port = b.port, .vcpu = 0 };
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_vcpu, &move), -XEN_EINVAL);
    EXPECT(close_port(b.port), 0);
    b.vcpu = 9;
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), -XEN_ENOENT);
}

static void check_bad(void)
{
    static const unsigned bad[] = { 0, 4000, 4096, 1u << 17, 1u << 31, ~0u };
    struct evtchn_alloc_unbound a = { .dom = 77, .remote_dom = DOMID_SELF };
    struct evtchn_bind_interdomain b = { .remote_dom = 77, .remote_port = 1 };
    struct evtchn_bind_vcpu move = { .port = alloc_unbound(DOMID_SELF), .vcpu = 9 };
    struct evtchn_status s = { .dom = 77, .port = 1 };

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        CHECK(send(bad[i]) == -XEN_EINVAL, "send to %u: %ld", bad[i], send(bad[i]));
        CHECK(close_port(bad[i]) == -XEN_EINVAL, "close of %u: %ld", bad[i], close_port(bad[i]));
    }
    CHECK(unmask(1u << 17) == -XEN_EINVAL, "unmask of 2^17: %ld", unmask(1u << 17));
    EXPECT(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), -XEN_ESRCH);
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_interdomain, &b), -XEN_ESRCH);
    EXPECT(hc_event_channel_op(EVTCHNOP_status, &s), -XEN_ESRCH);
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_vcpu, &move), -XEN_ENOENT);
    EXPECT(hc_event_channel_op(EVTCHNOP_send, 0x1000), -XEN_EFAULT);
    EXPECT(hc_event_channel_op(EVTCHNOP_alloc_unbound, 0x1000), -XEN_EFAULT);
    EXPECT(hc_event_channel_op(99, &s), -XEN_ENOSYS);
}

/* Ports are given out from the lowest free one, 4095 of them; the one after is refused; a reset frees all. */
static void check_exhaustion(void)
{
    struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_reset reset = { .dom = DOMID_SELF };
    unsigned given = 0;
    long result;

    while ((result = hc_event_channel_op(EVTCHNOP_alloc_unbound, &a)) == 0 && given < 5000)
        given++;
    EXPECT(result, -XEN_ENOSPC);
    CHECK(given > 4000 && given < 4096, "%u ports in all", given);
    EXPECT(hc_event_channel_op(EVTCHNOP_reset, &reset), 0);
    EXPECT(status(5).status, EVTCHNSTAT_closed);
    EXPECT(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
    EXPECT(a.port, 1);
}

void test_main(void)
{
    event_unmask_all();
    check_interdomain();
    check_virq();
    check_ipi_and_masks();
    check_bad();
    check_exhaustion();
}
