/* SPDX-License-Identifier: GPL-2.0-only */
/* watch: prints the path of each change below the given ones. */
#include "command.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Milliseconds until the deadline, -1 for none. */
static int time_left(const struct timespec *end)
{
    struct timespec now;
    long long ms;

    if (!end->tv_sec)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    ms = (long long)(end->tv_sec - now.tv_sec) * 1000 +
         (end->tv_nsec - now.tv_nsec) / 1000000;
    return ms > 0 ? (int)ms : 0;
}

/* An event, or NULL: errno 0 when the time is over. */
static char **next_event(struct call *c, const struct timespec *end)
{
    char **event;

    while (!(event = xs_check_watch(c->xs)) && errno == EAGAIN) {
        struct pollfd p = { .fd = xs_fileno(c->xs), .events = POLLIN };

        if (poll(&p, 1, time_left(end)) == 0) {
            errno = 0;
            return NULL;
        }
    }
    return event;
}

int cmd_watch(struct call *c)
{
    long count = has_option(c, 'n') ? atol(c->given['n']) : -1;
    struct timespec end = { 0 };

    if (has_option(c, 'w')) {
        clock_gettime(CLOCK_MONOTONIC, &end);
        end.tv_sec += atol(c->given['w']);
    }
    for (int i = 0; i < c->nr; i++)
        if (!xs_watch(c->xs, c->args[i], c->args[i]))
            return fail(c, "unable to add watch on", c->args[i]);
    while (count) {
        char **event = next_event(c, &end);

        if (!event)
            return errno ? fail(c, "lost", "xenstored") : 1;
        printf("%s\n", event[XS_WATCH_PATH]);
        fflush(stdout);
        free(event);
        if (count > 0)
            count--;
    }
    return 0;
}
