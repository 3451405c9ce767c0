/* SPDX-License-Identifier: GPL-2.0-only */
/* One guest's console: its ring on one side, a pseudo terminal and a log on the other. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include <xenctrl.h>
#include <xenstore.h>

/* What all consoles share. */
struct host {
    struct xc_handle *xc;
    struct xc_evtchn *evtchn;
    struct xc_gnttab *gnttab;           /* NULL: no such device */
    struct xs_handle *xs;
    const char *log_dir;                /* NULL: no logs of guests */
};

struct console {
    struct console *next;
    uint32_t domid;
    bool seen;                          /* found in the last look at all domains */
    bool starved;                       /* not connected for lack of file descriptors or memory */
    int64_t leave_by;                   /* its guest is gone: free it by then; else 0 */
    int port;                           /* ours; -1: not connected yet */
    struct pollfd *poll;                /* its entry in the loop's set, or NULL */
    struct console_link *link;          /* NULL until connected */
};

/* Watches the guest's nodes; connects as soon as they are complete. */
struct console *console_new(struct host *h, uint32_t domid);
/*
 * The guest is gone: takes its last words and gives back all that was the
 * guest's. The terminal stays a moment where a client has it open, which may read them.
 */
void console_leave(struct host *h, struct console *c, int64_t now);
/* After console_leave(): nothing is left to read or the moment is over. */
bool console_left(struct console *c, int64_t now);
void console_free(struct host *h, struct console *c);

/* The guest's console nodes have changed. */
void console_nodes_changed(struct host *h, struct console *c);
/* Its event channel has fired. now: milliseconds of a monotonic clock. */
void console_event(struct host *h, struct console *c, int64_t now);
/* Fills in what to wait for; false if nothing. */
bool console_poll_set(struct console *c, struct pollfd *p);
void console_poll_done(struct host *h, struct console *c);
/*
 * A guest that sends events without end is heard only so often. Returns when
 * to call again (milliseconds from now), -1 for not before an event.
 */
int64_t console_rate(struct host *h, struct console *c, int64_t now);
void console_reopen_log(struct console *c);

#endif /* CONSOLE_H */
