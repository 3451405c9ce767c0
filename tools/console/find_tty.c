/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the terminal that xenconsoled made for a guest. */
#include "find_tty.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void node_path(const struct client *c, char *path, size_t room)
{
    if (c->serial)
        snprintf(path, room, "/local/domain/%d/serial/%d/tty", c->domid, c->num);
    else if (c->num)
        snprintf(path, room, "/local/domain/%d/device/console/%d/tty", c->domid,
                 c->num);
    else
        snprintf(path, room, "/local/domain/%d/console/tty", c->domid);
}

static bool read_tty(struct xs_handle *xs, const char *node, char *path,
                     size_t room)
{
    char *value = xs_read(xs, XBT_NULL, node, NULL);
    bool found = value && value[0] == '/' && strlen(value) < room;

    if (found)
        strcpy(path, value);
    free(value);
    return found;
}

bool tty_still_named(struct xs_handle *xs, const struct client *c,
                     const char *path)
{
    char node[96], now[96];

    node_path(c, node, sizeof(node));
    return read_tty(xs, node, now, sizeof(now)) && strcmp(now, path) == 0;
}

static bool domain_exists(struct xs_handle *xs, int domid)
{
    char path[40], *value;

    snprintf(path, sizeof(path), "/local/domain/%d", domid);
    value = xs_read(xs, XBT_NULL, path, NULL);
    free(value);
    return value != NULL;
}

/* Until there is an event or the time is over; false then. */
static bool wait_event(struct xs_handle *xs, time_t end)
{
    char **event;

    while (!(event = xs_check_watch(xs)) && errno == EAGAIN) {
        struct pollfd p = { .fd = xs_fileno(xs), .events = POLLIN };
        time_t now = time(NULL);

        if (now >= end || poll(&p, 1, (int)(end - now) * 1000) <= 0)
            return false;
    }
    free(event);
    return event != NULL;
}

int find_tty(struct xs_handle *xs, const struct client *c, char *path,
             size_t room)
{
    time_t end = time(NULL) + c->wait_s;
    char node[96];

    node_path(c, node, sizeof(node));
    if (!domain_exists(xs, c->domid)) {
        fprintf(stderr, "xenconsole: no domain %d\n", c->domid);
        return 1;
    }
    if (!xs_watch(xs, node, "tty")) {
        fprintf(stderr, "xenconsole: cannot watch %s: %s\n", node,
                strerror(errno));
        return 1;
    }
    while (!read_tty(xs, node, path, room)) {
        if (!wait_event(xs, end)) {
            fprintf(stderr, "xenconsole: %s did not appear within %d seconds; "
                    "is xenconsoled running?\n", node, c->wait_s);
            return 1;
        }
    }
    return 0;
}
