/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels of two domains, one with the FIFO form's pages to scribble on: nothing is left when both have ended. */
#include "../../xen/test/host/host.h"
#include "input.h"
#include <xen/event_impl.h>
#include <xen/sched.h>
#include <x86/irqflags.h>

#define PORTS 40

static struct domain *dom[2];

static struct domain *some(void) { return dom[input_below(2)]; }
static u32 port(void) { return input_below(8) ? input_below(PORTS) : input_below(1u << 18); }

/* What the guest may write at any time. */
static void scribble(void)
{
    u32 *p = mfn_to_virt(mfn(10 + input_below(8)));

    p[input_below(PAGE_SIZE / 4)] = input_below(1u << 24) << input_below(9);
}

static void bind(struct domain *d)
{
    u32 out;

    switch (input_below(5)) {
    case 0: (void)evtchn_op_alloc_unbound(d, (u16)(1 + input_below(2)), &out); break;
    case 1: (void)evtchn_op_bind_interdomain(d, some(), port(), &out); break;
    case 2: (void)evtchn_op_bind_virq(d, input_below(26), input_below(4), &out); break;
    case 3: (void)evtchn_op_bind_ipi(d, input_below(4), &out); break;
    default: (void)evtchn_op_bind_pirq(d, input_below(70), input_below(2), &out); break;
    }
}

/* Continued or not, as a guest likes. */
static void expand(struct domain *d)
{
    bool added = !input_below(4);

    while (evtchn_fifo_expand_array(d, 10 + input_below(8), &added) == -ERESTART && input_below(8))
        ;
}

static void one(void)
{
    struct domain *d = some();
    struct evtchn_status st = { 0 };

    switch (input_below(14)) {
    case 0: case 1: bind(d); break;
    case 2: (void)evtchn_send(d, port()); break;
    case 3: (void)evtchn_op_close(d, port()); break;
    case 4: (void)evtchn_op_unmask(d, port()); break;
    case 5: (void)evtchn_op_bind_vcpu(d, port(), input_below(4)); break;
    case 6: (void)evtchn_fifo_init_control(d, 10 + input_below(8), input_below(128) * 4, input_below(3)); break;
    case 7: expand(d); break;
    case 8: (void)evtchn_fifo_set_priority(d, port(), input_below(18)); break;
    case 9: st.port = port(); (void)evtchn_op_status(d, &st); break;
    case 10: (void)evtchn_send_vcpu_virq(d->vcpu[0], input_below(24)); break;
    case 11: scribble(); break;
    case 12: host_cpu_info[0].softirq_pending = input_below(2); break;
    default:
        if (!input_below(8))
            (void)evtchn_op_reset(d, !input_below(3));
    }
}

static void end(struct domain *d)
{
    struct vcpu *v;

    while (evtchn_domain_close_all(d))
        ;
    for_each_vcpu(d, v)
        evtchn_vcpu_destroy(v);
    evtchn_domain_free(d);
    host_domain_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = data;
    input_left = size < 4000 ? size : 4000;
    host_memory(32);
    host_frames_held = 0;
    host_live_allocs = 0;
    host_cpu_info[0].softirq_pending = 0;
    for (u16 i = 0; i < 2; i++) {
        dom[i] = host_domain((u16)(i + 1), 2);
        FUZZ_CHECK(!evtchn_domain_init(dom[i], i ? 1023 : ~0u));
    }
    host_cpu_info[0].current_vcpu = dom[0]->vcpu[0];
    while (input_left)
        one();
    end(dom[0]);
    end(dom[1]);
    FUZZ_CHECK(!host_live_allocs && !host_frames_held && local_flags());
    return 0;
}
