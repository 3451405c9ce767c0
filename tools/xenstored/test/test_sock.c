/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket: clients beyond the file descriptors wait without keeping the daemon busy. */
#include "harness.h"
#include "../sock.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FILES 64

static struct sockaddr_un address = { .sun_family = AF_UNIX };

static int connect_to_store(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* The daemon's loop until it would sleep. Fails where it never does. */
static void serve(struct clients *cs)
{
    for (int turns = 0; turns < 1000; turns++) {
        size_t nr;
        struct pollfd *fds = clients_poll_set(cs, &nr);

        fds[0].fd = -1;
        if (poll(fds, nr, 0) == 0)
            return;
        clients_service(cs);
        clients_flush(cs);
    }
    fail_msg("the loop does not come to rest");
}

static bool answered(struct clients *cs, int fd)
{
    struct xsd_sockmsg hdr = { .type = XS_READ, .len = 2 };
    char answer[64];

    assert_int_equal(send(fd, &hdr, sizeof(hdr), 0), sizeof(hdr));
    assert_int_equal(send(fd, "/", 2, 0), 2);
    serve(cs);
    return recv(fd, answer, sizeof(answer), MSG_DONTWAIT) >= (ssize_t)sizeof(hdr);
}

static void out_of_files(void **state)
{
    struct rlimit files = { FILES, FILES };
    struct world *w = world_new(1);
    struct clients *cs;
    int first, waiting, spare[FILES], nr = 0;

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/test_sock.%d", getpid());
    assert_int_equal(clients_open(&cs, w->store, address.sun_path), 0);
    first = connect_to_store();
    assert_true(answered(cs, first));
    waiting = connect_to_store();
    while ((spare[nr] = dup(0)) >= 0)
        nr++;
    assert_false(answered(cs, waiting));
    assert_int_equal(w->logged, 1);
    assert_true(answered(cs, first));
    assert_in_range(clients_timeout(cs), 1, 1000);
    close(first);
    serve(cs);
    assert_true(recv(waiting, &address, 1, MSG_DONTWAIT) == 1);
    assert_int_equal(w->logged, 1);
    assert_int_equal(clients_timeout(cs), -1);
    while (nr)
        close(spare[--nr]);
    close(waiting);
    clients_close(cs);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(out_of_files) };

    return cmocka_run_group_tests_name("xenstored socket", tests, NULL, NULL);
}
