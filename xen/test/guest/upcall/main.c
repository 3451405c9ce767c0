/* SPDX-License-Identifier: GPL-2.0-only */
/* Upcalls: the vCPU's mask on entry and exit, delivery in the middle of running code, nesting, order of selector bits. */
#include "test.h"

static unsigned ports[3], seen[64], seen_n, depth, deepest;
static uint8_t mask_inside;

static unsigned ipi(void)
{
    struct evtchn_bind_ipi b = { .vcpu = 0 };

    NEED(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), 0);
    return b.port;
}

static void send(unsigned port)
{
    struct evtchn_send s = { .port = port };

    NEED(hc_event_channel_op(EVTCHNOP_send, &s), 0);
}

static void note(unsigned port)
{
    mask_inside = vcpu_self->evtchn_upcall_mask;
    depth++;
    deepest = depth > deepest ? depth : deepest;
    if (seen_n < ARRAY_SIZE(seen))
        seen[seen_n++] = port;
    /* A second event within the first one's handler: kept until the handler's end. */
    if (port == ports[0])
        send(ports[1]);
    depth--;
}

static void check_nesting(void)
{
    event_hook = note;
    event_unmask_all();
    seen_n = 0;
    send(ports[0]);
    EXPECT(mask_inside, 1);
    EXPECT(seen_n, 2);
    EXPECT(seen[0], ports[0]);
    EXPECT(seen[1], ports[1]);
    EXPECT(deepest, 1);
    EXPECT(vcpu_self->evtchn_upcall_mask, 0);
}

static void check_masked(void)
{
    seen_n = 0;
    event_mask_all();
    send(ports[1]);
    send(ports[2]);
    EXPECT(seen_n, 0);
    EXPECT(vcpu_self->evtchn_upcall_pending, 1);
    CHECK(vcpu_self->evtchn_pending_sel & (1ul << (ports[1] / 64)), "selector %lx", vcpu_self->evtchn_pending_sel);
    event_unmask_all();
    EXPECT(seen_n, 2);
}

/* From the timer, in a loop that makes no hypercall: all registers and flags as they were. */
static void check_asynchronous(void)
{
    unsigned port = timer_port();
    struct evtchn_unmask unmask = { .port = port };
    unsigned long flags, rbx = 0x1234567812345678ul, limit = 2000000000;
    uint64_t start;

    event_hook = note;
    NEED(hc_event_channel_op(EVTCHNOP_unmask, &unmask), 0);
    event_unmask_all();
    seen_n = 0;
    start = time_now();
    NEED(hc_set_timer_op(start + 5 * MILLISECONDS), 0);
    asm volatile("stc\n1: mov %3, %%eax\n pushf\n pop %1\n test %%eax, %%eax\n jnz 2f\n stc\n dec %2\n stc\n jnz 1b\n2:"
                 : "+b"(rbx), "=r"(flags), "+r"(limit) : "m"(seen_n) : "rax", "memory", "cc");
    EXPECT(seen_n, 1);
    EXPECT(rbx, 0x1234567812345678ul);
    CHECK(time_now() - start >= 5 * MILLISECONDS, "%lu ns", time_now() - start);
}

void test_main(void)
{
    for (unsigned i = 0; i < 3; i++)
        ports[i] = ipi();
    check_nesting();
    check_masked();
    check_asynchronous();
}
