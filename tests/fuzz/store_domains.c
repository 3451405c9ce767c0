/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store with domains that come and go on a hypervisor of arrays: introduce, release, deaths, targets, rings full of
 * requests or of anything. After each step all memory of nodes is on an account and within it; after a domain's end nothing
 * names it.
 */
#include <errno.h>
#include "input.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../tools/xenstored/conn.h"
#include "../../tools/xenstored/domain.h"
#include "../../tools/xenstored/proto.h"
#include "../../tools/xenstored/test/fake_xc.h"

#define GUESTS 5
#define LOOKED_AT 16                    /* domids whose accounts are compared */
#define SNAPSHOT_BYTES 3000

static struct domains *domains;
static struct store_host host;
static struct store *store;
static struct conn *dom0;

/* ---- checks ---- */

struct sums {
    size_t bytes;
    unsigned int owned[LOOKED_AT];
};

static void sum_below(const struct node *n, struct sums *s)
{
    s->bytes += node_bytes(n);
    if (n->perms[0].id < LOOKED_AT)
        s->owned[n->perms[0].id]++;
    for (unsigned int i = 0; i < n->nr_children; i++)
        sum_below(n->children[i], s);
}

static void check_accounts(void)
{
    struct sums s = { 0 };
    size_t on_accounts = 0;

    sum_below(store->root, &s);
    for (unsigned int i = 0; i < LOOKED_AT; i++)
        FUZZ_CHECK(s.owned[i] == store->nodes_used[i]);
    for (int i = 0; i < NR_SPECIALS; i++)
        s.bytes += node_bytes(store->specials[i]);
    for (struct conn *c = store->conns; c; c = c->next) {
        FUZZ_CHECK(c->cred.privileged || c->snapshot_bytes <= SNAPSHOT_BYTES);
        on_accounts += c->snapshot_bytes + c->txn_bytes;
    }
    FUZZ_CHECK(node_memory() <= s.bytes + on_accounts);
}

static void check_not_named(const struct node *n, unsigned int domid)
{
    FUZZ_CHECK(!node_names(n, domid));
    for (unsigned int i = 0; i < n->nr_children; i++)
        check_not_named(n->children[i], domid);
}

static void check_forgotten(unsigned int domid)
{
    check_not_named(store->root, domid);
    for (int i = 0; i < NR_SPECIALS; i++)
        FUZZ_CHECK(!node_names(store->specials[i], domid));
    for (struct conn *c = store->conns; c; c = c->next)
        FUZZ_CHECK(c->cred.target != domid);
}

/* ---- steps ---- */

/* Strings that make requests; each with its NUL unless the input says otherwise. */
static uint32_t make_body(char *body, size_t room)
{
    static const char *const words[] = {
        "/", "/a", "/a/b", "data", "data/x", "data/x/y", "/local/domain/1/data", "/local/domain/2/data/x", "n0", "n1", "b2", "r1",
        "w3", "n4", "T", "F", "token", "@introduceDomain", "@releaseDomain", "0", "1", "2", "3", "4", "",
        "a value that is as long as values of a store in everyday use are, and somewhat longer",
    };
    size_t len = 0;

    for (unsigned int i = input_below(5); i; i--) {
        const char *word = words[input_below(sizeof(words) / sizeof(words[0]))];
        size_t n = strlen(word) + (input_below(16) != 0);

        if (len + n > room)
            break;
        memcpy(body + len, word, n);
        len += n;
    }
    return (uint32_t)len;
}

static void drain(struct conn *c)
{
    const void *bytes;
    size_t n;

    while ((n = conn_output(c, &bytes)))
        conn_output_done(c, n);
}

/* "domain\0target\0" */
static uint32_t make_target(char *body)
{
    return (uint32_t)sprintf(body, "%u", 1 + input_below(GUESTS)) + 1 +
           (uint32_t)sprintf(body + 2, "%u", 1 + input_below(GUESTS)) + 1;
}

/* "path\0perms\0...", of domains that come and go. */
static uint32_t make_perms(char *body)
{
    static const char *const paths[] = { "@introduceDomain", "@releaseDomain", "/", "/a", "/a/b", "/local/domain/1/data" };
    uint32_t len = (uint32_t)sprintf(body, "%s", paths[input_below(6)]) + 1;

    for (unsigned int i = 1 + input_below(4); i; i--)
        len += (uint32_t)sprintf(body + len, "%c%u", "nrwb"[input_below(4)], input_below(GUESTS + 1)) + 1;
    return len;
}

/* A request of dom0's, who may ask for everything. */
static void dom0_asks(uint32_t type)
{
    char body[600];
    uint32_t len = type == XS_SET_TARGET ? make_target(body) : type == XS_SET_PERMS ? make_perms(body) :
                   make_body(body, sizeof(body));

    dom0->hdr = (struct xsd_sockmsg){ type, 0, input_below(3) ? 0 : input_below(16), len };
    memcpy(dom0->payload, body, len);
    dom0->payload[len] = '\0';
    proto_handle(dom0);
    drain(dom0);
    if (dom0->failed)
        conn_reset(dom0);
}

static void introduce(unsigned int domid)
{
    char text[32];
    int len = snprintf(text, sizeof(text), "%u", domid) + 1;

    fake_domains[domid].exists = true;
    memcpy(text + len, "0\0001", 4);
    dom0->hdr = (struct xsd_sockmsg){ XS_INTRODUCE, 0, 0, (uint32_t)len + 4 };
    memcpy(dom0->payload, text, (size_t)len + 4);
    dom0->payload[len + 4] = '\0';
    proto_handle(dom0);
    drain(dom0);
}

static void die(unsigned int domid)
{
    if (input_below(2))
        fake_domains[domid].dying = true;
    else
        fake_domains[domid].exists = false;
    fake_death_pending = true;
    domains_take_events(domains);
    FUZZ_CHECK(!domains_host.find(domains, domid));
    check_forgotten(domid);
    memset(&fake_domains[domid], 0, sizeof(fake_domains[domid]));
}

/* A domain that is not introduced, in the place of one that may have had rights. */
static void replace(unsigned int domid)
{
    if (domains_host.find(domains, domid))
        return;                         /* its mapped ring keeps its number */
    fake_domains[domid].exists = true;
    *(input_below(2) ? &fake_domains[domid].handle : (uint8_t *)&fake_domains[domid].frame) += 1;
    fake_death_pending = true;
    domains_take_events(domains);
    check_forgotten(domid);
}

static void release(unsigned int domid)
{
    if (domains_host.release(domains, domid) == 0)
        check_forgotten(domid);
}

static void guest_asks(unsigned int domid)
{
    char body[600];
    uint32_t len = make_body(body, sizeof(body));

    fake_send(domid, input_below(XS_TYPE_COUNT + 1), input_below(3) ? 0 : input_below(16), body, len);
}

static void guest_scribbles(unsigned int domid)
{
    struct xenstore_domain_interface *ring = &fake_domains[domid].ring;

    for (unsigned int i = input_below(40); i; i--)
        ring->req[MASK_XENSTORE_IDX(ring->req_prod++)] = (char)input_byte();
    if (input_below(8) == 0)
        ring->req_prod = input_byte() * 100;
    if (input_below(8) == 0)
        ring->connection = XENSTORE_RECONNECT;
    fake_domains[domid].pending = true;
}

static void guest_reads(unsigned int domid)
{
    struct xenstore_domain_interface *ring = &fake_domains[domid].ring;

    if (ring->error || ring->rsp_prod - ring->rsp_cons > XENSTORE_RING_SIZE)
        ring->rsp_cons = ring->rsp_prod;
    else
        ring->rsp_cons += (ring->rsp_prod - ring->rsp_cons) / (1 + input_below(2));
}

static void step(void)
{
    unsigned int domid = 1 + input_below(GUESTS);

    switch (input_below(13)) {
    case 0: introduce(domid); break;
    case 1: release(domid); break;
    case 2: die(domid); break;
    case 3: guest_scribbles(domid); break;
    case 4: case 5: case 6: guest_asks(domid); break;
    case 7: guest_reads(domid); break;
    case 8: dom0_asks(input_below(XS_TYPE_COUNT + 1)); break;
    case 9: dom0_asks(XS_SET_PERMS); break;
    case 10: replace(domid); break;
    case 11: dom0_asks(input_below(2) ? XS_SET_TARGET : XS_TRANSACTION_START); break;
    default: fake_domains[domid].shutdown = input_below(2); fake_death_pending = true; break;
    }
}

static void open_host(void)
{
    fake_reset();
    FUZZ_CHECK(domains_open(&domains, false) == 0);
    host = domains_host;
    host.log = NULL;
    store = store_new(&host, domains);
    domains_attach(domains, store);
    store->quota.nodes = 50;
    store->quota.snapshot_bytes = SNAPSHOT_BYTES;
    store->quota.transaction_bytes = 20000;
    dom0 = conn_new(store, 0, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = data;
    input_left = size;
    open_host();
    for (unsigned int d = 1; d < 4; d++)
        introduce(d);
    while (input_left) {
        step();
        domains_take_events(domains);
        domains_service(domains);
        check_accounts();
    }
    conn_free(dom0);
    domains_close(domains);
    store_free(store);
    FUZZ_CHECK(node_memory() == 0 && fake_pages == 0);
    return 0;
}
