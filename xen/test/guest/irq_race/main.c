/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One vCPU binds an interrupt to a port, the other one closes every port that it sees: afterwards the interrupt is
 * nobody's, and can be bound again. Then the interrupt's number is taken away and given back while the other one binds.
 */
#include "test.h"
#include <public/physdev.h>

#define ROUNDS 20000
#define PORTS  8       /* more are never open at once */
#define GSI    5       /* on no machine of ours is anything behind it */

static volatile int job, doing;
static volatile unsigned bound, closed;
static evtchn_port_t likely;   /* the lowest free port: what a bind will get */

static long bind_irq(evtchn_port_t *port)
{
    struct evtchn_bind_pirq b = { .pirq = GSI };
    long result = hc_event_channel_op(EVTCHNOP_bind_pirq, &b);

    *port = b.port;
    return result;
}

static bool close_port(evtchn_port_t port)
{
    struct evtchn_close c = { .port = port };

    return hc_event_channel_op(EVTCHNOP_close, &c) == 0;
}

static void close_all(void)
{
    for (evtchn_port_t port = 1; port <= PORTS; port++)
        close_port(port);
}

static void other_cpu(void)
{
    evtchn_port_t port;

    for (;;) {
        doing = job;
        if (doing == 1)
            closed += close_port(likely);
        else if (doing == 2)
            bound += bind_irq(&port) == 0;
    }
}

static void begin_job(int n)
{
    job = n;
    while (doing != n)
        hc_sched_op(SCHEDOP_yield, NULL);
}

static long map_irq(void)
{
    struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = GSI, .pirq = GSI };

    return hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_map_pirq, &m, 0, 0);
}

static void check_usable(const char *when)
{
    evtchn_port_t port = 0;
    long result = bind_irq(&port);

    likely = port;
    CHECK(result == 0, "%s: the interrupt cannot be bound: %ld", when, result);
    CHECK(result || close_port(port), "%s: port %u cannot be closed", when, port);
}

void test_main(void)
{
    struct physdev_unmap_pirq u = { .domid = DOMID_SELF, .pirq = GSI };
    evtchn_port_t port;
    unsigned good = 0, unmapped = 0;

    event_mask_all();
    NEED(map_irq(), 0);
    check_usable("at first");
    smp_start(other_cpu);
    begin_job(1);
    for (unsigned i = 0; i < ROUNDS; i++)
        good += bind_irq(&port) == 0;
    begin_job(0);
    close_all();
    printf("  bound %u times of %u, closed %u times\n", good, ROUNDS, closed);
    CHECK(good && closed, "the two never met");
    check_usable("after one closed what the other bound");
    begin_job(2);
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        unmapped += hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_unmap_pirq, &u, 0, 0) == 0;
        close_all();
        NEED(map_irq(), 0);
    }
    begin_job(0);
    close_all();
    CHECK(unmapped == ROUNDS / 4, "unmapped %u times of %u", unmapped, ROUNDS / 4);
    check_usable("after its number came and went");
    NEED(hc_vcpu_op(VCPUOP_down, 1, NULL), 0);
}
