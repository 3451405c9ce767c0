/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a guest may read the clock in user space: on a machine with one CPU the hypervisor says so after it has compared
 * the TSC with the machine's clock for some seconds, or at once when CPUID vouches for it. The copy of the time page says the
 * same as the page, and time goes on without a step back when the hypervisor makes up its mind.
 * 4.17 decides once, at boot, by CPUID: it is not compared.
 */
#define __XEN_TOOLS__
#include "test.h"
#include <public/sysctl.h>

#define DEADLINE (60000ull * MILLISECONDS)

static struct vcpu_time_info copy;

static bool is_stable(const struct vcpu_time_info *t)
{
    return t->flags & XEN_PVCLOCK_TSC_STABLE_BIT;
}

/* Wakes up around each look, so that the hypervisor's renewals of the page are seen by one who runs. */
static uint64_t wait_until_stable(void)
{
    uint64_t start = time_now(), last = start, at = start;

    while (!is_stable(&vcpu_self->time) && at - start < DEADLINE) {
        timer_sleep(10 * MILLISECONDS);
        at = time_now();
        if (at < last) {
            CHECK(false, "%lu ns back", last - at);
            break;
        }
        last = at;
    }
    return at - start;
}

static bool is_alone(void)
{
    struct xen_sysctl s = { .cmd = XEN_SYSCTL_physinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };

    return privileged() && hc_sysctl(&s) == 0 && s.u.physinfo.nr_cpus == 1;
}

void test_main(void)
{
    struct vcpu_register_time_memory_area area = { .addr.v = &copy };
    uint64_t waited;

    if (!is_alone())
        report_skip("only on a machine with one CPU, as its initial domain");
    event_mask_all();
    timer_port();
    EXPECT(hc_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &area), 0);
    waited = wait_until_stable();
    printf("  %llu ms\n", waited / MILLISECONDS);
    CHECK(is_stable(&vcpu_self->time), "the TSC is not declared stable");
    CHECK(is_stable(&copy), "the copy's flags are %x", copy.flags);
    CHECK(copy.version == vcpu_self->time.version && copy.tsc_timestamp == vcpu_self->time.tsc_timestamp &&
          copy.tsc_to_system_mul == vcpu_self->time.tsc_to_system_mul, "the copy is another one");
}
