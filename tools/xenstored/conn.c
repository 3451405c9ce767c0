/* SPDX-License-Identifier: GPL-2.0-only */
/* A client's connection: assembling requests, queueing answers and events within limits. */
#include "conn.h"
#include "txn.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

/* A client that lets more than this pile up has stopped reading. */
#define OUT_LIMIT_DOMAIN (1U << 20)
#define OUT_LIMIT_DOM0   (64U << 20)
/* Above this, no request is taken until some of it went out. */
#define OUT_PAUSE        (256U << 10)
/* Bytes with the header for which memory is reserved before a request is handled. */
#define SHORT_REPLY      128
/* Lines of the log that one client is worth. */
#define COMPLAINTS_MAX   10

struct out_message {
    struct smap_entry unread;           /* in the connection's table while it has a key */
    struct out_message *next;
    size_t len, sent;
    bool is_event;
    bool is_spare;                      /* belongs to the connection */
    char bytes[];                       /* header and body as they go out */
};

struct conn *conn_new(struct store *s, unsigned int domid, bool privileged)
{
    struct conn *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->spare = calloc(1, sizeof(*c->spare) + SHORT_REPLY);
    if (!c->spare) {
        free(c);
        return NULL;
    }
    c->store = s;
    c->cred = (struct cred){ domid, NO_DOMAIN, privileged };
    c->out_tail = &c->out;
    c->held_tail = &c->held;
    c->next = s->conns;
    c->link = &s->conns;
    if (c->next)
        c->next->link = &c->next;
    s->conns = c;
    return c;
}

static void message_free(struct conn *c, struct out_message *m)
{
    if (m->is_spare)
        c->spare = m;
    else
        free(m);
}

static void free_messages(struct conn *c, struct out_message **list, struct out_message ***tail)
{
    struct out_message *m;

    while ((m = *list)) {
        *list = m->next;
        message_free(c, m);
    }
    *tail = list;
}

void conn_reset(struct conn *c)
{
    txn_abort_all(c);
    watch_delete_all(c);
    smap_clear(&c->unread);
    free_messages(c, &c->out, &c->out_tail);
    free_messages(c, &c->held, &c->held_tail);
    c->out_bytes = 0;
    c->out_replies = 0;
    c->in_have = 0;
    c->failed = false;
}

void conn_free(struct conn *c)
{
    conn_reset(c);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    free(c->reserve);
    free(c->spare);
    free(c);
}

/* ---- input -------------------------------------------------------------------------- */

bool conn_ready(const struct conn *c)
{
    if (c->failed || !c->spare)
        return false;
    if (!c->cred.privileged && c->out_replies >= c->store->quota.outstanding)
        return false;
    return c->out_bytes < OUT_PAUSE;
}

size_t conn_input_room(struct conn *c, void **where)
{
    size_t in_payload;

    if (c->in_have < sizeof(c->hdr)) {
        *where = (char *)&c->hdr + c->in_have;
        return sizeof(c->hdr) - c->in_have;
    }
    in_payload = c->in_have - sizeof(c->hdr);
    *where = c->payload + in_payload;
    return c->hdr.len - in_payload;
}

int conn_input_add(struct conn *c, size_t n)
{
    c->in_have += n;
    if (c->in_have < sizeof(c->hdr))
        return 0;
    if (c->hdr.len > XENSTORE_PAYLOAD_MAX) {
        c->failed = true;
        return -EPROTO;
    }
    if (c->in_have < sizeof(c->hdr) + c->hdr.len)
        return 0;
    c->payload[c->hdr.len] = '\0';
    c->in_have = 0;
    return 1;
}

/* ---- output --------------------------------------------------------------------------- */

size_t conn_output(const struct conn *c, const void **bytes)
{
    if (!c->out)
        return 0;
    *bytes = c->out->bytes + c->out->sent;
    return c->out->len - c->out->sent;
}

size_t conn_output_several(const struct conn *c, struct iovec *iov, size_t max)
{
    size_t nr = 0;

    for (struct out_message *m = c->out; m && nr < max; m = m->next)
        iov[nr++] = (struct iovec){ m->bytes + m->sent, m->len - m->sent };
    return nr;
}

void conn_output_done(struct conn *c, size_t n)
{
    c->out_bytes -= n;
    while (n) {
        struct out_message *m = c->out;
        size_t left = m->len - m->sent;

        if (m->unread.key)
            smap_remove(&c->unread, &m->unread);
        m->unread.key = NULL;
        if (n < left) {
            m->sent += n;
            return;
        }
        n -= left;
        c->out = m->next;
        if (!c->out)
            c->out_tail = &c->out;
        c->out_replies -= !m->is_event;
        message_free(c, m);
    }
}

int conn_begin_request(struct conn *c)
{
    c->busy = true;
    if (!c->reserve)
        c->reserve = malloc(sizeof(*c->reserve) + SHORT_REPLY);
    return c->reserve ? 0 : -ENOMEM;
}

void conn_end_request(struct conn *c)
{
    c->busy = false;
    if (!c->held)
        return;
    *c->out_tail = c->held;
    c->out_tail = c->held_tail;
    c->held = NULL;
    c->held_tail = &c->held;
}

void conn_complain(struct conn *c, const char *what)
{
    if (c->complaints == COMPLAINTS_MAX)
        return;
    c->complaints++;
    store_log(c->store, "domain %u: %s%s", c->cred.domid, what,
              c->complaints == COMPLAINTS_MAX ? "; nothing more is logged of it" : "");
}

static void fail(struct conn *c, const char *why)
{
    c->failed = true;
    conn_complain(c, why);
}

/*
 * Whether so many bytes more may wait for the client. A client for which too many wait has stopped
 * reading, and fails.
 */
static bool may_queue(struct conn *c, size_t len)
{
    size_t limit = c->cred.privileged ? OUT_LIMIT_DOM0 : OUT_LIMIT_DOMAIN;

    if (c->failed)
        return false;
    if (c->out_bytes + len > limit)
        fail(c, "does not read what it is sent");
    return !c->failed;
}

/* Fills the message with its header and hdr->len bytes of body, and queues it. */
static void queue_message(struct conn *c, struct out_message *m, const struct xsd_sockmsg *hdr,
                          const void *body, bool is_event)
{
    bool is_spare = m == c->spare;

    *m = (struct out_message){
        .len = sizeof(*hdr) + hdr->len, .is_event = is_event, .is_spare = is_spare,
    };
    memcpy(m->bytes, hdr, sizeof(*hdr));
    if (hdr->len)
        memcpy(m->bytes + sizeof(*hdr), body, hdr->len);
    if (is_event && c->busy) {
        *c->held_tail = m;
        c->held_tail = &m->next;
    } else {
        *c->out_tail = m;
        c->out_tail = &m->next;
    }
    c->out_bytes += m->len;
    c->out_replies += !is_event;
    if (is_spare)
        c->spare = NULL;
}

/* The reserved message, or the spare one where there was no memory to reserve. */
static struct out_message *short_reply(struct conn *c)
{
    struct out_message *m = c->reserve;

    c->reserve = NULL;
    return m ? m : c->spare;
}

void conn_send_reply(struct conn *c, uint32_t type, const void *body,
                     size_t len)
{
    struct xsd_sockmsg hdr = c->hdr;
    struct out_message *m;

    if (!may_queue(c, sizeof(hdr) + len))
        return;
    hdr.type = type;
    hdr.len = (uint32_t)len;
    if (sizeof(hdr) + len <= SHORT_REPLY) {
        m = short_reply(c);
    } else {
        m = malloc(sizeof(*m) + sizeof(hdr) + len);
        if (!m) {
            conn_send_error(c, -ENOMEM);
            return;
        }
    }
    if (m)
        queue_message(c, m, &hdr, body, false);
    else
        fail(c, "has asked on without reading that there is no memory");
}

void conn_send_error(struct conn *c, int error)
{
    const char *name = "EINVAL";

    for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
        if (xsd_errors[i].errnum == -error)
            name = xsd_errors[i].errstring;
    conn_send_reply(c, XS_ERROR, name, strlen(name) + 1);
}

void conn_send_event(struct conn *c, const char *path, const char *token)
{
    size_t path_len = strlen(path) + 1, token_len = strlen(token) + 1;
    struct xsd_sockmsg hdr = { .type = XS_WATCH_EVENT };
    char body[2 * XENSTORE_PAYLOAD_MAX];
    struct out_message *m;

    hdr.len = (uint32_t)(path_len + token_len);
    if (hdr.len > XENSTORE_PAYLOAD_MAX)
        return;                         /* no client could receive it */
    memcpy(body, path, path_len);
    memcpy(body + path_len, token, token_len);
    /* An event that the client has not begun to read says what another would. */
    if (!c->cred.privileged && smap_find(&c->unread, body, hdr.len))
        return;
    if (!may_queue(c, sizeof(hdr) + hdr.len))
        return;
    m = malloc(sizeof(*m) + sizeof(hdr) + hdr.len);
    if (!m) {
        fail(c, "lost an event for lack of memory"); /* it would not know: it is closed */
        return;
    }
    queue_message(c, m, &hdr, body, true);
    if (c->cred.privileged)
        return;
    m->unread.key = m->bytes + sizeof(hdr);
    m->unread.len = hdr.len;
    if (!smap_insert(&c->unread, &m->unread))
        m->unread.key = NULL;           /* no memory: it is sent twice */
}
