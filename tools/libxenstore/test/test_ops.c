/* SPDX-License-Identifier: GPL-2.0-only */
/* Single requests, against the daemon itself, which runs without a hypervisor on a socket of this test's. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

/* A connection that is over says so to who waits for its descriptor, too, whatever has been read of it. */
static void test_no_message(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct xsd_sockmsg hdr = { .type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1 };
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), daemon;
    char *old = strdup(getenv("XENSTORED_PATH"));
    struct pollfd fd = { .events = POLLIN };
    struct xs_handle *h;

    (void)state;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s.other", old);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    setenv("XENSTORED_PATH", address.sun_path, 1);
    h = xs_open(0);
    setenv("XENSTORED_PATH", old, 1);
    free(old);
    assert_non_null(h);
    daemon = accept(listener, NULL, NULL);
    fd.fd = xs_fileno(h);
    assert_int_equal(write(daemon, &hdr, sizeof(hdr)), sizeof(hdr));
    assert_null(xs_read(h, XBT_NULL, "/", NULL));
    assert_int_equal(poll(&fd, 1, 0), 1);
    xs_close(h);
    close(daemon);
    close(listener);
    unlink(address.sun_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suspend_port), cmocka_unit_test(test_no_message),
    };

    return cmocka_run_group_tests(tests, daemon_set_up, daemon_tear_down);
}
