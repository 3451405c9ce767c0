/* SPDX-License-Identifier: GPL-2.0-only */
/* Single requests, against the daemon itself, which runs without a hypervisor on a socket of this test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon.h"

/* libxl makes the node empty for every guest, and takes a port for one to bind. */
static void test_suspend_port(void **state)
{
    static const struct { const char *value; int port; } cases[] = {
        { "", -1 }, { "17", 17 }, { "0", 0 }, { "x", -1 }, { "17x", -1 }, { "-3", -1 }, { "4294967297", -1 }, { " 17", -1 },
    };
    const char *path = "/local/domain/7/device/suspend/event-channel";

    (void)state;
    assert_int_equal(xs_suspend_evtchn_port(7), -1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(xs_write(xs, XBT_NULL, path, cases[i].value, (unsigned int)strlen(cases[i].value)));
        if (xs_suspend_evtchn_port(7) != cases[i].port)
            fail_msg("'%s' is taken for port %d", cases[i].value, xs_suspend_evtchn_port(7));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suspend_port),
    };

    return cmocka_run_group_tests(tests, daemon_set_up, daemon_tear_down);
}
