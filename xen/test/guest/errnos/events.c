/* SPDX-License-Identifier: GPL-2.0-only */
/* event_channel_op, sched_op, vcpu_op. */
#include "errnos.h"

#define EVENT(op_, fields_, ...)                                                                                      \
    { .name = "evtchn." #op_, .nr = __HYPERVISOR_event_channel_op, .args = { EVTCHNOP_##op_ }, .pointer = 1,          \
      .size = sizeof(struct evtchn_##op_), .fields = { fields_ }, __VA_ARGS__ }
#define LIST(...) __VA_ARGS__
#define GOOD(type, ...) .good = &(const struct type){ __VA_ARGS__ }

static void close_port(evtchn_port_t port)
{
    struct evtchn_close c = { .port = port };

    hc_event_channel_op(EVTCHNOP_close, &c);
}

static void undo_alloc(const void *arg)
{
    const struct evtchn_alloc_unbound *a = arg;

    if (a->dom == DOMID_SELF || a->dom == own_domid())
        close_port(a->port);
}

const struct op event_ops[] = {
    EVENT(bind_interdomain, LIST(F(struct evtchn_bind_interdomain, remote_dom, DOMID), F(struct evtchn_bind_interdomain, remote_port, PORT)),
          GOOD(evtchn_bind_interdomain, .remote_dom = DOMID_SELF)),
    EVENT(bind_virq, LIST(V(struct evtchn_bind_virq, virq, 13, 14, 24, 1000, 0xffffffff), F(struct evtchn_bind_virq, vcpu, VCPU)),
          GOOD(evtchn_bind_virq, .virq = VIRQ_TIMER, .vcpu = 1)),
    EVENT(bind_pirq, LIST(V(struct evtchn_bind_pirq, pirq, 1000, 0x10000, 0xffffffff), V(struct evtchn_bind_pirq, flags, 2, 0xffffffff)),
          GOOD(evtchn_bind_pirq, .pirq = 0xffff)),
    EVENT(close, LIST(F(struct evtchn_close, port, PORT))),
    EVENT(send, LIST(F(struct evtchn_send, port, PORT))),
    EVENT(status, LIST(F(struct evtchn_status, dom, DOMID), F(struct evtchn_status, port, PORT)),
          GOOD(evtchn_status, .dom = DOMID_SELF, .port = 4000), .run = true),
    EVENT(alloc_unbound, LIST(F(struct evtchn_alloc_unbound, dom, DOMID), F(struct evtchn_alloc_unbound, remote_dom, DOMID)),
          GOOD(evtchn_alloc_unbound, .dom = DOMID_SELF, .remote_dom = DOMID_SELF), .undo = undo_alloc),
    EVENT(bind_ipi, LIST(F(struct evtchn_bind_ipi, vcpu, VCPU)), GOOD(evtchn_bind_ipi, .vcpu = 1)),
    EVENT(bind_vcpu, LIST(F(struct evtchn_bind_vcpu, port, PORT), F(struct evtchn_bind_vcpu, vcpu, VCPU))),
    EVENT(unmask, LIST(F(struct evtchn_unmask, port, PORT))),
    EVENT(reset, LIST(F(struct evtchn_reset, dom, OTHER_DOMID)), GOOD(evtchn_reset, .dom = 0x1234)),
    EVENT(init_control, LIST(F(struct evtchn_init_control, control_gfn, OTHER_FRAME), V(struct evtchn_init_control, offset, 1, 4, 4092, 4096, 0xffffffff),
          F(struct evtchn_init_control, vcpu, VCPU)), GOOD(evtchn_init_control, .control_gfn = ~0ul)),
    EVENT(expand_array, LIST(F(struct evtchn_expand_array, array_gfn, FRAME))),
    EVENT(set_priority, LIST(F(struct evtchn_set_priority, port, PORT), V(struct evtchn_set_priority, priority, 16, 0xffffffff))),
    { .name = "evtchn", .nr = __HYPERVISOR_event_channel_op, .pointer = 1, .size = 0,
      .fields = { AV("cmd", 0, 15, 16, 64, 0x7fffffff, 0xffffffff) } },
    { .name = "evtchn_compat", .nr = __HYPERVISOR_event_channel_op_compat, .pointer = 0, .size = sizeof(struct evtchn_op),
      .fields = { V(struct evtchn_op, cmd, 3, 4, 9, 10, 11, 0xffffffff) } },
    { .name = NULL },
};

#define SCHED(op_, fields_, ...)                                                                                      \
    { .name = "sched." #op_, .nr = __HYPERVISOR_sched_op, .args = { SCHEDOP_##op_ }, .pointer = 1,                    \
      .fields = { fields_ }, __VA_ARGS__ }
#define ARG(type, ...) .size = sizeof(struct type), GOOD(type, __VA_ARGS__)
#define VCPU_OP(op_, fields_, ...)                                                                                    \
    { .name = "vcpu." #op_, .nr = __HYPERVISOR_vcpu_op, .args = { VCPUOP_##op_, 0, 0 }, .pointer = 2,                 \
      .fields = { A("vcpu", 1, VCPU), fields_ }, __VA_ARGS__ }
#define VCPU_NO_ARG(op_, run_)                                                                                        \
    { .name = "vcpu." #op_, .nr = __HYPERVISOR_vcpu_op, .args = { VCPUOP_##op_, 0, 0 }, .pointer = NO_POINTER,        \
      .run = run_, .fields = { A("vcpu", 1, VCPU) } }

const struct op vcpu_ops[] = {
    { .name = "sched.shutdown", .nr = __HYPERVISOR_sched_op, .args = { SCHEDOP_shutdown }, .pointer = 1 },
    SCHED(poll, LIST(F(struct sched_poll, ports, POINTER), V(struct sched_poll, nr_ports, 129, 0xffffffff)),
          ARG(sched_poll, .ports = { (void *)list_of_zeros }, .nr_ports = 1, .timeout = 1), .run = true),
    SCHED(remote_shutdown, LIST(F(struct sched_remote_shutdown, domain_id, OTHER_DOMID)), ARG(sched_remote_shutdown, .domain_id = 0x1234)),
    SCHED(shutdown_code, LIST(V(struct sched_shutdown, reason, 0, 6, 255, 256, 0xffffffff)), ARG(sched_shutdown, .reason = 256)),
    SCHED(watchdog, LIST(V(struct sched_watchdog, id, 3, 0xffffffff)), ARG(sched_watchdog, .id = 3)),
    SCHED(pin_override, LIST(V(struct sched_pin_override, pcpu, 0xffffffff, 0xfffffffe, 1000, 0x7fffffff)), ARG(sched_pin_override, .pcpu = -1)),
    { .name = "sched", .nr = __HYPERVISOR_sched_op, .pointer = 1, .fields = { AV("cmd", 0, 8, 9, 64, 0x7fffffff, 0xffffffff) } },
    { .name = "sched_compat", .nr = __HYPERVISOR_sched_op_compat, .pointer = NO_POINTER,
      .fields = { AV("cmd", 0, 3, 4, 5, 6, 64, 0xffffffff) } },

    VCPU_OP(initialise, LIST(), .size = 4096),
    VCPU_NO_ARG(up, true),
    { .name = "vcpu.down", .nr = __HYPERVISOR_vcpu_op, .args = { VCPUOP_down, 1 }, .pointer = NO_POINTER, .fields = { A("vcpu", 1, VCPU) } },
    VCPU_NO_ARG(is_up, true),
    VCPU_OP(get_runstate_info, LIST(), .size = sizeof(struct vcpu_runstate_info), .run = true),
    VCPU_OP(register_runstate_memory_area, LIST(F(struct vcpu_register_runstate_memory_area, addr.p, POINTER)),
            .size = 8, .good = &(const unsigned long){ (unsigned long)buffer }),
    VCPU_OP(set_periodic_timer, LIST(V(struct vcpu_set_periodic_timer, period_ns, 0, 1, 999999, 1ul << 62, 1ul << 63, ~0ul)),
            ARG(vcpu_set_periodic_timer, .period_ns = 1)),
    VCPU_NO_ARG(stop_periodic_timer, true),
    VCPU_OP(set_singleshot_timer, LIST(V(struct vcpu_set_singleshot_timer, timeout_abs_ns, 0, 1, 1ul << 62, 1ul << 63, ~0ul),
            V(struct vcpu_set_singleshot_timer, flags, 0, 2, 3, 0xffffffff)), ARG(vcpu_set_singleshot_timer, .timeout_abs_ns = 1, .flags = 1), .run = true),
    VCPU_NO_ARG(stop_singleshot_timer, true),
    VCPU_OP(register_vcpu_info, LIST(F(struct vcpu_register_vcpu_info, mfn, OTHER_FRAME),
            V(struct vcpu_register_vcpu_info, offset, 1, 4, 4088, 4096, 0xffffffff)), ARG(vcpu_register_vcpu_info, .mfn = ~0ul)),
    VCPU_OP(get_physid, LIST(), .size = 8),
    VCPU_OP(register_vcpu_time_memory_area, LIST(F(struct vcpu_register_time_memory_area, addr.p, POINTER)), .size = 8,
            .good = &(const unsigned long){ (unsigned long)buffer }),
    { .name = "vcpu", .nr = __HYPERVISOR_vcpu_op, .pointer = 2, .fields = { AV("cmd", 0, 14, 15, 64, 0x7fffffff, 0xffffffff) } },
    { .name = NULL },
};
