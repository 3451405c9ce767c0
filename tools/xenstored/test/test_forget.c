/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's end: whatever it was given, the next domain with its number begins with nothing. */
#include "harness.h"
#include "../watch.h"
#include "fail_alloc.h"

#include <stdio.h>

static int setup(void **state)
{
    struct world *w = world_new(4);

    *state = w;
    for (unsigned int d = 1; d < 4; d++) {
        char path[64], perms[8];

        snprintf(path, sizeof(path), "/local/domain/%u/data", d);
        snprintf(perms, sizeof(perms), "n%u", d);
        s_path(w, 0, XS_MKDIR, 0, path);
        s_chmod(w, 0, 0, path, perms);
    }
    s_write(w, 0, 0, "/given/a/b", "secret");
    s_chmod(w, 0, 0, "/given/a/b", "n0 r1 r2");
    s_write(w, 0, 0, "/given/own", "secret");
    s_chmod(w, 0, 0, "/given/own", "n1");
    s_write(w, 1, 0, "data/x/y", "1");
    s_write(w, 3, 0, "data/for1", "1");
    s_chmod(w, 3, 0, "data/for1", "n3 r1");
    return 0;
}

static int teardown(void **state)
{
    fail_alloc(0, 0);
    world_free(*state);
    return 0;
}

/* Domain 1 ends, and another gets its number. Returns the allocations that this took. */
static unsigned long reuse(struct world *w, bool keep)
{
    unsigned long allocations;

    conn_free(w->conns[1]);
    w->conns[1] = NULL;
    store_forget_domain(w->store, 1, keep);
    assert_int_equal(w->store->nodes_used[1], 0);
    check_accounts(w);
    allocations = fail_alloc_count();
    fail_alloc(0, 0);
    w->conns[1] = conn_new(w->store, 1, false);
    return allocations;
}

static void check_nodes(struct world *w)
{
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/given/a/b"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/local/domain/3/data/for1"), -EACCES);
    assert_int_equal(s_path(w, 0, XS_READ, 0, "/given/own"), -ENOENT);
    assert_string_equal(s_list(w, 0, 0, "/local/domain/1"), "");
    assert_string_equal(s_read(w, 2, 0, "/given/a/b"), "secret");
}

static void nodes(void **state)
{
    struct world *w = *state;

    s_chmod(w, 0, 0, "/", "n0 r1");
    reuse(w, false);
    check_nodes(w);
    assert_int_equal(s_path(w, 1, XS_DIRECTORY, 0, "/"), -EACCES);
}

static void nodes_kept(void **state)
{
    struct world *w = *state;

    reuse(w, true);
    assert_string_equal(s_read(w, 0, 0, "/local/domain/1/data/x/y"), "1");
    assert_int_equal(s_path(w, 1, XS_READ, 0, "data/x/y"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/given/own"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/given/a/b"), -EACCES);
}

static void special_paths(void **state)
{
    struct world *w = *state;

    assert_int_equal(s_chmod(w, 0, 0, "@introduceDomain", "n0 r1"), 0);
    assert_int_equal(s_chmod(w, 0, 0, "@releaseDomain", "b1"), 0);
    reuse(w, false);
    assert_int_equal(s_path(w, 1, XS_GET_PERMS, 0, "@introduceDomain"), -EACCES);
    assert_int_equal(s_chmod(w, 1, 0, "@releaseDomain", "n1"), -EACCES);
    assert_int_equal(s_watch(w, 1, "@introduceDomain", "t"), 0);
    next_event(w, 1);
    store_fire_special(w->store, SPECIAL_INTRODUCE);
    assert_string_equal(next_event(w, 1), "");
}

static void target(void **state)
{
    struct world *w = *state;

    assert_int_equal(result(ask(w, 0, XS_SET_TARGET, 0, "2\0001\0", 4)), 0);
    assert_string_equal(s_read(w, 2, 0, "/local/domain/1/data/x/y"), "1");
    reuse(w, false);
    s_path(w, 0, XS_MKDIR, 0, "/local/domain/1/data");
    s_chmod(w, 0, 0, "/local/domain/1/data", "n1");
    assert_int_equal(s_write(w, 1, 0, "data/new", "1"), 0);
    assert_int_equal(s_path(w, 2, XS_READ, 0, "/local/domain/1/data/new"), -EACCES);
}

/* Changes that were made for the dead domain are not made when it is gone. */
static void open_transactions(void **state)
{
    struct world *w = *state;
    uint32_t by_dom0 = s_start(w, 0), owner = s_start(w, 0), by_guest = s_start(w, 3), other = s_start(w, 3);

    s_write(w, 0, by_dom0, "/late", "secret");
    assert_int_equal(s_chmod(w, 0, by_dom0, "/late", "n0 r1"), 0);
    s_write(w, 0, owner, "/later", "secret");
    assert_int_equal(s_chmod(w, 0, owner, "/later", "n1"), 0);
    s_write(w, 3, by_guest, "data/late", "secret");
    assert_int_equal(s_chmod(w, 3, by_guest, "data/late", "n3 r1"), 0);
    assert_int_equal(s_write(w, 3, other, "data/other", "1"), 0);
    reuse(w, false);
    assert_int_equal(s_end(w, 0, by_dom0, true), -EAGAIN);
    assert_int_equal(s_end(w, 0, owner, true), -EAGAIN);
    assert_int_equal(s_end(w, 3, by_guest, true), -EAGAIN);
    assert_int_equal(s_end(w, 3, other, true), 0);
    assert_int_equal(s_path(w, 0, XS_READ, 0, "/late"), -ENOENT);
}

/* Whichever allocation fails, and where all do, with dom0's snapshot sharing the nodes. */
static void without_memory(void **state)
{
    for (unsigned long n = 1, more = 1; more; n++) {
        for (int many = 0; many < 2; many++) {
            struct world *w;
            uint32_t tx;

            assert_int_equal(setup((void **)&w), 0);
            tx = s_start(w, 0);
            s_watch(w, 3, "/local/domain/1", "w");
            fail_alloc(n, many);
            more = reuse(w, false) >= n;
            check_nodes(w);
            assert_int_equal(s_end(w, 0, tx, false), 0);
            world_free(w);
            fail_alloc(0, 0);
        }
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nodes), TEST(nodes_kept), TEST(special_paths), TEST(target), TEST(open_transactions),
        cmocka_unit_test(without_memory),
    };

    return cmocka_run_group_tests_name("xenstored: a domain's end", tests, NULL, NULL);
}
