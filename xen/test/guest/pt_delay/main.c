/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Eight vCPUs pin and unpin trees of page tables on CPUs 0 to 7, all at once. The one on CPU 0 has a timer: how late is its event?
 * That is how long the hypervisor keeps CPU 0 for page tables: from this vCPU's handler, which needs no decision of the scheduler, as
 * from another domain's vCPU. First it pins alone, which gives its own longest piece; then the others want the lock
 * of the domain's page tables, too.
 *
 * QEMU counts the instructions of all CPUs, one of which runs at a time, until a timer expires or it executes PAUSE or HLT. A timer
 * that expires every 2 us makes them take turns in the middle of a piece. CPUs that wait for the lock use up nearly none of their
 * turns, as their loops have a PAUSE: what is counted is the work under the lock.
 */
#define __XEN_TOOLS__
#include "forest.h"
#include "target.h"
#include "test.h"

#define VCPUS     8
#define L1_TABLES 16
#define TURN_NS   2000
#define SAMPLES   20
#define LIMIT     100000ul

static unsigned long trees[VCPUS];
static volatile unsigned long done[VCPUS];
static volatile uint64_t fired_at;

static void note_time(unsigned which)
{
    if (which == timer_port() && !fired_at)
        fired_at = time_now();
}

static void work(unsigned long n)
{
    for (;;) {
        forest_pin(trees[n]);
        done[n]++;
    }
}

/* vCPU @n stays on CPU @n. */
static void pin_vcpu(unsigned n)
{
    static struct xen_domctl ctl;
    static uint8_t map[1];

    memset(&ctl, 0, sizeof(ctl));
    map[0] = (uint8_t)(1u << n);
    ctl.u.vcpuaffinity.vcpu = n;
    ctl.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
    set_xen_guest_handle(ctl.u.vcpuaffinity.cpumap_hard.bitmap, map);
    ctl.u.vcpuaffinity.cpumap_hard.nr_bits = 8;
    NEED(domctl_of(&ctl, XEN_DOMCTL_setvcpuaffinity, 0), 0);
}

/* How late a timer's event is, at worst, while this vCPU pins and unpins. */
static uint64_t worst_delay(const char *beside)
{
    uint64_t worst = 0, sum = 0;

    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t due = time_now() + 50000 + i * 7919 % 100000, late;

        fired_at = 0;
        NEED(hc_set_timer_op(due), 0);
        while (!fired_at) {
            forest_pin(trees[0]);
            done[0]++;
        }
        late = fired_at - due;
        worst = late > worst ? late : worst;
        sum += late;
    }
    printf("  %s: an event is %lu instructions late at most, %lu in the mean\n", beside, worst, sum / SAMPLES);
    return worst;
}

void test_main(void)
{
    struct evtchn_unmask unmask = { .port = timer_port() };
    uint64_t alone, worst;

    NEED(hc_event_channel_op(EVTCHNOP_unmask, &unmask), 0);
    event_hook = note_time;
    for (unsigned n = 0; n < VCPUS; n++) {
        trees[n] = forest_tree(L1_TABLES);
        pin_vcpu(n);
        if (n)
            forest_vcpu(n, work);
    }
    forest_short_turns(TURN_NS);
    event_unmask_all();
    alone = worst_delay("alone");
    for (unsigned n = 1; n < VCPUS; n++)
        NEED(hc_vcpu_op(VCPUOP_up, n, NULL), 0);
    done[0] = 0;
    worst = worst_delay("beside seven others");
    for (unsigned n = 0; n < VCPUS; n++)
        printf("  vCPU %u: %lu pins\n", n, done[n]);
    CHECK(alone < LIMIT, "a pin keeps the CPU for %lu instructions", alone);
    CHECK(worst <= alone + LIMIT, "seven vCPUs that want the lock make it %lu instructions more", worst - alone);
    event_mask_all();
    for (unsigned n = 1; n < VCPUS; n++)
        NEED(hc_vcpu_op(VCPUOP_down, n, NULL), 0);
}
