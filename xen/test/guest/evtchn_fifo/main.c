/* SPDX-License-Identifier: GPL-2.0-only */
/* The FIFO form of event channels: setting it up, queues, priorities, masks, ports above 4095's words, bad arguments. */
#include "test.h"

static struct evtchn_fifo_control_block *block;
static volatile uint32_t *words;
static unsigned seen[32], seen_n;

/* The port after this one in its queue; its own link is cleared.  0 at the end. */
static uint32_t unlink(uint32_t port)
{
    uint32_t old = __atomic_fetch_and(&words[port], ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK), __ATOMIC_SEQ_CST);

    return old & EVTCHN_FIFO_LINK_MASK;
}

/* Takes all ready queues apart, the most urgent first. */
static bool run_queues(struct regs *regs)
{
    unsigned ready;

    if (regs->vector != VECTOR_EVENT)
        return false;
    vcpu_self->evtchn_upcall_pending = 0;
    ready = __atomic_exchange_n(&block->ready, 0, __ATOMIC_SEQ_CST);
    for (unsigned q = 0; q < EVTCHN_FIFO_MAX_QUEUES; q++) {
        if (!(ready & (1u << q)))
            continue;
        for (uint32_t port = block->head[q], next; port; port = next) {
            next = unlink(port);
            block->head[q] = next;
            if ((words[port] >> EVTCHN_FIFO_MASKED) & 1)
                continue;
            __atomic_and_fetch(&words[port], ~(1u << EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST);
            if (seen_n < ARRAY_SIZE(seen))
                seen[seen_n++] = port;
        }
    }
    return true;
}

static unsigned ipi(unsigned priority)
{
    struct evtchn_bind_ipi b = { .vcpu = 0 };
    struct evtchn_set_priority p = { .priority = priority };
    struct evtchn_unmask u;

    NEED(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), 0);
    p.port = u.port = b.port;
    EXPECT(hc_event_channel_op(EVTCHNOP_set_priority, &p), 0);
    EXPECT(hc_event_channel_op(EVTCHNOP_unmask, &u), 0);
    return b.port;
}

static void send(unsigned port)
{
    struct evtchn_send s = { .port = port };

    EXPECT(hc_event_channel_op(EVTCHNOP_send, &s), 0);
}

static void set_up(void)
{
    char *page = page_alloc(), *array = page_alloc();
    struct evtchn_init_control init = { .control_gfn = virt_to_mfn(page), .offset = 4, .vcpu = 0 };
    struct evtchn_expand_array expand = { .array_gfn = virt_to_mfn(array) };

    EXPECT(hc_event_channel_op(EVTCHNOP_expand_array, &expand), -XEN_EOPNOTSUPP); /* not before init_control */
    EXPECT(hc_event_channel_op(EVTCHNOP_init_control, &init), -XEN_EINVAL);   /* not aligned */
    init.offset = 4096 - 8;
    EXPECT(hc_event_channel_op(EVTCHNOP_init_control, &init), -XEN_EINVAL);   /* over the page's end */
    init.offset = 64;
    init.vcpu = 9;
    EXPECT(hc_event_channel_op(EVTCHNOP_init_control, &init), -XEN_ENOENT);
    init.vcpu = 0;
    init.control_gfn = 1ul << 40;
    CHECK(hc_event_channel_op(EVTCHNOP_init_control, &init) < 0, "a control block in no frame");
    init.control_gfn = virt_to_mfn(page);
    NEED(hc_event_channel_op(EVTCHNOP_init_control, &init), 0);
    EXPECT(init.link_bits, EVTCHN_FIFO_LINK_BITS);
    NEED(hc_event_channel_op(EVTCHNOP_expand_array, &expand), 0);
    expand.array_gfn = 1ul << 40;
    CHECK(hc_event_channel_op(EVTCHNOP_expand_array, &expand) < 0, "an array page in no frame");
    block = (struct evtchn_fifo_control_block *)(page + 64);
    block->head[9] = 77;
    CHECK(hc_event_channel_op(EVTCHNOP_init_control, &init) < 0, "a second control block");
    EXPECT(block->head[9], 77); /* what is refused changes nothing */
    block->head[9] = 0;
    words = (volatile uint32_t *)array;
}

static void check_order(void)
{
    unsigned low = ipi(EVTCHN_FIFO_PRIORITY_MIN), high = ipi(EVTCHN_FIFO_PRIORITY_MAX), mid[4];

    for (unsigned i = 0; i < 4; i++)
        mid[i] = ipi(EVTCHN_FIFO_PRIORITY_DEFAULT);
    event_mask_all();
    send(low);
    for (unsigned i = 0; i < 4; i++)
        send(mid[3 - i]);
    send(mid[0]); /* pending already: not twice */
    send(high);
    seen_n = 0;
    event_unmask_all();
    EXPECT(seen_n, 6);
    EXPECT(seen[0], high);
    for (unsigned i = 0; i < 4; i++)
        EXPECT(seen[1 + i], mid[3 - i]);
    EXPECT(seen[5], low);
}

static void check_mask(void)
{
    unsigned port = ipi(EVTCHN_FIFO_PRIORITY_DEFAULT);
    struct evtchn_unmask u = { .port = port };

    seen_n = 0;
    __atomic_or_fetch(&words[port], 1u << EVTCHN_FIFO_MASKED, __ATOMIC_SEQ_CST);
    send(port);
    EXPECT(seen_n, 0);
    CHECK((words[port] >> EVTCHN_FIFO_PENDING) & 1, "word %x of a masked port", words[port]);
    EXPECT(hc_event_channel_op(EVTCHNOP_unmask, &u), 0);
    EXPECT(seen_n, 1);
    EXPECT(seen[0], port);
}

/* Ports beyond the first page of words can be had before the page is there. */
static void check_growth(void)
{
    struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_expand_array expand = { .array_gfn = virt_to_mfn(page_alloc()) };
    long result = 0;
    unsigned last = 0;

    while (last < 1023 && (result = hc_event_channel_op(EVTCHNOP_alloc_unbound, &a)) == 0)
        last = a.port;
    EXPECT(last, 1023);
    if (!privileged()) { /* as many as the tools give a guest */
        EXPECT(result ? result : hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), -XEN_ENOSPC);
        return;
    }
    EXPECT(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
    EXPECT(a.port, 1024);
    EXPECT(hc_event_channel_op(EVTCHNOP_expand_array, &expand), 0);
    EXPECT(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
    EXPECT(a.port, 1025);
    EXPECT(result, 0);
}

void test_main(void)
{
    struct evtchn_set_priority p = { .port = 1, .priority = 16 };

    set_up();
    trap_hook = run_queues;
    event_unmask_all();
    check_order();
    check_mask();
    EXPECT(hc_event_channel_op(EVTCHNOP_set_priority, &p), -XEN_EINVAL);
    p = (struct evtchn_set_priority){ .port = 4000, .priority = 3 };
    EXPECT(hc_event_channel_op(EVTCHNOP_set_priority, &p), -XEN_EINVAL);
    check_growth();
}
