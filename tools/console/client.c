/* SPDX-License-Identifier: GPL-2.0-only */
/* Moving bytes between this terminal and the guest's, until one of them has enough. */
#include "client.h"
#include "find_tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* How this terminal was. The handlers below restore it, hence here. */
static struct termios saved;
static volatile sig_atomic_t is_raw;

enum { ON_GUEST, ON_INPUT, ON_STORE, NR_FDS };

struct session {
    const struct client *client;
    struct xs_handle *xs;
    char path[96];
    int guest;                          /* descriptor of the guest's terminal */
    struct pollfd fds[NR_FDS];
    char pending[4096];                 /* input that the guest has not taken yet */
    size_t nr_pending;
    bool input_over;
    int64_t leave_at;                   /* milliseconds; 0: no end set */
};

static void restore_terminal(void)
{
    if (is_raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    is_raw = 0;
}

static void on_signal(int number)
{
    restore_terminal();
    signal(number, SIG_DFL);
    raise(number);
}

static void make_raw(void)
{
    static const int ends[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
    struct termios t;

    if (tcgetattr(STDIN_FILENO, &saved) < 0)
        return;                         /* no terminal: nothing to do */
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        signal(ends[i], on_signal);
    atexit(restore_terminal);
    t = saved;
    cfmakeraw(&t);
    is_raw = 1;
    tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

/* False when it cannot be written. */
static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            struct pollfd p = { .fd = fd, .events = POLLOUT };

            poll(&p, 1, -1);
            continue;
        }
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static int64_t milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* False when the guest's terminal is gone. */
static bool guest_to_us(struct session *s)
{
    char bytes[4096];
    ssize_t n = read(s->guest, bytes, sizeof(bytes));

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    return n > 0 && write_all(STDOUT_FILENO, bytes, (size_t)n);
}

/* What the guest takes now. False when its terminal is gone. */
static bool give_pending(struct session *s)
{
    ssize_t n = s->nr_pending ? write(s->guest, s->pending, s->nr_pending) : 0;

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    s->nr_pending -= (size_t)n;
    memmove(s->pending, s->pending + n, s->nr_pending);
    return true;
}

/*
 * False when the escape character was typed or the guest's terminal is gone. A guest that takes no input keeps
 * nobody: what is typed on a terminal then is read for the escape character only.
 */
static bool us_to_guest(struct session *s)
{
    size_t room = sizeof(s->pending) - s->nr_pending, len;
    char bytes[512], *end = NULL;
    ssize_t n = read(STDIN_FILENO, bytes, room && room < sizeof(bytes) ? room : sizeof(bytes));

    if (n < 0 && errno == EINTR)
        return true;
    s->input_over = n <= 0;
    if (s->input_over)
        return true;
    if (s->client->escape >= 0)
        end = memchr(bytes, s->client->escape, (size_t)n);
    len = end ? (size_t)(end - bytes) : (size_t)n;
    if (len > room)
        len = room;
    memcpy(s->pending + s->nr_pending, bytes, len);
    s->nr_pending += len;
    return give_pending(s) && !end;
}

/* False when xenconsoled has taken the terminal back: the guest has ended. */
static bool store_changed(struct session *s)
{
    char **event;

    while ((event = xs_check_watch(s->xs)))
        free(event);
    if (errno != EAGAIN) {
        s->fds[ON_STORE].fd = -1;       /* no xenstored: the terminal tells */
        return true;
    }
    return tty_still_named(s->xs, s->client, s->path);
}

/* What the guest printed last may still be in its terminal. */
static void drain(struct session *s)
{
    struct pollfd p = { .fd = s->guest, .events = POLLIN };

    while (poll(&p, 1, 200) > 0 && (p.revents & POLLIN) && guest_to_us(s))
        ;
}

/* What to wait for; in milliseconds, how long: -1 for ever. */
static int64_t prepare(struct session *s)
{
    bool room = s->nr_pending < sizeof(s->pending);

    s->fds[ON_GUEST].events = (short)(POLLIN | (s->nr_pending ? POLLOUT : 0));
    s->fds[ON_INPUT].fd = !s->input_over && (room || is_raw) ? STDIN_FILENO : -1;
    if (s->input_over && !s->nr_pending && !s->leave_at && s->client->linger_s >= 0)
        s->leave_at = milliseconds() + s->client->linger_s * 1000LL;
    return s->leave_at ? s->leave_at - milliseconds() : -1;
}

static void run(struct session *s)
{
    for (;;) {
        int64_t left = prepare(s);

        if (s->leave_at && left <= 0)
            return;
        if (poll(s->fds, NR_FDS, (int)left) < 0) {
            if (errno != EINTR)
                return;
            continue;
        }
        if ((s->fds[ON_GUEST].revents & POLLOUT) && !give_pending(s))
            return;
        if ((s->fds[ON_GUEST].revents & ~POLLOUT) && !guest_to_us(s))
            return;
        if (s->fds[ON_INPUT].revents && !us_to_guest(s))
            return;
        if (s->fds[ON_STORE].revents && !store_changed(s)) {
            drain(s);
            return;
        }
    }
}

static int open_guest(struct session *s)
{
    struct termios t;

    s->guest = open(s->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (s->guest < 0) {
        fprintf(stderr, "xenconsole: %s: %s\n", s->path, strerror(errno));
        return 1;
    }
    /* Or the terminal that was opened may be another one with its number. */
    if (!tty_still_named(s->xs, s->client, s->path)) {
        fprintf(stderr, "xenconsole: the guest has ended\n");
        return 1;
    }
    if (flock(s->guest, LOCK_EX | LOCK_NB) < 0) {
        fprintf(stderr, "xenconsole: another client is on this console\n");
        return 1;
    }
    /* The node has what another toolstack lets the guest write there: no file or disk may take what is typed. */
    if (tcgetattr(s->guest, &t) < 0) {
        fprintf(stderr, "xenconsole: %s is no terminal\n", s->path);
        return 1;
    }
    cfmakeraw(&t);
    tcsetattr(s->guest, TCSANOW, &t);
    return 0;
}

int client_run(const struct client *c)
{
    struct session s = { .client = c, .guest = -1 };
    int rc = 1;

    s.xs = xs_open(0);
    if (!s.xs) {
        fprintf(stderr, "xenconsole: no connection to xenstored: %s\n",
                strerror(errno));
        return 1;
    }
    if (find_tty(s.xs, c, s.path, sizeof(s.path)) || open_guest(&s))
        goto out;
    if (c->notify_fd >= 0 && write(c->notify_fd, "", 1) != 1)
        fprintf(stderr, "xenconsole: nobody takes the notice\n");
    s.fds[ON_GUEST] = (struct pollfd){ s.guest, POLLIN, 0 };
    s.fds[ON_INPUT] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
    s.fds[ON_STORE] = (struct pollfd){ xs_fileno(s.xs), POLLIN, 0 };
    make_raw();
    run(&s);
    restore_terminal();
    rc = 0;
out:
    if (s.guest >= 0)
        close(s.guest);
    xs_close(s.xs);
    return rc;
}
