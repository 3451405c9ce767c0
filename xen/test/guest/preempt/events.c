/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event_channel_op, each sub-operation at its worst: tables that are full, grown and empty again, and free ports that the
 * guest keeps from being used by LINKED in their words. All but the reset run to their end with interrupts off: their cost
 * is the time of the call. The reset is looked at by timers.
 */
#include "preempt.h"

#define WORDS_PER_PAGE  (PAGE_SIZE / sizeof(event_word_t))
#define PORTS           EVTCHN_FIFO_NR_CHANNELS
#define PAGES           (PORTS / WORDS_PER_PAGE)   /* of words */
#define PORTS_PER_TABLE 128u                       /* a page of the hypervisor's table describes that many */
#define LINKED          (1u << EVTCHN_FIFO_LINKED)
#define REPEAT          6
#define INTERVAL        300000u                    /* between two timers */
#define VCPUS           128u                       /* +dom0_max_vcpus */
#define LINE            17                         /* an interrupt line without a device */

static unsigned unbound;                           /* a port for bind_interdomain */
static struct evtchn_fifo_control_block *block;
static uint64_t due, latest;
static unsigned events;
static unsigned timer_2l;                          /* the timer's port in the 2-level form, where it has one */

/* The FIFO form's pages are those of the list. */
static volatile event_word_t *word(unsigned port) { return (event_word_t *)list + port; }

static long op(unsigned cmd, void *arg) { return hc_event_channel_op(cmd, arg); }

static uint64_t cost(unsigned cmd, void *arg, long *result)
{
    uint64_t begun = time_now();

    *result = op(cmd, arg);
    return time_now() - begun;
}

/* One call that is to succeed; its cost. */
static uint64_t row(const char *name, unsigned cmd, void *arg)
{
    long result;
    uint64_t n = cost(cmd, arg, &result);

    CHECK(result == 0, "%s: %ld", name, result);
    report_cost(name, n);
    return n;
}

static unsigned bind_all(void)
{
    struct evtchn_bind_ipi b = { .vcpu = 0 };
    unsigned n = 0;

    while (op(EVTCHNOP_bind_ipi, &b) == 0)
        n++;
    return n;
}

static void close_port(unsigned port)
{
    struct evtchn_close c = { .port = port };

    NEED(op(EVTCHNOP_close, &c), 0);
}

/* Notes how late an upcall is after the timer, and sets the timer anew. */
static bool note_late(struct regs *regs)
{
    uint64_t now = time_now();

    if (regs->vector != VECTOR_EVENT)
        return false;
    vcpu_self->evtchn_upcall_pending = 0;
    vcpu_self->evtchn_pending_sel = 0;
    __atomic_and_fetch(&shared->evtchn_pending[timer_2l / 64], ~(1ul << timer_2l % 64), __ATOMIC_SEQ_CST);
    block->ready = 0;
    *word(PORTS - 1) = 0;
    if (now > due && now - due > latest)
        latest = now - due;
    events++;
    due = now + INTERVAL;
    hc_set_timer_op(due);
    return true;
}

/* The queues begin empty, and the timer is to interrupt what follows. */
static void timer_begin(uint64_t after)
{
    memset(block, 0, sizeof(*block));
    vcpu_self->evtchn_pending_sel = 0;
    vcpu_self->evtchn_upcall_pending = 0;
    latest = events = 0;
    due = time_now() + after;
    NEED(hc_set_timer_op(due), 0);
    trap_hook = note_late;
    event_unmask_all();
}

/* The worst lateness since timer_begin(). */
static uint64_t timer_end(void)
{
    event_mask_all();
    trap_hook = NULL;
    NEED(hc_set_timer_op(0), 0);
    return latest;
}

/* ---- the ways to a new port ---- */

union bind {
    struct evtchn_alloc_unbound alloc;
    struct evtchn_bind_interdomain channel;
    struct evtchn_bind_virq virq;
    struct evtchn_bind_ipi ipi;
    struct evtchn_bind_pirq pirq;
};

static unsigned bind_alloc(union bind *b)
{
    b->alloc = (struct evtchn_alloc_unbound){ .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    return EVTCHNOP_alloc_unbound;
}

static unsigned bind_channel(union bind *b)
{
    b->channel = (struct evtchn_bind_interdomain){ .remote_dom = own_domid(), .remote_port = unbound };
    return EVTCHNOP_bind_interdomain;
}

static unsigned bind_virq(union bind *b)
{
    b->virq = (struct evtchn_bind_virq){ .virq = VIRQ_DEBUG, .vcpu = 0 };
    return EVTCHNOP_bind_virq;
}

static unsigned bind_ipi(union bind *b)
{
    b->ipi = (struct evtchn_bind_ipi){ .vcpu = 0 };
    return EVTCHNOP_bind_ipi;
}

static unsigned bind_pirq(union bind *b)
{
    b->pirq = (struct evtchn_bind_pirq){ .pirq = LINE };
    return EVTCHNOP_bind_pirq;
}

static unsigned bound_port(unsigned cmd, const union bind *b)
{
    return cmd == EVTCHNOP_alloc_unbound ? b->alloc.port : cmd == EVTCHNOP_bind_interdomain ? b->channel.local_port :
           cmd == EVTCHNOP_bind_virq ? b->virq.port : cmd == EVTCHNOP_bind_ipi ? b->ipi.port : b->pirq.port;
}

/* Each way several times; the port that comes of it is closed again, its word set to @bits. */
static void measure_binds(const char *state, unsigned bits)
{
    static const struct { const char *name; unsigned (*fill)(union bind *); } ways[] = {
        { "alloc_unbound", bind_alloc }, { "bind_interdomain", bind_channel }, { "bind_virq", bind_virq },
        { "bind_ipi", bind_ipi }, { "bind_pirq", bind_pirq },
    };
    char name[80];

    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
        uint64_t worst = 0;

        for (unsigned k = 0; k < REPEAT; k++) {
            union bind b;
            unsigned cmd = ways[i].fill(&b);
            long result;
            uint64_t n = cost(cmd, &b, &result);

            CHECK(result == 0 || result == -XEN_ENOSPC, "%s: %ld", ways[i].name, result);
            worst = n > worst ? n : worst;
            if (result == 0) {
                close_port(bound_port(cmd, &b));
                *word(bound_port(cmd, &b)) = bits;
            }
        }
        snprintf(name, sizeof(name), "%s, %s", ways[i].name, state);
        report_cost(name, worst);
    }
}

/* ---- states ---- */

static void give_words(unsigned page)
{
    struct evtchn_expand_array expand = { .array_gfn = virt_to_mfn(list + page * PAGE_SIZE) };

    NEED(op(EVTCHNOP_expand_array, &expand), 0);
}

/*
 * All ports of the 2-level form in use and pending when the FIFO form is turned on, and raised as their words come: the
 * first one raised makes an upcall pending, which is seen where the timer interrupts the call.
 */
static void measure_take_over(void)
{
    struct evtchn_init_control init = { .vcpu = 0, .control_gfn = virt_to_mfn(block) };
    uint64_t worst = 0;

    EXPECT(bind_all(), EVTCHN_2L_NR_CHANNELS - 1);
    memset(shared->evtchn_pending, 0xff, sizeof(shared->evtchn_pending));
    row("init_control, 4,095 ports pending", EVTCHNOP_init_control, &init);
    for (unsigned page = 0; page < EVTCHN_2L_NR_CHANNELS / WORDS_PER_PAGE; page++) {
        uint64_t late;

        memset(list, 0, LIST_BYTES);
        timer_begin(20000 + page * 40000);
        give_words(page);
        CHECK(events, "no upcall");
        CHECK(*word((page + 1) * WORDS_PER_PAGE - 1) & 1u << EVTCHN_FIFO_PENDING, "the last port was not raised");
        late = timer_end();
        worst = late > worst ? late : worst;
    }
    report_cost("expand_array, 1,024 ports pending", worst);
    for (unsigned page = EVTCHN_2L_NR_CHANNELS / WORDS_PER_PAGE; page < PAGES; page++)
        give_words(page);
}

static void measure_full(void)
{
    struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };

    bind_all();
    close_port(PORTS / 2);
    NEED(op(EVTCHNOP_alloc_unbound, &a), 0);
    unbound = a.port;
    measure_binds("a full table", 0);
    close_port(PORTS - 1);
    measure_binds("the last port free", 0);
    bind_all();
    for (unsigned port = PORTS_PER_TABLE - 1; port < PORTS; port += PORTS_PER_TABLE) {
        close_port(port);
        *word(port) |= LINKED;
    }
    measure_binds("a free port a page, and LINKED", LINKED);
    for (unsigned port = 1; port < PORTS; port++) {
        if (port == unbound || port % PORTS_PER_TABLE == PORTS_PER_TABLE - 1)
            continue;
        close_port(port);
        *word(port) |= LINKED;
    }
    measure_binds("131,070 ports free, and LINKED", LINKED);
    memset(list, 0, LIST_BYTES);
}

static void measure_one_port(void)
{
    struct evtchn_bind_interdomain channel = { .remote_dom = own_domid(), .remote_port = unbound };
    struct evtchn_bind_virq virq = { .virq = VIRQ_DEBUG, .vcpu = 0 };
    struct evtchn_bind_pirq pirq = { .pirq = LINE };
    struct evtchn_status status = { .dom = DOMID_SELF };
    struct evtchn_bind_vcpu move = { .vcpu = 0 };
    struct evtchn_set_priority priority = { .priority = 3 };
    struct evtchn_close close;
    struct evtchn_unmask unmask;
    struct evtchn_send send;
    uint64_t channel_cost;

    NEED(op(EVTCHNOP_bind_interdomain, &channel), 0);
    status.port = move.port = priority.port = close.port = send.port = channel.local_port;
    unmask.port = unbound;
    *word(unbound) = 1u << EVTCHN_FIFO_MASKED;
    row("status", EVTCHNOP_status, &status);
    row("bind_vcpu", EVTCHNOP_bind_vcpu, &move);
    row("set_priority", EVTCHNOP_set_priority, &priority);
    row("send, masked", EVTCHNOP_send, &send);
    row("unmask of a pending port", EVTCHNOP_unmask, &unmask);
    channel_cost = row("close of a channel", EVTCHNOP_close, &close);
    NEED(op(EVTCHNOP_bind_virq, &virq), 0);
    close.port = virq.port;
    CHECK(row("close of a virq", EVTCHNOP_close, &close) < 2 * channel_cost, "a virq's close looks at all of the 128 vCPUs");
    NEED(op(EVTCHNOP_bind_pirq, &pirq), 0);
    close.port = pirq.port;
    row("close of a pirq", EVTCHNOP_close, &close);
}

/* All ports in use; the timer's is the last that is closed. */
static void measure_reset(void)
{
    struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER, .vcpu = 0 };
    struct evtchn_init_control init = { .vcpu = 0, .control_gfn = virt_to_mfn(block) };
    struct evtchn_reset self = { .dom = DOMID_SELF };

    memset(list, 0, LIST_BYTES);
    bind_all();
    close_port(PORTS - 1);
    NEED(op(EVTCHNOP_bind_virq, &timer), 0);
    EXPECT(timer.port, PORTS - 1);
    timer_begin(INTERVAL);
    NEED(op(EVTCHNOP_reset, &self), 0);
    CHECK(events > 3, "%u events during a reset", events);
    report_cost("reset, 131,071 ports", timer_end());
    row("init_control after a reset", EVTCHNOP_init_control, &init);
    for (unsigned page = 0; page < PAGES; page++)
        give_words(page);
    row("reset, 128 pages of words", EVTCHNOP_reset, &self);
}

/* Each virq of a vCPU's own on each of them; vCPU 0's timer is the last that is closed. */
static void measure_virqs(void)
{
    static const uint32_t own[] = { VIRQ_DEBUG, VIRQ_XENOPROF, VIRQ_XENPMU, VIRQ_TIMER };
    struct evtchn_reset self = { .dom = DOMID_SELF };
    struct evtchn_unmask unmask;
    unsigned n = 0;

    for (unsigned vcpu = VCPUS; vcpu-- > 0;) {
        for (unsigned i = 0; i < ARRAY_SIZE(own); i++) {
            struct evtchn_bind_virq b = { .virq = own[i], .vcpu = vcpu };

            n += op(EVTCHNOP_bind_virq, &b) == 0;
            timer_2l = b.port;
        }
    }
    EXPECT(n, VCPUS * ARRAY_SIZE(own));
    memset(shared->evtchn_pending, 0, sizeof(shared->evtchn_pending));
    unmask.port = timer_2l;
    NEED(op(EVTCHNOP_unmask, &unmask), 0);
    timer_begin(INTERVAL / 10);
    NEED(op(EVTCHNOP_reset, &self), 0);
    CHECK(events, "no event during a reset");
    report_cost("reset, 512 virqs of 128 vCPUs", timer_end());
}

void measure_events(void)
{
    struct physdev_map_pirq map = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = LINE, .pirq = LINE };
    struct evtchn_reset self = { .dom = DOMID_SELF };

    block = page_alloc();
    NEED(hc_physdev_op(PHYSDEVOP_map_pirq, &map), 0);
    NEED(op(EVTCHNOP_reset, &self), 0);
    measure_take_over();
    measure_full();
    measure_one_port();
    measure_reset();
    measure_virqs();
}
