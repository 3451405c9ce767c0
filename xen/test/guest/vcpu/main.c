/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu_op of the only vCPU: run states, memory areas, registered vcpu_info, bad arguments. */
#include "test.h"

static struct vcpu_runstate_info area;
static struct vcpu_time_info clock_area;

/* A busy machine may run nothing of ours until the timer is over already, and then there is nothing to wait for: again. */
#define ATTEMPTS 50

static void check_runstate(void)
{
    struct vcpu_runstate_info first, second;
    uint64_t now, blocked = 0;

    EXPECT(hc_vcpu_op(VCPUOP_get_runstate_info, 0, &first), 0);
    EXPECT(first.state, RUNSTATE_running);
    for (int i = 0; i < ATTEMPTS && blocked < 3 * MILLISECONDS; i++) {
        timer_sleep(4 * MILLISECONDS);
        EXPECT(hc_vcpu_op(VCPUOP_get_runstate_info, 0, &second), 0);
        blocked = second.time[RUNSTATE_blocked] - first.time[RUNSTATE_blocked];
    }
    now = time_now();
    EXPECT(second.state, RUNSTATE_running);
    CHECK(blocked >= 3 * MILLISECONDS, "blocked for %lu ns", blocked);
    CHECK(second.state_entry_time <= now, "entered %lu ns in the future", second.state_entry_time - now);
    EXPECT(second.time[RUNSTATE_offline], first.time[RUNSTATE_offline]);
}

static void check_areas(void)
{
    struct vcpu_register_runstate_memory_area reg = { .addr.v = &area };
    struct vcpu_register_time_memory_area clock = { .addr.v = &clock_area };
    uint64_t blocked;

    area.state = 99;
    EXPECT(hc_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &reg), 0);
    EXPECT(area.state, RUNSTATE_running);
    blocked = area.time[RUNSTATE_blocked];
    for (int i = 0; i < ATTEMPTS && area.time[RUNSTATE_blocked] == blocked; i++)
        timer_sleep(2 * MILLISECONDS);
    EXPECT(area.state, RUNSTATE_running);
    CHECK(area.time[RUNSTATE_blocked] > blocked, "the area is not kept up to date");
    EXPECT(hc_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &clock), 0);
    timer_sleep(2 * MILLISECONDS);
    CHECK(clock_area.tsc_to_system_mul == vcpu_self->time.tsc_to_system_mul, "time area multiplier %x",
          clock_area.tsc_to_system_mul);
    /* With the flag, the entry time shows when the area is half written; at rest it does not. */
    EXPECT(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
    timer_sleep(2 * MILLISECONDS);
    CHECK(!(area.state_entry_time & XEN_RUNSTATE_UPDATE), "update flag left on");
    EXPECT(hc_vcpu_op(VCPUOP_register_runstate_memory_area, 0, 0x1000), -XEN_EFAULT);
}

static void check_vcpu_info(void)
{
    char *page = page_alloc();
    struct vcpu_register_vcpu_info reg = { .mfn = virt_to_mfn(page), .offset = 4096 - 32 };
    struct evtchn_bind_ipi ipi = { .vcpu = 0 };
    struct evtchn_send send;

    EXPECT(hc_vcpu_op(VCPUOP_register_vcpu_info, 0, &reg), -XEN_ENXIO);
    reg.offset = 256;
    reg.mfn = ~0ul;
    CHECK(hc_vcpu_op(VCPUOP_register_vcpu_info, 0, &reg) < 0, "registered in no frame at all");
    reg.mfn = virt_to_mfn(page);
    /* Registering sets all selector bits, so that nothing gets lost: an upcall must not come before we look there. */
    event_mask_all();
    EXPECT(hc_vcpu_op(VCPUOP_register_vcpu_info, 0, &reg), 0);
    vcpu_self = (struct vcpu_info *)(page + 256);
    CHECK(vcpu_self->time.tsc_to_system_mul != 0, "time did not move along");
    EXPECT(hc_vcpu_op(VCPUOP_register_vcpu_info, 0, &reg), -XEN_EINVAL);
    event_unmask_all();
    EXPECT(hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi), 0);
    send.port = ipi.port;
    event_count[ipi.port] = 0;
    EXPECT(hc_event_channel_op(EVTCHNOP_send, &send), 0);
    EXPECT(event_count[ipi.port], 1);
}

static void check_bad(void)
{
    struct vcpu_get_physid id;
    long result;

    EXPECT(hc_vcpu_op(VCPUOP_is_up, 0, NULL), 1);
    EXPECT(hc_vcpu_op(VCPUOP_is_up, 1, NULL), -XEN_ENOENT);
    EXPECT(hc_vcpu_op(VCPUOP_is_up, 8192, NULL), -XEN_ENOENT);
    EXPECT(hc_vcpu_op(VCPUOP_is_up, ~0u, NULL), -XEN_ENOENT);
    EXPECT(hc_vcpu_op(VCPUOP_up, 0, NULL), 0);
    /* -EINVAL unless dom0's vCPUs are pinned, which on a machine of one CPU they are by nature. */
    result = hc_vcpu_op(VCPUOP_get_physid, 0, &id);
    CHECK(result == -XEN_EINVAL || result == 0, "get_physid: %ld", result);
    EXPECT(hc_vcpu_op(VCPUOP_get_runstate_info, 0, 0x1000), -XEN_EFAULT);
    EXPECT(hc_vcpu_op(VCPUOP_register_vcpu_info, 0, 0x1000), -XEN_EFAULT);
    EXPECT(hc_vcpu_op(14, 0, NULL), -XEN_ENOSYS);
    EXPECT(hc_vcpu_op(~0u, 0, NULL), -XEN_ENOSYS);
}

void test_main(void)
{
    check_bad();
    check_runstate();
    check_areas();
    check_vcpu_info();
}
