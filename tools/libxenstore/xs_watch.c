/* SPDX-License-Identifier: GPL-2.0-only */
/* Watches: registering them, and the queue of events that arrived while something else was awaited. */
#include "xs_private.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

void xs_event_wake_locked(struct xs_handle *h)
{
    bool wake = h->events || h->dead;
    eventfd_t value;

    if (h->wake_fd < 0 || h->awake == wake)
        return;
    h->awake = wake;
    if (wake)
        eventfd_write(h->wake_fd, 1);
    else
        eventfd_read(h->wake_fd, &value);
}

void xs_event_file_locked(struct xs_handle *h, struct xs_message *m)
{
    *h->events_tail = m;
    h->events_tail = &m->next;
}

struct xs_message *xs_event_take_locked(struct xs_handle *h)
{
    struct xs_message *m = h->events;

    if (!m)
        return NULL;
    h->events = m->next;
    if (!h->events)
        h->events_tail = &h->events;
    return m;
}

void xs_event_drop_locked(struct xs_handle *h, const char *path,
                          const char *token)
{
    struct xs_message **link = &h->events, *m;

    while ((m = *link)) {
        const char *its_token = m->body + strlen(m->body) + 1;

        if (its_token <= m->body + m->hdr.len &&
            strcmp(its_token, token) == 0 &&
            (path[0] == '@' || xs_path_is_subpath(path, m->body))) {
            *link = m->next;
            free(m);
        } else {
            link = &m->next;
        }
    }
    h->events_tail = link;
}

/*
 * A descriptor that is readable when the daemon has sent something or when an
 * event waits in our queue: an epoll set of the connection and an eventfd.
 */
static int make_poll_fd(struct xs_handle *h)
{
    struct epoll_event ev = { .events = EPOLLIN };
    int poll_fd = epoll_create1(EPOLL_CLOEXEC), wake_fd;

    if (poll_fd < 0)
        return -1;
    h->awake = h->events || h->dead;
    wake_fd = eventfd(h->awake, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd < 0 ||
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, h->fd, &ev) < 0 ||
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, wake_fd, &ev) < 0) {
        if (wake_fd >= 0)
            close(wake_fd);
        close(poll_fd);
        return -1;
    }
    h->wake_fd = wake_fd;
    h->poll_fd = poll_fd;
    return poll_fd;
}

int xs_fileno(struct xs_handle *h)
{
    int fd;

    pthread_mutex_lock(&h->state);
    fd = h->poll_fd >= 0 ? h->poll_fd : make_poll_fd(h);
    pthread_mutex_unlock(&h->state);
    return fd;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
    struct iovec pieces[] = { xs_piece_string(path), xs_piece_string(token) };

    return xs_exchange_ok(h, XS_WATCH, XBT_NULL, pieces, 2);
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
    struct iovec pieces[] = { xs_piece_string(path), xs_piece_string(token) };

    if (!xs_exchange_ok(h, XS_UNWATCH, XBT_NULL, pieces, 2))
        return false;
    if (h->filter_unwatched) {
        pthread_mutex_lock(&h->state);
        xs_event_drop_locked(h, path, token);
        xs_event_wake_locked(h);
        pthread_mutex_unlock(&h->state);
    }
    return true;
}

/* {path, token} and their text in one block. NULL with EIO if malformed. */
static char **event_to_strings(struct xs_message *m)
{
    size_t path_len = strlen(m->body) + 1;
    char **out, *text;

    if (path_len >= m->hdr.len) {
        errno = EIO;
        return NULL;
    }
    out = malloc(2 * sizeof(*out) + m->hdr.len + 1);
    if (!out)
        return NULL;
    text = (char *)(out + 2);
    memcpy(text, m->body, m->hdr.len + 1);
    out[XS_WATCH_PATH] = text;
    out[XS_WATCH_TOKEN] = text + path_len;
    return out;
}

static char **next_event(struct xs_handle *h, bool wait)
{
    struct xs_message *m;
    char **out = NULL;

    pthread_mutex_lock(&h->state);
    while (!h->events && xs_receive_locked(h, wait))
        ;
    m = xs_event_take_locked(h);
    xs_event_wake_locked(h);
    if (!m)
        errno = h->dead ? h->dead : EAGAIN;
    pthread_mutex_unlock(&h->state);
    if (m) {
        out = event_to_strings(m);
        free(m);
    }
    return out;
}

char **xs_check_watch(struct xs_handle *h)
{
    return next_event(h, false);
}

char **xs_read_watch(struct xs_handle *h, unsigned int *num)
{
    char **out = next_event(h, true);

    if (out && num)
        *num = 2;
    return out;
}
