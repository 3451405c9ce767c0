/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_op: yield, block, watchdog, bad arguments. */
#include "test.h"

static void check_block(void)
{
    uint64_t before = time_now(), after;
    unsigned port = timer_port();

    event_mask_all();
    timer_sleep(5 * MILLISECONDS);
    after = time_now();
    /* block unmasks upcalls, so that the event has been handled by now. */
    EXPECT(vcpu_self->evtchn_upcall_mask, 0);
    EXPECT(event_count[port], 1);
    CHECK(after - before >= 5 * MILLISECONDS, "slept %lu ns", after - before);
    CHECK(after - before < 20000ul * MILLISECONDS, "slept %lu ns", after - before);
}

static void check_watchdog(void)
{
    struct sched_watchdog dog = { .id = 0, .timeout = 60 };
    long id = hc_sched_op(SCHEDOP_watchdog, &dog);

    CHECK(id > 0, "arming a watchdog gives %ld", id);
    dog.id = (uint32_t)id;
    EXPECT(hc_sched_op(SCHEDOP_watchdog, &dog), 0);
    dog.timeout = 0;
    EXPECT(hc_sched_op(SCHEDOP_watchdog, &dog), 0);
    dog = (struct sched_watchdog){ .id = 77, .timeout = 60 };
    EXPECT(hc_sched_op(SCHEDOP_watchdog, &dog), -XEN_EINVAL);
}

void test_main(void)
{
    struct sched_remote_shutdown other = { .domain_id = 4711, .reason = SHUTDOWN_poweroff };
    struct sched_pin_override pin = { .pcpu = 0 };
    long allowed = privileged() ? 0 : -XEN_EPERM;

    for (int i = 0; i < 100; i++)
        EXPECT(hc_sched_op(SCHEDOP_yield, NULL), 0);
    check_block();
    check_watchdog();
    EXPECT(hc_sched_op(SCHEDOP_remote_shutdown, &other), privileged() ? -XEN_ESRCH : -XEN_EPERM);
    EXPECT(hc_sched_op(SCHEDOP_pin_override, &pin), allowed);
    pin.pcpu = -1;
    EXPECT(hc_sched_op(SCHEDOP_pin_override, &pin), allowed);
    pin.pcpu = 1000;
    EXPECT(hc_sched_op(SCHEDOP_pin_override, &pin), privileged() ? -XEN_EINVAL : -XEN_EPERM);
    EXPECT(hc_sched_op(SCHEDOP_shutdown, 0x1000), -XEN_EFAULT);
    EXPECT(hc_sched_op(SCHEDOP_poll, 0x1000), -XEN_EFAULT);
    EXPECT(hc_sched_op(SCHEDOP_watchdog, 0x1000), -XEN_EFAULT);
    EXPECT(hc_sched_op(SCHEDOP_remote_shutdown, 0x1000), privileged() ? -XEN_EFAULT : -XEN_EPERM);
    EXPECT(hc_sched_op(8, NULL), -XEN_ENOSYS);
    EXPECT(hc_sched_op(~0u, NULL), -XEN_ENOSYS);
}
