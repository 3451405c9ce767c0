/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As many event channels as a guest may have: all 4,095 of the 2-level form, then 100,000 in the FIFO form. Each is bound,
 * sent, delivered exactly once, and closed. 4.17 looks at all lower ports for each new one: there 8,000 have to do.
 */
#include "test.h"

#define FIFO_PORTS 100000u
#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define FIFO_PAGES ((FIFO_PORTS + WORDS_PER_PAGE - 1) / WORDS_PER_PAGE)

static struct evtchn_fifo_control_block *block;
static volatile event_word_t *words[FIFO_PAGES];
static uint8_t delivered[FIFO_PORTS];
static unsigned fifo_ports, last_port, out_of_order;

static volatile event_word_t *word(unsigned port) { return &words[port / WORDS_PER_PAGE][port % WORDS_PER_PAGE]; }

static long send(unsigned port)
{
    struct evtchn_send s = { .port = port };

    return hc_event_channel_op(EVTCHNOP_send, &s);
}

static long reset(void)
{
    struct evtchn_reset r = { .dom = DOMID_SELF };

    return hc_event_channel_op(EVTCHNOP_reset, &r);
}

/* Binds ports to vCPU 0 until @limit is the highest, or an error; how many there are now. */
static unsigned bind_up_to(unsigned limit, long *result)
{
    struct evtchn_bind_ipi b = { .vcpu = 0 };
    unsigned n = 0;

    do {
        *result = hc_event_channel_op(EVTCHNOP_bind_ipi, &b);
        n += *result == 0;
    } while (*result == 0 && b.port < limit);
    return n;
}

static void check_two_level(void)
{
    unsigned pending = 0, sent = 0;
    long result;

    EXPECT(reset(), 0);
    EXPECT(bind_up_to(~0u, &result), EVTCHN_2L_NR_CHANNELS - 1);
    EXPECT(result, -XEN_ENOSPC);
    for (unsigned port = 1; port < EVTCHN_2L_NR_CHANNELS; port++)
        sent += send(port) == 0;
    EXPECT(sent, EVTCHN_2L_NR_CHANNELS - 1);
    for (unsigned port = 0; port < EVTCHN_2L_NR_CHANNELS; port++)
        pending += shared->evtchn_pending[port / 64] >> (port % 64) & 1;
    EXPECT(pending, EVTCHN_2L_NR_CHANNELS - 1);
    EXPECT(reset(), 0);
}

/* Takes the default priority's queue; ports come in the order in which they were sent. */
static bool take_queue(struct regs *regs)
{
    const unsigned q = EVTCHN_FIFO_PRIORITY_DEFAULT;

    if (regs->vector != VECTOR_EVENT)
        return false;
    vcpu_self->evtchn_upcall_pending = 0;
    __atomic_store_n(&block->ready, 0, __ATOMIC_SEQ_CST);
    for (unsigned port = block->head[q], next; port && port < FIFO_PORTS; port = next) {
        next = __atomic_fetch_and(word(port), ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK), __ATOMIC_SEQ_CST) &
               EVTCHN_FIFO_LINK_MASK;
        block->head[q] = next;
        __atomic_and_fetch(word(port), ~(1u << EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST);
        delivered[port]++;
        out_of_order += port != last_port + 1;
        last_port = port;
    }
    return true;
}

static void fifo_set_up(void)
{
    struct evtchn_init_control init = { .vcpu = 0 };
    struct evtchn_expand_array expand;

    block = page_alloc();
    init.control_gfn = virt_to_mfn(block);
    NEED(hc_event_channel_op(EVTCHNOP_init_control, &init), 0);
    for (unsigned i = 0; i < FIFO_PAGES; i++) {
        words[i] = page_alloc();
        expand.array_gfn = virt_to_mfn((const void *)words[i]);
        NEED(hc_event_channel_op(EVTCHNOP_expand_array, &expand), 0);
    }
}

static unsigned count_delivered_once(void)
{
    unsigned n = 0;

    for (unsigned port = 1; port < fifo_ports; port++)
        n += delivered[port] == 1;
    return n;
}

static void check_fifo(void)
{
    unsigned sent = 0;
    long result;

    fifo_set_up();
    EXPECT(bind_up_to(fifo_ports - 1, &result), fifo_ports - 1);
    EXPECT(result, 0);
    event_mask_all();
    for (unsigned port = 1; port < fifo_ports; port++)
        sent += send(port) == 0;
    EXPECT(sent, fifo_ports - 1);
    trap_hook = take_queue;
    event_unmask_all();
    EXPECT(count_delivered_once(), fifo_ports - 1);
    EXPECT(out_of_order, 0);
}

/* Holes at the low end of a full table are found again, whatever lies between. */
static void check_holes(void)
{
    struct evtchn_bind_ipi b = { .vcpu = 0 };
    unsigned found = 0;

    for (unsigned i = 0; i < 1000; i++) {
        struct evtchn_close c = { .port = 1 + i };

        EXPECT(hc_event_channel_op(EVTCHNOP_close, &c), 0);
        NEED(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), 0);
        found += b.port == 1 + i;
        /* The next free one lies behind all that are in use. */
        NEED(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), 0);
        c.port = b.port;
        EXPECT(hc_event_channel_op(EVTCHNOP_close, &c), 0);
    }
    EXPECT(found, 1000);
}

void test_main(void)
{
    uint64_t begun = time_now();

    fifo_ports = on_reference() ? 8000 : FIFO_PORTS;
    event_mask_all();
    check_two_level();
    check_fifo();
    check_holes();
    EXPECT(reset(), 0);
    printf("  %lu ms\n", (unsigned long)((time_now() - begun) / MILLISECONDS));
}
