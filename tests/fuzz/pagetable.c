/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's requests on page tables, types and pins, in whatever order: the frame table's check finds nothing afterwards. */
#include "../../xen/test/host/frame_machine.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = data;
    input_left = size < 1500 ? size : 1500;
    machine_setup();
    while (input_left)
        machine_request(input_below);
    host_cpu_info[0].softirq_pending = 0;
    FUZZ_CHECK(machine_violations() == 0);
    for (unsigned int n = FIRST; n < LAST; n++)
        machine_unpin(n);
    FUZZ_CHECK(machine_violations() == 0);
    machine_teardown();
    return 0;
}
