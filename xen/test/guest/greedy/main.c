/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Takes all that a guest can get of what others share with it: memory, nodes, watches, transactions and queued requests of
 * the store, ports, lines of the hypervisor's console and bytes of its own. Each ends at its limit with an error, and works
 * again afterwards. tests/system/60-fuzz.sh looks at dom0 and a neighbour meanwhile.
 */
#include "store.h"

#define MANY 3000

/* Repeats a request with a number in its text, and a second one of one letter, until it is refused; how many were not. */
static unsigned ask_many(unsigned type, const char *format, const char *second)
{
    char text[64];
    unsigned made = 0;

    while (made < MANY) {
        unsigned n = (unsigned)snprintf(text, sizeof(text) - 2, format, made) + 1;

        if (second) {
            memcpy(text + n, second, 2);
            n += 2;
        }
        if (store_ask(type, text, n))
            break;
        made++;
    }
    return made;
}

/*
 * What the tools keep beside the guest's own nodes is not the guest's to write, or to make: the terminal that dom0 opens for its
 * console (XSA-57), limits, where devices are. A path that is none ends with an error and nothing else (XSA-481).
 */
static void check_rights(void)
{
    static const char *const theirs[] = {
        "console/tty", "console/limit", "console/type", "console/ring-ref", "console/new", "device/console/1/tty", "serial/1/tty",
        "device/vbd/1/backend", "name", "domid", "vm", "memory/target", "memory/static-max", "store/port", "cpu/0/availability", "new",
        "/tool/new", "/vm/new", "/new", "/local/domain/0/new", "/local/domain/0/backend/new",
    };
    char text[64];

    for (unsigned i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
        unsigned n = (unsigned)snprintf(text, sizeof(text) - 2, "%s", theirs[i]) + 1;

        text[n] = 'x';
        CHECK(store_ask(XS_WRITE, text, n + 1) && starts_with(store_error, "EACCES"), "write of %s: %s", text, store_error);
    }
    EXPECT(store_ask(XS_READ, "/local/domain/", 15), 1);
    CHECK(starts_with(store_error, "EINVAL"), "/local/domain/: %s", store_error);
    EXPECT(store_ask(XS_READ, "domid", 6), 0);
}

static void check_store(void)
{
    const char *empty = "";
    unsigned nodes, watches, transactions;

    nodes = ask_many(XS_MKDIR, "data/n%u", NULL);
    CHECK(nodes > 500 && nodes <= 1000, "%u nodes, then %s", nodes, store_error);
    CHECK(starts_with(store_error, "ENOSPC"), "after %u nodes: %s", nodes, store_error);
    EXPECT(store_ask(XS_RM, "data/n0", 8), 0);
    EXPECT(store_ask(XS_MKDIR, "data/n0", 8), 0);
    EXPECT(store_ask(XS_MKDIR, "data/more", 10), 1);
    watches = ask_many(XS_WATCH, "data/w%u", "t");
    CHECK(watches > 50 && watches <= 128, "%u watches, then %s", watches, store_error);
    EXPECT(store_ask(XS_RESET_WATCHES, "", 1), 0);
    transactions = ask_many(XS_TRANSACTION_START, empty, NULL);
    CHECK(transactions >= 5 && transactions <= 10, "%u transactions, then %s", transactions, store_error);
    printf("  %u nodes, %u watches, %u transactions\n", nodes, watches, transactions);
}

/* Requests whose answers nobody reads: xenstored keeps a few and leaves the others in the ring; all are answered in the end. */
static void check_queued(void)
{
    static char body[XENSTORE_PAYLOAD_MAX + 1];
    unsigned sent = 0, answered = 0;
    unsigned long tries;

    for (tries = 0; tries < 20000 && sent < MANY; tries++) {
        if (store_send(XS_DIRECTORY, "data", 5))
            sent++;
        else
            hc_sched_op(SCHEDOP_yield, NULL);
    }
    CHECK(sent < MANY, "all %u requests were taken", sent);
    while (answered < sent) {
        int got = store_answer(body, XENSTORE_PAYLOAD_MAX);

        if (got < 0)
            break;
        answered++;
        CHECK(got == XS_DIRECTORY || got == XS_ERROR, "answer %u has type %d", answered, got);
    }
    EXPECT(answered, sent);
    printf("  %u requests queued\n", sent);
}

static long reservation(unsigned op)
{
    domid_t self = DOMID_SELF;

    return hc_memory_op(op, &self);
}

/* Gives back some frames, takes all that it can: those again, not one more. */
static void check_memory(void)
{
    static xen_pfn_t pfns[MANY], frames[MANY];
    struct xen_memory_reservation r = { .nr_extents = 50, .domid = DOMID_SELF };
    long room;

    for (unsigned i = 0; i < MANY; i++)
        pfns[i] = i < 50 ? pfn_spare() : pfns[0];
    for (unsigned i = 0; i < 50; i++)
        frames[i] = pfn_to_mfn(pfns[i]);
    set_xen_guest_handle(r.extent_start, frames);
    NEED(hc_memory_op(XENMEM_decrease_reservation, &r), 50);
    room = reservation(XENMEM_maximum_reservation) - reservation(XENMEM_current_reservation);
    CHECK(room >= 50 && room < MANY, "room for %ld pages", room);
    memcpy(frames, pfns, sizeof(frames));
    r.nr_extents = MANY;
    EXPECT(hc_memory_op(XENMEM_populate_physmap, &r), room);
    EXPECT(reservation(XENMEM_current_reservation), reservation(XENMEM_maximum_reservation));
    memcpy(frames, pfns, sizeof(frames));
    EXPECT(hc_memory_op(XENMEM_populate_physmap, &r), 0);
    printf("  %ld pages\n", room);
}

static void check_ports(void)
{
    struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = 0 };
    struct evtchn_close c;
    unsigned made = 0, first = 0;
    long result;

    while ((result = hc_event_channel_op(EVTCHNOP_alloc_unbound, &a)) == 0 && made < 300000) {
        first = first ? first : a.port;
        made++;
    }
    EXPECT(result, -XEN_ENOSPC);
    CHECK(made > 100 && made < 4096, "%u ports", made);
    for (c.port = first; c.port < first + made; c.port++)
        EXPECT(hc_event_channel_op(EVTCHNOP_close, &c), 0);
    EXPECT(hc_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
    c.port = a.port;
    EXPECT(hc_event_channel_op(EVTCHNOP_close, &c), 0);
}

/* Of lines on the hypervisor's console few are shown, and none is waited for: the same with what the hypervisor says of a guest. */
static void check_log(void)
{
    struct gnttab_map_grant_ref bad = { .dom = 0, .ref = 8, .flags = GNTMAP_device_map };
    struct evtchn_send wake = { .port = start_info->console.domU.evtchn };

    for (unsigned i = 0; i < MANY; i++) {
        EXPECT(hc_console_io(CONSOLEIO_write, 18, "greedy flood line\n"), 0);
        hc_grant_table_op(GNTTABOP_map_grant_ref, &bad, 1);
        hc_event_channel_op(EVTCHNOP_send, &wake);
    }
}

static void check_console(void)
{
    for (unsigned i = 0; i < MANY; i++)
        printf("  greedy console line %u 0123456789012345678901234567890123456789\n", i);
}

void test_main(void)
{
    if (privileged())
        report_skip("for a guest: run --unprivileged");
    event_mask_all();
    store_init();
    check_rights();
    check_store();
    check_queued();
    check_memory();
    check_ports();
    check_log();
    check_console();
}
