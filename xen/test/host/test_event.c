/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: binding kinds, the 2-level form of the guest's bits, closing, polling, limits. */
#include "event_machine.h"

static void interdomain(void **state)
{
    u32 pa, pb, other;
    struct evtchn_status st = { 0 };

    channel(&pa, &pb);
    assert_true(pending_2l(b, pb));              /* the new end begins pending */
    assert_false(pending_2l(a, pa));
    assert_int_equal(evtchn_op_bind_interdomain(b, a, pa, &other), -EINVAL);
    kicks = 0;
    assert_int_equal(evtchn_send(b, pb), 0);
    assert_true(pending_2l(a, pa));
    assert_int_equal(kicks, 1);
    assert_ptr_equal(kicked, a->vcpu[0]);
    assert_int_equal(a->vcpu[0]->info->evtchn_upcall_pending, 1);
    assert_int_equal(a->vcpu[0]->info->evtchn_pending_sel, 1);
    evtchn_send(b, pb);
    assert_int_equal(kicks, 1);                  /* once is enough */
    st.port = pa;
    assert_int_equal(evtchn_op_status(a, &st), 0);
    assert_int_equal(st.status, EVTCHNSTAT_interdomain);
    assert_int_equal(st.u.interdomain.dom, 2);
    assert_int_equal(st.u.interdomain.port, pb);
    assert_int_equal(evtchn_op_close(b, pb), 0);
    assert_int_equal(evtchn_op_status(a, &st), 0);
    assert_int_equal(st.status, EVTCHNSTAT_unbound);
    assert_int_equal(evtchn_send(a, pa), 0);     /* to nobody */
    assert_int_equal(evtchn_op_close(b, pb), -EINVAL);
}

static void loopback(void **state)
{
    u32 p, q;

    assert_int_equal(evtchn_op_alloc_unbound(a, 1, &p), 0);
    assert_int_equal(evtchn_op_bind_interdomain(a, a, p, &q), 0);
    assert_int_equal(evtchn_send(a, q), 0);
    assert_true(pending_2l(a, p));
    assert_int_equal(evtchn_op_close(a, p), 0);
    assert_int_equal(evtchn_send(a, p), -EINVAL);
}

static void for_the_right_domain_only(void **state)
{
    u32 p, q;

    assert_int_equal(evtchn_op_alloc_unbound(a, 7, &p), 0);
    assert_int_equal(evtchn_op_bind_interdomain(b, a, p, &q), -EINVAL);
    assert_int_equal(evtchn_op_bind_interdomain(b, a, 0, &q), -EINVAL);
    assert_int_equal(evtchn_op_bind_interdomain(b, a, 1u << 20, &q), -EINVAL);
}

static void mask_keeps_back(void **state)
{
    u32 pa, pb;

    channel(&pa, &pb);
    set_bit(pa, a->shared_info->evtchn_mask);
    kicks = 0;
    evtchn_send(b, pb);
    assert_true(pending_2l(a, pa));
    assert_int_equal(kicks, 0);
    assert_int_equal(evtchn_op_unmask(a, pa), 0);
    assert_int_equal(kicks, 1);
    assert_false(test_bit(pa, a->shared_info->evtchn_mask));
}

static void virqs(void **state)
{
    u32 p, q;

    assert_int_equal(evtchn_op_bind_virq(a, VIRQ_TIMER, 1, &p), 0);
    assert_int_equal(evtchn_op_bind_virq(a, VIRQ_TIMER, 1, &q), -EEXIST);
    assert_int_equal(evtchn_op_bind_virq(a, VIRQ_TIMER, 2, &q), -ENOENT);
    assert_int_equal(evtchn_op_bind_virq(a, VIRQ_DOM_EXC, 1, &q), -EINVAL);
    assert_int_equal(evtchn_op_bind_virq(a, NR_VIRQS, 0, &q), -EINVAL);
    evtchn_send_vcpu_virq(a->vcpu[0], VIRQ_TIMER);
    assert_false(pending_2l(a, p));
    evtchn_send_vcpu_virq(a->vcpu[1], VIRQ_TIMER);
    assert_true(pending_2l(a, p));
    assert_ptr_equal(kicked, a->vcpu[1]);
    assert_int_equal(evtchn_op_bind_vcpu(a, p, 0), -EINVAL);
    assert_int_equal(evtchn_send(a, p), -EINVAL);
    assert_int_equal(evtchn_op_close(a, p), 0);
    assert_int_equal(a->vcpu[1]->virq_port[VIRQ_TIMER], 0);
    evtchn_send_vcpu_virq(a->vcpu[1], VIRQ_TIMER);
}

static void global_virq_goes_to_its_handler(void **state)
{
    u32 pa, pb;

    dom0 = a;
    assert_int_equal(evtchn_op_bind_virq(a, VIRQ_DOM_EXC, 0, &pa), 0);
    assert_int_equal(evtchn_op_bind_virq(b, VIRQ_DOM_EXC, 0, &pb), 0);
    evtchn_send_global_virq(VIRQ_DOM_EXC);
    assert_true(pending_2l(a, pa));
    assert_false(pending_2l(b, pb));
    assert_int_equal(evtchn_set_global_virq_handler(b, VIRQ_DOM_EXC), 0);
    assert_int_equal(b->refs, 2);
    evtchn_send_global_virq(VIRQ_DOM_EXC);
    assert_true(pending_2l(b, pb));
    evtchn_drop_virq_handler(b);
    assert_int_equal(b->refs, 1);
    assert_int_equal(evtchn_set_global_virq_handler(b, VIRQ_TIMER), -EINVAL);
    dom0 = NULL;
}

static void pirqs(void **state)
{
    u32 p, q;

    assert_int_equal(evtchn_op_bind_pirq(a, 64, false, &p), -EINVAL);
    assert_int_equal(evtchn_op_bind_pirq(a, 13, false, &p), -EBUSY);
    assert_int_equal(evtchn_op_bind_pirq(a, 4, false, &p), 0);
    assert_int_equal(evtchn_op_bind_pirq(a, 4, false, &q), -EEXIST);
    evtchn_send_pirq(a, 4);
    assert_true(pending_2l(a, p));
    assert_int_equal(bound_pirq, 4);
    assert_int_equal(evtchn_op_close(a, p), 0);
    assert_int_equal(bound_pirq, -1);
    evtchn_send_pirq(a, 4);
    assert_false(pending_2l(a, p));
}

static void limits(void **state)
{
    u32 p, n = 0;

    while (!evtchn_op_alloc_unbound(b, 1, &p))
        n++;
    assert_int_equal(n, 1023);                   /* its highest port, and none is 0 */
    assert_int_equal(evtchn_op_close(b, 500), 0);
    assert_int_equal(evtchn_op_alloc_unbound(b, 1, &p), 0);
    assert_int_equal(p, 500);
    for (n = 0; !evtchn_op_alloc_unbound(a, 1, &p);)
        n++;
    assert_int_equal(n, EVTCHN_2L_NR_CHANNELS - 1);
}

static void closing_is_bounded(void **state)
{
    u32 p;

    for (int i = 0; i < 200; i++)
        assert_int_equal(evtchn_op_alloc_unbound(a, 1, &p), 0);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(evtchn_op_reset(a, false), -ERESTART);
    assert_int_not_equal(a->evtchn->nr_used, 0);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(evtchn_op_reset(a, true), 0);
    assert_int_equal(a->evtchn->nr_used, 0);
}

static void dying_domains_get_none(void **state)
{
    u32 p;

    a->dying = DOMAIN_DYING;
    assert_int_equal(evtchn_op_alloc_unbound(a, 1, &p), -EINVAL);
    assert_int_equal(evtchn_op_bind_ipi(a, 0, &p), -EINVAL);
    a->dying = DOMAIN_ALIVE;
}

static void polling(void **state)
{
    u32 p[2];

    channel(&p[0], &p[1]);
    assert_int_equal(vcpu_poll(a->vcpu[1], &p[0], 1, 0), 0);
    assert_int_equal(a->vcpu[1]->pause_flags, VPF_BLOCKED | VPF_POLLING);
    evtchn_send(b, p[1]);
    assert_int_equal(unblocked, 1);
    assert_ptr_equal(unblocked_vcpu, a->vcpu[1]);
    assert_int_equal(vcpu_poll(a->vcpu[1], &p[0], 1, 0), 0);
    assert_int_equal(a->vcpu[1]->pause_flags, 0);    /* it is pending: no wait */
    assert_int_equal(vcpu_poll(a->vcpu[1], (u32[]){ 1u << 20 }, 1, 0), -EINVAL);
}

/* What was opened after a reset is closed at the end, too: the other side must not keep a domain that is gone. */
static void reset_and_end(void **state)
{
    struct evtchn_status st = { 0 };
    u32 pa, pb;

    assert_int_equal(evtchn_op_reset(a, false), 0);
    channel(&pa, &pb);
    assert_int_equal(evtchn_domain_close_all(a), 0);
    st.port = pb;
    assert_int_equal(evtchn_op_status(b, &st), 0);
    assert_int_equal(st.status, EVTCHNSTAT_unbound);
}

/* With work pending each call frees as many pages of ports as are freed between two looks at it. */
static void pages_freed_in_pieces(void **state)
{
    struct domain *d = host_domain(3, 1);
    unsigned int pages = 64 * 3 + 10, before, calls = 0;
    bool whole;

    assert_int_equal(evtchn_domain_init(d, ~0u), 0);
    for (unsigned int i = 1; i < pages; i++)
        d->evtchn->page[i] = alloc_xen_page();
    d->evtchn->nr_valid = pages * EVTCHNS_PER_PAGE;
    host_cpu_info[0].softirq_pending = 1;
    do {
        before = host_live_allocs;
        whole = evtchn_domain_free_pages(d);
        assert_true(before - host_live_allocs <= 64);
        calls++;
    } while (!whole);
    assert_int_equal(calls, 4);
    host_cpu_info[0].softirq_pending = 0;
    evtchn_domain_free(d);
    host_domain_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EVENT_TEST(interdomain), EVENT_TEST(loopback), EVENT_TEST(for_the_right_domain_only), EVENT_TEST(mask_keeps_back),
        EVENT_TEST(virqs), EVENT_TEST(global_virq_goes_to_its_handler), EVENT_TEST(pirqs), EVENT_TEST(limits),
        EVENT_TEST(closing_is_bounded), EVENT_TEST(dying_domains_get_none), EVENT_TEST(polling), EVENT_TEST(reset_and_end),
        EVENT_TEST(pages_freed_in_pieces),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
