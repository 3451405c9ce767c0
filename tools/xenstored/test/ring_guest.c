/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In dom0: makes domains that never run and plays the guest on their rings, as
 * no honest guest would, while xenstored serves them. Prints a line a check.
 * Introducing a domain again stands for the event it cannot send.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenstore.h>

struct guest {
    uint32_t domid, port;
    uint64_t ring_mfn;
    struct xenstore_domain_interface *ring;
};

struct reply { struct xsd_sockmsg hdr; char body[XENSTORE_PAYLOAD_MAX + 1]; };

static struct xc_handle *xc;
static struct xs_handle *xs;
static int failed;

static void check(const char *what, int holds)
{
    printf("%s - %s\n", holds ? "ok" : "not ok", what);
    failed += !holds;
}

static void need(const char *what, int rc)
{
    if (rc >= 0)
        return;
    printf("not ok - %s: %s %s\n", what, strerror(-rc), xc_error_text(xc));
    exit(1);
}

/* ---- a guest ------------------------------------------------------------------------ */

static void guest_nodes(const struct guest *g)
{
    struct xs_permissions home[] = { { 0, XS_PERM_NONE },
                                     { g->domid, XS_PERM_READ } };
    struct xs_permissions own = { g->domid, XS_PERM_NONE };
    char path[64];

    snprintf(path, sizeof(path), "/local/domain/%u", g->domid);
    xs_mkdir(xs, XBT_NULL, path);
    xs_set_permissions(xs, XBT_NULL, path, home, 2);
    snprintf(path, sizeof(path), "/local/domain/%u/data", g->domid);
    xs_mkdir(xs, XBT_NULL, path);
    xs_set_permissions(xs, XBT_NULL, path, &own, 1);
    snprintf(path, sizeof(path), "/local/domain/%u/name", g->domid);
    xs_write(xs, XBT_NULL, path, "ring-guest", 10);
}

static void guest_make(struct guest *g, int with_grants)
{
    struct xc_domain_config cfg = { .max_vcpus = 1 };
    uint64_t frames[2] = { 0, 1 };
    void *page;
    int port;

    cfg.handle[0] = (uint8_t)(1 + with_grants);
    need("create", xc_domain_create(xc, &cfg, &g->domid));
    /* Debian's 4.17 crashes when an event is sent to a domain without vcpus. */
    need("vcpu", xc_domain_set_max_vcpus(xc, g->domid, 1));
    need("memory limit", xc_domain_set_max_mem(xc, g->domid, 4096));
    need("memory", (int)xc_memory_populate(xc, g->domid, 0, frames, 2));
    g->ring_mfn = frames[1];
    need("map", xc_map_foreign_page(xc, g->domid, PROT_READ | PROT_WRITE,
                                    frames[1], &page));
    memset(page, 0, XC_PAGE_SIZE);
    g->ring = page;
    if (with_grants)
        need("grants", xc_gnttab_seed(xc, g->domid, frames[0], 0, frames[1], 0));
    port = xc_evtchn_alloc_unbound(xc, g->domid, 0);
    need("event channel", port);
    g->port = (uint32_t)port;
    guest_nodes(g);
}

static void guest_event(const struct guest *g)
{
    if (!xs_introduce_domain(xs, g->domid, g->ring_mfn, g->port))
        check("introduce again", 0);
}

static void guest_send(struct guest *g, uint32_t type, uint32_t len,
                       const void *body, uint32_t body_len)
{
    struct xsd_sockmsg hdr = { .type = type, .req_id = 7, .len = len };
    char bytes[sizeof(hdr) + 256];
    uint32_t prod = g->ring->req_prod;

    memcpy(bytes, &hdr, sizeof(hdr));
    memcpy(bytes + sizeof(hdr), body, body_len);
    for (uint32_t i = 0; i < sizeof(hdr) + body_len; i++)
        g->ring->req[MASK_XENSTORE_IDX(prod++)] = bytes[i];
    __atomic_store_n(&g->ring->req_prod, prod, __ATOMIC_SEQ_CST);
}

/* Waits for n bytes of answers; false after two seconds. */
static int guest_receive(struct guest *g, void *to, uint32_t n)
{
    char *out = to;

    for (int tries = 200; n && tries; ) {
        uint32_t cons = g->ring->rsp_cons;

        if (__atomic_load_n(&g->ring->rsp_prod, __ATOMIC_SEQ_CST) == cons) {
            usleep(10000);
            tries--;
            continue;
        }
        *out++ = g->ring->rsp[MASK_XENSTORE_IDX(cons)];
        __atomic_store_n(&g->ring->rsp_cons, cons + 1, __ATOMIC_SEQ_CST);
        n--;
    }
    return n == 0;
}

static int guest_reply(struct guest *g, struct reply *r)
{
    memset(r, 0, sizeof(*r));
    return guest_receive(g, &r->hdr, sizeof(r->hdr)) &&
           r->hdr.len <= XENSTORE_PAYLOAD_MAX &&
           guest_receive(g, r->body, r->hdr.len);
}

static int guest_asks(struct guest *g, uint32_t type, const char *path,
                      struct reply *r)
{
    uint32_t len = (uint32_t)strlen(path) + 1;

    guest_send(g, type, len, path, len);
    guest_event(g);
    return guest_reply(g, r);
}

static int guest_reads_name(struct guest *g)
{
    struct reply r;

    return guest_asks(g, XS_READ, "name", &r) && r.hdr.type == XS_READ &&
           r.hdr.req_id == 7 && strcmp(r.body, "ring-guest") == 0;
}

static int guest_reconnects(struct guest *g)
{
    __atomic_store_n(&g->ring->connection, XENSTORE_RECONNECT, __ATOMIC_SEQ_CST);
    guest_event(g);
    for (int tries = 200; tries && g->ring->connection; tries--)
        usleep(10000);
    return g->ring->connection == XENSTORE_CONNECTED &&
           g->ring->req_prod == 0 && g->ring->error == XENSTORE_ERROR_NONE;
}

static int store_answers(void)
{
    char *value = xs_read(xs, XBT_NULL, "/tool/xenstored", NULL);

    free(value);
    return value != NULL;
}

static int error_is(struct guest *g, uint32_t error)
{
    for (int tries = 200; tries && g->ring->error != error; tries--)
        usleep(10000);
    return g->ring->error == error;
}

/* ---- the checks ------------------------------------------------------------------------ */

static void ordinary(struct guest *g)
{
    char path[64], *value;
    struct reply r;

    check("features are announced", g->ring->server_features ==
          (XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR));
    check("a guest reads its name", guest_reads_name(g));
    check("it cannot read others' nodes",
          guest_asks(g, XS_READ, "/tool/xenstored", &r) &&
          r.hdr.type == XS_ERROR && strcmp(r.body, "EACCES") == 0);
    check("it cannot introduce", guest_asks(g, XS_INTRODUCE, "1", &r) &&
          r.hdr.type == XS_ERROR && strcmp(r.body, "EACCES") == 0);

    guest_send(g, XS_WATCH, 7, "data\0t", 7);
    guest_event(g);
    check("it watches", guest_reply(g, &r) && r.hdr.type == XS_WATCH);
    check("first event", guest_reply(g, &r) && r.hdr.type == XS_WATCH_EVENT);
    guest_send(g, XS_WRITE, 8, "data/x\0v", 8);
    guest_event(g);
    check("it writes", guest_reply(g, &r) && r.hdr.type == XS_WRITE);
    check("and is told of it then", guest_reply(g, &r) &&
          r.hdr.type == XS_WATCH_EVENT && strcmp(r.body, "data/x") == 0);
    snprintf(path, sizeof(path), "/local/domain/%u/data/x", g->domid);
    value = xs_read(xs, XBT_NULL, path, NULL);
    check("dom0 sees it", value && strcmp(value, "v") == 0);
    free(value);
    xs_write(xs, XBT_NULL, path, "w", 1);
    check("told of dom0's change, too",
          guest_reply(g, &r) && r.hdr.type == XS_WATCH_EVENT);
}

static void hostile(struct guest *g)
{
    struct reply r;

    g->ring->req_prod = g->ring->req_cons + XENSTORE_RING_SIZE + 1;
    guest_event(g);
    check("impossible request index is refused",
          error_is(g, XENSTORE_ERROR_RINGIDX));
    check("others are served", store_answers());
    check("it may connect anew", guest_reconnects(g) && guest_reads_name(g));

    g->ring->rsp_cons = g->ring->rsp_prod + 5;
    guest_send(g, XS_READ, 5, "name", 5);
    guest_event(g);
    check("impossible answer index is refused",
          error_is(g, XENSTORE_ERROR_RINGIDX));
    check("it may connect anew", guest_reconnects(g) && guest_reads_name(g));

    guest_send(g, XS_WRITE, 100000, "x", 2);
    guest_event(g);
    check("a message longer than allowed is refused",
          error_is(g, XENSTORE_ERROR_PROTO));
    check("it may connect anew", guest_reconnects(g) && guest_reads_name(g));

    /* 40 requests fill the ring; none of their answers is taken for now. */
    for (int i = 0; i < 40; i++)
        guest_send(g, XS_READ, 5, "name", 5);
    guest_event(g);
    check("others are served meanwhile", store_answers());
    for (int i = 0; i < 40; i++) {
        guest_event(g);
        if (!guest_reply(g, &r) || r.hdr.type != XS_READ) {
            check("all requests are answered in the end", 0);
            return;
        }
    }
    check("all requests are answered in the end", 1);
}

static int wait_release(void)
{
    struct pollfd p = { .fd = xs_fileno(xs), .events = POLLIN };
    char **event;

    for (;;) {
        while ((event = xs_check_watch(xs))) {
            int released = strcmp(event[XS_WATCH_TOKEN], "release") == 0;

            free(event);
            if (released)
                return 1;
        }
        if (poll(&p, 1, 3000) <= 0)
            return 0;
    }
}

static void death(struct guest *g)
{
    char path[64], *value;

    xs_watch(xs, "@releaseDomain", "release");
    wait_release();                     /* the first event */
    munmap(g->ring, XC_PAGE_SIZE);
    need("destroy", xc_domain_destroy(xc, g->domid));
    check("its death is reported", wait_release());
    check("it is not introduced any more",
          !xs_is_domain_introduced(xs, g->domid) && errno == 0);
    snprintf(path, sizeof(path), "/local/domain/%u/data", g->domid);
    value = xs_read(xs, XBT_NULL, path, NULL);
    check("what it owned is gone", !value && errno == ENOENT);
    free(value);
    snprintf(path, sizeof(path), "/local/domain/%u", g->domid);
    check("dom0's nodes are dom0's to remove", xs_rm(xs, XBT_NULL, path));
    xs_unwatch(xs, "@releaseDomain", "release");
}

/* Stops or continues xenstored. */
static void signal_store(int number)
{
    FILE *f = fopen("/run/xenstored.pid", "r");
    int pid = 0;

    if (!f || fscanf(f, "%d", &pid) != 1 || kill(pid, number) < 0)
        check("xenstored takes a signal", 0);
    if (f)
        fclose(f);
}

/* Makes a domain of that number. 0 or -errno. */
static int remake(uint32_t domid, uint8_t handle)
{
    struct xc_domain_config cfg = { .domid = domid, .max_vcpus = 1, .handle = { handle } };

    return xc_domain_create(xc, &cfg, &domid);
}

/* xenstored does not look while an introduced domain is destroyed: nobody else gets its number. */
static void number_is_kept(void)
{
    struct guest g = { 0 };
    char path[64];
    int rc;

    guest_make(&g, 1);
    check("introduce", xs_introduce_domain(xs, g.domid, g.ring_mfn, g.port));
    xs_watch(xs, "@releaseDomain", "release");
    wait_release();
    signal_store(SIGSTOP);
    munmap(g.ring, XC_PAGE_SIZE);
    need("destroy", xc_domain_destroy(xc, g.domid));
    check("its number is not free before xenstored has looked", remake(g.domid, 77) == -EEXIST);
    signal_store(SIGCONT);
    check("its death is reported", wait_release());
    for (int tries = 200; (rc = remake(g.domid, 77)) == -EEXIST && tries; tries--)
        usleep(10000);
    check("its number is free then", rc == 0);
    xc_domain_destroy(xc, g.domid);
    snprintf(path, sizeof(path), "/local/domain/%u", g.domid);
    xs_rm(xs, XBT_NULL, path);
    xs_unwatch(xs, "@releaseDomain", "release");
}

/* The same with a domain that was given a right and not introduced: its number is free at once. The next one has nothing of it. */
static void right_ends(void)
{
    struct xc_domain_config cfg = { .max_vcpus = 1, .handle = { 50 } };
    struct xs_permissions perms[2] = { { 0, XS_PERM_NONE }, { 0, XS_PERM_READ } };
    struct xs_permissions *now;
    unsigned int nr = 0;

    need("create", xc_domain_create(xc, &cfg, &perms[1].id));
    xs_write(xs, XBT_NULL, "/given", "x", 1);
    check("a right is given", xs_set_permissions(xs, XBT_NULL, "/given", perms, 2));
    signal_store(SIGSTOP);
    need("destroy", xc_domain_destroy(xc, perms[1].id));
    need("create", remake(perms[1].id, 51));
    signal_store(SIGCONT);
    xs_write(xs, XBT_NULL, "/given2", "x", 1);
    check("the next domain is given another", xs_set_permissions(xs, XBT_NULL, "/given2", perms, 2));
    now = xs_get_permissions(xs, XBT_NULL, "/given", &nr);
    check("it has nothing of the first", now && nr == 1);
    free(now);
    now = xs_get_permissions(xs, XBT_NULL, "/given2", &nr);
    check("it has its own", now && nr == 2);
    free(now);
    xc_domain_destroy(xc, perms[1].id);
    xs_rm(xs, XBT_NULL, "/given");
    xs_rm(xs, XBT_NULL, "/given2");
}

int main(void)
{
    struct guest g = { 0 }, plain = { 0 };

    if (xc_open(&xc) || !(xs = xs_open(0))) {
        printf("not ok - no hypervisor or no xenstored\n");
        return 1;
    }
    guest_make(&g, 1);
    check("introduce", xs_introduce_domain(xs, g.domid, g.ring_mfn, g.port));
    check("it is introduced", xs_is_domain_introduced(xs, g.domid));
    check("no such domain", !xs_introduce_domain(xs, 30000, 1, 1) &&
          errno == EINVAL);
    ordinary(&g);
    hostile(&g);
    death(&g);

    guest_make(&plain, 0);
    check("introduce without a grant", xs_introduce_domain(xs, plain.domid,
          plain.ring_mfn, plain.port));
    check("its ring works", guest_reads_name(&plain));
    check("release", xs_release_domain(xs, plain.domid));
    check("release twice", !xs_release_domain(xs, plain.domid) &&
          errno == ENOENT);
    xs_introduce_domain(xs, plain.domid, plain.ring_mfn, plain.port);
    death(&plain);
    number_is_kept();
    right_ends();
    xs_close(xs);
    xc_close(xc);
    return failed != 0;
}
