/* SPDX-License-Identifier: GPL-2.0-only */
/* The shared ring: checked indices, copies, memory order. */
#include "ring.h"

#include <errno.h>
#include <string.h>

static uint32_t load(const uint32_t *index)
{
    return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

/* What was copied is visible before the index that gives it away. */
static void store(uint32_t *index, uint32_t value)
{
    __atomic_store_n(index, value, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

int ring_read(struct xenstore_domain_interface *ring, void *to, size_t len)
{
    uint32_t cons = load(&ring->req_cons), prod = load(&ring->req_prod);
    size_t done = 0;

    if (prod - cons > XENSTORE_RING_SIZE)
        return -EIO;
    if (len > prod - cons)
        len = prod - cons;
    while (done < len) {
        size_t at = MASK_XENSTORE_IDX(cons), part = XENSTORE_RING_SIZE - at;

        if (part > len - done)
            part = len - done;
        memcpy((char *)to + done, ring->req + at, part);
        done += part;
        cons += (uint32_t)part;
    }
    if (done)
        store(&ring->req_cons, cons);
    return (int)done;
}

int ring_write(struct xenstore_domain_interface *ring, const void *from,
               size_t len)
{
    uint32_t cons = load(&ring->rsp_cons), prod = load(&ring->rsp_prod);
    size_t done = 0;

    if (prod - cons > XENSTORE_RING_SIZE)
        return -EIO;
    if (len > XENSTORE_RING_SIZE - (prod - cons))
        len = XENSTORE_RING_SIZE - (prod - cons);
    while (done < len) {
        size_t at = MASK_XENSTORE_IDX(prod), part = XENSTORE_RING_SIZE - at;

        if (part > len - done)
            part = len - done;
        memcpy(ring->rsp + at, (const char *)from + done, part);
        done += part;
        prod += (uint32_t)part;
    }
    if (done)
        store(&ring->rsp_prod, prod);
    return (int)done;
}

int ring_wants_reconnect(struct xenstore_domain_interface *ring)
{
    return load(&ring->connection) == XENSTORE_RECONNECT;
}

void ring_reset(struct xenstore_domain_interface *ring)
{
    ring->req_cons = ring->req_prod = 0;
    ring->rsp_cons = ring->rsp_prod = 0;
    ring->error = XENSTORE_ERROR_NONE;
    store(&ring->connection, XENSTORE_CONNECTED);
}

void ring_announce(struct xenstore_domain_interface *ring)
{
    store(&ring->server_features, XENSTORE_SERVER_FEATURE_RECONNECTION |
                                  XENSTORE_SERVER_FEATURE_ERROR);
}

void ring_set_error(struct xenstore_domain_interface *ring, uint32_t error)
{
    store(&ring->error, error);
}
