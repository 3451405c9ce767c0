/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's message comes and goes on one vCPU, while the other one has the messages of the same device, and of another one, written
 * again, as after a reset. The device is QEMU's edu, whose messages have no mask bits: one that is destroyed is switched off.
 */
#include "pci.h"
#include "test.h"
#include <public/physdev.h>

#define ROUNDS 20000
#define EDU    (6 << 3)
#define CONTROL_ENABLE (1u << 16)
#define CONTROL_MASKS  (1u << 24)

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

/* Else the device goes on with a vector that the next interrupt gets. */
static void check_switched_off(void)
{
    struct physdev_unmap_pirq u = { .domid = DOMID_SELF };
    struct physdev_set_iopl iopl = { .iopl = 1 };
    unsigned cap;

    NEED(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
    cap = pci_find_capability(EDU, PCI_CAPABILITY_MSI);
    NEED(cap != 0 && !(pci_config_read(EDU, cap) & CONTROL_MASKS), true);
    NEED(map_message(&u.pirq), 0);
    pci_config_write(EDU, cap, pci_config_read(EDU, cap) | CONTROL_ENABLE);
    NEED((pci_config_read(EDU, cap) & CONTROL_ENABLE) != 0, true);
    NEED(hc_physdev_op(PHYSDEVOP_unmap_pirq, &u), 0);
    CHECK(!(pci_config_read(EDU, cap) & CONTROL_ENABLE), "a message without mask bits that was destroyed is still on");
}

void test_main(void)
{
    uint64_t end = time_now() + 60000 * MILLISECONDS;
    unsigned good = 0;

    event_mask_all();
    check_switched_off();
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
