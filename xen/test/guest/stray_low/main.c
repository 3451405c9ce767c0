/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vectors of exceptions, raised by a device at CPUs that let them in. Those whose exception pushes an error code come
 * without one. The others are told from exceptions in the hypervisor only, where an exception would be its end; in the guest they
 * look like its own, and stay in service at the local APIC, which is why they come last.
 */
#include "stray.h"
#include "test.h"

#define WITH_ERROR_CODE 0x60227d00u /* 8, 10 to 14, 17, 21, 29, 30 */

void test_main(void)
{
    unsigned none = 0;

    stray_begin();
    for (unsigned round = 0; round < 4; round++)
        for (unsigned vector = 0; vector < 32; vector++)
            if (WITH_ERROR_CODE >> vector & 1)
                stray_send(vector);
    for (unsigned vector = 0; vector < 256; vector++)
        none += stray_traps(vector);
    EXPECT(none, 0);
    stray_check_alive("with error codes");
    for (unsigned round = 0; round < 4; round++)
        for (unsigned vector = 0; vector < 32; vector++)
            if (!(WITH_ERROR_CODE >> vector & 1))
                stray_send_to_hypervisor(vector);
    stray_check_alive("without error codes");
}
