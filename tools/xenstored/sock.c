/* SPDX-License-Identifier: GPL-2.0-only */
/* The Unix socket: accepting, receiving requests, sending answers. */
#include "sock.h"
#include "../lib/listener.h"
#include "conn.h"
#include "proto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Requests a client may have answered before the others get their turns. */
#define REQUESTS_A_TURN 16
#define MESSAGES_A_SEND 16

struct client {
    struct client *next;
    int fd;
    struct conn *conn;
    bool gone;
    char in[4096];                      /* received; in_at..in_have is to be handled */
    size_t in_at, in_have;
};

struct clients {
    struct store *store;
    struct client *first;
    size_t nr;
    struct listener listener;
    struct pollfd *fds;                 /* the caller's, the listener's and the clients' */
    size_t room;                        /* in fds */
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* Makes room in the poll set for one client more. */
static bool has_room(struct clients *cs)
{
    size_t room = cs->room ? cs->room * 2 : 16;
    struct pollfd *fds;

    if (cs->nr + 3 <= cs->room)
        return true;
    fds = realloc(cs->fds, room * sizeof(*fds));
    if (!fds)
        return false;
    cs->fds = fds;
    cs->room = room;
    return true;
}

int clients_open(struct clients **out, struct store *s, const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    struct clients *cs = calloc(1, sizeof(*cs));
    mode_t mask;
    int rc;

    if (!cs)
        return -ENOMEM;
    cs->store = s;
    rc = -ENOMEM;
    if (!has_room(cs))
        goto fail;
    rc = -ENAMETOOLONG;
    if (strlen(path) >= sizeof(addr.sun_path))
        goto fail;
    strcpy(addr.sun_path, path);
    strcpy(cs->path, path);
    cs->listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (cs->listener.fd < 0) {
        rc = -errno;
        goto fail;
    }
    listener_remove_left(path);
    mask = umask(0177);                 /* dom0's root only */
    rc = bind(cs->listener.fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
         listen(cs->listener.fd, 64) < 0 ? -errno : 0;
    umask(mask);
    if (!rc) {
        *out = cs;
        return 0;
    }
    close(cs->listener.fd);
fail:
    free(cs->fds);
    free(cs);
    return rc;
}

static void client_free(struct client *c)
{
    conn_free(c->conn);
    close(c->fd);
    free(c);
}

void clients_close(struct clients *cs)
{
    struct client *c;

    while ((c = cs->first)) {
        cs->first = c->next;
        client_free(c);
    }
    close(cs->listener.fd);
    unlink(cs->path);
    free(cs->fds);
    free(cs);
}

struct pollfd *clients_poll_set(struct clients *cs, size_t *nr)
{
    struct pollfd *fds = cs->fds + 1;

    *fds++ = (struct pollfd){ .fd = listener_poll_fd(&cs->listener), .events = POLLIN };
    for (const struct client *c = cs->first; c; c = c->next) {
        bool hungry = conn_ready(c->conn) && c->in_at == c->in_have;
        short events = (short)((hungry ? POLLIN : 0) |
                               (c->conn->out ? POLLOUT : 0));

        *fds++ = (struct pollfd){ .fd = c->fd, .events = events };
    }
    *nr = (size_t)(fds - cs->fds);
    return cs->fds;
}

static void accept_client(struct clients *cs)
{
    int fd = listener_accept(&cs->listener);
    struct client *c;

    if (fd < 0 && fd != -EAGAIN)
        store_log(cs->store, "cannot accept a connection: %s; new ones wait", strerror(-fd));
    if (fd < 0)
        return;
    c = has_room(cs) ? calloc(1, sizeof(*c)) : NULL;
    if (c)
        c->conn = conn_new(cs->store, 0, true);
    if (!c || !c->conn) {
        free(c);
        close(fd);
        return;
    }
    c->fd = fd;
    c->next = cs->first;
    cs->first = c;
    cs->nr++;
}

static void client_receive(struct client *c)
{
    ssize_t n = recv(c->fd, c->in, sizeof(c->in), 0);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    c->conn->store->received++;
    c->gone = n <= 0;
    c->in_at = 0;
    c->in_have = n > 0 ? (size_t)n : 0;
}

/* Handles requests of what was received. */
static void client_serve(struct client *c)
{
    unsigned int nr = 0;

    while (c->in_at < c->in_have && nr < REQUESTS_A_TURN && conn_ready(c->conn)) {
        void *where;
        size_t n = conn_input_room(c->conn, &where);

        if (n > c->in_have - c->in_at)
            n = c->in_have - c->in_at;
        memcpy(where, c->in + c->in_at, n);
        c->in_at += n;
        switch (conn_input_add(c->conn, n)) {
        case 0:
            break;
        case 1:
            proto_handle(c->conn);
            nr++;
            break;
        default:
            c->gone = true;
            return;
        }
    }
}

static bool clients_waiting(const struct clients *cs)
{
    for (const struct client *c = cs->first; c; c = c->next)
        if (c->in_at < c->in_have && conn_ready(c->conn))
            return true;
    return false;
}

int clients_timeout(const struct clients *cs)
{
    return clients_waiting(cs) ? 0 : listener_timeout(&cs->listener);
}

static void client_send(struct client *c)
{
    struct iovec iov[MESSAGES_A_SEND];
    struct msghdr msg = { .msg_iov = iov };

    while ((msg.msg_iovlen = conn_output_several(c->conn, iov, MESSAGES_A_SEND))) {
        ssize_t n = sendmsg(c->fd, &msg, MSG_NOSIGNAL);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0) {
            c->gone = true;
            return;
        }
        conn_output_done(c->conn, (size_t)n);
    }
}

void clients_service(struct clients *cs)
{
    const struct pollfd *listener = cs->fds + 1, *fds = listener + 1;

    for (struct client *c = cs->first; c; c = c->next, fds++) {
        if (c->in_at == c->in_have && (fds->revents & (POLLIN | POLLHUP | POLLERR)))
            client_receive(c);
        client_serve(c);
    }
    if (listener->revents)
        accept_client(cs);              /* last: it changes the list */
}

void clients_flush(struct clients *cs)
{
    struct client **link = &cs->first, *c;

    while ((c = *link)) {
        if (!c->gone && c->conn->out)
            client_send(c);
        if (c->gone || c->conn->failed) {
            *link = c->next;
            cs->nr--;
            client_free(c);
            listener_retry(&cs->listener);
        } else {
            link = &c->next;
        }
    }
}
