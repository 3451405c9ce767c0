/* SPDX-License-Identifier: GPL-2.0-only */
/* A second vCPU: bad contexts, start, stop, start again, events to it, TLB flushes on it. */
#include "test.h"

static volatile unsigned long beats, wanted, run_no;

static void heartbeat(void)
{
    run_no++;
    for (;;) {
        beats++;
        if (wanted == 1) {
            smp_stop();
            run_no += 100;
            wanted = 0;
        }
    }
}

static bool wait_until(volatile unsigned long *what, unsigned long value)
{
    uint64_t end = time_now() + 20000 * MILLISECONDS;

    while (*what != value && time_now() < end)
        hc_sched_op(SCHEDOP_yield, NULL);
    return *what == value;
}

static void check_bad_contexts(void)
{
    static struct vcpu_guest_context c;

    if (hc_vcpu_op(VCPUOP_is_up, 1, NULL) == -XEN_ENOENT)
        report_error("there is no second vCPU");
    EXPECT(hc_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
    EXPECT(hc_vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL);
    EXPECT(hc_vcpu_op(VCPUOP_initialise, 1, 0x1000), -XEN_EFAULT);
    smp_context(&c, heartbeat);
    c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(page_alloc()));
    EXPECT(hc_vcpu_op(VCPUOP_initialise, 1, &c), -XEN_EINVAL);
    c.ctrlreg[3] = 1ul << 50;
    EXPECT(hc_vcpu_op(VCPUOP_initialise, 1, &c), -XEN_EINVAL);
    smp_context(&c, heartbeat);
    c.gdt_ents = 512;
    c.gdt_frames[0] = virt_to_mfn(page_alloc());
    EXPECT(hc_vcpu_op(VCPUOP_initialise, 1, &c), -XEN_EINVAL);
    /* User mode, and no table for it. */
    smp_context(&c, heartbeat);
    c.flags = 0;
    EXPECT(hc_vcpu_op(VCPUOP_initialise, 1, &c), -XEN_EINVAL);
    c.ctrlreg[1] = 1; /* bit 0: there is one, in frame 0 */
    EXPECT(hc_vcpu_op(VCPUOP_initialise, 1, &c), -XEN_EINVAL);
    EXPECT(hc_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
}

static void check_life(void)
{
    static struct vcpu_guest_context c;
    unsigned long then;

    smp_start(heartbeat);
    CHECK(wait_until(&run_no, 1), "vCPU 1 does not run");
    EXPECT(hc_vcpu_op(VCPUOP_is_up, 1, NULL), 1);
    smp_context(&c, heartbeat);
    EXPECT(hc_vcpu_op(VCPUOP_initialise, 1, &c), -XEN_EEXIST);
    then = beats;
    for (unsigned i = 0; i < 1000 && beats == then; i++)
        time_spin(20 * MILLISECONDS);
    CHECK(beats > then, "vCPU 1 does not go on");
    wanted = 1;
    for (unsigned i = 0; i < 20000 && hc_vcpu_op(VCPUOP_is_up, 1, NULL); i++)
        time_spin(MILLISECONDS);
    EXPECT(hc_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
    then = beats;
    time_spin(20 * MILLISECONDS);
    EXPECT(beats, then);
    EXPECT(run_no, 1);
    /* It goes on behind its down. */
    EXPECT(hc_vcpu_op(VCPUOP_up, 1, NULL), 0);
    CHECK(wait_until(&run_no, 101), "vCPU 1 does not come back");
    EXPECT(hc_vcpu_op(VCPUOP_down, 1, NULL), 0);
}

/* Flushes of all vCPUs while the other one is down and while it runs. */
static void check_flush(void)
{
    char *page = page_alloc();

    NEED(map_frame(SCRATCH_VA, virt_to_mfn(page), PTE_DATA), 0);
    for (unsigned i = 0; i < 50; i++) {
        NEED(hc_update_va_mapping(SCRATCH_VA, virt_to_mfn(page) * PAGE_SIZE | PTE_DATA, UVMF_INVLPG | UVMF_ALL), 0);
        EXPECT(*(volatile char *)SCRATCH_VA, 0);
        NEED(hc_update_va_mapping(SCRATCH_VA, 0, UVMF_INVLPG | UVMF_ALL), 0);
        EXPECT(try_read(SCRATCH_VA), VECTOR_PF);
    }
}

static void check_events(void)
{
    struct evtchn_bind_ipi b = { .vcpu = 1 };
    struct evtchn_send send;
    struct evtchn_status status = { .dom = DOMID_SELF };

    EXPECT(hc_event_channel_op(EVTCHNOP_bind_ipi, &b), 0);
    status.port = send.port = b.port;
    EXPECT(hc_event_channel_op(EVTCHNOP_send, &send), 0);
    EXPECT(shared->vcpu_info[1].evtchn_upcall_pending, 1);
    CHECK(shared->vcpu_info[1].evtchn_pending_sel & 1, "selector %lx", shared->vcpu_info[1].evtchn_pending_sel);
    EXPECT(hc_event_channel_op(EVTCHNOP_status, &status), 0);
    EXPECT(status.vcpu, 1);
}

static volatile bool resetting;

static void reset_for_ever(void)
{
    struct evtchn_reset r = { .dom = DOMID_SELF };

    for (;;) {
        resetting = true;
        hc_event_channel_op(EVTCHNOP_reset, &r);
    }
}

/* A control block that only the event channels still hold: the reset frees the frame, which the other CPU may have in its TLB. */
static void lose_control_block(void)
{
    char *page = page_alloc();
    xen_pfn_t mfn = virt_to_mfn(page);
    struct evtchn_init_control init = { .control_gfn = mfn, .vcpu = 0 };
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

    set_xen_guest_handle(r.extent_start, &mfn);
    if (hc_event_channel_op(EVTCHNOP_init_control, &init))
        return;
    NEED(hc_update_va_mapping((unsigned long)page, 0, UVMF_INVLPG), 0);
    EXPECT(hc_memory_op(XENMEM_decrease_reservation, &r), 1);
}

/* Two vCPUs close all ports, and look at them, at once. */
static void check_resets(void)
{
    static struct vcpu_guest_context c;
    struct evtchn_reset r = { .dom = DOMID_SELF };
    struct evtchn_unmask u = { .port = 5 };
    evtchn_port_t port = 5;
    struct sched_poll p = { .nr_ports = 1, .timeout = 1 };
    unsigned pages = 16;
    uint64_t end = time_now() + 300 * MILLISECONDS;

    smp_context(&c, reset_for_ever);
    if (hc_vcpu_op(VCPUOP_is_up, 2, NULL) < 0 || hc_vcpu_op(VCPUOP_initialise, 2, &c) || hc_vcpu_op(VCPUOP_up, 2, NULL))
        return;
    set_xen_guest_handle(p.ports, &port);
    while (!resetting)
        hc_sched_op(SCHEDOP_yield, NULL);
    while (time_now() < end) {
        long result;

        if (pages && pages--)
            lose_control_block();
        result = hc_event_channel_op(EVTCHNOP_reset, &r);

        /* While the other vCPU's is under way 4.17 says -EBUSY, ours -EAGAIN, which tells that trying again helps. */
        CHECK(!result || result == -XEN_EAGAIN || result == -XEN_EBUSY, "reset: %ld", result);
        EXPECT(hc_event_channel_op(EVTCHNOP_unmask, &u), 0);
        if (pages % 8 == 1)
            hc_sched_op(SCHEDOP_poll, &p);
    }
    EXPECT(hc_vcpu_op(VCPUOP_down, 2, NULL), 0);
}

void test_main(void)
{
    event_mask_all();
    check_bad_contexts();
    check_life();
    check_flush();
    check_events();
    check_resets();
}
