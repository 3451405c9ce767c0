/* SPDX-License-Identifier: GPL-2.0-only */
/* Opening and closing a connection to the daemon, and exchanging messages over it. */
#include "xs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define KERNEL_DEVICE "/dev/xen/xenbus"
#define DOM0_DEVICE   "/dev/xen/xenbus_backend"     /* only dom0 has it */

static int open_socket(void)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    const char *path = xs_daemon_socket();
    int fd, saved;

    if (!path || strlen(path) >= sizeof(addr.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    strcpy(addr.sun_path, path);
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

/*
 * In dom0 the kernel's connection leads to the same daemon as the socket. When
 * nothing answers there, a request to the kernel would wait until it does.
 */
static int open_device(void)
{
    const char *path = getenv("XENSTORED_DEVICE");

    if (!path && access(DOM0_DEVICE, F_OK) == 0) {
        errno = ECONNREFUSED;
        return -1;
    }
    return open(path ? path : KERNEL_DEVICE, O_RDWR | O_CLOEXEC);
}

struct xs_handle *xs_open(unsigned long flags)
{
    struct xs_handle *h = calloc(1, sizeof(*h));
    int why;

    if (!h)
        return NULL;
    h->fd = open_socket();
    why = errno;
    h->is_socket = h->fd >= 0;
    if (h->fd < 0)
        h->fd = open_device();
    if (h->fd < 0) {
        free(h);
        errno = why == EACCES ? why : errno;
        return NULL;
    }
    pthread_mutex_init(&h->request, NULL);
    pthread_mutex_init(&h->state, NULL);
    pthread_cond_init(&h->arrived, NULL);
    h->filter_unwatched = flags & XS_UNWATCH_FILTER;
    h->events_tail = &h->events;
    h->replies_tail = &h->replies;
    h->poll_fd = h->wake_fd = -1;
    return h;
}

static void free_messages(struct xs_message *m)
{
    while (m) {
        struct xs_message *next = m->next;

        free(m);
        m = next;
    }
}

void xs_close(struct xs_handle *h)
{
    if (!h)
        return;
    free_messages(h->events);
    free_messages(h->replies);
    if (h->poll_fd >= 0)
        close(h->poll_fd);
    if (h->wake_fd >= 0)
        close(h->wake_fd);
    close(h->fd);
    pthread_cond_destroy(&h->arrived);
    pthread_mutex_destroy(&h->state);
    pthread_mutex_destroy(&h->request);
    free(h);
}

struct xs_handle *xs_daemon_open(void)
{
    return xs_open(0);
}

struct xs_handle *xs_daemon_open_readonly(void)
{
    return xs_open(0);
}

struct xs_handle *xs_domain_open(void)
{
    return xs_open(0);
}

void xs_daemon_close(struct xs_handle *h)
{
    xs_close(h);
}

void xs_daemon_destroy_postfork(struct xs_handle *h)
{
    /* The parent's threads are not here, so their locks may stay locked for
     * ever: only the descriptors and the memory are given back. */
    if (h->poll_fd >= 0)
        close(h->poll_fd);
    if (h->wake_fd >= 0)
        close(h->wake_fd);
    close(h->fd);
    free(h);
}

/* ---- receiving ---------------------------------------------------------------- */

static bool input_pending(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    return poll(&p, 1, 0) > 0;
}

/* Appends to h->in. The number of bytes, 0 where none had arrived and wait is false, or a negative errno. */
static ssize_t receive_bytes(struct xs_handle *h, bool wait)
{
    char *to = h->in + h->in_have;
    size_t room = sizeof(h->in) - h->in_have;
    ssize_t n;

    if (!h->is_socket && !wait && !input_pending(h->fd))
        return 0;
    do
        n = h->is_socket ? recv(h->fd, to, room, wait ? 0 : MSG_DONTWAIT) : read(h->fd, to, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN && !wait ? 0 : -errno;
    return n ? n : -EIO;                /* the daemon hung up */
}

static void file_message_locked(struct xs_handle *h, struct xs_message *m)
{
    m->next = NULL;
    if (m->hdr.type == XS_WATCH_EVENT) {
        xs_event_file_locked(h, m);
    } else if (h->replies_wanted) {
        h->replies_wanted--;
        *h->replies_tail = m;
        h->replies_tail = &m->next;
    } else {
        free(m);
    }
}

/* Files the whole messages of h->in. 0, or the errno that says why the connection is over. */
static int file_input_locked(struct xs_handle *h)
{
    size_t at = 0, left;
    struct xsd_sockmsg hdr;
    struct xs_message *m;

    for (; (left = h->in_have - at) >= sizeof(hdr); at += sizeof(hdr) + hdr.len) {
        memcpy(&hdr, h->in + at, sizeof(hdr));
        if (hdr.len > XENSTORE_PAYLOAD_MAX)
            return EIO;
        if (left < sizeof(hdr) + hdr.len)
            break;
        m = malloc(sizeof(*m) + hdr.len + 1);
        if (!m)
            return ENOMEM;
        m->hdr = hdr;
        memcpy(m->body, h->in + at + sizeof(hdr), hdr.len);
        m->body[hdr.len] = '\0';
        file_message_locked(h, m);
    }
    h->in_have = left;
    memmove(h->in, h->in + at, left);
    return 0;
}

bool xs_receive_locked(struct xs_handle *h, bool wait)
{
    ssize_t n;

    xs_event_wake_locked(h);
    if (h->dead)
        return false;
    if (h->reading) {
        if (wait)
            pthread_cond_wait(&h->arrived, &h->state);
        return wait;
    }

    h->reading = true;
    pthread_mutex_unlock(&h->state);
    n = receive_bytes(h, wait);
    pthread_mutex_lock(&h->state);
    h->reading = false;

    if (n > 0) {
        h->in_have += (size_t)n;
        h->dead = file_input_locked(h);
    } else {
        h->dead = (int)-n;
    }
    pthread_cond_broadcast(&h->arrived);
    return n > 0 && !h->dead;
}

/* ---- requests ------------------------------------------------------------------ */

static bool send_pieces(struct xs_handle *h, struct iovec *iov, unsigned int nr)
{
    while (nr) {
        struct msghdr msg = { .msg_iov = iov, .msg_iovlen = nr };
        ssize_t n = h->is_socket ? sendmsg(h->fd, &msg, MSG_NOSIGNAL)
                                 : writev(h->fd, iov, (int)nr);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        while (nr && (size_t)n >= iov->iov_len) {
            n -= iov->iov_len;
            iov++;
            nr--;
        }
        if (nr) {
            iov->iov_base = (char *)iov->iov_base + n;
            iov->iov_len -= n;
        }
    }
    return true;
}

bool xs_exchange_send(struct xs_handle *h, struct iovec *iov, unsigned int nr,
                      unsigned int requests)
{
    int saved;

    if (send_pieces(h, iov, nr))
        return true;
    saved = errno;
    pthread_mutex_lock(&h->state);
    h->replies_wanted -= requests;
    pthread_mutex_unlock(&h->state);
    errno = saved;
    return false;
}

static struct xs_message *await_reply(struct xs_handle *h)
{
    struct xs_message *m;

    pthread_mutex_lock(&h->state);
    while (!h->replies && !h->dead)
        xs_receive_locked(h, true);
    xs_event_wake_locked(h);
    m = h->replies;
    if (m)
        h->replies = m->next;
    else
        errno = h->dead;
    if (!h->replies)
        h->replies_tail = &h->replies;
    pthread_mutex_unlock(&h->state);
    return m;
}

/* The daemon sends errors by name. */
static int error_number(const char *name)
{
    for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
        if (strcmp(name, xsd_errors[i].errstring) == 0)
            return xsd_errors[i].errnum;
    return EINVAL;
}

struct xs_message *xs_exchange_reply(struct xs_handle *h,
                                     enum xsd_sockmsg_type type, uint32_t id)
{
    struct xs_message *m = await_reply(h);
    int rc;

    if (!m)
        return NULL;
    if (m->hdr.type == XS_ERROR)
        rc = error_number(m->body);
    else if (m->hdr.type != type || m->hdr.req_id != id)
        rc = EBADF;
    else
        return m;
    free(m);
    errno = rc;
    return NULL;
}

uint32_t xs_exchange_announce(struct xs_handle *h, unsigned int nr)
{
    uint32_t first;
    int dead;

    pthread_mutex_lock(&h->state);
    first = h->next_id + 1;
    if (!first || first + nr < first)
        first = 1;                      /* 0 says that there is none */
    h->next_id = first + nr - 1;
    dead = h->dead;
    if (!dead)
        h->replies_wanted += nr;
    pthread_mutex_unlock(&h->state);
    if (!dead)
        return first;
    errno = dead;
    return 0;
}

struct xs_message *xs_exchange(struct xs_handle *h, enum xsd_sockmsg_type type,
                               xs_transaction_t t, const struct iovec *pieces,
                               unsigned int nr)
{
    struct xsd_sockmsg hdr = { .type = type, .tx_id = t };
    struct iovec iov[XS_MAX_PIECES + 1] = { { &hdr, sizeof(hdr) } };
    struct xs_message *m = NULL;
    uint64_t len = 0;

    for (unsigned int i = 0; i < nr; i++) {
        iov[i + 1] = pieces[i];
        len += pieces[i].iov_len;
    }
    if (len > XENSTORE_PAYLOAD_MAX) {
        errno = E2BIG;
        return NULL;
    }
    hdr.len = (uint32_t)len;

    pthread_mutex_lock(&h->request);
    hdr.req_id = xs_exchange_announce(h, 1);
    if (hdr.req_id && xs_exchange_send(h, iov, nr + 1, 1))
        m = xs_exchange_reply(h, type, hdr.req_id);
    pthread_mutex_unlock(&h->request);
    return m;
}

bool xs_exchange_ok(struct xs_handle *h, enum xsd_sockmsg_type type,
                    xs_transaction_t t, const struct iovec *pieces,
                    unsigned int nr)
{
    struct xs_message *m = xs_exchange(h, type, t, pieces, nr);

    free(m);
    return m != NULL;
}

struct iovec xs_piece_string(const char *s)
{
    return (struct iovec){ (void *)s, strlen(s) + 1 };
}
