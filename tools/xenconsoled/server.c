/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of consoles kept in step with the hypervisor's domains, and the loop's turn. */
#include "server.h"
#include "hvlog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often to see whether a dead guest's last words were read. */
#define LEAVE_POLL_MS 50
/* How often consoles that lacked memory or file descriptors are tried again. */
#define RETRY_MS      1000

/* ---- guests -------------------------------------------------------------------------------- */

static int64_t milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct console *find_console(struct server *s, uint32_t domid)
{
    struct console *c = s->consoles;

    while (c && (c->domid != domid || c->leave_by))
        c = c->next;
    return c;
}

static void add_or_mark(struct server *s, const struct xc_domain_info *info)
{
    struct console *c;

    if (!info->domid || info->dying)
        return;
    c = find_console(s, info->domid);
    if (!c) {
        c = console_new(&s->host, info->domid);
        if (!c) {
            s->missed = true;
            return;
        }
        c->next = s->consoles;
        s->consoles = c;
    }
    c->seen = true;
}

/* Some domains came or went: compares the hypervisor's list with ours. */
static void look_at_domains(struct server *s)
{
    struct xc_domain_info info[32];
    int64_t now = milliseconds();
    struct console *c;
    uint32_t first = 0;
    int n;

    s->missed = false;
    for (c = s->consoles; c; c = c->next)
        c->seen = false;
    do {
        n = xc_domain_getinfolist(s->host.xc, first, 32, info);
        for (int i = 0; i < n; i++)
            add_or_mark(s, &info[i]);
        if (n > 0)
            first = info[n - 1].domid + 1;
    } while (n == 32);
    if (n < 0)
        return;                         /* not known: none is dropped */
    for (c = s->consoles; c; c = c->next)
        if (!c->seen && !c->leave_by)
            console_leave(&s->host, c, now);
}

/* Tries the consoles again that lacked memory or file descriptors. */
static void retry(struct server *s)
{
    if (s->missed)
        look_at_domains(s);
    for (struct console *c = s->consoles; c; c = c->next)
        if (c->starved && !c->leave_by)
            console_nodes_changed(&s->host, c);
}

/* Frees consoles that have been left. True while some are still leaving. */
static bool reap_consoles(struct server *s, int64_t now)
{
    struct console **link = &s->consoles, *c;
    bool some = false, freed = false;

    while ((c = *link)) {
        if (c->leave_by && console_left(c, now)) {
            *link = c->next;
            freed |= c->link != NULL;
            console_free(&s->host, c);
        } else {
            some |= c->leave_by != 0;
            link = &c->next;
        }
    }
    if (freed)
        retry(s);
    return some;
}

/* False when the connection to xenstored is lost. */
static bool take_watches(struct server *s)
{
    char **event;
    bool domains = false, lost;

    while ((event = xs_check_watch(s->host.xs))) {
        struct console *c;

        if (strcmp(event[XS_WATCH_TOKEN], "domains") == 0) {
            domains = true;
        } else {
            c = find_console(s, (uint32_t)atoi(event[XS_WATCH_TOKEN]));
            if (c)
                console_nodes_changed(&s->host, c);
        }
        free(event);
    }
    lost = errno != EAGAIN && errno != ENOMEM;
    if (lost)
        fprintf(stderr, "lost xenstored: %s\n", strerror(errno));
    if (domains)
        look_at_domains(s);
    return !lost;
}

static void take_events(struct server *s)
{
    int64_t now = milliseconds();
    int port;

    while ((port = xc_evtchn_pending(s->host.evtchn)) >= 0) {
        if (s->hvlog && port == hvlog_port(s->hvlog)) {
            hvlog_event(s->hvlog);
            continue;
        }
        for (struct console *c = s->consoles; c; c = c->next)
            if (c->port == port)
                console_event(&s->host, c, now);
    }
}

/* ---- the loop ------------------------------------------------------------------------------ */

static void sooner(int64_t *wait, int64_t due)
{
    if (due >= 0 && (*wait < 0 || due < *wait))
        *wait = due;
}

/* Room in s->fds for so many; less where there is no memory. */
static void make_room(struct server *s, size_t nr)
{
    struct pollfd *fds;

    if (nr <= s->room)
        return;
    fds = realloc(s->fds, nr * 2 * sizeof(*fds));
    if (!fds)
        return;
    s->fds = fds;
    s->room = nr * 2;
}

/* Milliseconds until consoles that lacked memory or descriptors are tried again; -1: none did. */
static int64_t retry_due(struct server *s, int64_t now)
{
    bool lacks = s->missed;

    for (struct console *c = s->consoles; c; c = c->next)
        lacks |= c->starved && !c->leave_by;
    if (!lacks)
        s->retry_at = 0;
    else if (!s->retry_at)
        s->retry_at = now + RETRY_MS;
    if (!s->retry_at)
        return -1;
    return s->retry_at > now ? s->retry_at - now : 0;
}

/* Fills s->fds; returns how many. *timeout: milliseconds. */
static size_t prepare(struct server *s, int *timeout)
{
    int64_t now = milliseconds();
    int64_t wait = reap_consoles(s, now) ? LEAVE_POLL_MS : -1;
    size_t n = 2;

    for (struct console *c = s->consoles; c; c = c->next)
        n++;
    make_room(s, n);
    s->fds[0] = (struct pollfd){ xs_fileno(s->host.xs), POLLIN, 0 };
    s->fds[1] = (struct pollfd){ xc_evtchn_fd(s->host.evtchn), POLLIN, 0 };
    n = 2;
    for (struct console *c = s->consoles; c; c = c->next) {
        sooner(&wait, console_rate(&s->host, c, now));
        if (n < s->room) {
            n += console_poll_set(c, &s->fds[n]);
        } else {
            c->poll = NULL;             /* its output goes to the log meanwhile */
            sooner(&wait, RETRY_MS);
        }
    }
    sooner(&wait, retry_due(s, now));
    *timeout = (int)wait;
    return n;
}

int server_turn(struct server *s)
{
    int timeout;
    size_t n = prepare(s, &timeout);

    if (poll(s->fds, n, timeout) < 0)
        return errno == EINTR ? 0 : -errno;
    if (s->retry_at && milliseconds() >= s->retry_at) {
        s->retry_at = 0;
        retry(s);
    }
    for (struct console *c = s->consoles; c; c = c->next)
        console_poll_done(&s->host, c);
    if (s->fds[1].revents)
        take_events(s);
    /* Last: it changes the list. */
    return s->fds[0].revents && !take_watches(s) ? -ECONNRESET : 0;
}

void server_reopen_logs(struct server *s)
{
    hvlog_reopen(s->hvlog);
    for (struct console *c = s->consoles; c; c = c->next)
        console_reopen_log(c);
}

int server_open(struct server *s)
{
    make_room(s, 2);
    return s->fds ? 0 : -ENOMEM;
}

void server_close(struct server *s)
{
    struct console *c;

    while ((c = s->consoles)) {
        s->consoles = c->next;
        console_free(&s->host, c);
    }
    free(s->fds);
    s->fds = NULL;
}
