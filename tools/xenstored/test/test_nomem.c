/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each allocation of a script of requests fails in turn: the request answers ENOMEM and has changed
 * nothing, or did without, and whatever was open can be closed.
 */
#include "harness.h"
#include "../domain.h"
#include "../proto.h"
#include "../watch.h"
#include "fail_alloc.h"
#include "fake_xc.h"

#include <stdio.h>

size_t __sanitizer_get_current_allocated_bytes(void);

struct line {
    uint32_t type;
    bool in_tx;
    const char *body;
    size_t len;
};

#define LINE(type, in_tx, body) { type, in_tx, body, sizeof(body) }
#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789" \
             "0123456789012345678901234567890123456789012345678901234567890123456789"

static const struct line script[] = {
    LINE(XS_INTRODUCE, false, "1\0000\0001"),
    LINE(XS_WATCH, false, "/a\0token"),
    LINE(XS_WRITE, false, "/a/b/c\0" LONG),
    LINE(XS_WRITE, false, "/a/b/c\0" LONG LONG),
    LINE(XS_READ, false, "/a/b/c"),
    LINE(XS_MKDIR, false, "/a/d"),
    LINE(XS_SET_PERMS, false, "/a/d\0n1\0r2\0b3"),
    LINE(XS_GET_PERMS, false, "/a/d"),
    LINE(XS_SET_PERMS, false, "@introduceDomain\0n0\0r1"),
    LINE(XS_DIRECTORY, false, "/a"),
    LINE(XS_DIRECTORY_PART, false, "/a\0000"),
    LINE(XS_TRANSACTION_START, false, ""),
    LINE(XS_READ, true, "/a/b/c"),
    LINE(XS_READ, true, "/a/none"),
    LINE(XS_WRITE, true, "/a/e/f\0value"),
    LINE(XS_SET_PERMS, true, "/a/e/f\0n0\0r2"),
    LINE(XS_RM, true, "/a/b"),
    LINE(XS_TRANSACTION_END, true, "T"),
    LINE(XS_TRANSACTION_START, false, ""),
    LINE(XS_WRITE, true, "/a/g\0value"),
    LINE(XS_WRITE, false, "/a/h\0value"),
    LINE(XS_TRANSACTION_END, true, "T"),
    LINE(XS_TRANSACTION_START, false, ""),
    LINE(XS_RM, true, "/a"),
    LINE(XS_TRANSACTION_END, true, "F"),
    LINE(XS_CONTROL, false, "quota"),
    LINE(XS_RELEASE, false, "1"),
    LINE(XS_UNWATCH, false, "/a\0token"),
    LINE(XS_RM, false, "/a"),
};

struct stage {
    struct domains *ds;
    struct store *store;
    struct conn *dom0;
    unsigned int tx;
    unsigned int nomem;                 /* answers */
    unsigned int closed;                /* connections that lost a message */
};

static struct stage stage_open(void)
{
    struct stage s = { 0 };

    fake_reset();
    fake_domains[1].exists = true;
    assert_int_equal(domains_open(&s.ds, false), 0);
    s.store = store_new(&domains_host, s.ds);
    domains_attach(s.ds, s.store);
    s.dom0 = conn_new(s.store, 0, true);
    return s;
}

static void stage_close(struct stage *s)
{
    conn_free(s->dom0);
    domains_close(s->ds);
    store_free(s->store);
    assert_int_equal(fake_pages, 0);
    assert_int_equal(node_memory(), 0);
}

/* A number that differs where trees do: names, values and permissions. */
static uint64_t digest(const struct node *n, uint64_t h)
{
    h = h * 31 + n->name_len + n->len * 7 + n->nr_perms * 13 + n->nr_children * 17;
    for (const char *p = n->name; *p; p++)
        h = h * 31 + (unsigned char)*p;
    for (unsigned int i = 0; i < n->len; i++)
        h = h * 31 + ((unsigned char *)n->value)[i];
    for (unsigned int i = 0; i < n->nr_perms; i++)
        h = h * 31 + n->perms[i].id * 5 + n->perms[i].perms;
    for (unsigned int i = 0; i < n->nr_children; i++)
        h = digest(n->children[i], h);
    return h;
}

/* The answer's type and first bytes; what comes before and after it is dropped. */
static uint32_t take_answer(struct conn *c, char text[64])
{
    uint32_t type = XS_WATCH_EVENT;
    const void *bytes;
    size_t len;

    while ((len = conn_output(c, &bytes))) {
        struct xsd_sockmsg hdr;

        memcpy(&hdr, bytes, sizeof(hdr));
        if (hdr.type != XS_WATCH_EVENT) {
            type = hdr.type;
            snprintf(text, 64, "%.*s", (int)hdr.len, (const char *)bytes + sizeof(hdr));
        }
        conn_output_done(c, len);
    }
    return type;
}

static void play(struct stage *s, const struct line *line)
{
    struct conn *c = s->dom0;
    uint64_t before = digest(s->store->root, 0);
    char text[64] = "";
    uint32_t type;

    c->hdr = (struct xsd_sockmsg){ line->type, 0, line->in_tx ? s->tx : 0, (uint32_t)line->len };
    memcpy(c->payload, line->body, line->len);
    c->payload[line->len] = '\0';
    assert_true(conn_ready(c));
    proto_handle(c);
    type = take_answer(c, text);
    if (c->failed) {
        conn_reset(c);
        s->closed++;
    } else if (type == XS_ERROR && strcmp(text, "ENOMEM") == 0) {
        assert_true(digest(s->store->root, 0) == before);
        s->nomem++;
    } else {
        assert_true(type == line->type || type == XS_ERROR);
    }
    if (type == XS_TRANSACTION_START)
        s->tx = (unsigned int)atoi(text);
}

static void each_in_turn(void **state)
{
    unsigned long n = 0, asked;
    unsigned int nomem = 0, closed = 0;
    size_t before = __sanitizer_get_current_allocated_bytes();

    do {
        struct stage s = stage_open();

        fail_alloc(++n, 0);
        for (size_t i = 0; i < sizeof(script) / sizeof(script[0]); i++)
            play(&s, &script[i]);
        asked = fail_alloc_count();
        fail_alloc(0, 0);
        assert_in_range(s.nomem + s.closed, 0, 2);
        nomem += s.nomem;
        closed += s.closed;
        /* It goes on as if nothing had been. */
        play(&s, &script[1]);
        play(&s, &script[2]);
        assert_non_null(tree_find(s.store->root, "/a/b/c"));
        stage_close(&s);
        assert_int_equal(__sanitizer_get_current_allocated_bytes(), before);
    } while (asked >= n);
    print_message("%lu allocations: %u answers ENOMEM, %u connections closed\n", n - 1, nomem, closed);
    assert_true(nomem > n / 2);
}

static void all_of_them(void **state)
{
    for (size_t first = 0; first < sizeof(script) / sizeof(script[0]); first++) {
        struct stage s = stage_open();

        for (size_t i = 0; i < first; i++)
            play(&s, &script[i]);
        fail_alloc(1, 1);
        for (size_t i = first; i < sizeof(script) / sizeof(script[0]); i++)
            play(&s, &script[i]);
        fail_alloc(0, 0);
        assert_true(s.nomem > 0);
        stage_close(&s);
    }
}

/* The start: each failure is told, and nothing is left. */
static void beginnings(void **state)
{
    size_t before = __sanitizer_get_current_allocated_bytes();
    unsigned long n = 0, asked;

    fake_reset();
    do {
        struct domains *ds;
        struct store *s = NULL;

        fail_alloc(++n, 0);
        if (domains_open(&ds, false) == 0) {
            s = store_new(&domains_host, ds);
            assert_true(s || fail_alloc_count() >= n);
            domains_close(ds);
        }
        if (s)
            store_free(s);
        asked = fail_alloc_count();
        fail_alloc(0, 0);
        assert_int_equal(__sanitizer_get_current_allocated_bytes(), before);
    } while (asked >= n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_in_turn), cmocka_unit_test(all_of_them), cmocka_unit_test(beginnings),
    };

    return cmocka_run_group_tests_name("xenstored without memory", tests, NULL, NULL);
}
