/* SPDX-License-Identifier: GPL-2.0-only */
/* SCHEDOP_poll: a pending port, a timeout, an event while polling, bad ports. */
#include "test.h"

static unsigned ipi_port(void)
{
    struct evtchn_bind_ipi b = { .vcpu = 0 };

    NEED(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), 0);
    return b.port;
}

static long poll_one(evtchn_port_t port, uint64_t timeout)
{
    struct sched_poll p = { .nr_ports = 1, .timeout = timeout };

    set_xen_guest_handle(p.ports, &port);
    return hc_sched_op(SCHEDOP_poll, &p);
}

/*
 * Polls @port with a timeout of 5 ms until it took as long, or attempts are used up: a vCPU that moves to another CPU meets a clock
 * that differs where QEMU's are not exact. Returns the time of the last one, ns.
 */
static uint64_t poll_to_timeout(evtchn_port_t port)
{
    unsigned attempts = time_attempts();
    uint64_t start, waited = 0;

    for (unsigned i = 0; i < attempts && waited < 5 * MILLISECONDS; i++) {
        start = time_now();
        EXPECT(poll_one(port, start + 5 * MILLISECONDS), 0);
        waited = time_now() - start;
    }
    return waited;
}

/* The same for a timer of 3 ms that ends the poll of its port, which is pending then. */
static uint64_t poll_to_timer(evtchn_port_t clock)
{
    unsigned attempts = time_attempts();
    uint64_t start, waited = 0;

    for (unsigned i = 0; i < attempts && waited < 3 * MILLISECONDS; i++) {
        shared->evtchn_pending[clock / 64] = 0;
        start = time_now();
        EXPECT(hc_set_timer_op(start + 3 * MILLISECONDS), 0);
        EXPECT(poll_one(clock, 0), 0);
        waited = time_now() - start;
    }
    return waited;
}

void test_main(void)
{
    static evtchn_port_t many[129];
    unsigned port = ipi_port(), clock = timer_port();
    struct evtchn_send send = { .port = port };
    struct sched_poll p = { .nr_ports = 129 };
    uint64_t waited;

    /* Polling works on masked ports, with upcalls off. */
    event_mask_all();
    for (unsigned i = 0; i < 64; i++)
        shared->evtchn_mask[i] = ~0ul;
    EXPECT(hc_event_channel_op(EVTCHNOP_send, &send), 0);
    EXPECT(poll_one(port, 0), 0);
    shared->evtchn_pending[port / 64] = 0;

    waited = poll_to_timeout(port);
    CHECK(waited >= 5 * MILLISECONDS, "back after %lu ns", waited);
    EXPECT(poll_one(port, 1), 0); /* a timeout in the past */

    /* An upcall that waits since upcalls are off does not end it. */
    shared->evtchn_mask[port / 64] &= ~(1ul << (port % 64));
    EXPECT(hc_event_channel_op(EVTCHNOP_send, &send), 0);
    CHECK(vcpu_self->evtchn_upcall_pending, "no upcall waits");
    waited = poll_to_timeout(clock);
    CHECK(waited >= 5 * MILLISECONDS, "back after %lu ns", waited);
    vcpu_self->evtchn_upcall_pending = 0;
    shared->evtchn_pending[port / 64] = 0;

    waited = poll_to_timer(clock);
    CHECK(waited >= 3 * MILLISECONDS, "back after %lu ns", waited);
    CHECK(shared->evtchn_pending[clock / 64] & (1ul << (clock % 64)), "timer's port is not pending");
    shared->evtchn_pending[clock / 64] = 0;

    /* Several ports, the last of them pending. */
    for (unsigned i = 0; i < 8; i++)
        many[i] = port;
    many[7] = clock;
    EXPECT(hc_set_timer_op(1), 0);
    p = (struct sched_poll){ .nr_ports = 8, .timeout = 0 };
    set_xen_guest_handle(p.ports, many);
    EXPECT(hc_sched_op(SCHEDOP_poll, &p), 0);

    p.nr_ports = 129;
    EXPECT(hc_sched_op(SCHEDOP_poll, &p), -XEN_EINVAL);
    p.nr_ports = 1;
    set_xen_guest_handle(p.ports, (evtchn_port_t *)0x1000);
    EXPECT(hc_sched_op(SCHEDOP_poll, &p), -XEN_EFAULT);
    EXPECT(poll_one(1u << 20, 0), -XEN_EINVAL);
    EXPECT(poll_one(~0u, 0), -XEN_EINVAL);
}
