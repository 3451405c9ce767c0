/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring to xenstored. */
#include "store.h"

#define PATIENCE 3000000u

static volatile struct xenstore_domain_interface *ring;
static uint32_t next_id;
char store_error[64];

void store_init(void)
{
    ring = mfn_to_virt(start_info->store_mfn);
}

static void notify(void)
{
    struct evtchn_send send = { .port = start_info->store_evtchn };

    barrier();
    hc_event_channel_op(EVTCHNOP_send, &send);
}

bool store_send(unsigned type, const void *body, unsigned len)
{
    struct xsd_sockmsg header = { .type = type, .req_id = ++next_id, .len = len };
    const char *parts[2] = { (const char *)&header, body };
    uint32_t at = ring->req_prod;

    if (at - ring->req_cons + sizeof(header) + len > XENSTORE_RING_SIZE)
        return false;
    for (unsigned p = 0; p < 2; p++)
        for (unsigned i = 0; i < (p ? len : sizeof(header)); i++)
            ring->req[MASK_XENSTORE_IDX(at++)] = parts[p][i];
    barrier();
    ring->req_prod = at;
    notify();
    return true;
}

/* @n bytes from the ring, as far as there is room for them. */
static bool take(char *to, unsigned n, unsigned room)
{
    for (unsigned i = 0; i < n; i++) {
        for (unsigned tries = 0; ring->rsp_cons == ring->rsp_prod; tries++) {
            if (tries == PATIENCE)
                return false;
            hc_sched_op(SCHEDOP_yield, NULL);
        }
        barrier();
        if (i < room)
            to[i] = ring->rsp[MASK_XENSTORE_IDX(ring->rsp_cons)];
        barrier();
        ring->rsp_cons++;
        if (ring->rsp_prod - ring->rsp_cons == XENSTORE_RING_SIZE - 1 || i + 1 == n)
            notify();
    }
    return true;
}

int store_answer(char *body, unsigned room)
{
    struct xsd_sockmsg header;

    do {
        if (!take((char *)&header, sizeof(header), sizeof(header)) || !take(body, header.len, room))
            return -1;
        body[header.len < room ? header.len : room] = 0;
    } while (header.type == XS_WATCH_EVENT);
    return (int)header.type;
}

int store_ask(unsigned type, const void *body, unsigned len)
{
    int got;

    if (!store_send(type, body, len))
        report_error("no room for one request");
    got = store_answer(store_error, sizeof(store_error) - 1);
    if (got < 0)
        report_error("xenstored does not answer a request of type %u", type);
    return got == XS_ERROR;
}
