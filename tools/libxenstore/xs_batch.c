/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes, or reads, that are sent together. The requests are kept as they go out: a header
 * and a body each, which begins with the path.
 */
#include "xs_private.h"

#include <errno.h>
#include <string.h>

/* Under way at a time: less than a socket takes up, so that we never wait to
 * send while the daemon waits for us to receive. */
#define WINDOW_REQUESTS 64U
#define WINDOW_BYTES    (16U << 10)

struct xs_batch {
    struct xs_handle *h;
    xs_transaction_t t;
    char *bytes;
    size_t len, room;
    int error;                          /* errno of what could not be kept, or 0 */
    char failed[256];                   /* and its path */
    char **values;                      /* of reads: where the next one's goes; else NULL */
};

struct xs_batch *xs_batch_new(struct xs_handle *h, xs_transaction_t t)
{
    struct xs_batch *b = calloc(1, sizeof(*b));

    if (b) {
        b->h = h;
        b->t = t;
    }
    return b;
}

void xs_batch_free(struct xs_batch *b)
{
    if (!b)
        return;
    free(b->bytes);
    free(b);
}

static void refuse(struct xs_batch *b, const char *path, int error)
{
    if (b->error)
        return;
    b->error = error;
    strncpy(b->failed, path, sizeof(b->failed) - 1);
}

static bool make_room(struct xs_batch *b, size_t more)
{
    size_t room = b->room ? b->room : 4096;
    char *grown;

    while (room < b->len + more)
        room *= 2;
    if (room == b->room)
        return true;
    grown = realloc(b->bytes, room);
    if (!grown)
        return false;
    b->bytes = grown;
    b->room = room;
    return true;
}

static void keep(struct xs_batch *b, enum xsd_sockmsg_type type,
                 const char *path, const void *data, size_t len)
{
    struct xsd_sockmsg hdr = { .type = type, .tx_id = b->t };
    size_t path_len = strlen(path) + 1;
    char *to;

    if (path_len + len > XENSTORE_PAYLOAD_MAX) {
        refuse(b, path, E2BIG);
        return;
    }
    hdr.len = (uint32_t)(path_len + len);
    if (!make_room(b, sizeof(hdr) + hdr.len)) {
        refuse(b, path, ENOMEM);
        return;
    }
    to = b->bytes + b->len;
    memcpy(to, &hdr, sizeof(hdr));
    memcpy(to + sizeof(hdr), path, path_len);
    if (len)
        memcpy(to + sizeof(hdr) + path_len, data, len);
    b->len += sizeof(hdr) + hdr.len;
}

void xs_batch_write(struct xs_batch *b, const char *path, const void *data,
                    unsigned int len)
{
    keep(b, XS_WRITE, path, data, len);
}

void xs_batch_mkdir(struct xs_batch *b, const char *path)
{
    keep(b, XS_MKDIR, path, NULL, 0);
}

void xs_batch_rm(struct xs_batch *b, const char *path)
{
    keep(b, XS_RM, path, NULL, 0);
}

void xs_batch_set_permissions(struct xs_batch *b, const char *path,
                              const struct xs_permissions *perms,
                              unsigned int num_perms)
{
    char text[XENSTORE_PAYLOAD_MAX];
    size_t len;

    if (xs_perms_to_text(perms, num_perms, text, sizeof(text), &len))
        keep(b, XS_SET_PERMS, path, text, len);
    else
        refuse(b, path, errno);
}

static struct xsd_sockmsg header_at(const struct xs_batch *b, size_t at)
{
    struct xsd_sockmsg hdr;

    memcpy(&hdr, b->bytes + at, sizeof(hdr));
    return hdr;
}

/* The requests from `at` on that go out at once: how many, and where they end. */
static unsigned int window(const struct xs_batch *b, size_t at, size_t *end)
{
    unsigned int nr = 0;

    for (*end = at; *end < b->len && nr < WINDOW_REQUESTS; nr++) {
        size_t next = *end + sizeof(struct xsd_sockmsg) + header_at(b, *end).len;

        if (nr && next - at > WINDOW_BYTES)
            break;
        *end = next;
    }
    return nr;
}

/* Numbers and sends a window. The id of its first request, or 0 with errno. */
static uint32_t send_window(struct xs_batch *b, size_t at, size_t end,
                            unsigned int nr)
{
    struct iovec iov = { b->bytes + at, end - at };
    uint32_t first = xs_exchange_announce(b->h, nr), id = first;

    if (!first)
        return 0;
    while (at < end) {
        struct xsd_sockmsg hdr = header_at(b, at);

        hdr.req_id = id++;
        memcpy(b->bytes + at, &hdr, sizeof(hdr));
        at += sizeof(hdr) + hdr.len;
    }
    return xs_exchange_send(b->h, &iov, 1, nr) ? first : 0;
}

/* Gives a read its value, which takes the message over. False, with errno, where it failed. */
static bool give_value(struct xs_batch *b, struct xs_message *m)
{
    *b->values++ = m ? xs_take_body(m, NULL) : NULL;
    return m || errno == ENOENT;
}

/* Takes the replies of a window, all of them, also behind a failure. */
static int take_replies(struct xs_batch *b, size_t at, size_t end, uint32_t id,
                        const char **failed)
{
    int error = 0;

    for (; at < end; id++) {
        struct xsd_sockmsg hdr = header_at(b, at);
        struct xs_message *m = xs_exchange_reply(b->h, hdr.type, id);
        bool good = b->values ? give_value(b, m) : m != NULL;

        if (!good && !error) {
            error = errno;
            *failed = b->bytes + at + sizeof(hdr);
        }
        if (!b->values)
            free(m);
        at += sizeof(hdr) + hdr.len;
    }
    return error;
}

bool xs_batch_run(struct xs_batch *b, const char **failed)
{
    size_t at = 0, end;
    int error = b->error;

    *failed = b->failed;
    pthread_mutex_lock(&b->h->request);
    while (!error && at < b->len) {
        unsigned int nr = window(b, at, &end);
        uint32_t first = send_window(b, at, end, nr);

        if (first) {
            error = take_replies(b, at, end, first, failed);
        } else {
            error = errno;
            *failed = b->bytes + at + sizeof(struct xsd_sockmsg);
        }
        at = end;
    }
    pthread_mutex_unlock(&b->h->request);
    errno = error;
    return !error;
}

bool xs_read_many(struct xs_handle *h, xs_transaction_t t, const char *const paths[],
                  unsigned int nr, char *values[])
{
    struct xs_batch *b = xs_batch_new(h, t);
    const char *failed;
    bool good = false;

    memset(values, 0, nr * sizeof(*values));
    if (b) {
        b->values = values;
        for (unsigned int i = 0; i < nr; i++)
            keep(b, XS_READ, paths[i], NULL, 0);
        good = xs_batch_run(b, &failed);
    }
    for (unsigned int i = 0; i < nr && !good; i++) {
        free(values[i]);
        values[i] = NULL;
    }
    xs_batch_free(b);
    return good;
}
