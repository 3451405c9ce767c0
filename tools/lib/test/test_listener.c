/* SPDX-License-Identifier: GPL-2.0-only */
/* A listening socket without file descriptors: it is not polled, says so once, and goes on when one is free. */
#include "../listener.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address = { .sun_family = AF_UNIX };

static struct listener listen_here(void)
{
    struct listener l = { .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0) };

    /* An abstract name: nothing is left behind. */
    snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "test-listener-%d", getpid());
    assert_int_equal(bind(l.fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(l.fd, 16), 0);
    return l;
}

static int connect_there(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static int wait_for(struct listener *l, int timeout)
{
    struct pollfd p = { .fd = listener_poll_fd(l), .events = POLLIN };

    return poll(&p, 1, timeout);
}

static void out_of_files(void **state)
{
    struct listener l = listen_here();
    int clients[2] = { connect_there(), connect_there() }, spare[1024], nr = 0;

    while ((spare[nr] = dup(0)) >= 0)
        nr++;
    assert_int_equal(wait_for(&l, 0), 1);
    assert_int_equal(listener_accept(&l), -EMFILE);
    assert_int_equal(wait_for(&l, 0), 0);       /* a loop would sleep now ... */
    assert_in_range(listener_timeout(&l), 1, 1000);
    listener_retry(&l);                 /* ... until a descriptor may be free. */
    assert_int_equal(listener_accept(&l), -EAGAIN);
    close(spare[--nr]);
    listener_retry(&l);
    assert_int_equal(wait_for(&l, 0), 1);
    spare[nr] = listener_accept(&l);
    assert_true(spare[nr++] >= 0);
    assert_int_equal(listener_timeout(&l), -1);
    assert_int_equal(listener_accept(&l), -EMFILE);
    /* What is missing may be another process's: it is tried again by itself. */
    assert_int_equal(poll(NULL, 0, listener_timeout(&l)), 0);
    assert_int_equal(wait_for(&l, 0), 1);
    while (nr)
        close(spare[--nr]);
    close(clients[0]);
    close(clients[1]);
    close(l.fd);
}

static void limit_is_raised(void **state)
{
    struct rlimit files;

    listener_raise_files();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    assert_int_equal(files.rlim_cur, files.rlim_max);
}

/* A server's path that names a device, a file or the like by mistake. */
static void only_a_socket_is_removed(void **state)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/test_listener.%d", getpid());
    assert_int_equal(mkfifo(addr.sun_path, 0600), 0);
    listener_remove_left(addr.sun_path);
    assert_int_equal(access(addr.sun_path, F_OK), 0);
    unlink(addr.sun_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    listener_remove_left(addr.sun_path);
    assert_int_equal(access(addr.sun_path, F_OK), -1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_files), cmocka_unit_test(limit_is_raised),
        cmocka_unit_test(only_a_socket_is_removed),
    };
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &files);
    return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
