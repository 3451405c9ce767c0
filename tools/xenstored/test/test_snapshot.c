/* SPDX-License-Identifier: GPL-2.0-only */
/* What open transactions keep of a store that changes: on whose account, how much, and what becomes of those beyond it. */
#include "harness.h"

#include <stdio.h>

/* Of AddressSanitizer: bytes that malloc() has given out. */
size_t __sanitizer_get_current_allocated_bytes(void);

#define NODES 450
#define TXNS  10

static void home(struct world *w, unsigned int domid)
{
    char path[64], perms[8];

    snprintf(path, sizeof(path), "/local/domain/%u", domid);
    snprintf(perms, sizeof(perms), "n%u", domid);
    assert_int_equal(s_path(w, 0, XS_MKDIR, 0, path), 0);
    assert_int_equal(s_chmod(w, 0, 0, path, perms), 0);
}

static void write_nodes(struct world *w, unsigned int domid, unsigned int nr, char with)
{
    char value[2001], path[32];

    memset(value, with, sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    for (unsigned int i = 0; i < nr; i++) {
        snprintf(path, sizeof(path), "n%u", i);
        assert_int_equal(s_write(w, domid, 0, path, value), 0);
    }
}

static size_t account(const struct world *w, unsigned int domid)
{
    return w->conns[domid]->txn_bytes + w->conns[domid]->snapshot_bytes;
}

/*
 * Ten transactions of each guest; between any two of them all guests write all their nodes anew, so
 * that each would keep another state of the whole store.
 */
static size_t hold(unsigned int guests)
{
    struct world *w = world_new(guests + 1);
    size_t before, held;

    for (unsigned int d = 1; d <= guests; d++) {
        home(w, d);
        write_nodes(w, d, NODES, 'a');
    }
    before = __sanitizer_get_current_allocated_bytes();
    for (unsigned int round = 0; round < TXNS; round++) {
        for (unsigned int d = 1; d <= guests; d++) {
            assert_true(s_start(w, d) != 0);
            for (unsigned int other = 1; other <= guests; other++)
                write_nodes(w, other, NODES, (char)('b' + round));
        }
    }
    held = __sanitizer_get_current_allocated_bytes() - before;
    for (unsigned int d = 1; d <= guests; d++)
        assert_in_range(account(w, d), 0, 2000000);
    for (unsigned int d = 1; d <= guests; d++) {
        conn_reset(w->conns[d]);
        assert_int_equal(account(w, d), 0);
    }
    world_free(w);
    return held;
}

static void memory_is_bounded(void **state)
{
    static const unsigned int guests[] = { 1, 2, 4, 7 };

    for (size_t i = 0; i < 4; i++) {
        size_t held = hold(guests[i]);

        if (held > guests[i] * (2UL << 20))
            fail_msg("%u guests hold %zu MB", guests[i], held >> 20);
    }
}

/* The transactions' own trees: copies that their changes make, of directories and of values. */
static void own_trees_are_bounded(void **state)
{
    struct world *w = world_new(2);
    uint32_t tx[TXNS];
    size_t before, held;
    char path[32];
    int refused = 0;

    home(w, 1);
    write_nodes(w, 1, NODES, 'a');
    for (int i = 0; i < TXNS; i++)
        tx[i] = s_start(w, 1);
    before = __sanitizer_get_current_allocated_bytes();
    for (int n = 0; n < NODES; n++) {
        snprintf(path, sizeof(path), "n%d", n);
        for (int i = 0; i < TXNS; i++)
            refused += s_chmod(w, 1, tx[i], path, "n1 r0") == -ENOSPC;
    }
    held = __sanitizer_get_current_allocated_bytes() - before;
    assert_in_range(held, 0, 2 << 20);
    assert_true(refused > 0);
    assert_in_range(account(w, 1), 0, 2000000);
    world_free(w);
}

static int setup(void **state)
{
    struct world *w = world_new(3);

    *state = w;
    home(w, 1);
    home(w, 2);
    write_nodes(w, 2, 100, 'a');
    w->store->quota.snapshot_bytes = 100000;
    s_write(w, 1, 0, "a", "1");
    s_write(w, 1, 0, "b", "2");
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

/* Another guest's writes cost a transaction its snapshot, and nothing else. */
static void moved(void **state)
{
    struct world *w = *state;
    uint32_t tx = s_start(w, 1);

    assert_string_equal(s_read(w, 1, tx, "a"), "1");
    assert_int_equal(s_write(w, 1, tx, "c", "3"), 0);
    assert_int_equal(s_path(w, 1, XS_RM, tx, "b"), 0);
    assert_true(w->conns[1]->txn_bytes > 0);
    write_nodes(w, 2, 30, 'b');
    assert_in_range(w->conns[1]->snapshot_bytes, 60000, 100000);
    write_nodes(w, 2, 100, 'c');
    assert_int_equal(w->conns[1]->snapshot_bytes, 0);
    assert_string_equal(s_read(w, 1, tx, "c"), "3");
    assert_int_equal(s_path(w, 1, XS_READ, tx, "b"), -ENOENT);
    write_nodes(w, 2, 100, 'd');
    assert_int_equal(s_write(w, 1, tx, "d/e", "4"), 0);
    write_nodes(w, 2, 100, 'e');
    assert_int_equal(s_end(w, 1, tx, true), 0);
    assert_string_equal(s_read(w, 1, 0, "d/e"), "4");
    assert_string_equal(s_read(w, 1, 0, "c"), "3");
    assert_int_equal(s_path(w, 1, XS_READ, 0, "b"), -ENOENT);
    assert_int_equal(account(w, 1), 0);
}

/* What it has read has changed: it goes on with the present, and ends in a conflict. Nothing but the end says EAGAIN. */
static void lost(void **state)
{
    struct world *w = *state;
    uint32_t tx = s_start(w, 1), reader = s_start(w, 1);

    assert_string_equal(s_read(w, 1, tx, "a"), "1");
    assert_int_equal(s_write(w, 1, tx, "mine", "5"), 0);
    assert_string_equal(s_read(w, 1, reader, "a"), "1");
    s_write(w, 0, 0, "/local/domain/1/a", "x");
    s_write(w, 0, 0, "/local/domain/1/b", "x");
    assert_string_equal(s_read(w, 1, tx, "b"), "2");
    write_nodes(w, 2, 100, 'b');
    assert_int_equal(s_path(w, 1, XS_READ, tx, "b"), 0);
    assert_string_equal(s_read(w, 1, tx, "b"), "x");
    assert_string_equal(s_read(w, 1, tx, "mine"), "5");
    assert_string_equal(s_list(w, 1, tx, "/local/domain/1"), "a,b,mine");
    assert_int_equal(s_path(w, 1, XS_GET_PERMS, tx, "b"), 0);
    assert_int_equal(s_path(w, 1, XS_READ, tx, "none"), -ENOENT);
    assert_int_equal(s_path(w, 1, XS_READ, tx, "/tool"), -EACCES);
    assert_int_equal(s_write(w, 1, tx, "c", "3"), 0);
    assert_string_equal(s_read(w, 1, tx, "c"), "3");
    /* Once more. */
    write_nodes(w, 2, 100, 'c');
    assert_string_equal(s_read(w, 1, tx, "c"), "3");
    assert_int_equal(s_end(w, 1, tx, true), -EAGAIN);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "c"), -ENOENT);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "mine"), -ENOENT);
    /* It saw one state of the store. */
    assert_int_equal(s_end(w, 1, reader, true), 0);
    assert_int_equal(account(w, 1), 0);
}

/* A transaction's changes are charged to others' snapshots when they are made, and not when they are refused at its end. */
static void replaced_at_end(void **state)
{
    struct world *w = *state;
    uint32_t held = s_start(w, 1), tx = s_start(w, 2);
    unsigned int limit = w->store->quota.nodes;
    char path[16], value[2001];

    memset(value, 'z', 2000);
    value[2000] = '\0';
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof(path), "n%d", i);
        assert_int_equal(s_write(w, 2, tx, path, value), 0);
    }
    assert_int_equal(s_path(w, 2, XS_RM, tx, "n41"), 0);
    assert_int_equal(s_write(w, 2, tx, "new", "1"), 0);
    w->store->quota.nodes = w->store->nodes_used[2] - 1;
    assert_int_equal(s_end(w, 2, tx, true), -EAGAIN);
    assert_int_equal(w->conns[1]->snapshot_bytes, 0);

    w->store->quota.nodes = limit;
    tx = s_start(w, 2);
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof(path), "n%d", i);
        assert_int_equal(s_write(w, 2, tx, path, value), 0);
    }
    assert_int_equal(s_path(w, 2, XS_RM, tx, "n41"), 0);
    assert_int_equal(s_end(w, 2, tx, true), 0);
    assert_in_range(w->conns[1]->snapshot_bytes, 41 * 2000, 100000);
    assert_int_equal(s_end(w, 1, held, true), 0);
    assert_int_equal(account(w, 1), 0);
}

/* dom0's transactions keep theirs, and their account says how much. */
static void of_dom0(void **state)
{
    struct world *w = *state;
    uint32_t tx = s_start(w, 0);

    write_nodes(w, 2, 100, 'b');
    assert_in_range(w->conns[0]->snapshot_bytes, 200000, 300000);
    assert_true(s_read(w, 0, tx, "/local/domain/2/n99")[0] == 'a');
    assert_int_equal(s_path(w, 0, XS_RM, 0, "/local/domain/2"), 0);
    assert_true(s_read(w, 0, tx, "/local/domain/2/n99")[0] == 'a');
    assert_int_equal(s_end(w, 0, tx, false), 0);
    assert_int_equal(account(w, 0), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_bounded), cmocka_unit_test(own_trees_are_bounded),
        TEST(moved), TEST(lost), TEST(replaced_at_end), TEST(of_dom0),
    };

    return cmocka_run_group_tests_name("xenstored snapshots", tests, NULL, NULL);
}
