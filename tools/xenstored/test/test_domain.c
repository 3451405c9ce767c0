/* SPDX-License-Identifier: GPL-2.0-only */
/* Introduced domains on a hypervisor of arrays: how much of the daemon one of them can take. */
#include "harness.h"
#include "../domain.h"
#include "../watch.h"
#include "fail_alloc.h"
#include "fake_xc.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

struct host {
    struct domains *ds;
    struct store *store;
};

static int64_t clock_us(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t now_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

static void serve(struct host *h)
{
    domains_take_events(h->ds);
    domains_service(h->ds);
}

static int setup(void **state)
{
    static struct host host;

    fake_reset();
    *state = &host;
    assert_int_equal(domains_open(&host.ds, false), 0);
    host.store = store_new(&domains_host, host.ds);
    domains_attach(host.ds, host.store);
    for (unsigned int d = 1; d <= 3; d++) {
        fake_domains[d].exists = true;
        assert_int_equal(domains_host.introduce(host.ds, d, 0, 1), 0);
    }
    serve(&host);
    return 0;
}

static int teardown(void **state)
{
    struct host *h = *state;

    domains_close(h->ds);
    store_free(h->store);
    assert_int_equal(fake_pages, 0);
    return 0;
}

/*
 * As main.c's loop, for a time; domain 2 asks something in each turn. Returns microseconds of CPU
 * time spent in the service. On a busy machine domain 2 may be charged for another process's time.
 */
static int64_t run_for(struct host *h, int64_t us, void (*guest)(void))
{
    int64_t from = now_us(), spent = 0;
    char body[XENSTORE_PAYLOAD_MAX + 1];
    unsigned int turns = 0, answers = 0;

    for (; now_us() - from < us; turns++) {
        struct xsd_sockmsg hdr;
        int64_t start;
        int wait;

        guest();
        fake_send(2, XS_READ, 0, "/", 2);
        start = clock_us(CLOCK_THREAD_CPUTIME_ID);
        domains_take_events(h->ds);
        wait = domains_service(h->ds);
        spent += clock_us(CLOCK_THREAD_CPUTIME_ID) - start;
        while (fake_receive(2, &hdr, body))
            answers++;
        if (wait)
            poll(NULL, 0, wait > 0 && wait < 20 ? wait : 20);
    }
    assert_in_range(answers, turns - turns / 4, turns);
    return spent;
}

static void nothing(void)
{
}

/* Events without a request. */
static void only_events(void **state)
{
    int64_t from = now_us(), spent;

    alarm(20);
    fake_domains[1].floods = true;
    spent = run_for(*state, 600000, nothing);
    assert_in_range(fake_domains[1].heard, 1,
                    ((now_us() - from) / RATE_PERIOD_US + 2) * RATE_BUDGET_US / RATE_EVENT_US);
    assert_in_range(spent, 0, 300000);
    /* When it stops it is heard as ever. */
    fake_domains[1].floods = false;
    poll(NULL, 0, 2 * RATE_PERIOD_US / 1000);
    serve(*state);
    assert_false(fake_domains[1].masked);
    fake_send(1, XS_READ, 0, "/", 2);
    serve(*state);
    assert_int_not_equal(fake_domains[1].ring.rsp_prod, 0);
    alarm(0);
}

/* Many guests that send events without end: a turn of theirs is bounded, and others come next. */
static void events_of_many(void **state)
{
    struct host *h = *state;
    unsigned int heard = 0;

    for (unsigned int d = 4; d < FAKE_DOMAINS; d++) {
        fake_domains[d].exists = true;
        assert_int_equal(domains_host.introduce(h->ds, d, 0, 1), 0);
    }
    for (unsigned int d = 1; d < FAKE_DOMAINS; d++) {
        fake_domains[d].floods = true;
        fake_domains[d].heard = 0;
    }
    alarm(20);
    domains_take_events(h->ds);
    alarm(0);
    for (unsigned int d = 1; d < FAKE_DOMAINS; d++)
        heard += fake_domains[d].heard;
    assert_in_range(heard, 1, 64);
}

static void ask_all_the_time(void)
{
    struct xsd_sockmsg hdr;
    char body[XENSTORE_PAYLOAD_MAX + 1];

    while (fake_receive(1, &hdr, body))
        ;
    while (fake_send(1, XS_DIRECTORY, 0, "/tool", 6))
        ;
}

/* Requests without end: each turn leaves some in the ring. */
static void only_requests(void **state)
{
    int64_t from = now_us(), spent;

    alarm(20);
    spent = run_for(*state, 1000000, ask_all_the_time);
    assert_in_range(spent, 0, (now_us() - from) / 2);
    alarm(0);
}

static unsigned int answers(unsigned int domid)
{
    struct xsd_sockmsg hdr;
    char body[XENSTORE_PAYLOAD_MAX + 1];
    unsigned int nr = 0;

    while (fake_receive(domid, &hdr, body))
        nr++;
    return nr;
}

/* While another process has the daemon's CPU the guest takes nothing. */
static void waiting_is_free(void **state)
{
    struct host *h = *state;

    fake_notify_us = 4 * RATE_BUDGET_US;
    fake_send(1, XS_READ, 0, "/", 2);
    serve(h);
    fake_notify_us = 0;
    assert_int_equal(answers(1), 1);
    assert_in_range(domains_host.find(h->ds, 1)->rate.used, RATE_EVENT_US, RATE_BUDGET_US - 1);
    fake_send(1, XS_READ, 0, "/", 2);
    serve(h);
    assert_int_equal(answers(1), 1);
}

/* A connection that has failed, an event of which was lost, say, is ended and says so, with nothing else to do for it. */
static void failed_is_told(void **state)
{
    struct host *h = *state;
    struct conn *c = domains_host.find(h->ds, 1);
    unsigned int before;
    struct watch *w;

    assert_int_equal(watch_add(c, "/tool", "t", 0, &w), 0);
    serve(h);
    before = fake_domains[1].notified;
    fail_alloc(1, 1);
    conn_send_event(c, "/tool", "t");
    fail_alloc(0, 0);
    assert_true(c->failed && !c->out);
    serve(h);
    assert_int_equal(fake_domains[1].ring.error, XENSTORE_ERROR_PROTO);
    assert_int_equal(fake_domains[1].notified, before + 1);
    assert_int_equal(c->nr_watches, 0);
}

/* A domain dies; the next one with its number has nothing of it. */
static void number_reused(void **state)
{
    struct host *h = *state;
    struct conn *dom0 = conn_new(h->store, 0, true), *c;
    struct change *change;
    struct cred root = dom0->cred;
    struct tree_call call = store_call(h->store, &root, 0);
    struct xs_permissions perms[2] = { { 0, XS_PERM_NONE }, { 1, XS_PERM_READ } };

    assert_int_equal(tree_make(&h->store->root, &call, "/given", &change), 0);
    store_commit(h->store, change);
    assert_int_equal(tree_set_perms(&h->store->root, &call, "/given", perms, 2, &change), 0);
    store_commit(h->store, change);
    domains_host.find(h->ds, 2)->cred.target = 1;
    fake_domains[1].dying = true;
    fake_death_pending = true;
    serve(h);
    assert_null(domains_host.find(h->ds, 1));
    assert_int_equal(domains_host.introduce(h->ds, 1, 0, 1), -EINVAL);
    fake_domains[1].dying = false;
    assert_int_equal(domains_host.introduce(h->ds, 1, 0, 1), 0);
    c = domains_host.find(h->ds, 1);
    assert_int_equal(tree_rights(&c->cred, tree_find(h->store->root, "/given")), XS_PERM_NONE);
    assert_int_equal(domains_host.find(h->ds, 2)->cred.target, NO_DOMAIN);
    conn_free(dom0);
}

/* What was written for a domain that came to nothing ends with its release. */
static void never_introduced(void **state)
{
    struct host *h = *state;
    struct cred root = { 0, NO_DOMAIN, true };
    struct tree_call call = store_call(h->store, &root, 0);
    struct xs_permissions perms[1] = { { 9, XS_PERM_NONE } };
    struct change *change;

    assert_int_equal(tree_make(&h->store->root, &call, "/local/domain/9", &change), 0);
    store_commit(h->store, change);
    assert_int_equal(tree_set_perms(&h->store->root, &call, "/local/domain/9", perms, 1, &change), 0);
    store_commit(h->store, change);
    fake_domains[9].exists = true;
    assert_int_equal(domains_host.release(h->ds, 9), -ENOENT);
    assert_non_null(tree_find(h->store->root, "/local/domain/9"));
    fake_domains[9].exists = false;
    assert_int_equal(domains_host.release(h->ds, 9), -ENOENT);
    assert_null(tree_find(h->store->root, "/local/domain/9"));
    assert_int_equal(h->store->nodes_used[9], 0);
}

/* ---- rights of domains that are not introduced ------------------------------------------ */

static bool together;                   /* dom0's requests come in one piece */

/* A request of dom0's; its arguments are separated by '|'. Returns the body of the answer. */
static const char *dom0_asks(struct conn *c, uint32_t type, uint32_t tx, const char *args)
{
    static char body[256];
    const void *bytes;
    size_t len;

    c->hdr = (struct xsd_sockmsg){ .type = type, .tx_id = tx, .len = (uint32_t)strlen(args) };
    for (uint32_t i = 0; i <= c->hdr.len; i++)
        c->payload[i] = args[i] == '|' ? '\0' : args[i];
    c->store->received += !together;
    proto_handle(c);
    len = conn_output(c, &bytes);
    assert_in_range(len, sizeof(c->hdr), sizeof(body) - 1);
    memset(body, 0, sizeof(body));
    memcpy(body, (const char *)bytes + sizeof(c->hdr), len - sizeof(c->hdr));
    conn_output_done(c, len);
    for (size_t i = 0; i + sizeof(c->hdr) + 1 < len; i++)
        if (!body[i])
            body[i] = ' ';
    return body;
}

#define assert_answer(type, args, answer) assert_string_equal(dom0_asks(dom0, type, 0, args), answer)
#define assert_rights(path, perms) assert_answer(XS_GET_PERMS, path "|", perms)

/* Rights are for domains that exist. */
static void rights_of_none(void **state)
{
    struct host *h = *state;
    struct conn *dom0 = conn_new(h->store, 0, true);

    assert_answer(XS_MKDIR, "/given|", "OK");
    assert_answer(XS_SET_PERMS, "/given|n0|r9|r1|", "OK");
    assert_rights("/given", "n0 r1");
    assert_answer(XS_SET_PERMS, "/given|n9|r1|", "ENOENT");
    assert_answer(XS_SET_PERMS, "@releaseDomain|n0|r9|", "OK");
    assert_rights("@releaseDomain", "n0");
    assert_answer(XS_SET_PERMS, "/given|n0|r40000|", "OK");
    fake_domains[1].dying = true;       /* not yet seen */
    fake_death_pending = true;
    assert_answer(XS_SET_PERMS, "/given|n0|r1|", "OK");
    serve(h);
    assert_rights("/given", "n0");
    assert_answer(XS_SET_PERMS, "/given|n0|r1|", "OK");
    assert_rights("/given", "n0");
    conn_free(dom0);
}

/* What a domain is given before it is introduced stays, and ends with it. */
static void rights_before_introduction(void **state)
{
    struct host *h = *state;
    struct conn *dom0 = conn_new(h->store, 0, true);

    fake_domains[9].exists = true;
    assert_answer(XS_MKDIR, "/given|", "OK");
    assert_answer(XS_SET_PERMS, "/given|n0|r9|", "OK");
    assert_answer(XS_SET_PERMS, "@introduceDomain|n0|r9|", "OK");
    fake_death_pending = true;          /* another's */
    serve(h);
    assert_int_equal(domains_host.introduce(h->ds, 9, 0, 1), 0);
    assert_rights("/given", "n0 r9");
    fake_domains[9].exists = false;
    fake_death_pending = true;
    serve(h);
    assert_rights("/given", "n0");
    assert_rights("@introduceDomain", "n0");
    conn_free(dom0);
}

/* A domain that was never introduced ends, or is made anew with its number, before or after the daemon looks. */
static void rights_never_introduced(void **state)
{
    struct host *h = *state;
    struct conn *dom0 = conn_new(h->store, 0, true);
    uint32_t tx;

    assert_answer(XS_MKDIR, "/given|", "OK");
    for (int way = 0; way < 5; way++) {
        fake_domains[9] = (struct fake_domain){ .exists = true, .handle = 1, .frame = 1 };
        assert_answer(XS_SET_PERMS, "/given|n9|r1|", "OK");
        assert_rights("/given", "n9 r1");
        tx = (uint32_t)atoi(dom0_asks(dom0, XS_TRANSACTION_START, 0, "|"));
        assert_string_equal(dom0_asks(dom0, XS_MKDIR, tx, "/other|"), "OK");
        assert_string_equal(dom0_asks(dom0, XS_SET_PERMS, tx, "/other|n9|"), "OK");
        fake_domains[9].exists = way > 0;
        fake_domains[9].handle = way == 2 ? 1 : 2;
        fake_domains[9].frame = way == 1 ? 1 : 2;
        if (way < 3) {
            fake_death_pending = true;
            serve(h);
        } else if (way == 3) {
            assert_answer(XS_MKDIR, "/next|", "OK");
            assert_answer(XS_SET_PERMS, "/next|n9|", "OK");
            assert_rights("/next", "n9");
        } else {
            assert_int_equal(domains_host.introduce(h->ds, 9, 0, 1), 0);
        }
        assert_rights("/given", "ENOENT");
        assert_string_equal(dom0_asks(dom0, XS_TRANSACTION_END, tx, "T|"), "EAGAIN");
        assert_answer(XS_MKDIR, "/given|", "OK");
    }
    conn_free(dom0);
}

/* The hypervisor is asked once for a domain that is given rights by requests which came together, and again for the next. */
static void rights_asked_once(void **state)
{
    struct host *h = *state;
    struct conn *dom0 = conn_new(h->store, 0, true);

    fake_domains[9] = (struct fake_domain){ .exists = true, .handle = 1 };
    assert_answer(XS_MKDIR, "/given|", "OK");
    assert_answer(XS_SET_PERMS, "/given|n0|r9|", "OK");
    h->store->received++;
    fake_looks = 0;
    together = true;
    for (int i = 0; i < 16; i++)
        assert_answer(XS_SET_PERMS, "/given|n9|r1|", "OK");
    together = false;
    assert_int_equal(fake_looks, 1);
    fake_domains[9].handle = 2;
    assert_answer(XS_MKDIR, "/next|", "OK");
    assert_answer(XS_SET_PERMS, "/next|n9|", "OK");
    assert_rights("/given", "ENOENT");
    assert_rights("/next", "n9");
    conn_free(dom0);
}

/* No memory to note the domain by: it is given nothing. */
static void rights_without_memory(void **state)
{
    struct host *h = *state;
    struct conn *dom0 = conn_new(h->store, 0, true);

    fake_domains[9].exists = true;
    assert_answer(XS_MKDIR, "/given|", "OK");
    for (unsigned long n = 1; n < 4; n++) {
        assert_answer(XS_MKDIR, "/given|", "OK");
        fail_alloc(n, 0);
        dom0_asks(dom0, XS_SET_PERMS, 0, "/given|n0|r9|");
        fail_alloc(0, 0);
        assert_rights("/given", "n0");
    }
    conn_free(dom0);
}

static void account(void **state)
{
    struct rate r = { 0 }, sum = { 0 };

    assert_int_equal(rate_wait(&r, &sum, 1000000), 0);
    rate_charge(&r, &sum, 1000000, RATE_BUDGET_US - 1);
    assert_int_equal(rate_wait(&r, &sum, 1000000), 0);
    assert_int_equal(r.exhausted, 0);
    rate_charge(&r, &sum, 1000100, 1);
    assert_int_equal(rate_wait(&r, &sum, 1000100), RATE_PERIOD_US - 100);
    assert_int_equal(r.exhausted, 1);
    /* One that took three periods' share at once waits for three. */
    rate_charge(&r, &sum, 1000100, 2 * RATE_BUDGET_US);
    assert_int_equal(rate_wait(&r, &sum, 1000100), 3 * RATE_PERIOD_US - 100);
    assert_int_equal(rate_wait(&r, &sum, 1000000 + 3 * RATE_PERIOD_US - 1), 1);
    assert_int_equal(rate_wait(&r, &sum, 1000000 + 3 * RATE_PERIOD_US), 0);
    /* What was not used is not saved. */
    assert_int_equal(rate_wait(&r, &sum, 100000000), 0);
    rate_charge(&r, &sum, 100000000, RATE_BUDGET_US);
    assert_true(rate_wait(&r, &sum, 100000000) > 0);
    assert_int_equal(r.total, 4 * RATE_BUDGET_US);
    /* A clock that jumps does not silence a guest for long. */
    rate_charge(&r, &sum, 200000000, 3600000000);
    assert_in_range(rate_wait(&r, &sum, 200000000), 1, 4 * RATE_PERIOD_US);
}

/* Several guests use up what all may have together; one that wants little is served nevertheless. */
static void account_of_all(void **state)
{
    struct rate greedy[4] = { 0 }, modest = { 0 }, sum = { 0 };
    const int64_t part = RATE_SUM_US / 4, now = 5 * RATE_PERIOD_US + 7;

    for (int i = 0; i < 4; i++) {
        assert_int_equal(rate_wait(&greedy[i], &sum, now), 0);
        rate_charge(&greedy[i], &sum, now, part);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(rate_wait(&greedy[i], &sum, now), RATE_PERIOD_US - 7);
    assert_int_equal(sum.exhausted, 1);
    rate_charge(&modest, &sum, now, RATE_SHARE_US - 1);
    assert_int_equal(rate_wait(&modest, &sum, now), 0);
    rate_charge(&modest, &sum, now, 1);
    assert_int_equal(rate_wait(&modest, &sum, now), RATE_PERIOD_US - 7);
    assert_int_equal(rate_wait(&greedy[0], &sum, now + RATE_PERIOD_US), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_events), TEST(events_of_many), TEST(only_requests), TEST(number_reused), TEST(never_introduced),
        TEST(rights_of_none), TEST(rights_before_introduction), TEST(rights_never_introduced), TEST(rights_asked_once),
        TEST(rights_without_memory),
        TEST(waiting_is_free), TEST(failed_is_told),
        cmocka_unit_test(account), cmocka_unit_test(account_of_all),
    };

    return cmocka_run_group_tests_name("xenstored domains", tests, NULL, NULL);
}
