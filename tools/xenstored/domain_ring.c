/* SPDX-License-Identifier: GPL-2.0-only */
/* Serving the rings of introduced domains, each as far as its account of the daemon's time allows. */
#include "domain_internal.h"
#include "conn.h"
#include "proto.h"
#include "ring.h"

#include <time.h>

#include <xenctrl.h>

/* Requests served of one domain before the others get their turn. */
#define REQUESTS_A_TURN 16

/* The domain broke its ring: it is not served until it connects anew. */
static void domain_break(struct domains *ds, struct domain *d, uint32_t why)
{
    conn_complain(d->conn, why == XENSTORE_ERROR_RINGIDX
                               ? "impossible ring indices, no longer served"
                               : "broke the protocol, no longer served");
    conn_reset(d->conn);
    ring_set_error(d->ring, why);
    d->broken = true;
}

/* Bytes moved, or -errno with the domain broken. */
static int ring_send(struct domains *ds, struct domain *d)
{
    const void *bytes;
    size_t len;
    int n, sum = 0;

    while ((len = conn_output(d->conn, &bytes))) {
        n = ring_write(d->ring, bytes, len);
        if (n < 0) {
            domain_break(ds, d, XENSTORE_ERROR_RINGIDX);
            return n;
        }
        if (!n)
            break;
        conn_output_done(d->conn, (size_t)n);
        sum += n;
    }
    return sum;
}

/*
 * Reads and handles at most one request. 1: did, 0: nothing complete there,
 * -errno with the domain broken. *moved is set when bytes were taken.
 */
static int ring_receive(struct domains *ds, struct domain *d, bool *moved)
{
    for (;;) {
        void *where;
        size_t room = conn_input_room(d->conn, &where);
        int n = ring_read(d->ring, where, room);

        if (n < 0) {
            domain_break(ds, d, XENSTORE_ERROR_RINGIDX);
            return n;
        }
        if (!n && room)
            return 0;
        *moved = true;
        ds->store->received++;
        n = conn_input_add(d->conn, (size_t)n);
        if (n < 0) {
            domain_break(ds, d, XENSTORE_ERROR_PROTO);
            return n;
        }
        if (n) {
            proto_handle(d->conn);
            return 1;
        }
    }
}

int64_t domain_microseconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/*
 * Serves a turn. `pending` is only dropped after the ring was seen empty: a guest sends no event
 * for bytes that it adds to a ring in which others still wait.
 */
static void domain_serve(struct domains *ds, struct domain *d)
{
    bool moved = false;
    int rc = 1, left = REQUESTS_A_TURN;

    if (ring_wants_reconnect(d->ring)) {
        conn_reset(d->conn);
        ring_reset(d->ring);
        d->broken = false;
        moved = true;
    }
    if (d->broken)
        return;
    while (rc > 0 && left-- && conn_ready(d->conn)) {
        rc = ring_receive(ds, d, &moved);
        if (rc >= 0) {
            int sent = ring_send(ds, d);

            moved |= sent > 0;
            rc = sent < 0 ? sent : rc;
        }
    }
    if (rc >= 0)
        moved |= ring_send(ds, d) > 0;
    if (d->conn->failed && !d->broken)
        domain_break(ds, d, XENSTORE_ERROR_PROTO);
    if (moved || d->broken)
        xc_evtchn_notify(ds->evtchn, (uint32_t)d->port);
    d->pending = rc > 0;
}

int64_t domain_service(struct domains *ds, struct domain *d)
{
    struct rate *sum = &ds->store->guests;
    int64_t now = domain_microseconds(CLOCK_MONOTONIC), from;
    int64_t wait = d->domid ? rate_wait(&d->conn->rate, sum, now) : 0;

    if (wait)
        return wait;
    if (d->masked) {
        d->masked = false;
        xc_evtchn_unmask(ds->evtchn, (uint32_t)d->port);
    }
    /* The time that the daemon ran, not that in which dom0 or another process had its CPU. dom0 has no account. */
    from = d->domid ? domain_microseconds(CLOCK_THREAD_CPUTIME_ID) : 0;
    domain_serve(ds, d);
    if (d->domid)
        rate_charge(&d->conn->rate, sum, now, domain_microseconds(CLOCK_THREAD_CPUTIME_ID) - from);
    return d->pending && !d->broken && conn_ready(d->conn) ? 0 : -1;
}

void domain_event(struct domains *ds, struct domain *d, int64_t now)
{
    d->pending = true;
    if (d->domid) {
        rate_charge(&d->conn->rate, &ds->store->guests, now, RATE_EVENT_US);
        d->masked = rate_wait(&d->conn->rate, &ds->store->guests, now) > 0;
    }
    /* Unmasked before the ring is read: an event from now on is a new one. */
    if (!d->masked)
        xc_evtchn_unmask(ds->evtchn, (uint32_t)d->port);
}
