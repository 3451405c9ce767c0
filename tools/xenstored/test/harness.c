/* SPDX-License-Identifier: GPL-2.0-only */
/* Feeding bytes to connections and taking their answers apart. */
#include "harness.h"

#include <stdio.h>

/* Events that came before the answer are kept here until asked for. */
static struct answer kept[MAX_DOMAINS][512];
static unsigned int nr_kept[MAX_DOMAINS];

static struct conn *find(void *ctx, unsigned int domid)
{
    struct world *w = ctx;

    return domid < MAX_DOMAINS ? w->conns[domid] : NULL;
}

static int introduce(void *ctx, unsigned int domid, unsigned long gfn,
                     unsigned int port)
{
    ((struct world *)ctx)->introduced = domid;
    return gfn == 666 ? -EINVAL : 0;
}

static int release(void *ctx, unsigned int domid)
{
    ((struct world *)ctx)->released = domid;
    return 0;
}

static int resume(void *ctx, unsigned int domid)
{
    return 0;
}

static void count_line(void *ctx, const char *line)
{
    struct world *w = ctx;

    w->logged++;
    for (; *line; line++)
        w->log_controls |= (unsigned char)*line < ' ' || *line == 0x7f;
}

static const struct store_host host = {
    .introduce = introduce, .release = release, .resume = resume, .find = find,
    .log = count_line,
};

struct world *world_new(unsigned int domains)
{
    struct world *w = calloc(1, sizeof(*w));

    memset(nr_kept, 0, sizeof(nr_kept));
    w->store = store_new(&host, w);
    assert_non_null(w->store);
    for (unsigned int i = 0; i < domains; i++)
        w->conns[i] = conn_new(w->store, i, i == 0);
    return w;
}

void world_free(struct world *w)
{
    check_accounts(w);
    for (unsigned int i = 0; i < MAX_DOMAINS; i++)
        if (w->conns[i])
            conn_free(w->conns[i]);
    assert_int_equal(w->store->watch_points.nr, 0);
    store_free(w->store);
    free(w);
}

/* Puts bytes in, a few at a time; true when that completed a request. */
static bool feed(struct conn *c, const void *bytes, size_t len)
{
    const char *from = bytes;
    size_t step = 1;
    bool done = false;

    while (len) {
        void *where;
        size_t room = conn_input_room(c, &where);
        size_t n = room < step ? room : step;

        if (n > len)
            n = len;
        memcpy(where, from, n);
        from += n;
        len -= n;
        step = step % 700 * 3 + 1;
        done = conn_input_add(c, n) == 1;
    }
    return done;
}

/* Takes the oldest queued message. False if there is none. */
static bool take(struct conn *c, struct answer *a)
{
    struct xsd_sockmsg hdr;
    const void *bytes;
    size_t len = conn_output(c, &bytes);

    if (!len)
        return false;
    memcpy(&hdr, bytes, sizeof(hdr));
    assert_int_equal(len, sizeof(hdr) + hdr.len);
    assert_true(hdr.len <= XENSTORE_PAYLOAD_MAX);
    a->type = hdr.type;
    a->req_id = hdr.req_id;
    a->tx_id = hdr.tx_id;
    a->len = hdr.len;
    memcpy(a->body, (const char *)bytes + sizeof(hdr), hdr.len);
    a->body[hdr.len] = '\0';
    conn_output_done(c, len);
    return true;
}

const struct answer *ask(struct world *w, unsigned int domid, uint32_t type,
                         uint32_t tx, const void *body, size_t len)
{
    static struct answer a;
    static uint32_t id;
    struct conn *c = w->conns[domid];
    struct xsd_sockmsg hdr = { type, ++id, tx, (uint32_t)len };
    bool done = feed(c, &hdr, sizeof(hdr));

    if (len)
        done = feed(c, body, len);
    assert_true(done);
    proto_handle(c);
    while (take(c, &a) && a.type == XS_WATCH_EVENT) {
        assert_true(nr_kept[domid] < 512);
        kept[domid][nr_kept[domid]++] = a;
    }
    assert_int_equal(a.req_id, id);
    assert_int_equal(a.tx_id, tx);
    assert_true(a.type == type || a.type == XS_ERROR);
    return &a;
}

int result(const struct answer *a)
{
    if (a->type != XS_ERROR)
        return 0;
    for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
        if (strcmp(xsd_errors[i].errstring, a->body) == 0)
            return -xsd_errors[i].errnum;
    fail();
    return -1;
}

int s_write(struct world *w, unsigned int domid, uint32_t tx, const char *path,
            const char *value)
{
    char body[XENSTORE_PAYLOAD_MAX];
    size_t len = strlen(path) + 1;

    memcpy(body, path, len);
    memcpy(body + len, value, strlen(value));
    return result(ask(w, domid, XS_WRITE, tx, body, len + strlen(value)));
}

int s_path(struct world *w, unsigned int domid, uint32_t type, uint32_t tx,
           const char *path)
{
    return result(ask(w, domid, type, tx, path, strlen(path) + 1));
}

int s_chmod(struct world *w, unsigned int domid, uint32_t tx, const char *path,
            const char *perms)
{
    char body[XENSTORE_PAYLOAD_MAX];
    size_t len = (size_t)snprintf(body, sizeof(body), "%s %s", path, perms) + 1;

    for (size_t i = 0; i < len; i++)
        if (body[i] == ' ')
            body[i] = '\0';
    return result(ask(w, domid, XS_SET_PERMS, tx, body, len));
}

int s_watch(struct world *w, unsigned int domid, const char *path,
            const char *token)
{
    char body[XENSTORE_PAYLOAD_MAX];
    size_t len = strlen(path) + 1;

    memcpy(body, path, len);
    strcpy(body + len, token);
    return result(ask(w, domid, XS_WATCH, 0, body, len + strlen(token) + 1));
}

uint32_t s_start(struct world *w, unsigned int domid)
{
    const struct answer *a = ask(w, domid, XS_TRANSACTION_START, 0, "", 1);

    return result(a) ? 0 : (uint32_t)strtoul(a->body, NULL, 10);
}

int s_end(struct world *w, unsigned int domid, uint32_t tx, bool commit)
{
    return result(ask(w, domid, XS_TRANSACTION_END, tx, commit ? "T" : "F", 2));
}

const char *s_read(struct world *w, unsigned int domid, uint32_t tx,
                   const char *path)
{
    const struct answer *a = ask(w, domid, XS_READ, tx, path, strlen(path) + 1);

    return result(a) ? NULL : a->body;
}

const char *s_list(struct world *w, unsigned int domid, uint32_t tx,
                   const char *path)
{
    static char names[XENSTORE_PAYLOAD_MAX + 1];
    const struct answer *a = ask(w, domid, XS_DIRECTORY, tx, path,
                                 strlen(path) + 1);

    if (result(a))
        return NULL;
    memcpy(names, a->body, a->len + 1);
    for (size_t i = 0; i + 1 < a->len; i++)
        if (!names[i])
            names[i] = ',';
    return names;
}

const char *next_event(struct world *w, unsigned int domid)
{
    static char text[2 * XENSTORE_PAYLOAD_MAX];
    struct answer a;

    if (nr_kept[domid]) {
        a = kept[domid][0];
        nr_kept[domid]--;
        memmove(&kept[domid][0], &kept[domid][1], nr_kept[domid] * sizeof(a));
    } else if (!take(w->conns[domid], &a)) {
        return "";
    }
    assert_int_equal(a.type, XS_WATCH_EVENT);
    snprintf(text, sizeof(text), "%s %s", a.body, a.body + strlen(a.body) + 1);
    return text;
}

static void count_owned(const struct node *n, unsigned int *used)
{
    used[n->perms[0].id]++;
    for (unsigned int i = 0; i < n->nr_children; i++)
        count_owned(n->children[i], used);
}

void check_accounts(struct world *w)
{
    unsigned int used[65536] = { 0 };

    count_owned(w->store->root, used);
    for (unsigned int i = 0; i < DOMIDS; i++)
        assert_int_equal(used[i], w->store->nodes_used[i]);
}
