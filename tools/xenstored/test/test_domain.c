/* SPDX-License-Identifier: GPL-2.0-only */
/* Introduced domains on a hypervisor of arrays: how much of the daemon one of them can take. */
#include "harness.h"
#include "../domain.h"
#include "../rate.h"
#include "fake_xc.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

struct host {
    struct domains *ds;
    struct store *store;
};

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
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
    domains_service(host.ds, true);
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

/* As main.c's loop, for a time; domain 2 asks something in each turn. Returns microseconds spent in the service. */
static int64_t run_for(struct host *h, int64_t us, void (*guest)(void))
{
    int64_t from = now_us(), spent = 0;
    char body[XENSTORE_PAYLOAD_MAX + 1];

    while (now_us() - from < us) {
        struct xsd_sockmsg hdr;
        int64_t start = now_us();
        int wait;

        guest();
        fake_send(2, XS_READ, 0, "/", 2);
        start = now_us();
        wait = domains_service(h->ds, true);
        spent += now_us() - start;
        assert_true(fake_receive(2, &hdr, body));
        if (wait)
            poll(NULL, 0, wait > 0 && wait < 20 ? wait : 20);
    }
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
    domains_service(((struct host *)*state)->ds, true);
    assert_false(fake_domains[1].masked);
    fake_send(1, XS_READ, 0, "/", 2);
    domains_service(((struct host *)*state)->ds, true);
    assert_int_not_equal(fake_domains[1].ring.rsp_prod, 0);
    alarm(0);
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

static void account(void **state)
{
    struct rate r = { 0 };

    assert_int_equal(rate_wait(&r, 1000000), 0);
    rate_charge(&r, 1000000, RATE_BUDGET_US - 1);
    assert_int_equal(rate_wait(&r, 1000000), 0);
    rate_charge(&r, 1000100, 1);
    assert_int_equal(rate_wait(&r, 1000100), RATE_PERIOD_US - 100);
    /* One that took three periods' share at once waits for three. */
    rate_charge(&r, 1000100, 2 * RATE_BUDGET_US);
    assert_int_equal(rate_wait(&r, 1000100), 3 * RATE_PERIOD_US - 100);
    assert_int_equal(rate_wait(&r, 1000000 + 3 * RATE_PERIOD_US - 1), 1);
    assert_int_equal(rate_wait(&r, 1000000 + 3 * RATE_PERIOD_US), 0);
    /* What was not used is not saved. */
    assert_int_equal(rate_wait(&r, 100000000), 0);
    rate_charge(&r, 100000000, RATE_BUDGET_US);
    assert_true(rate_wait(&r, 100000000) > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_events), TEST(only_requests), cmocka_unit_test(account),
    };

    return cmocka_run_group_tests_name("xenstored domains", tests, NULL, NULL);
}
