/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts that a device makes up: without interrupt remapping it may write any message. Each vector and each delivery mode
 * but INIT, which resets the CPU, and SMI, which is the firmware's; none of them is more than an interrupt that nobody wants.
 */
#include "stray.h"
#include "test.h"

#define MODE_LOWEST 0x100u
#define MODE_NMI    0x400u
#define MODE_EXTINT 0x700u

/* Vectors of this kernel's own interrupts and of the hypervisor's: all of them. */
static void check_vectors(unsigned mode, const char *what)
{
    for (unsigned vector = 0; vector < 256; vector++)
        stray_send(mode | vector);
    stray_check_alive(what);
    for (unsigned vector = 0; vector < 256; vector++)
        CHECK(vector == 2 || !stray_traps(vector), "%s: vector %u reached the guest as a trap, %u times", what, vector,
              stray_traps(vector));
}

void test_main(void)
{
    stray_begin();
    check_vectors(0, "fixed");
    EXPECT(stray_traps(2), 0);
    check_vectors(MODE_LOWEST, "lowest priority");
    EXPECT(stray_traps(2), 0);
    for (unsigned i = 0; i < 20; i++)
        stray_send(MODE_NMI | i);
    stray_check_alive("NMI");
    CHECK(stray_traps(2) > 0, "no NMI came: the messages are not sent at all");
    stray_send(MODE_EXTINT);
    stray_check_alive("ExtINT");
}
