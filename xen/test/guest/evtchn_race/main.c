/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EVTCHNOP_reset on one vCPU while the other one opens, uses and closes ports and goes over to the FIFO form: afterwards no
 * port is open, both forms work, and the pages that the FIFO form held are the guest's again.
 */
#include "test.h"

#define RESETS 1500
#define PORTS  24
#define CALLS  300     /* of the other vCPU, that succeed */

static volatile bool stop, stopped;
static volatile unsigned made, reset_done;
static char *block, *array;

static unsigned random(void)
{
    static uint64_t state = 88172645463325252ul;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 20);
}

static long event_op(unsigned cmd, void *arg) { return hc_event_channel_op(cmd, arg); }

/* Something with a port that may be open, closed, or about to be either. */
static long use_port(evtchn_port_t port)
{
    struct evtchn_send send = { .port = port };
    struct evtchn_unmask unmask = { .port = port };
    struct evtchn_close close = { .port = port };
    struct evtchn_bind_vcpu bind = { .port = port, .vcpu = random() % 2 };
    struct evtchn_set_priority priority = { .port = port, .priority = random() % 16 };
    struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

    switch (random() % 7) {
    case 0: return event_op(EVTCHNOP_unmask, &unmask);
    case 1: return event_op(EVTCHNOP_close, &close);
    case 2: return event_op(EVTCHNOP_bind_vcpu, &bind);
    case 3: return event_op(EVTCHNOP_set_priority, &priority);
    case 4: return event_op(EVTCHNOP_status, &status);
    default: return event_op(EVTCHNOP_send, &send);
    }
}

static long open_port(void)
{
    struct evtchn_alloc_unbound unbound = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_bind_interdomain inter = { .remote_dom = DOMID_SELF, .remote_port = 1 + random() % PORTS };
    struct evtchn_bind_ipi ipi = { .vcpu = random() % 2 };
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER, .vcpu = random() % 2 };

    switch (random() % 4) {
    case 0: return event_op(EVTCHNOP_alloc_unbound, &unbound);
    case 1: return event_op(EVTCHNOP_bind_interdomain, &inter);
    case 2: return event_op(EVTCHNOP_bind_virq, &virq);
    default: return event_op(EVTCHNOP_bind_ipi, &ipi);
    }
}

static long go_fifo(void)
{
    struct evtchn_init_control init = { .control_gfn = virt_to_mfn(block), .offset = random() % 4 * 128, .vcpu = random() % 2 };
    struct evtchn_expand_array expand = { .array_gfn = virt_to_mfn(array) };

    return random() % 2 ? event_op(EVTCHNOP_init_control, &init) : event_op(EVTCHNOP_expand_array, &expand);
}

static void other_cpu(void)
{
    while (!stop) {
        unsigned kind = random() % 16;

        made += (kind < 5 ? open_port() : kind < 6 ? go_fifo() : use_port(1 + random() % PORTS)) == 0;
        /* Never more open than the other one closes. */
        if (kind < 5 && random() % 4 == 0)
            use_port(1 + random() % PORTS);
    }
    stopped = true;
    smp_stop();
}

static long reset(void)
{
    struct evtchn_reset r = { .dom = DOMID_SELF };

    return event_op(EVTCHNOP_reset, &r);
}

static bool swallow(struct regs *r)
{
    if (r->vector != VECTOR_EVENT)
        return false;
    shared->vcpu_info[0].evtchn_upcall_pending = 0;
    shared->vcpu_info[1].evtchn_upcall_pending = 0;
    return true;
}

/* The page is held by nobody: it can be a table. */
static void check_free(void *page)
{
    memset(page, 0, PAGE_SIZE);
    EXPECT(page_set_ro(page), 0);
    EXPECT(pin_table(1, virt_to_mfn(page)), 0);
    EXPECT(unpin_table(virt_to_mfn(page)), 0);
    EXPECT(page_set_rw(page), 0);
}

/* In the form that there is at first an event arrives. */
static void check_delivery(void)
{
    struct evtchn_bind_ipi ipi = { .vcpu = 0 };
    struct evtchn_send send;

    memset(shared->evtchn_pending, 0, sizeof(shared->evtchn_pending));
    memset(shared->evtchn_mask, 0, sizeof(shared->evtchn_mask));
    EXPECT(event_op(EVTCHNOP_bind_ipi, &ipi), 0);
    EXPECT(ipi.port, 1);
    send.port = ipi.port;
    EXPECT(event_op(EVTCHNOP_send, &send), 0);
    EXPECT((shared->evtchn_pending[0] >> ipi.port) & 1, 1);
}

void test_main(void)
{
    unsigned resets = 0;
    long result;

    event_mask_all();
    block = page_alloc();
    array = page_alloc();
    trap_hook = swallow;
    smp_start(other_cpu);
    for (unsigned i = 0; i < RESETS || made < CALLS; i++) { /* a busy machine gives the other one little time */
        result = reset();
        resets++;
        reset_done += result == 0;
        CHECK(result == 0 || result == -XEN_EAGAIN, "reset: %ld", result);
    }
    stop = true;
    while (!stopped || hc_vcpu_op(VCPUOP_is_up, 1, NULL) == 1)
        hc_sched_op(SCHEDOP_yield, NULL);
    EXPECT(reset(), 0);
    for (evtchn_port_t port = 1; port < 64; port++) {
        struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

        CHECK(event_op(EVTCHNOP_status, &s) || s.status == EVTCHNSTAT_closed, "port %u is in state %u", port, s.status);
    }
    printf("  %u resets of %u, %u calls of the other vCPU succeeded\n", reset_done, resets, made);
    check_free(block);
    check_free(array);
    check_delivery();
}
