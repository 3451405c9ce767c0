/* SPDX-License-Identifier: GPL-2.0-only */
/* The store's wire format: bytes of three clients, one of them dom0's, in turns. All accounts agree afterwards. */
#include "input.h"
#include "../../tools/xenstored/test/harness.h"

/* A chunk of the input is a client, a length and so many bytes. */
static void feed_chunk(struct world *w)
{
    struct conn *c = w->conns[input_below(3)];
    size_t len = input_below(256);

    if (len > input_left)
        len = input_left;
    while (len && conn_ready(c)) {
        void *where;
        size_t room = conn_input_room(c, &where), n = room < len ? room : len;
        int rc;

        memcpy(where, input, n);
        input += n;
        input_left -= n;
        len -= n;
        rc = conn_input_add(c, n);
        if (rc == 1)
            proto_handle(c);
        else if (rc)
            c->failed = true;
    }
    input += len;
    input_left -= len;
}

static void drain(struct conn *c)
{
    const void *bytes;
    size_t n;

    while ((n = conn_output(c, &bytes)))
        conn_output_done(c, n > 100 ? n / 2 : n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world *w = world_new(3);

    input = data;
    input_left = size;
    while (input_left) {
        feed_chunk(w);
        if (input_byte() & 1)
            for (unsigned int i = 0; i < 3; i++)
                drain(w->conns[i]);
        for (unsigned int i = 1; i < 3; i++)
            if (w->conns[i]->failed) {
                conn_free(w->conns[i]);
                w->conns[i] = conn_new(w->store, i, false);
            }
        if (w->conns[0]->failed)
            conn_reset(w->conns[0]);
    }
    check_accounts(w);
    world_free(w);
    return 0;
}
