/* SPDX-License-Identifier: GPL-2.0-only */
/* Transactions: isolation, conflicts, what is told when, what they may cost. */
#include "harness.h"

#include <stdio.h>

static int setup(void **state)
{
    struct world *w = world_new(4);

    *state = w;
    s_write(w, 0, 0, "/t/a", "1");
    s_write(w, 0, 0, "/t/b", "2");
    s_path(w, 0, XS_MKDIR, 0, "/d1");
    s_chmod(w, 0, 0, "/d1", "n1");
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static void isolation(void **state)
{
    struct world *w = *state;
    uint32_t tx = s_start(w, 0);

    assert_true(tx != 0);
    assert_int_equal(s_write(w, 0, tx, "/t/a", "in"), 0);
    assert_string_equal(s_read(w, 0, tx, "/t/a"), "in");
    assert_string_equal(s_read(w, 0, 0, "/t/a"), "1");
    s_write(w, 0, 0, "/t/c", "out");
    assert_int_equal(s_path(w, 0, XS_READ, tx, "/u"), -ENOENT);
    s_write(w, 0, 0, "/v", "out");
    assert_null(s_read(w, 0, tx, "/v") );
    assert_int_equal(s_end(w, 0, tx, false), 0);
    assert_string_equal(s_read(w, 0, 0, "/t/a"), "1");
    assert_int_equal(s_end(w, 0, tx, false), -ENOENT);

    tx = s_start(w, 0);
    s_write(w, 0, tx, "/n/x/y", "new");
    s_path(w, 0, XS_RM, tx, "/t/b");
    s_chmod(w, 0, tx, "/t/a", "r0");
    assert_int_equal(s_end(w, 0, tx, true), 0);
    assert_string_equal(s_read(w, 0, 0, "/n/x/y"), "new");
    assert_int_equal(s_path(w, 0, XS_READ, 0, "/t/b"), -ENOENT);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/t/a"), 0);
}

/* What another does between a transaction's use of a node and its end. */
static void conflicts(void **state)
{
    static const struct {
        const char *name;
        uint32_t type; const char *path;            /* used in it ... */
        uint32_t other; const char *other_path;     /* ... and done outside */
        int rc;
    } rows[] = {
        { "read, written", XS_READ, "/t/a", XS_WRITE, "/t/a", -EAGAIN },
        { "read, another written", XS_READ, "/t/a", XS_WRITE, "/t/b", 0 },
        { "read, removed", XS_READ, "/t/a", XS_RM, "/t/a", -EAGAIN },
        { "read, all removed", XS_READ, "/t/a", XS_RM, "/t", -EAGAIN },
        { "read, sibling made", XS_READ, "/t/a", XS_MKDIR, "/t/n", 0 },
        { "listed, child made", XS_DIRECTORY, "/t", XS_MKDIR, "/t/n", -EAGAIN },
        { "listed, child removed", XS_DIRECTORY, "/t", XS_RM, "/t/a", -EAGAIN },
        { "listed, child written", XS_DIRECTORY, "/t", XS_WRITE, "/t/a", 0 },
        { "missed, made", XS_READ, "/t/n", XS_MKDIR, "/t/n", -EAGAIN },
        { "missed, another made", XS_READ, "/t/n", XS_MKDIR, "/t/m", 0 },
        { "written, written", XS_WRITE, "/t/a", XS_WRITE, "/t/a", -EAGAIN },
        { "written, sibling written", XS_WRITE, "/t/a", XS_WRITE, "/t/b", 0 },
        { "made, made", XS_MKDIR, "/t/n", XS_MKDIR, "/t/n", -EAGAIN },
        { "made, sibling made", XS_MKDIR, "/t/n", XS_MKDIR, "/t/m", 0 },
        { "made, parent removed", XS_MKDIR, "/t/n", XS_RM, "/t", -EAGAIN },
        { "removed, written", XS_RM, "/t", XS_WRITE, "/t/a", -EAGAIN },
        { "removed, child made", XS_RM, "/t", XS_MKDIR, "/t/a/n", -EAGAIN },
        { "removed, removed", XS_RM, "/t/a", XS_RM, "/t/a", -EAGAIN },
        { "removed, sibling made", XS_RM, "/t/a", XS_MKDIR, "/t/n", 0 },
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t tx;
        int rc;

        s_path(w, 0, XS_RM, 0, "/t");
        s_write(w, 0, 0, "/t/a", "1");
        s_write(w, 0, 0, "/t/b", "2");
        tx = s_start(w, 0);
        s_write(w, 0, tx, "/unrelated", "x");
        s_path(w, 0, rows[i].type, tx, rows[i].path);
        s_path(w, 0, rows[i].other, 0, rows[i].other_path);
        rc = s_end(w, 0, tx, true);
        if (rc != rows[i].rc)
            fail_msg("%s: %d", rows[i].name, rc);
        check_accounts(w);
    }
}

/* A node removed and made anew is another node. */
static void reborn(void **state)
{
    struct world *w = *state;
    uint32_t tx = s_start(w, 0);

    assert_string_equal(s_read(w, 0, tx, "/t/a"), "1");
    s_write(w, 0, tx, "/x", "");
    s_path(w, 0, XS_RM, 0, "/t/a");
    s_write(w, 0, 0, "/t/a", "1");
    assert_int_equal(s_end(w, 0, tx, true), -EAGAIN);
    assert_int_equal(s_path(w, 0, XS_READ, 0, "/x"), -ENOENT);
}

/* Who only read saw one state of the store and need not do it again. */
static void only_reading(void **state)
{
    struct world *w = *state;
    uint32_t tx = s_start(w, 0);

    assert_string_equal(s_read(w, 0, tx, "/t/a"), "1");
    s_write(w, 0, 0, "/t/a", "x");
    s_write(w, 0, 0, "/t/b", "x");
    assert_string_equal(s_read(w, 0, tx, "/t/b"), "2");
    assert_int_equal(s_end(w, 0, tx, true), 0);
}

static void events_at_the_end(void **state)
{
    struct world *w = *state;
    uint32_t tx;

    s_watch(w, 0, "/t", "t");
    next_event(w, 0);
    tx = s_start(w, 0);
    s_write(w, 0, tx, "/t/a", "x");
    s_path(w, 0, XS_RM, tx, "/t/b");
    assert_string_equal(next_event(w, 0), "");
    s_end(w, 0, tx, true);
    assert_string_equal(next_event(w, 0), "/t/a t");
    assert_string_equal(next_event(w, 0), "/t/b t");
    assert_string_equal(next_event(w, 0), "");
    tx = s_start(w, 0);
    s_write(w, 0, tx, "/t/a", "x");
    s_end(w, 0, tx, false);
    assert_string_equal(next_event(w, 0), "");
}

static void rights_inside(void **state)
{
    struct world *w = *state;
    uint32_t tx = s_start(w, 1);

    assert_int_equal(s_write(w, 1, tx, "/t/a", "x"), -EACCES);
    assert_int_equal(s_write(w, 1, tx, "/d1/x", "x"), 0);
    assert_int_equal(s_end(w, 0, tx, true), -ENOENT);
    assert_int_equal(s_path(w, 1, XS_TRANSACTION_START, tx, ""), -EBUSY);

    /* Rights that are taken away meanwhile are not there at the end. */
    s_chmod(w, 0, 0, "/d1", "n0");
    assert_int_equal(s_end(w, 1, tx, true), -EAGAIN);
    assert_int_equal(s_path(w, 0, XS_READ, 0, "/d1/x"), -ENOENT);
}

/* A node that a domain may not use does not decide its transaction, nor does it fill it. */
static void refused_inside(void **state)
{
    static const uint32_t types[] = { XS_READ, XS_DIRECTORY, XS_GET_PERMS, XS_MKDIR, XS_RM };
    struct world *w = *state;
    uint32_t tx;

    s_write(w, 0, 0, "/secret/key/old", "1");
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) + 2; i++) {
        tx = s_start(w, 1);
        if (i < sizeof(types) / sizeof(types[0]))
            assert_int_equal(s_path(w, 1, types[i], tx, "/secret/key"), -EACCES);
        else if (i & 1)
            assert_int_equal(s_write(w, 1, tx, "/secret/key", "x"), -EACCES);
        else
            assert_int_equal(s_chmod(w, 1, tx, "/secret/key", "b1"), -EACCES);
        assert_int_equal(s_path(w, 1, XS_READ, tx, "/secret/none"), -EACCES);
        assert_int_equal(s_write(w, 1, tx, "/d1/x", "x"), 0);
        s_write(w, 0, 0, "/secret/none", "1");
        s_write(w, 0, 0, "/secret/key/new", "1");
        s_write(w, 0, 0, "/secret/key", "2");
        assert_int_equal(s_end(w, 1, tx, true), 0);
        s_path(w, 0, XS_RM, 0, "/secret/none");
        s_path(w, 0, XS_RM, 0, "/secret/key/new");
    }
    tx = s_start(w, 1);
    w->store->quota.transaction_nodes = 2;
    assert_int_equal(s_write(w, 1, tx, "/secret/a", "x"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_READ, tx, "/secret/b"), -EACCES);
    assert_int_equal(s_write(w, 1, tx, "/d1", "x"), 0);
    assert_int_equal(s_end(w, 1, tx, true), 0);
}

static void quota_inside(void **state)
{
    struct world *w = *state;
    uint32_t tx, other;
    char path[64];
    int rc = 0, n;

    w->store->quota.nodes = 20;
    tx = s_start(w, 1);
    for (n = 0; !rc; n += !rc) {
        snprintf(path, sizeof(path), "/d1/%d", n);
        rc = s_path(w, 1, XS_MKDIR, tx, path);
    }
    assert_int_equal(rc, -ENOSPC);
    assert_int_equal(n, 19);
    /* Two that fit one by one do not fit together. */
    other = s_start(w, 1);
    assert_int_equal(s_path(w, 1, XS_MKDIR, other, "/d1/other"), 0);
    assert_int_equal(s_end(w, 1, tx, true), 0);
    assert_int_equal(s_end(w, 1, other, true), -EAGAIN);
    assert_int_equal(w->store->nodes_used[1], 20);

    w->store->quota.transaction_nodes = 5;
    tx = s_start(w, 1);
    for (n = 0, rc = 0; !rc && n < 50; n++) {
        snprintf(path, sizeof(path), "/d1/%d", n);
        rc = s_path(w, 1, XS_READ, tx, path);
    }
    assert_int_equal(rc, -ENOSPC);
}

/* One node changed again and again is one node used; what is kept to be made again must be bounded, too. */
static void edits_inside(void **state)
{
    struct world *w = *state;
    uint32_t tx = s_start(w, 1);
    int rc = 0, n;

    w->store->quota.transaction_nodes = 5;
    for (n = 0; !rc && n < 50; n += !rc)
        rc = s_write(w, 1, tx, "/d1/x", n & 1 ? "odd" : "even");
    assert_int_equal(rc, -ENOSPC);
    assert_int_equal(n, 5);
    assert_string_equal(s_read(w, 1, tx, "/d1/x"), "even");
    assert_int_equal(s_end(w, 1, tx, true), 0);
    assert_string_equal(s_read(w, 1, 0, "/d1/x"), "even");

    tx = s_start(w, 0);
    for (n = 0; n < 50; n++)
        assert_int_equal(s_write(w, 0, tx, "/d1/x", "dom0"), 0);
    assert_int_equal(s_end(w, 0, tx, true), 0);
}

/* All that its open transactions keep, together. */
static void bytes_inside(void **state)
{
    struct world *w = *state;
    char value[2000], path[64];
    uint32_t tx[3];
    int rc = 0, n;

    memset(value, 'v', sizeof(value));
    value[sizeof(value) - 1] = '\0';
    w->store->quota.transaction_bytes = 100000;
    for (n = 0; n < 3; n++)
        tx[n] = s_start(w, 1);
    for (n = 0; !rc && n < 500; n += !rc)
        rc = s_write(w, 1, tx[n % 3], "/d1/x", value);
    assert_int_equal(rc, -ENOSPC);
    assert_in_range(n, 30, 50);
    assert_int_equal(s_write(w, 1, 0, "/d1/y", value), 0);
    /* What is over is free for others, however it ended. */
    assert_int_equal(s_end(w, 1, tx[0], true), 0);
    assert_int_equal(s_write(w, 1, tx[1], "/d1/x", value), 0);
    assert_int_equal(s_end(w, 1, tx[1], true), -EAGAIN);
    for (n = 0, rc = 0; !rc && n < 5000; n += !rc) {
        snprintf(path, sizeof(path), "/d1/node-%d", n);
        rc = s_path(w, 1, XS_READ, tx[2], path);
        rc = rc == -ENOENT ? 0 : rc;
    }
    assert_int_equal(rc, -ENOSPC);
    assert_int_equal(s_end(w, 1, tx[2], false), 0);
    assert_int_equal(w->conns[1]->txn_bytes, 0);
}

/* Snapshots share nodes: many open transactions change nothing for others. */
static void many_open(void **state)
{
    struct world *w = *state;
    uint32_t tx[50];
    char text[32];

    for (int i = 0; i < 50; i++) {
        tx[i] = s_start(w, 0);
        snprintf(text, sizeof(text), "%d", i);
        s_write(w, 0, 0, "/t/a", text);
        s_write(w, 0, 0, "/t/new/deep/er", text);
        assert_int_equal(s_path(w, 0, XS_RM, 0, "/t/new"), 0);
    }
    for (int i = 0; i < 50; i++) {
        snprintf(text, sizeof(text), "%d", i - 1);
        assert_string_equal(s_read(w, 0, tx[i], "/t/a"), i ? text : "1");
        assert_int_equal(s_end(w, 0, tx[i], i & 1), 0);
    }
    s_start(w, 0);
    s_start(w, 1);                      /* left open: the end frees them */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(isolation), TEST(conflicts), TEST(reborn), TEST(only_reading),
        TEST(events_at_the_end), TEST(rights_inside), TEST(refused_inside), TEST(quota_inside),
        TEST(edits_inside), TEST(bytes_inside), TEST(many_open),
    };

    return cmocka_run_group_tests_name("xenstored transactions", tests, NULL,
                                       NULL);
}
