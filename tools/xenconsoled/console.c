/* SPDX-License-Identifier: GPL-2.0-only */
/* Connecting to a guest's console and moving bytes between its ring, a pty and a log. */
#include "console.h"
#include "buffer.h"
#include "conring.h"
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

/* Reserved grant of every guest, public/grant_table.h. */
#define GRANT_CONSOLE 0
/* Unread output kept per guest. */
#define BUFFER_BYTES (1U << 20)
/* Events heard of a guest in each period. */
#define RATE_EVENTS    60
#define RATE_PERIOD_MS 200
/* How long a dead guest's last words wait for a client to read them. */
#define LEAVE_MS 1000

struct console_link {
    struct xencons_interface *ring;
    bool by_grant;                      /* else a foreign mapping */
    int master, slave;                  /* of the pty; slave stays open so that
                                         * the master sees no hangup between clients */
    struct buffer out;
    struct logfile *log;
    int64_t period_start;
    unsigned int events;                /* in this period */
    bool silenced;                      /* the port stays masked until its end */
    bool complained;                    /* of its indices, once */
    bool published;                     /* its tty node was written, or is not wanted */
};

struct console *console_new(struct host *h, uint32_t domid)
{
    struct console *c = calloc(1, sizeof(*c));
    char path[64], token[16];

    if (!c)
        return NULL;
    c->domid = domid;
    c->port = -1;
    snprintf(path, sizeof(path), "/local/domain/%u/console", domid);
    snprintf(token, sizeof(token), "%u", domid);
    if (xs_watch(h->xs, path, token))
        return c;                       /* its first event makes us look */
    free(c);
    return NULL;
}

/* ---- connecting ------------------------------------------------------------------------ */

/* What the store says of a guest's console. */
struct nodes {
    int64_t ring_ref, port;             /* -1: none */
    bool ours;                          /* consoles of another kind are served by others */
    char *name;                         /* the guest's; NULL: none */
};

/* -1 where @text is none. */
static int64_t number(const char *text)
{
    char *end;
    long long n;

    if (!text)
        return -1;
    n = strtoll(text, &end, 10);
    return end == text || *end || n < 0 ? -1 : n;
}

/* In one exchange with xenstored. 0 or -errno; the caller frees the name. */
static int read_nodes(struct host *h, uint32_t domid, struct nodes *out)
{
    static const char *const names[] = { "console/ring-ref", "console/port", "console/type", "name" };
    char paths[4][80], *values[4];
    const char *list[4];

    for (int i = 0; i < 4; i++) {
        snprintf(paths[i], sizeof(paths[i]), "/local/domain/%u/%s", domid, names[i]);
        list[i] = paths[i];
    }
    if (!xs_read_many(h->xs, XBT_NULL, list, 4, values))
        return -errno;
    out->ring_ref = number(values[0]);
    out->port = number(values[1]);
    out->ours = !values[2] || strcmp(values[2], "xenconsoled") == 0;
    out->name = values[3];
    for (int i = 0; i < 3; i++)
        free(values[i]);
    return 0;
}

static int map_ring(struct host *h, struct console_link *l, uint32_t domid,
                    uint64_t gfn)
{
    uint32_t ref = GRANT_CONSOLE;
    void *page;
    int rc = -ENODEV;

    if (h->gnttab)
        rc = xc_gnttab_map(h->gnttab, domid, &ref, 1, PROT_READ | PROT_WRITE,
                           &page);
    l->by_grant = rc == 0;
    if (rc)
        rc = xc_map_foreign_page(h->xc, domid, PROT_READ | PROT_WRITE, gfn,
                                 &page);
    if (!rc)
        l->ring = page;
    return rc;
}

/* A pty without any processing: what the guest prints goes through as it is. */
static int open_pty(struct console_link *l)
{
    struct termios t;

    if (openpty(&l->master, &l->slave, NULL, NULL, NULL) < 0)
        return -errno;
    if (tcgetattr(l->slave, &t) == 0) {
        cfmakeraw(&t);
        tcsetattr(l->slave, TCSANOW, &t);
    }
    fcntl(l->master, F_SETFL, O_NONBLOCK);
    fcntl(l->master, F_SETFD, FD_CLOEXEC);
    fcntl(l->slave, F_SETFD, FD_CLOEXEC);
    return 0;
}

/* False where there is no memory. */
static bool open_log(struct host *h, struct console_link *l, uint32_t domid,
                     const char *name)
{
    char digits[24];

    if (!h->log_dir || l->log)
        return true;
    snprintf(digits, sizeof(digits), "%u", domid);
    l->log = logfile_open(h->log_dir, "guest-", name ? name : digits);
    return l->log != NULL;
}

static void unmap_ring(struct host *h, struct console_link *l)
{
    if (l->ring && l->by_grant)
        xc_gnttab_unmap(h->gnttab, l->ring, 1);
    else if (l->ring)
        xc_unmap_foreign(h->xc, l->ring, 1);
    l->ring = NULL;
}

static void link_free(struct host *h, struct console_link *l)
{
    unmap_ring(h, l);
    if (l->master >= 0)
        close(l->master);
    if (l->slave >= 0)
        close(l->slave);
    buffer_free(&l->out);
    logfile_close(l->log);
    free(l);
}

/*
 * In one step with a look whether the console's nodes are still there: a domain that is destroyed meanwhile must not get
 * nodes again. -ENOENT: they are gone.
 */
static int publish_tty(struct host *h, uint32_t domid, const char *tty)
{
    char path[80], *ring;
    bool done;

    for (;;) {
        xs_transaction_t t = xs_transaction_start(h->xs);

        if (t == XBT_NULL)
            return -errno;
        snprintf(path, sizeof(path), "/local/domain/%u/console/ring-ref", domid);
        ring = xs_read(h->xs, t, path, NULL);
        free(ring);
        snprintf(path, sizeof(path), "/local/domain/%u/console/tty", domid);
        done = ring && xs_write(h->xs, t, path, tty, (unsigned int)strlen(tty));
        if (!done) {
            int rc = -errno;

            xs_transaction_end(h->xs, t, true);
            return rc;
        }
        if (xs_transaction_end(h->xs, t, false))
            return 0;
        if (errno != EAGAIN)
            return -errno;
    }
}

/* Log and tty node of a console that is connected; again later where there is no memory. */
static void console_complete(struct host *h, struct console *c,
                             const struct nodes *n)
{
    struct console_link *l = c->link;
    char tty[64];
    int rc;

    c->starved = !open_log(h, l, c->domid, n->name);
    if (l->published)
        return;
    rc = ptsname_r(l->master, tty, sizeof(tty)) ? -errno : publish_tty(h, c->domid, tty);
    l->published = rc != -ENOMEM;
    c->starved |= !l->published;
    if (rc && rc != -ENOENT && rc != -ENOMEM)
        fprintf(stderr, "domain %u: cannot write its tty node: %s\n", c->domid,
                strerror(-rc));
}

static void console_connect(struct host *h, struct console *c,
                            const struct nodes *n)
{
    struct console_link *l = calloc(1, sizeof(*l));
    const char *step = "memory";
    int rc = -ENOMEM;

    if (!l)
        goto fail;
    l->master = l->slave = -1;
    l->out.limit = BUFFER_BYTES;
    step = "ring";
    rc = map_ring(h, l, c->domid, (uint64_t)n->ring_ref);
    if (rc)
        goto fail;
    step = "pty";
    rc = open_pty(l);
    if (rc)
        goto fail;
    step = "event channel";
    rc = xc_evtchn_bind_interdomain(h->evtchn, c->domid, (uint32_t)n->port);
    if (rc < 0)
        goto fail;
    c->port = rc;
    c->link = l;
    console_complete(h, c, n);
    return;
fail:
    if (!c->starved)                    /* it is said once, and tried again */
        fprintf(stderr, "domain %u: no console: %s: %s\n", c->domid, step,
                strerror(-rc));
    c->starved = rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM || rc == -ENOSPC;
    if (l)
        link_free(h, l);
}

void console_nodes_changed(struct host *h, struct console *c)
{
    struct nodes n;
    int rc;

    if (c->link && !c->starved)
        return;
    rc = read_nodes(h, c->domid, &n);
    if (rc) {
        c->starved = c->link || rc == -ENOMEM;
        return;
    }
    if (c->link)
        console_complete(h, c, &n);
    else if (n.ring_ref >= 0 && n.port > 0 && n.port <= UINT32_MAX && n.ours)
        console_connect(h, c, &n);
    else
        c->starved = false;
    free(n.name);
}

/* ---- moving bytes ------------------------------------------------------------------------ */

/* All that is in the ring, into buffer and log. True if there was something. */
static bool take_output(struct console *c)
{
    struct console_link *l = c->link;
    char bytes[sizeof(l->ring->out)];
    bool some = false;
    int n, rounds = 4;                  /* a guest could refill it for ever */

    while (rounds-- && (n = conring_take(l->ring, bytes, sizeof(bytes)))) {
        if (n < 0) {
            if (!l->complained)
                fprintf(stderr, "domain %u: impossible console ring indices\n",
                        c->domid);
            l->complained = true;
            break;
        }
        buffer_add(&l->out, bytes, (size_t)n);
        logfile_write(l->log, bytes, (size_t)n);
        some = true;
    }
    return some;
}

/* As much as the pty takes; the rest waits for a client to read. */
static void give_output(struct console_link *l)
{
    const char *bytes;
    size_t len;

    while ((len = buffer_peek(&l->out, &bytes))) {
        ssize_t n = write(l->master, bytes, len);

        if (n <= 0)
            return;
        buffer_drop(&l->out, (size_t)n);
    }
}

static void take_input(struct host *h, struct console *c)
{
    struct console_link *l = c->link;
    size_t room = conring_room(l->ring);
    char bytes[sizeof(l->ring->in)];
    ssize_t n;

    if (!room)
        return;
    n = read(l->master, bytes, room < sizeof(bytes) ? room : sizeof(bytes));
    if (n > 0 && conring_put(l->ring, bytes, (size_t)n))
        xc_evtchn_notify(h->evtchn, (uint32_t)c->port);
}

void console_event(struct host *h, struct console *c, int64_t now)
{
    struct console_link *l = c->link;   /* its port is bound, so it has one */

    if (now - l->period_start >= RATE_PERIOD_MS) {
        l->period_start = now;
        l->events = 0;
    }
    if (++l->events > RATE_EVENTS)
        l->silenced = true;             /* console_rate() unmasks it */
    else
        xc_evtchn_unmask(h->evtchn, (uint32_t)c->port);
    if (take_output(c))
        xc_evtchn_notify(h->evtchn, (uint32_t)c->port);
    give_output(l);
}

int64_t console_rate(struct host *h, struct console *c, int64_t now)
{
    struct console_link *l = c->link;

    if (!l || !l->silenced || c->leave_by)
        return -1;
    if (now - l->period_start < RATE_PERIOD_MS)
        return l->period_start + RATE_PERIOD_MS - now;
    l->silenced = false;
    console_event(h, c, now);
    return -1;
}

bool console_poll_set(struct console *c, struct pollfd *p)
{
    struct console_link *l = c->link;

    c->poll = NULL;
    if (!l || l->slave < 0)             /* the master of a terminal that nobody has open hangs up again and again */
        return false;
    p->fd = l->master;
    p->revents = 0;
    p->events = (short)((l->ring && conring_room(l->ring) ? POLLIN : 0) |
                        (l->out.len ? POLLOUT : 0));
    if (!p->events)
        return false;
    c->poll = p;
    return true;
}

void console_poll_done(struct host *h, struct console *c)
{
    short revents = c->poll ? c->poll->revents : 0;

    if (!c->link)
        return;
    if ((revents & POLLIN) && c->link->ring)
        take_input(h, c);
    if (revents & POLLOUT)
        give_output(c->link);
}

void console_reopen_log(struct console *c)
{
    if (c->link)
        logfile_reopen(c->link->log);
}

/*
 * Whether a client may have the terminal open: where none has, the master hangs up without our own descriptor of it. Without that one
 * nobody can say any more whether all has been read.
 */
static bool has_client(struct console_link *l)
{
    struct pollfd master = { .fd = l->master };

    close(l->slave);
    l->slave = -1;
    if (poll(&master, 1, 0) > 0 && (master.revents & POLLHUP))
        return false;
    l->slave = ioctl(l->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    return true;
}

void console_leave(struct host *h, struct console *c, int64_t now)
{
    char path[64], token[16];

    c->leave_by = now + LEAVE_MS;
    snprintf(path, sizeof(path), "/local/domain/%u/console", c->domid);
    snprintf(token, sizeof(token), "%u", c->domid);
    xs_unwatch(h->xs, path, token);
    if (c->port >= 0)
        xc_evtchn_unbind(h->evtchn, (uint32_t)c->port);
    c->port = -1;
    if (!c->link)
        return;
    take_output(c);
    unmap_ring(h, c->link);
    if (has_client(c->link))
        give_output(c->link);
    else
        c->leave_by = now;
}

bool console_left(struct console *c, int64_t now)
{
    struct console_link *l = c->link;
    int unread = 0;

    if (!l || now >= c->leave_by)
        return true;
    give_output(l);
    return !l->out.len && ioctl(l->slave, FIONREAD, &unread) == 0 && !unread;
}

void console_free(struct host *h, struct console *c)
{
    if (c->port >= 0)
        xc_evtchn_unbind(h->evtchn, (uint32_t)c->port);
    if (c->link)
        link_free(h, c->link);
    free(c);
}
