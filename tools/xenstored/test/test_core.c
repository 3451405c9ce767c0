/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests one by one: nodes, permissions, quotas, watches, malformed ones. */
#include "harness.h"
#include "../watch.h"

#include <stdio.h>

static int setup(void **state)
{
    struct world *w = world_new(4);

    *state = w;
    /* As a toolstack leaves it: the home is dom0's, domain 1 may read it and
     * owns the directory "data". */
    s_path(w, 0, XS_MKDIR, 0, "/local/domain/1/data");
    s_chmod(w, 0, 0, "/local/domain/1", "n0 r1");
    s_chmod(w, 0, 0, "/local/domain/1/data", "n1");
    s_path(w, 0, XS_MKDIR, 0, "/local/domain/2/data");
    s_chmod(w, 0, 0, "/local/domain/2", "n0 r2");
    s_chmod(w, 0, 0, "/local/domain/2/data", "n2");
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static void nodes(void **state)
{
    struct world *w = *state;

    assert_int_equal(s_write(w, 0, 0, "/a/b/c", "hello"), 0);
    assert_string_equal(s_read(w, 0, 0, "/a/b/c"), "hello");
    assert_string_equal(s_read(w, 0, 0, "/a/b"), "");
    assert_int_equal(s_write(w, 0, 0, "/a/b/c", ""), 0);
    assert_string_equal(s_read(w, 0, 0, "/a/b/c"), "");
    assert_int_equal(s_path(w, 0, XS_MKDIR, 0, "/a/b/d"), 0);
    assert_int_equal(s_write(w, 0, 0, "/a/b/a", "x"), 0);
    assert_int_equal(s_path(w, 0, XS_MKDIR, 0, "/a/b/a"), 0);
    assert_string_equal(s_read(w, 0, 0, "/a/b/a"), "x");
    assert_string_equal(s_list(w, 0, 0, "/a/b"), "a,c,d");
    assert_string_equal(s_list(w, 0, 0, "/a/b/d"), "");
    assert_int_equal(s_path(w, 0, XS_READ, 0, "/a/none"), -ENOENT);
    assert_int_equal(s_path(w, 0, XS_DIRECTORY, 0, "/a/none"), -ENOENT);

    assert_int_equal(s_path(w, 0, XS_RM, 0, "/a/b/none"), 0);
    assert_int_equal(s_path(w, 0, XS_RM, 0, "/a/none/none"), -ENOENT);
    assert_int_equal(s_path(w, 0, XS_RM, 0, "/"), -EINVAL);
    assert_int_equal(s_path(w, 0, XS_RM, 0, "/a/b"), 0);
    assert_string_equal(s_list(w, 0, 0, "/a"), "");
    assert_int_equal(s_path(w, 0, XS_READ, 0, "/a/b/c"), -ENOENT);
}

static void relative_paths(void **state)
{
    struct world *w = *state;

    assert_int_equal(s_write(w, 1, 0, "data/x", "1"), 0);
    assert_string_equal(s_read(w, 0, 0, "/local/domain/1/data/x"), "1");
    assert_string_equal(s_read(w, 1, 0, "data/x"), "1");
    assert_int_equal(s_path(w, 2, XS_READ, 0, "data/x"), -ENOENT);
}

static void bad_names(void **state)
{
    static const char *const bad[] = {
        "", "/a/", "//", "/a//b", "a b", "/a:b", "@releaseDomain", "/\xc3\xa4",
        "a/", "/a\n",
    };
    struct world *w = *state;
    char path[XENSTORE_ABS_PATH_MAX + 2];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(s_path(w, 0, XS_READ, 0, bad[i]), -EINVAL);
        assert_int_equal(s_write(w, 0, 0, bad[i], "x"), -EINVAL);
    }
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[XENSTORE_ABS_PATH_MAX] = '\0';
    assert_int_equal(s_path(w, 0, XS_READ, 0, path), -ENOENT);
    path[XENSTORE_ABS_PATH_MAX] = 'a';
    path[XENSTORE_ABS_PATH_MAX + 1] = '\0';
    assert_int_equal(s_path(w, 0, XS_READ, 0, path), -EINVAL);
    path[0] = 'a';
    path[XENSTORE_REL_PATH_MAX + 1] = '\0';
    assert_int_equal(s_path(w, 1, XS_READ, 0, path), -EINVAL);
}

static void malformed(void **state)
{
    struct world *w = *state;
    static const struct { uint32_t type; const char *body; size_t len; } bad[] = {
        { XS_READ, NULL, 0 }, { XS_READ, "/a", 2 }, { XS_READ, "/a\0/b", 6 },
        { XS_WRITE, NULL, 0 }, { XS_WRITE, "/a", 2 },
        { XS_WATCH, "/a\0", 3 }, { XS_WATCH, "/a\0t", 4 },
        { XS_UNWATCH, "/a\0", 3 }, { XS_SET_PERMS, "/a\0", 3 },
        { XS_SET_PERMS, "/a\0n0", 5 }, { XS_SET_PERMS, "/a\0x0\0", 6 },
        { XS_SET_PERMS, "/a\0n\0", 5 }, { XS_SET_PERMS, "/a\0n99999\0", 10 },
        { XS_SET_PERMS, "/a\0r-1\0", 7 }, { XS_TRANSACTION_END, "X\0", 2 },
        { XS_TRANSACTION_END, "T", 1 }, { XS_TRANSACTION_END, NULL, 0 },
        { XS_INTRODUCE, "1\0", 2 }, { XS_INTRODUCE, "x\0001\0001\0", 6 },
        { XS_INTRODUCE, "99999\0001\0001\0", 10 }, { XS_RELEASE, "\0", 1 },
        { XS_GET_DOMAIN_PATH, "-1\0", 3 }, { XS_GET_DOMAIN_PATH, NULL, 0 },
        { XS_DIRECTORY_PART, "/a\0", 3 }, { XS_DIRECTORY_PART, "/a\0z\0", 5 },
        { XS_CONTROL, NULL, 0 }, { XS_CONTROL, "nonsense\0", 9 },
        { XS_SET_TARGET, "1\0", 2 },
    };

    s_write(w, 0, 0, "/a", "x");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(result(ask(w, 0, bad[i].type, 0, bad[i].body,
                                    bad[i].len)), -EINVAL);
    assert_int_equal(s_path(w, 0, XS_TRANSACTION_END, 0, "T"), -ENOENT);
    assert_int_equal(s_path(w, 0, XS_ERROR, 0, "/a"), -ENOSYS);
    assert_int_equal(s_path(w, 0, 20, 0, "/a"), -ENOSYS);
    assert_int_equal(s_path(w, 0, XS_TYPE_COUNT, 0, "/a"), -ENOSYS);
    assert_int_equal(s_path(w, 0, 0xffffffff, 0, "/a"), -ENOSYS);
    assert_int_equal(s_path(w, 0, XS_READ, 77, "/a"), -ENOENT);
}

/* More than fits one message is the end of the connection. */
static void too_long(void **state)
{
    struct world *w = *state;
    struct xsd_sockmsg hdr = { XS_WRITE, 1, 0, XENSTORE_PAYLOAD_MAX + 1 };
    void *where;

    assert_int_equal(conn_input_room(w->conns[1], &where), sizeof(hdr));
    memcpy(where, &hdr, sizeof(hdr));
    assert_int_equal(conn_input_add(w->conns[1], sizeof(hdr)), -EPROTO);
    assert_true(w->conns[1]->failed);
    assert_false(conn_ready(w->conns[1]));
    conn_reset(w->conns[1]);
    assert_int_equal(s_write(w, 1, 0, "data/x", "1"), 0);
}

static void permissions(void **state)
{
    struct world *w = *state;
    const struct answer *a;

    /* Nothing in others' parts, whether the node exists or not. */
    s_write(w, 0, 0, "/secret/x", "1");
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/secret/x"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/secret/none"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_DIRECTORY, 0, "/secret"), -EACCES);
    assert_int_equal(s_write(w, 1, 0, "/secret/x", "2"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_MKDIR, 0, "/new"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_RM, 0, "/secret"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_RM, 0, "/secret/none"), -EACCES);
    assert_int_equal(s_chmod(w, 1, 0, "/secret", "b1"), -EACCES);

    /* Its home is to read, what was given to it to write. */
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/local/domain/1"), 0);
    assert_int_equal(s_write(w, 1, 0, "/local/domain/1/new", ""), -EACCES);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/local/domain/1/new"), -ENOENT);
    assert_int_equal(s_write(w, 1, 0, "data/x/y", "1"), 0);

    /* What it makes is its own, with the rights of the node above. */
    a = ask(w, 0, XS_GET_PERMS, 0, "/local/domain/1/data/x", 23);
    assert_string_equal(a->body, "n1");
    assert_int_equal(s_path(w, 2, XS_READ, 0, "/local/domain/1/data/x"), -EACCES);
    assert_int_equal(s_chmod(w, 1, 0, "data/x", "n1 r2"), 0);
    assert_int_equal(s_path(w, 2, XS_READ, 0, "/local/domain/1/data/x"), 0);
    assert_int_equal(s_write(w, 2, 0, "/local/domain/1/data/x", ""), -EACCES);
    assert_int_equal(s_chmod(w, 1, 0, "data/x", "b1 n2"), 0);
    assert_int_equal(s_path(w, 2, XS_READ, 0, "/local/domain/1/data/x"), -EACCES);
    assert_int_equal(s_write(w, 3, 0, "/local/domain/1/data/x", "3"), 0);

    /* It cannot give a node away; dom0 can. */
    assert_int_equal(s_chmod(w, 1, 0, "data/x", "n2"), -EPERM);
    assert_int_equal(s_chmod(w, 0, 0, "/local/domain/1/data/x", "n2"), 0);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "data/x"), -EACCES);
    check_accounts(w);
}

static void targets(void **state)
{
    struct world *w = *state;

    assert_int_equal(s_write(w, 2, 0, "/local/domain/1/data/t", ""), -EACCES);
    assert_int_equal(result(ask(w, 1, XS_SET_TARGET, 0, "2\0001\0", 4)), -EACCES);
    assert_int_equal(result(ask(w, 0, XS_SET_TARGET, 0, "2\0009\0", 4)), -ENOENT);
    assert_int_equal(result(ask(w, 0, XS_SET_TARGET, 0, "2\0001\0", 4)), 0);
    assert_int_equal(s_write(w, 2, 0, "/local/domain/1/data/t", ""), 0);
    assert_int_equal(s_write(w, 2, 0, "data/own", ""), 0);
    assert_int_equal(s_write(w, 1, 0, "/local/domain/2/data/t", ""), -EACCES);
}

static void only_dom0(void **state)
{
    static const uint32_t types[] = {
        XS_INTRODUCE, XS_RELEASE, XS_RESUME, XS_SET_TARGET, XS_CONTROL,
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        assert_int_equal(result(ask(w, 1, types[i], 0, "1\0001\0001\0", 6)),
                         -EACCES);
    assert_int_equal(result(ask(w, 0, XS_INTRODUCE, 0, "5\0001\0001\0", 6)), 0);
    assert_int_equal(w->introduced, 5);
    assert_int_equal(result(ask(w, 0, XS_INTRODUCE, 0, "5\000666\0001\0", 8)),
                     -EINVAL);
    assert_int_equal(result(ask(w, 0, XS_RELEASE, 0, "5\0", 2)), 0);
    assert_int_equal(w->released, 5);
    assert_string_equal(ask(w, 1, XS_GET_DOMAIN_PATH, 0, "7", 2)->body,
                        "/local/domain/7");
    assert_string_equal(ask(w, 1, XS_IS_DOMAIN_INTRODUCED, 0, "2", 2)->body, "T");
    assert_string_equal(ask(w, 1, XS_IS_DOMAIN_INTRODUCED, 0, "7", 2)->body, "F");
}

static void quotas(void **state)
{
    struct world *w = *state;
    char path[256], value[2100];
    unsigned int made = 0;
    int rc = 0;

    memset(value, 'x', sizeof(value));
    value[2049] = '\0';
    assert_int_equal(s_write(w, 1, 0, "data/v", value), -ENOSPC);
    value[2048] = '\0';
    assert_int_equal(s_write(w, 1, 0, "data/v", value), 0);
    assert_int_equal(s_chmod(w, 1, 0, "data/v", "n1 r2 r3 r4 r5 r6"), -ENOSPC);
    assert_int_equal(s_chmod(w, 1, 0, "data/v", "n1 r2 r3 r4 r5"), 0);

    strcpy(path, "data");
    for (int i = 0; i < 28; i++)
        strcat(path, "/d");
    assert_int_equal(s_path(w, 1, XS_MKDIR, 0, path), 0);
    strcat(path, "/d");
    assert_int_equal(s_path(w, 1, XS_MKDIR, 0, path), -ENOSPC);
    s_path(w, 1, XS_RM, 0, "data/d");

    while (!rc && made < 2000) {
        snprintf(path, sizeof(path), "data/%u", made);
        rc = s_path(w, 1, XS_MKDIR, 0, path);
        made += !rc;
    }
    assert_int_equal(rc, -ENOSPC);
    assert_int_equal(w->store->nodes_used[1], w->store->quota.nodes);
    assert_int_equal(s_path(w, 2, XS_MKDIR, 0, "data/x"), 0);
    assert_int_equal(s_path(w, 0, XS_MKDIR, 0, "/local/domain/1/data/dom0"), 0);
    assert_int_equal(s_path(w, 1, XS_RM, 0, "data/0"), 0);
    assert_int_equal(s_path(w, 1, XS_RM, 0, "data/1"), 0);
    assert_int_equal(s_path(w, 1, XS_MKDIR, 0, "data/0"), 0);
    assert_int_equal(s_path(w, 1, XS_MKDIR, 0, "data/1"), -ENOSPC);

    for (made = 0, rc = 0; !rc && made < 200; made += !rc) {
        snprintf(path, sizeof(path), "data/%u", made);
        rc = s_watch(w, 1, path, "t");
        while (*next_event(w, 1))
            ;
    }
    assert_int_equal(rc, -E2BIG);
    assert_int_equal(made, w->store->quota.watches);
    for (made = 0; made < 20 && s_start(w, 1); made++)
        ;
    assert_int_equal(made, w->store->quota.transactions);
}

static void watches(void **state)
{
    struct world *w = *state;

    assert_int_equal(s_watch(w, 0, "/w", "tok"), 0);
    assert_string_equal(next_event(w, 0), "/w tok");
    assert_int_equal(s_watch(w, 0, "/w", "tok"), -EEXIST);
    assert_int_equal(s_watch(w, 0, "/w", "two"), 0);
    assert_string_equal(next_event(w, 0), "/w two");
    s_write(w, 0, 0, "/w/x/y", "1");
    assert_string_equal(next_event(w, 0), "/w/x/y tok");
    assert_string_equal(next_event(w, 0), "/w/x/y two");
    assert_string_equal(next_event(w, 0), "");
    s_write(w, 0, 0, "/ww", "1");
    assert_string_equal(next_event(w, 0), "");
    assert_int_equal(result(ask(w, 0, XS_UNWATCH, 0, "/w\0two\0", 7)), 0);
    assert_int_equal(result(ask(w, 0, XS_UNWATCH, 0, "/w\0two\0", 7)), -ENOENT);

    /* Removing reaches watches below, where there were nodes. */
    s_watch(w, 0, "/w/x/y", "y");
    s_watch(w, 0, "/w/x/none", "none");
    next_event(w, 0), next_event(w, 0);
    s_path(w, 0, XS_RM, 0, "/w/x");
    assert_string_equal(next_event(w, 0), "/w/x tok");
    assert_string_equal(next_event(w, 0), "/w/x/y y");
    assert_string_equal(next_event(w, 0), "");

    /* A relative watch gets relative paths. */
    s_watch(w, 1, "data", "d");
    assert_string_equal(next_event(w, 1), "data d");
    s_write(w, 0, 0, "/local/domain/1/data/q", "1");
    assert_string_equal(next_event(w, 1), "data/q d");
    assert_int_equal(result(ask(w, 1, XS_RESET_WATCHES, 0, "", 1)), 0);
    s_write(w, 0, 0, "/local/domain/1/data/q", "2");
    assert_string_equal(next_event(w, 1), "");
}

/* A guest learns nothing of nodes that it cannot read. */
static void watches_and_rights(void **state)
{
    struct world *w = *state;

    s_watch(w, 1, "/", "all");
    assert_string_equal(next_event(w, 1), "/ all");
    s_write(w, 0, 0, "/secret/x", "1");
    s_chmod(w, 0, 0, "/secret/x", "n0");
    s_path(w, 0, XS_RM, 0, "/secret/x");
    s_write(w, 2, 0, "data/x", "1");
    assert_string_equal(next_event(w, 1), "");
    s_write(w, 1, 0, "data/x", "1");
    assert_string_equal(next_event(w, 1), "/local/domain/1/data/x all");
    s_chmod(w, 2, 0, "data/x", "n2 r1");
    assert_string_equal(next_event(w, 1), "/local/domain/2/data/x all");
    s_chmod(w, 2, 0, "data/x", "n2");
    assert_string_equal(next_event(w, 1), "/local/domain/2/data/x all");
    s_path(w, 2, XS_RM, 0, "data/x");
    assert_string_equal(next_event(w, 1), "");
}

static void special_watches(void **state)
{
    struct world *w = *state;

    s_watch(w, 0, "@releaseDomain", "r");
    s_watch(w, 1, "@releaseDomain", "r");
    s_watch(w, 0, "@introduceDomain", "i");
    next_event(w, 0), next_event(w, 0), next_event(w, 1);
    store_fire_special(w->store, SPECIAL_RELEASE);
    assert_string_equal(next_event(w, 0), "@releaseDomain r");
    assert_string_equal(next_event(w, 0), "");
    assert_string_equal(next_event(w, 1), "");
    assert_int_equal(s_chmod(w, 1, 0, "@releaseDomain", "r0"), -EACCES);
    assert_int_equal(s_chmod(w, 0, 0, "@releaseDomain", "n0 r1"), 0);
    assert_int_equal(s_chmod(w, 0, 0, "@other", "n0 r1"), -ENOENT);
    store_fire_special(w->store, SPECIAL_RELEASE);
    assert_string_equal(next_event(w, 1), "@releaseDomain r");
    assert_string_equal(ask(w, 0, XS_GET_PERMS, 0, "@releaseDomain", 15)->body,
                        "n0");
    assert_string_equal(s_list(w, 0, 0, "/"), "local,tool");
}

/*
 * Requests that have stopped other stores: a path that is none (XSA-481), a
 * reset of watches inside a transaction (XSA-484) and again and again
 * (XSA-330), the root node (XSA-353).
 */
static void known_attacks(void **state)
{
    static const uint32_t types[] = {
        XS_READ, XS_DIRECTORY, XS_GET_PERMS, XS_MKDIR, XS_RM,
    };
    struct world *w = *state;
    unsigned int made = 0;
    uint32_t tx = s_start(w, 1);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        assert_int_equal(s_path(w, 1, types[i], 0, "/local/domain/"), -EINVAL);
        assert_int_equal(s_path(w, 1, types[i], tx, "/local/domain/"), -EINVAL);
    }
    assert_int_equal(s_write(w, 1, tx, "/local/domain/", "x"), -EINVAL);
    assert_int_equal(s_watch(w, 1, "/local/domain/", "t"), -EINVAL);
    result(ask(w, 1, XS_RESET_WATCHES, tx, "", 1));
    assert_int_equal(s_write(w, 1, 0, "data/x", "1"), 0);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(s_watch(w, 1, "data", "t"), 0);
        assert_string_equal(next_event(w, 1), "data t");
        assert_int_equal(result(ask(w, 1, XS_RESET_WATCHES, 0, "", 1)), 0);
    }
    for (char token[8]; made < 1000; made++) {
        snprintf(token, sizeof(token), "%u", made);
        if (s_watch(w, 1, "data", token))
            break;
        next_event(w, 1);
    }
    assert_int_equal(made, w->store->quota.watches);
    assert_int_equal(s_write(w, 1, 0, "/", "x"), -EACCES);
    assert_int_equal(s_chmod(w, 1, 0, "/", "b1"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_MKDIR, 0, "/new"), -EACCES);
    check_accounts(w);
}

/* A guest that does not read is cut off; its events are merged before. */
static void output_limits(void **state)
{
    struct world *w = *state;
    char path[64];
    struct conn *c = w->conns[1];

    s_watch(w, 1, "data", "d");
    next_event(w, 1);
    s_chmod(w, 0, 0, "/local/domain/1/data", "n1");
    next_event(w, 1);
    for (int i = 0; i < 100; i++)
        s_write(w, 0, 0, "/local/domain/1/data/same", "x");
    assert_string_equal(next_event(w, 1), "data/same d");
    assert_string_equal(next_event(w, 1), "");
    for (int i = 0; i < 50000 && !c->failed; i++) {
        snprintf(path, sizeof(path), "/local/domain/1/data/node-%d", i);
        s_write(w, 0, 0, path, "x");
        s_path(w, 0, XS_RM, 0, path);
        assert_true(c->out_bytes <= 1 << 20);
    }
    assert_true(c->failed);
    s_write(w, 0, 0, "/local/domain/1/data/more", "x");
    conn_reset(c);
    assert_int_equal(c->out_bytes, 0);
    assert_int_equal(c->nr_watches, 0);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "data"), 0);
}

/* What it does wrong is logged, but not as often as it likes. */
static void log_limit(void **state)
{
    struct world *w = *state;
    struct conn *c = w->conns[1];
    char token[2000];

    memset(token, 't', sizeof(token));
    token[sizeof(token) - 1] = '\0';
    for (int i = 0; i < 20; i++) {
        s_watch(w, 1, "/local", token);
        s_chmod(w, 0, 0, "/local", "r0");
        for (int n = 0; n < 5000 && !c->failed; n++) {
            char path[64];

            snprintf(path, sizeof(path), "/local/node-%d", n);
            s_write(w, 0, 0, path, "x");
            s_path(w, 0, XS_RM, 0, path);
        }
        assert_true(c->failed);
        conn_reset(c);
    }
    assert_in_range(w->logged, 1, 10);
}

/* The trace shows arguments as a guest has sent them. */
static void log_clean(void **state)
{
    struct world *w = *state;

    w->store->trace = true;
    s_path(w, 1, XS_READ, 0, "\033[2J\177\n/x");
    assert_in_range(w->logged, 1, 10);
    assert_false(w->log_controls);
}

static void long_directory(void **state)
{
    struct world *w = *state;
    char body[64];
    size_t offset = 0, found = 0;
    const struct answer *a;
    bool last = false;

    for (int i = 0; i < 1000; i++) {
        snprintf(body, sizeof(body), "/many/node-number-%04d", i);
        s_path(w, 0, XS_MKDIR, 0, body);
    }
    assert_int_equal(s_path(w, 0, XS_DIRECTORY, 0, "/many"), -E2BIG);
    while (!last) {
        size_t gen, len = 6;

        memcpy(body, "/many", 6);
        len += (size_t)snprintf(body + 6, sizeof(body) - 6, "%zu", offset) + 1;
        a = ask(w, 0, XS_DIRECTORY_PART, 0, body, len);
        assert_int_equal(result(a), 0);
        gen = strlen(a->body) + 1;
        last = !a->body[a->len - 2];
        for (size_t i = gen; i < a->len - last; i++)
            found += !a->body[i];
        offset += a->len - gen - last;
    }
    assert_int_equal(found, 1000);
}

/* After a domain's end nothing of it is left that its number's next user gets. */
static void forgetting(void **state)
{
    struct world *w = *state;

    s_write(w, 1, 0, "data/x/y", "1");
    s_write(w, 0, 0, "/shared", "1");
    s_chmod(w, 0, 0, "/shared", "n0 b1 r2");
    s_write(w, 1, 0, "/shared", "2");
    s_write(w, 0, 0, "/local/domain/1/data/x/dom0s", "1");
    conn_free(w->conns[1]);
    w->conns[1] = NULL;
    store_forget_domain(w->store, 1, false);
    assert_int_equal(w->store->nodes_used[1], 0);
    assert_string_equal(s_list(w, 0, 0, "/local/domain/1"), "");
    assert_string_equal(ask(w, 0, XS_GET_PERMS, 0, "/shared", 8)->body, "n0");
    assert_int_equal(ask(w, 0, XS_GET_PERMS, 0, "/shared", 8)->len, 6);
    w->conns[1] = conn_new(w->store, 1, false);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/shared"), -EACCES);
    assert_int_equal(s_path(w, 1, XS_READ, 0, "/local/domain/1"), -EACCES);
}

static void control(void **state)
{
    struct world *w = *state;

    assert_non_null(strstr(ask(w, 0, XS_CONTROL, 0, "check", 6)->body, ": ok"));
    assert_non_null(strstr(ask(w, 0, XS_CONTROL, 0, "help", 5)->body, "quota"));
    assert_int_equal(result(ask(w, 0, XS_CONTROL, 0, "quota\0set\0nodes\0007\0",
                                18)), 0);
    assert_int_equal(w->store->quota.nodes, 7);
    assert_int_equal(result(ask(w, 0, XS_CONTROL, 0, "quota\0set\0snapshot-bytes\0002000000\0", 33)), 0);
    assert_int_equal(w->store->quota.snapshot_bytes, 2000000);
    assert_int_equal(s_path(w, 0, XS_CONTROL, 0, "quota"), 0);
    w->conns[1]->rate.total = 4711;
    assert_non_null(strstr(ask(w, 0, XS_CONTROL, 0, "quota\0001\0", 8)->body, "cpu-total-us       4711\n"));
    assert_int_equal(result(ask(w, 0, XS_CONTROL, 0, "quota\0009\0", 8)), -ENOENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nodes), TEST(relative_paths), TEST(bad_names), TEST(malformed),
        TEST(too_long), TEST(permissions), TEST(targets), TEST(only_dom0),
        TEST(quotas), TEST(watches), TEST(watches_and_rights), TEST(known_attacks),
        TEST(special_watches), TEST(output_limits), TEST(log_limit), TEST(log_clean), TEST(long_directory),
        TEST(forgetting), TEST(control),
    };

    return cmocka_run_group_tests_name("xenstored core", tests, NULL, NULL);
}
