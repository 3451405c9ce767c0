/* SPDX-License-Identifier: GPL-2.0-only */
/* set_timer_op, one-shot and periodic timers: they come, not early, and as often as asked. */
#include "test.h"

static void wait_for(unsigned port, unsigned count, uint64_t limit)
{
    uint64_t end = time_now() + limit;

    event_unmask_all();
    while (event_count[port] < count && time_now() < end)
        asm volatile("pause");
}

static void check_one_shot(unsigned port)
{
    uint64_t due = time_now() + 3 * MILLISECONDS;
    struct vcpu_set_singleshot_timer shot = { .timeout_abs_ns = due };

    event_count[port] = 0;
    EXPECT(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &shot), 0);
    wait_for(port, 1, 10000 * MILLISECONDS);
    EXPECT(event_count[port], 1);
    CHECK(time_now() >= due, "%lu ns early", due - time_now());

    /* Stopped before it is due: it does not come. */
    event_count[port] = 0;
    shot.timeout_abs_ns = time_now() + 20 * MILLISECONDS;
    EXPECT(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &shot), 0);
    EXPECT(hc_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
    wait_for(port, 1, 30 * MILLISECONDS);
    EXPECT(event_count[port], 0);
}

static void check_past(unsigned port)
{
    struct vcpu_set_singleshot_timer shot = { .timeout_abs_ns = 1, .flags = VCPU_SSHOTTMR_future };
    long result;

    event_count[port] = 0;
    /* The flag asks for -ETIME and no event, but may be ignored, as 4.17 does. */
    result = hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &shot);
    CHECK(result == -XEN_ETIME || result == 0, "a time in the past that must not be: %ld", result);
    wait_for(port, 1, 2 * MILLISECONDS);
    EXPECT(event_count[port], result ? 0 : 1);
    event_count[port] = 0;
    shot.flags = 0;
    EXPECT(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &shot), 0);
    wait_for(port, 1, 10000 * MILLISECONDS);
    EXPECT(event_count[port], 1);
    event_count[port] = 0;
    EXPECT(hc_set_timer_op(1), 0);
    wait_for(port, 1, 10000 * MILLISECONDS);
    EXPECT(event_count[port], 1);
}

static void check_periodic(unsigned port)
{
    struct vcpu_set_periodic_timer every = { .period_ns = 2 * MILLISECONDS };
    uint64_t start = time_now(), taken;

    event_count[port] = 0;
    EXPECT(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &every), 0);
    wait_for(port, 10, 2000 * MILLISECONDS);
    taken = time_now() - start;
    EXPECT(hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    CHECK(event_count[port] >= 10, "%u ticks", event_count[port]);
    CHECK(taken >= 18 * MILLISECONDS, "10 ticks of 2 ms in %lu ns", taken);
    time_spin(1 * MILLISECONDS);
    event_unmask_all();
    event_count[port] = 0;
    time_spin(10 * MILLISECONDS);
    EXPECT(event_count[port], 0);
    every.period_ns = 999999;
    EXPECT(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &every), -XEN_EINVAL);
}

static void check_set_timer_op(unsigned port)
{
    uint64_t due = time_now() + 2 * MILLISECONDS;

    event_count[port] = 0;
    EXPECT(hc_set_timer_op(due), 0);
    wait_for(port, 1, 10000 * MILLISECONDS);
    EXPECT(event_count[port], 1);
    CHECK(time_now() >= due, "%lu ns early", due - time_now());
    /* 0 stops it. */
    event_count[port] = 0;
    EXPECT(hc_set_timer_op(time_now() + 10 * MILLISECONDS), 0);
    EXPECT(hc_set_timer_op(0), 0);
    wait_for(port, 1, 20 * MILLISECONDS);
    EXPECT(event_count[port], 0);
}

void test_main(void)
{
    unsigned port = timer_port();
    struct evtchn_unmask unmask = { .port = port };

    EXPECT(hc_event_channel_op(EVTCHNOP_unmask, &unmask), 0);
    event_unmask_all();
    check_set_timer_op(port);
    check_one_shot(port);
    check_past(port);
    check_periodic(port);
    EXPECT(hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, 0x1000), -XEN_EFAULT);
    EXPECT(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, 0x1000), -XEN_EFAULT);
}
