/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's message comes and goes on one vCPU, while the other one has the messages of the same device, and of another one, written
 * again, as after a reset. The device is QEMU's edu.
 */
#include "test.h"
#include <public/physdev.h>

#define ROUNDS 20000
#define EDU    (6 << 3)

static volatile unsigned restored, rounds_2;
static volatile bool stop;

static void other_cpu(void)
{
    struct physdev_pci_device edu = { .devfn = EDU };

    while (!stop) {
        restored += hc_physdev_op(PHYSDEVOP_restore_msi_ext, &edu) == 0;
        rounds_2++;
    }
    stop = false;
    for (;;)
        hc_sched_op(SCHEDOP_yield, NULL);
}

static long map_message(int *pirq)
{
    struct physdev_map_pirq m = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_MSI_SEG, .index = -1, .pirq = -1, .devfn = EDU };
    long result = hc_physdev_op(PHYSDEVOP_map_pirq, &m);

    *pirq = m.pirq;
    return result;
}

void test_main(void)
{
    uint64_t end = time_now() + 60000 * MILLISECONDS;
    unsigned good = 0;

    event_mask_all();
    smp_start(other_cpu);
    while (!rounds_2)
        hc_sched_op(SCHEDOP_yield, NULL);
    for (unsigned i = 0; i < ROUNDS || (!restored && time_now() < end); i++) {
        struct physdev_unmap_pirq u = { .domid = DOMID_SELF };

        NEED(map_message(&u.pirq), 0);
        good += hc_physdev_op(PHYSDEVOP_unmap_pirq, &u) == 0;
    }
    stop = true;
    while (stop)
        hc_sched_op(SCHEDOP_yield, NULL);
    printf("  mapped and unmapped %u times, restored %u of %u times\n", good, restored, rounds_2);
    CHECK(good >= ROUNDS, "unmapped %u times of %u", good, ROUNDS);
    CHECK(restored, "the two never met");
    NEED(hc_vcpu_op(VCPUOP_down, 1, NULL), 0);
}
