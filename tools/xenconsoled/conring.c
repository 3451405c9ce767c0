/* SPDX-License-Identifier: GPL-2.0-only */
/* The console ring: checked indices, copies, memory order. */
#include "conring.h"

#include <errno.h>

static uint32_t load(const uint32_t *index)
{
    return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *index, uint32_t value)
{
    __atomic_store_n(index, value, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

int conring_take(struct xencons_interface *ring, char *to, size_t len)
{
    uint32_t cons = load(&ring->out_cons), prod = load(&ring->out_prod);
    size_t n = 0;

    if (prod - cons > sizeof(ring->out)) {
        store(&ring->out_cons, prod);
        return -EIO;
    }
    for (; n < len && cons != prod; n++, cons++)
        to[n] = ring->out[MASK_XENCONS_IDX(cons, ring->out)];
    if (n)
        store(&ring->out_cons, cons);
    return (int)n;
}

size_t conring_room(struct xencons_interface *ring)
{
    uint32_t used = load(&ring->in_prod) - load(&ring->in_cons);

    return used > sizeof(ring->in) ? 0 : sizeof(ring->in) - used;
}

size_t conring_put(struct xencons_interface *ring, const char *from, size_t len)
{
    size_t room = conring_room(ring), n = 0;
    uint32_t prod = load(&ring->in_prod);

    for (; n < len && n < room; n++, prod++)
        ring->in[MASK_XENCONS_IDX(prod, ring->in)] = from[n];
    if (n)
        store(&ring->in_prod, prod);
    return n;
}
