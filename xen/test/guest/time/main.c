/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock: never backwards, agrees with the TSC's rate; the wall clock is there from the first instruction, and the
 * initial domain sets it.
 */
#include "test.h"

static void check_monotonic(void)
{
    uint64_t last = time_now(), now, largest = 0;

    for (int i = 0; i < 200000; i++) {
        now = time_now();
        if (now < last) {
            CHECK(false, "%lu ns back after %d reads", last - now, i);
            return;
        }
        largest = now - last > largest ? now - last : largest;
        last = now;
        if (i % 1000 == 0)
            hc_sched_op(SCHEDOP_yield, NULL);
    }
    CHECK(largest < 20000ul * MILLISECONDS, "a step of %lu ns", largest);
}

static void check_info(void)
{
    struct vcpu_time_info *t = &vcpu_self->time;

    CHECK(t->system_time > 0, "system_time is 0");
    CHECK(t->tsc_to_system_mul >= 0x80000000u, "multiplier %x is not scaled up", t->tsc_to_system_mul);
    CHECK(!(t->version & 1), "version %u is odd at rest", t->version);
    CHECK(t->tsc_shift > -32 && t->tsc_shift < 32, "shift %d", t->tsc_shift);
}

static void check_wall_clock(void)
{
    uint64_t seconds = shared->wc_sec | (uint64_t)shared->wc_sec_hi << 32;

    CHECK(!(shared->wc_version & 1), "wc_version %u is odd at rest", shared->wc_version);
    CHECK(seconds > 1500000000ul && seconds < 5000000000ul, "booted %lu s after 1970", seconds);
    CHECK(shared->wc_nsec < 1000000000, "wc_nsec %u", shared->wc_nsec);
}

static void check_settime(void)
{
    struct xen_platform_op op = { .cmd = XENPF_settime64, .interface_version = XENPF_INTERFACE_VERSION };
    uint32_t version = shared->wc_version;

    op.u.settime64.secs = 2000000000;
    op.u.settime64.system_time = time_now();
    if (!(start_info->flags & SIF_INITDOMAIN)) {
        EXPECT(hc_platform_op(&op), -XEN_EPERM);
        return;
    }
    EXPECT(hc_platform_op(&op), 0);
    CHECK(shared->wc_version != version, "wc_version stays %u", version);
    CHECK(shared->wc_sec <= 2000000000 && shared->wc_sec > 2000000000 - 3600, "wc_sec %u", shared->wc_sec);
    op.u.settime64.mbz = 1;
    EXPECT(hc_platform_op(&op), -XEN_EINVAL);
}

void test_main(void)
{
    event_mask_all();
    check_wall_clock();
    check_info();
    check_monotonic();
    check_settime();
}
