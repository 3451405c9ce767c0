/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain that has announced a suspend crashes while an event is delivered: the crash is found on the exit path, with
 * interrupts off, and is told by its event channel for suspends. The domain has one page of code, and no stack for the event.
 */
#define __XEN_TOOLS__
#include "target.h"
#include "test.h"
#include <public/domctl.h>

#define CODE_VA   0x400000ul
#define SECONDS_5 (5000 * MILLISECONDS)

/* sched_op(shutdown_code, { suspend }), then a loop. */
extern const char code[], code_end[];
asm(".pushsection .rodata\n"
    "code: mov $29, %eax; mov $5, %edi; lea 1f(%rip), %rsi; syscall\n"
    "2: jmp 2b\n"
    "1: .long 2\n"
    "code_end: .popsection");

static struct xen_domctl ctl;
static domid_t dom;

/* Its tables for CODE_VA; the L4's frame. */
static unsigned long make_tables(void)
{
    unsigned long below = target_give_page(dom, 0);
    uint64_t flags = PTE_RO;
    struct mmuext_op pin = { .cmd = MMUEXT_PIN_L4_TABLE };

    memcpy((void *)target_map(dom, below, PTE_DATA), code, (size_t)(code_end - code));
    for (unsigned level = 1; level <= 4; level++) {
        unsigned long table = target_give_page(dom, level);

        target_map(dom, table, PTE_DATA)[CODE_VA >> (12 + 9 * (level - 1)) & 511] = below * PAGE_SIZE | flags;
        flags = PTE_TABLE;
        below = table;
    }
    target_map(dom, 0, 0);
    pin.arg1.mfn = below;
    NEED(hc_mmuext_op(&pin, 1, NULL, dom), 0);
    return below;
}

static void start(void)
{
    static struct vcpu_guest_context context;

    context.user_regs.rip = CODE_VA;
    context.user_regs.cs = FLAT_KERNEL_CS;
    context.user_regs.ss = FLAT_KERNEL_SS;
    context.user_regs.rsp = 0x1000;      /* not mapped */
    context.ctrlreg[3] = make_tables() * PAGE_SIZE;
    context.flags = VGCF_in_kernel | VGCF_online;
    memset(&ctl.u, 0, sizeof(ctl.u));
    set_xen_guest_handle(ctl.u.vcpucontext.ctxt, &context);
    NEED(domctl_of(&ctl, XEN_DOMCTL_setvcpucontext, dom), 0);
    NEED(domctl_of(&ctl, XEN_DOMCTL_unpausedomain, dom), 0);
}

/* The port of ours that tells of its suspend. */
static unsigned suspend_port(void)
{
    struct evtchn_alloc_unbound its = { .dom = dom, .remote_dom = DOMID_SELF };
    struct evtchn_bind_interdomain ours = { .remote_dom = dom };

    NEED(hc_event_channel_op(EVTCHNOP_alloc_unbound, &its), 0);
    ours.remote_port = its.port;
    NEED(hc_event_channel_op(EVTCHNOP_bind_interdomain, &ours), 0);
    shared->evtchn_mask[ours.local_port / 64] |= 1ul << ours.local_port % 64;    /* it stays pending */
    shared->evtchn_pending[ours.local_port / 64] &= ~(1ul << ours.local_port % 64);    /* from being bound */
    memset(&ctl.u, 0, sizeof(ctl.u));
    ctl.u.subscribe.port = its.port;
    NEED(domctl_of(&ctl, XEN_DOMCTL_subscribe, dom), 0);
    return ours.local_port;
}

static uint32_t state(void)
{
    NEED(domctl_of(&ctl, XEN_DOMCTL_getdomaininfo, dom), 0);
    return ctl.u.getdomaininfo.flags;
}

/* It reached its loop: it has run for some ms, and nothing in it takes that long before. */
static bool wait_running(void)
{
    for (uint64_t end = time_now() + SECONDS_5; time_now() < end; timer_sleep(MILLISECONDS)) {
        state();
        if (ctl.u.getdomaininfo.cpu_time > 20 * MILLISECONDS)
            return true;
    }
    return false;
}

static bool wait_pending(unsigned port)
{
    for (uint64_t end = time_now() + SECONDS_5; time_now() < end; timer_sleep(MILLISECONDS))
        if (shared->evtchn_pending[port / 64] >> port % 64 & 1)
            return true;
    return false;
}

void test_main(void)
{
    struct vcpu_info *its;
    unsigned port;

    pt_build(SCRATCH_VA);
    ctl = target_description();
    dom = target_create(&ctl, 64);
    port = suspend_port();
    start();
    CHECK(wait_running(), "the second domain does not run");
    NEED(domctl_of(&ctl, XEN_DOMCTL_pausedomain, dom), 0);
    CHECK(!(shared->evtchn_pending[port / 64] >> port % 64 & 1), "its suspend is told before it crashes");
    state();
    its = (struct vcpu_info *)target_map(dom, ctl.u.getdomaininfo.shared_info_frame, PTE_DATA);
    its->evtchn_upcall_mask = 0;
    its->evtchn_upcall_pending = 1;
    target_map(dom, 0, 0);
    NEED(domctl_of(&ctl, XEN_DOMCTL_unpausedomain, dom), 0);
    CHECK(wait_pending(port), "its crash is not told");
    CHECK(state() & XEN_DOMINF_shutdown, "it is not shut down: flags %x", state());
    EXPECT(state() >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask, SHUTDOWN_suspend);
    target_destroy(dom);
    target_wait_gone(dom);
}
