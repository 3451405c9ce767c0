/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels, the FIFO form: queues and priorities, a hostile guest's words, taking over and letting go in pieces. */
#include "event_machine.h"

static event_word_t *word(u32 port) { return (event_word_t *)mfn_to_virt(mfn(11)) + port; }
static struct evtchn_fifo_control_block *block(unsigned int vcpu)
{
    return (struct evtchn_fifo_control_block *)((char *)mfn_to_virt(mfn(10)) + vcpu * 256);
}

static int expand(struct domain *d, u64 gfn)
{
    bool added = false;

    return evtchn_fifo_expand_array(d, gfn, &added);
}

static void fifo_on(void)
{
    assert_int_equal(evtchn_fifo_init_control(a, 10, 0, 0), 0);
    assert_int_equal(evtchn_fifo_init_control(a, 10, 256, 1), 0);
    assert_int_equal(expand(a, 11), 0);
}

/* What a guest does: takes all ports off one queue, in order. */
static unsigned int drain(unsigned int vcpu, unsigned int queue, u32 *out)
{
    struct evtchn_fifo_control_block *cb = block(vcpu);
    u32 head = cb->head[queue];
    unsigned int n = 0;

    cb->ready &= ~(1u << queue);
    while (head) {
        event_word_t w = *word(head);

        *word(head) = w & ~(1u << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK | 1u << EVTCHN_FIFO_PENDING);
        out[n++] = head;
        head = w & EVTCHN_FIFO_LINK_MASK;
    }
    cb->head[queue] = 0;
    return n;
}

static void fifo_order(void **state)
{
    u32 port[5], got[8];

    fifo_on();
    for (int i = 0; i < 5; i++)
        assert_int_equal(evtchn_op_bind_ipi(a, 0, &port[i]), 0);
    kicks = 0;
    for (int i = 0; i < 5; i++)
        assert_int_equal(evtchn_send(a, port[4 - i]), 0);
    assert_int_equal(kicks, 1);
    assert_int_equal(block(0)->ready, 1u << EVTCHN_FIFO_PRIORITY_DEFAULT);
    assert_int_equal(drain(0, EVTCHN_FIFO_PRIORITY_DEFAULT, got), 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(got[i], port[4 - i]);
    evtchn_send(a, port[2]);                     /* the queue was emptied by the guest: a new one begins */
    assert_int_equal(drain(0, EVTCHN_FIFO_PRIORITY_DEFAULT, got), 1);
    assert_int_equal(got[0], port[2]);
}

static void fifo_priorities(void **state)
{
    u32 p, q, got[4];

    fifo_on();
    evtchn_op_bind_ipi(a, 0, &p);
    evtchn_op_bind_ipi(a, 0, &q);
    assert_int_equal(evtchn_fifo_set_priority(a, p, 16), -EINVAL);
    evtchn_send(a, p);
    evtchn_send(a, q);
    assert_int_equal(drain(0, 7, got), 2);
    assert_int_equal(evtchn_fifo_set_priority(a, q, 3), 0);
    evtchn_send(a, q);                           /* q was the tail of queue 7 */
    assert_int_equal(block(0)->head[3], q);
    evtchn_send(a, p);
    assert_int_equal(drain(0, 3, got), 1);
    assert_int_equal(drain(0, 7, got), 1);
    assert_int_equal(got[0], p);
}

static void fifo_takes_over_what_is_pending(void **state)
{
    u32 pa, pb, got[4];

    channel(&pa, &pb);
    evtchn_send(b, pb);
    fifo_on();
    assert_true(*word(pa) >> EVTCHN_FIFO_PENDING & 1);
    assert_int_equal(drain(0, 7, got), 1);
    assert_int_equal(got[0], pa);
    assert_int_equal(evtchn_fifo_init_control(a, 10, 0, 0), -EINVAL);
    assert_int_equal(evtchn_fifo_init_control(a, 10, 4, 1), -EINVAL);
    assert_int_equal(evtchn_fifo_init_control(a, 10, 4096 - 8, 1), -EINVAL);
    assert_int_equal(expand(b, 12), -EOPNOTSUPP);
}

static void fifo_masked_and_busy(void **state)
{
    u32 p, q, got[4];

    fifo_on();
    evtchn_op_bind_ipi(a, 1, &p);
    *word(p) |= 1u << EVTCHN_FIFO_MASKED;
    evtchn_send(a, p);
    assert_int_equal(block(1)->ready, 0);
    assert_int_equal(evtchn_op_unmask(a, p), 0);
    assert_int_equal(block(1)->ready, 1u << 7);
    assert_int_equal(evtchn_op_close(a, p), 0);
    assert_int_equal(evtchn_op_bind_ipi(a, 1, &q), 0);
    assert_int_not_equal(p, q);                  /* still linked: not to be used again yet */
    assert_int_equal(drain(1, 7, got), 1);
}

static unsigned int busy_looks;
static bool count_looks(const struct domain *d, u32 port)
{
    busy_looks++;
    return evtchn_fifo_ops.is_busy(d, port);
}

/* The FIFO form for @d with @ports ports that are closed, and LINKED: words in frame @words. */
static event_word_t *busy_ports(struct domain *d, u64 words, unsigned int ports)
{
    static struct evtchn_port_ops ops;
    event_word_t *w = mfn_to_virt(mfn(words));
    u32 p;

    assert_int_equal(evtchn_fifo_init_control(d, words + 1, 0, 0), 0);
    assert_int_equal(expand(d, words), 0);
    ops = evtchn_fifo_ops;
    ops.is_busy = count_looks;
    d->evtchn->ops = &ops;
    for (unsigned int i = 1; i <= ports; i++)
        assert_int_equal(evtchn_op_alloc_unbound(d, 1, &p), 0);
    for (unsigned int i = 1; i <= ports; i++) {
        assert_int_equal(evtchn_op_close(d, i), 0);
        w[i] |= 1u << EVTCHN_FIFO_LINKED;
    }
    return w;
}

/* A guest that keeps all its free ports busy holds no lock for long; a port that is not busy is found by a later call. */
static void busy_ports_bound_the_search(void **state)
{
    event_word_t *w = busy_ports(b, 12, 1023);
    unsigned int calls = 0;
    u32 p = 0;

    busy_looks = 0;
    assert_int_equal(evtchn_op_alloc_unbound(b, 1, &p), -ENOSPC);
    assert_in_range(busy_looks, 1, 128);
    w[700] = 0;
    while (calls < 100 && evtchn_op_alloc_unbound(b, 1, &p))
        calls++;
    assert_int_equal(p, 700);
    assert_in_range(calls, 1, 1023 / 128 + 1);
    assert_int_equal(evtchn_op_close(b, 700), 0);
    assert_int_equal(evtchn_op_alloc_unbound(b, 1, &p), 0);      /* lower ones are tried first again */
    assert_int_equal(p, 700);
}

/* Where the table may grow, any number of busy ports leaves one that is free. */
static void busy_ports_grow_the_table(void **state)
{
    u32 p;

    busy_ports(a, 12, 1000);
    busy_looks = 0;
    assert_int_equal(evtchn_op_alloc_unbound(a, 1, &p), 0);
    assert_int_equal(p, 1024);
    assert_in_range(busy_looks, 1, 2 * 128);
}

/* A guest that scribbles over its words loses events, nothing else. */
static void fifo_survives_a_hostile_guest(void **state)
{
    u32 port[64];

    fifo_on();
    for (int i = 0; i < 64; i++)
        evtchn_op_bind_ipi(a, i % 2, &port[i]);
    srand(2);
    for (int i = 0; i < 50000; i++) {
        u32 p = port[rand() % 64];

        switch (rand() % 4) {
        case 0: *word(p) = rand() | (u32)rand() << 16; break;
        case 1: block(rand() % 2)->head[7] = rand(); break;
        case 2: evtchn_op_unmask(a, p); break;
        default: evtchn_send(a, p); break;
        }
    }
}

static void fifo_reset(void **state)
{
    u32 p;

    fifo_on();
    assert_int_equal(evtchn_op_bind_ipi(a, 0, &p), 0);
    assert_int_equal(host_frames_held, 3);
    assert_int_equal(evtchn_op_reset(a, false), 0);
    assert_int_equal(host_frames_held, 0);
    assert_ptr_equal(a->evtchn->ops, &evtchn_2l_ops);
    assert_int_equal(evtchn_op_bind_ipi(a, 0, &p), 0);
    assert_int_equal(evtchn_send(a, p), 0);
    assert_true(pending_2l(a, p));
}

/* A port that was closed in between does not begin with the event of the one before. */
static void fifo_takes_over_what_is_in_use(void **state)
{
    u32 p, q, got[4];

    assert_int_equal(evtchn_op_bind_ipi(a, 0, &p), 0);
    assert_int_equal(evtchn_send(a, p), 0);
    assert_int_equal(evtchn_fifo_init_control(a, 10, 0, 0), 0);
    assert_int_equal(evtchn_op_close(a, p), 0);
    assert_int_equal(evtchn_op_bind_ipi(a, 0, &q), 0);
    assert_int_equal(p, q);
    set_bit(q + 1, a->shared_info->evtchn_pending);      /* not in use */
    assert_int_equal(expand(a, 11), 0);
    assert_int_equal(drain(0, 7, got), 0);
}

static unsigned int raised(void)
{
    unsigned int n = 0;

    for (u32 p = 0; p < 1024; p++)
        n += *word(p) >> EVTCHN_FIFO_PENDING & 1;
    return n;
}

static void fifo_raises_in_pieces(void **state)
{
    static u32 got[1024];
    bool added = false, other = false;
    unsigned int calls = 1;
    u32 p;

    for (int i = 0; i < 2000; i++)
        assert_int_equal(evtchn_op_bind_ipi(a, 0, &p), 0);
    memset(a->shared_info->evtchn_pending, 0xff, sizeof(a->shared_info->evtchn_pending));
    assert_int_equal(evtchn_fifo_init_control(a, 10, 0, 0), 0);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(evtchn_fifo_expand_array(a, 11, &added), -ERESTART);
    assert_true(added);
    assert_in_range(raised(), 1, 64);
    assert_int_equal(evtchn_send(a, 1000), 0);           /* its word is not in use yet */
    assert_int_equal(evtchn_fifo_expand_array(a, 12, &other), -ERESTART);
    assert_false(other);
    while (evtchn_fifo_expand_array(a, 11, &added) && calls < 100)
        calls++;
    assert_in_range(calls, 14, 16);          /* 64 ports each */
    assert_int_equal(raised(), 1023);
    assert_int_equal(drain(0, 7, got), 1023);
    for (u32 i = 0; i < 1023; i++)
        assert_int_equal(got[i], i + 1);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(evtchn_fifo_expand_array(a, 12, &other), 0);
    assert_int_equal(raised(), 0);
}

/* 20 pages of words and two control blocks are let go in pieces, by a reset and by the domain's end. */
static void fifo_freed_in_pieces(void **state)
{
    fifo_on();
    for (u64 frame = 12; frame < 31; frame++)
        assert_int_equal(expand(a, frame), 0);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(evtchn_op_reset(a, false), -ERESTART);
    assert_in_range(host_frames_held, 1, 21);
    assert_int_equal(evtchn_op_reset(a, true), 0);
    assert_int_equal(host_frames_held, 0);
    host_cpu_info[0].softirq_pending = 0;
    fifo_on();
    for (u64 frame = 12; frame < 31; frame++)
        assert_int_equal(expand(a, frame), 0);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(evtchn_domain_close_all(a), -ERESTART);
    assert_in_range(host_frames_held, 1, 21);
}

/* A guest that gives up each reset has one form waiting to be freed, not one more each time; a later reset is a whole one. */
static void resets_given_up(void **state)
{
    u32 p;

    for (unsigned int round = 0; round < 10; round++) {
        fifo_on();
        for (u64 frame = 12; frame < 31; frame++)
            assert_int_equal(expand(a, frame), 0);
        host_cpu_info[0].softirq_pending = 1;
        evtchn_op_reset(a, false);
        assert_in_range(host_frames_held, 1, 22);
        while (a->evtchn->fifo)                          /* an earlier form was freed first */
            evtchn_op_reset(a, true);
        assert_in_range(host_frames_held, 1, 22);
        host_cpu_info[0].softirq_pending = 0;
    }
    fifo_on();
    for (int i = 0; i < 100; i++)
        assert_int_equal(evtchn_op_bind_ipi(a, 0, &p), 0);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(evtchn_op_reset(a, false), -ERESTART);
    while (evtchn_op_reset(a, true) == -ERESTART)
        ;
    assert_int_equal(host_frames_held, 0);
    assert_int_equal(a->evtchn->nr_used, 0);
    assert_ptr_equal(a->evtchn->ops, &evtchn_2l_ops);
    host_cpu_info[0].softirq_pending = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EVENT_TEST(fifo_order),
        EVENT_TEST(fifo_priorities),
        EVENT_TEST(fifo_takes_over_what_is_pending),
        EVENT_TEST(fifo_masked_and_busy),
        EVENT_TEST(busy_ports_bound_the_search),
        EVENT_TEST(busy_ports_grow_the_table),
        EVENT_TEST(fifo_survives_a_hostile_guest),
        EVENT_TEST(fifo_reset),
        EVENT_TEST(fifo_takes_over_what_is_in_use),
        EVENT_TEST(fifo_raises_in_pieces),
        EVENT_TEST(fifo_freed_in_pieces),
        EVENT_TEST(resets_given_up),
    };
    return cmocka_run_group_tests_name("event_fifo", tests, NULL, NULL);
}
