/* SPDX-License-Identifier: GPL-2.0-only */
/* HLT in the guest's kernel sleeps until an event, as SCHEDOP_block does.  4.17 gives #GP instead, since kernels use the
 * hypercall; ours emulates it like any other privileged instruction, which is what the processor would do. */
#include "test.h"

#define SLEEP (100ul * MILLISECONDS)
/* A guest's vCPU may move between CPUs, whose clocks differ where the machine is emulated; the initial domain's does not here. */
#define EARLY (privileged() ? 0 : 50ul * MILLISECONDS)

void test_main(void)
{
    unsigned port = timer_port();
    struct evtchn_unmask unmask = { .port = port };
    uint64_t start;

    if (on_reference()) {
        EXPECT(TRY("hlt", NO_OUTPUTS), VECTOR_GP);
        return;
    }
    NEED(hc_event_channel_op(EVTCHNOP_unmask, &unmask), 0);
    for (unsigned i = 1; i <= 5; i++) {
        start = time_now();
        event_mask_all(); /* HLT lets events in, as block does: before it none may be handled */
        EXPECT(hc_set_timer_op(start + SLEEP), 0);
        EXPECT(TRY("hlt", NO_OUTPUTS), VECTOR_NONE);
        CHECK(time_now() - start >= SLEEP - EARLY, "woke after %lu ns", time_now() - start);
        EXPECT(event_count[port], i);
    }
    /* With an event pending it does not sleep at all. */
    event_mask_all();
    start = time_now();
    EXPECT(hc_set_timer_op(1), 0);
    time_spin(1 * MILLISECONDS);
    EXPECT(TRY("hlt", NO_OUTPUTS), VECTOR_NONE);
    CHECK(time_now() - start < 20000ul * MILLISECONDS, "slept %lu ns", time_now() - start);
}
