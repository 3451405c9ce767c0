/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests sent together, against the daemon itself, which runs without a hypervisor on a socket of this test's. The files
 * of the library are built with all checks on.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon.h"

static void assert_node(const char *path, const char *value)
{
    char *is = xs_read(xs, XBT_NULL, path, NULL);

    assert_non_null(is);
    assert_string_equal(is, value);
    free(is);
}

static unsigned int received;           /* calls of recv() and read() */

ssize_t __real_recv(int fd, void *to, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t len, int flags);
ssize_t __real_read(int fd, void *to, size_t len);
ssize_t __wrap_read(int fd, void *to, size_t len);

ssize_t __wrap_recv(int fd, void *to, size_t len, int flags)
{
    received++;
    return __real_recv(fd, to, len, flags);
}

ssize_t __wrap_read(int fd, void *to, size_t len)
{
    received++;
    return __real_read(fd, to, len);
}

/* Replies are received as they come, not each by itself: the daemon sends 16 in one piece. */
static void test_few_receives(void **state)
{
    struct xs_batch *b = xs_batch_new(xs, XBT_NULL);
    const char *failed;

    (void)state;
    for (int i = 0; i < 48; i++)
        xs_batch_mkdir(b, "/few");
    received = 0;
    assert_true(xs_batch_run(b, &failed));
    xs_batch_free(b);
    assert_in_range(received, 1, 12);
}

/* So many that several windows of requests and of replies are needed, by count and by size. */
static void test_many(void **state)
{
    xs_transaction_t t = xs_transaction_start(xs);
    struct xs_batch *b = xs_batch_new(xs, t);
    char path[64], value[3000];
    const char *failed;

    (void)state;
    memset(value, 'x', sizeof(value));
    for (int i = 0; i < 500; i++) {
        snprintf(path, sizeof(path), "/many/%d", i);
        xs_batch_write(b, path, path, strlen(path));
    }
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof(path), "/large/%d", i);
        xs_batch_write(b, path, value, 2000 + i);
    }
    assert_true(xs_batch_run(b, &failed));
    xs_batch_free(b);
    /* Nobody else sees it before the end. */
    assert_null(xs_read(xs, XBT_NULL, "/many/0", NULL));
    assert_true(xs_transaction_end(xs, t, false));
    assert_node("/many/0", "/many/0");
    assert_node("/many/499", "/many/499");
    for (int i = 0; i < 40; i++) {
        unsigned int len;

        snprintf(path, sizeof(path), "/large/%d", i);
        free(xs_read(xs, XBT_NULL, path, &len));
        assert_int_equal(len, 2000 + i);
    }
}

static void test_kinds(void **state)
{
    struct xs_permissions perms[] = { { 3, XS_PERM_NONE }, { 4, XS_PERM_READ } }, *got;
    struct xs_batch *b = xs_batch_new(xs, XBT_NULL);
    const char *failed;
    unsigned int nr;

    (void)state;
    xs_batch_mkdir(b, "/kinds/folder");
    xs_batch_set_permissions(b, "/kinds/folder", perms, 2);
    xs_batch_write(b, "/kinds/folder/leaf", "1", 1);
    xs_batch_write(b, "/kinds/folder/leaf", "2", 1);
    assert_true(xs_batch_run(b, &failed));
    xs_batch_free(b);
    assert_node("/kinds/folder/leaf", "2");
    got = xs_get_permissions(xs, XBT_NULL, "/kinds/folder/leaf", &nr);
    assert_int_equal(nr, 2);
    assert_int_equal(got[0].id, 3);
    assert_int_equal(got[1].id, 4);
    assert_int_equal(got[1].perms, XS_PERM_READ);
    free(got);
}

/* The first failure is the one told of, and the connection is in step afterwards. */
static void test_failure(void **state)
{
    struct xs_permissions nobody = { 0, XS_PERM_NONE };
    struct xs_batch *b = xs_batch_new(xs, XBT_NULL);
    const char *failed;

    (void)state;
    xs_batch_write(b, "/failure/before", "1", 1);
    xs_batch_set_permissions(b, "/failure/missing", &nobody, 1);
    xs_batch_write(b, "/failure/bad//path", "1", 1);
    xs_batch_write(b, "/failure/behind", "1", 1);
    assert_false(xs_batch_run(b, &failed));
    assert_int_equal(errno, ENOENT);
    assert_string_equal(failed, "/failure/missing");
    xs_batch_free(b);
    assert_node("/failure/before", "1");
    assert_node("/tool/xenstored", "");
}

/* Removals go with the rest, each after what was before it. */
static void test_removal(void **state)
{
    struct xs_batch *b = xs_batch_new(xs, XBT_NULL);
    const char *failed;

    (void)state;
    xs_batch_write(b, "/removal/a/b", "1", 1);
    xs_batch_write(b, "/removal/c", "2", 1);
    xs_batch_rm(b, "/removal/a");
    xs_batch_rm(b, "/removal/missing");     /* no error, as with xs_rm() */
    assert_true(xs_batch_run(b, &failed));
    xs_batch_free(b);
    assert_null(xs_read(xs, XBT_NULL, "/removal/a/b", NULL));
    assert_node("/removal/c", "2");
}

/* A node that is not there is no failure; one that cannot be read is, for all of them. */
static void test_reads(void **state)
{
    static const char *const paths[] = { "/reads/1", "/reads/missing/2", "/reads/empty", "/reads/3" };
    static const char *const wrong[] = { "/reads/1", "/reads/bad//path", "/reads/3" };
    char *values[4];

    (void)state;
    assert_true(xs_write(xs, XBT_NULL, "/reads/1", "one", 3));
    assert_true(xs_write(xs, XBT_NULL, "/reads/3", "three", 5));
    assert_true(xs_mkdir(xs, XBT_NULL, "/reads/empty"));
    assert_true(xs_read_many(xs, XBT_NULL, paths, 4, values));
    assert_string_equal(values[0], "one");
    assert_null(values[1]);
    assert_string_equal(values[2], "");
    assert_string_equal(values[3], "three");
    for (int i = 0; i < 4; i++)
        free(values[i]);
    assert_false(xs_read_many(xs, XBT_NULL, wrong, 3, values));
    assert_int_equal(errno, EINVAL);
    for (int i = 0; i < 3; i++)
        assert_null(values[i]);
    /* The connection is in step. */
    assert_node("/reads/3", "three");
}

static void test_refused(void **state)
{
    static char large[XENSTORE_PAYLOAD_MAX];
    struct xs_batch *b = xs_batch_new(xs, XBT_NULL);
    const char *failed;

    (void)state;
    xs_batch_write(b, "/refused/fine", "1", 1);
    xs_batch_write(b, "/refused/large", large, sizeof(large));
    assert_false(xs_batch_run(b, &failed));
    assert_int_equal(errno, E2BIG);
    assert_string_equal(failed, "/refused/large");
    xs_batch_free(b);
    assert_null(xs_read(xs, XBT_NULL, "/refused/fine", NULL));
}

static volatile bool stop_reading;

static void *read_nodes(void *arg)
{
    long wrong = 0;

    (void)arg;
    while (!stop_reading) {
        char *value = xs_read(xs, XBT_NULL, "/threads/fixed", NULL);

        wrong += !value || strcmp(value, "fixed");
        free(value);
    }
    return (void *)wrong;
}

/* Another thread's requests and the events of a watch come in between the replies. */
static void test_threads(void **state)
{
    unsigned int events = 0;
    pthread_t reader;
    char path[64], **event;
    void *wrong;

    (void)state;
    assert_true(xs_write(xs, XBT_NULL, "/threads/fixed", "fixed", 5));
    assert_true(xs_watch(xs, "/threads/written", "token"));
    assert_int_equal(pthread_create(&reader, NULL, read_nodes, NULL), 0);
    for (int round = 0; round < 50; round++) {
        struct xs_batch *b = xs_batch_new(xs, XBT_NULL);
        const char *failed;

        for (int i = 0; i < 100; i++) {
            snprintf(path, sizeof(path), "/threads/written/%d", i);
            xs_batch_write(b, path, "x", 1);
        }
        assert_true(xs_batch_run(b, &failed));
        xs_batch_free(b);
        while ((event = xs_check_watch(xs))) {
            events++;
            free(event);
        }
    }
    stop_reading = true;
    pthread_join(reader, &wrong);
    assert_null(wrong);
    /* The rest has been filed by the time that a later answer is here. */
    free(xs_read(xs, XBT_NULL, "/threads/fixed", NULL));
    while ((event = xs_check_watch(xs))) {
        events++;
        free(event);
    }
    assert_int_equal(events, 50 * 100 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_receives),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_removal),
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, daemon_set_up, daemon_tear_down);
}
