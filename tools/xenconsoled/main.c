/* SPDX-License-Identifier: GPL-2.0-only */
/* xenconsoled: options, finding guests, the loop. */
#include "../lib/listener.h"
#include "../lib/pidfile.h"
#include "console.h"
#include "hvlog.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_PIDFILE "/run/xenconsoled.pid"
#define DEFAULT_LOG_DIR "/var/log/xen/console"
#define DEFAULT_LOG     "/var/log/xen/xenconsoled.log"
/* How often to see whether a dead guest's last words were read. */
#define LEAVE_POLL_MS   50

struct options {
    bool foreground, log_guests, log_hv;
    const char *pidfile, *log_dir;
};

struct server {
    struct host host;
    struct console *consoles;
    struct hvlog *hvlog;
    struct pollfd *fds;
    size_t room;                        /* of fds */
};

static volatile sig_atomic_t stop, reopen;

static const char usage[] =
    "Usage: xenconsoled [options]\n"
    "Connects the guests' consoles to pseudo terminals and logs.\n"
    "\n"
    "  -i, --interactive, --foreground  stay in the foreground, log to stderr\n"
    "  -l, --log=guest|hv|all|none      what to log (default: guest)\n"
    "  -o, --log-dir=DIR                where (default: " DEFAULT_LOG_DIR ")\n"
    "      --pid-file=FILE              instead of " DEFAULT_PIDFILE "\n"
    "  -v, --verbose                    accepted, means nothing\n"
    "  -h, --help                       this text\n"
    "\n"
    "SIGHUP opens the logs anew.\n";

static const struct option long_options[] = {
    { "interactive", no_argument, NULL, 'i' },
    { "foreground", no_argument, NULL, 'i' },
    { "log", required_argument, NULL, 'l' },
    { "log-dir", required_argument, NULL, 'o' },
    { "pid-file", required_argument, NULL, 'p' },
    { "verbose", no_argument, NULL, 'v' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const struct { const char *name; bool guests, hv; } log_kinds[] = {
    { "none", false, false }, { "guest", true, false },
    { "hv", false, true }, { "all", true, true },
};

static void parse_log(const char *kind, struct options *o)
{
    for (size_t i = 0; i < sizeof(log_kinds) / sizeof(log_kinds[0]); i++) {
        if (strcmp(kind, log_kinds[i].name) == 0) {
            o->log_guests = log_kinds[i].guests;
            o->log_hv = log_kinds[i].hv;
            return;
        }
    }
    fprintf(stderr, "xenconsoled: --log=%s: not guest, hv, all or none\n", kind);
    exit(2);
}

static void parse_options(int argc, char **argv, struct options *o)
{
    int c;

    while ((c = getopt_long(argc, argv, "il:o:vh", long_options, NULL)) != -1) {
        switch (c) {
        case 'i': o->foreground = true; break;
        case 'l': parse_log(optarg, o); break;
        case 'o': o->log_dir = optarg; break;
        case 'p': o->pidfile = optarg; break;
        case 'v': break;
        case 'h': fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); exit(2);
        }
    }
    if (optind < argc) {
        fputs(usage, stderr);
        exit(2);
    }
}

/* ---- start --------------------------------------------------------------------------------- */

static void on_signal(int number)
{
    if (number == SIGHUP)
        reopen = 1;
    else
        stop = 1;
}

static void set_signals(void)
{
    struct sigaction act = { .sa_handler = on_signal };

    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Locks the pid file. Returns its descriptor, which keeps the lock over fork(), or -1 with a message. */
static int lock_pidfile(const char *path)
{
    pid_t holder;
    int fd = pidfile_lock(path, &holder);

    if (fd == -EWOULDBLOCK)
        fprintf(stderr, "xenconsoled: already running (process %d)\n", holder);
    else if (fd < 0)
        fprintf(stderr, "xenconsoled: %s: %s\n", path, strerror(-fd));
    return fd < 0 ? -1 : fd;
}

static int open_host(struct host *h)
{
    int rc = xc_open(&h->xc);

    if (rc) {
        fprintf(stderr, "xenconsoled: %s\n", xc_open_strerror(rc));
        return rc;
    }
    rc = xc_evtchn_open(&h->evtchn);
    if (rc) {
        fprintf(stderr, "xenconsoled: event channels: %s\n", strerror(-rc));
        return rc;
    }
    xc_gnttab_open(&h->gnttab);         /* else foreign mappings must do */
    h->xs = xs_open(XS_UNWATCH_FILTER);
    if (!h->xs || !xs_watch(h->xs, "@introduceDomain", "domains") ||
        !xs_watch(h->xs, "@releaseDomain", "domains")) {
        rc = -errno;
        fprintf(stderr, "xenconsoled: no xenstored: %s\n", strerror(errno));
    }
    return rc;
}

static void close_host(struct host *h)
{
    xs_close(h->xs);
    if (h->gnttab)
        xc_gnttab_close(h->gnttab);
    if (h->evtchn)
        xc_evtchn_close(h->evtchn);
    if (h->xc)
        xc_close(h->xc);
}

static void make_log_dir(const struct options *o)
{
    char path[256];

    snprintf(path, sizeof(path), "%s", o->log_dir);
    for (char *p = path + 1; *p; p++) {
        if (*p == '/') {
            *p = '\0';
            mkdir(path, 0755);
            *p = '/';
        }
    }
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        fprintf(stderr, "xenconsoled: %s: %s\n", path, strerror(errno));
}

/* ---- guests ---------------------------------------------------------------------------------- */

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
        if (!c)
            return;
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
        return;                         /* not known: nobody is dropped */
    for (c = s->consoles; c; c = c->next)
        if (!c->seen && !c->leave_by)
            console_leave(&s->host, c, now);
}

/* Frees who has left. True while some are still leaving. */
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
    for (c = s->consoles; c && freed; c = c->next)
        if (c->starved && !c->leave_by)
            console_nodes_changed(&s->host, c);
    return some;
}

static void take_watches(struct server *s)
{
    char **event;
    bool domains = false;

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
    if (errno != EAGAIN) {
        fprintf(stderr, "lost xenstored: %s\n", strerror(errno));
        stop = 1;
    }
    if (domains)
        look_at_domains(s);
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

/* ---- the loop ------------------------------------------------------------------------------------ */

/* Fills s->fds; returns how many, 0 without memory. *timeout: milliseconds. */
static size_t prepare(struct server *s, int *timeout)
{
    int64_t now = milliseconds();
    int64_t wait = reap_consoles(s, now) ? LEAVE_POLL_MS : -1;
    size_t n = 2;

    for (struct console *c = s->consoles; c; c = c->next)
        n++;
    if (n > s->room) {
        free(s->fds);
        s->room = n * 2;
        s->fds = calloc(s->room, sizeof(*s->fds));
        if (!s->fds)
            return 0;
    }
    s->fds[0] = (struct pollfd){ xs_fileno(s->host.xs), POLLIN, 0 };
    s->fds[1] = (struct pollfd){ xc_evtchn_fd(s->host.evtchn), POLLIN, 0 };
    n = 2;
    for (struct console *c = s->consoles; c; c = c->next) {
        int64_t due = console_rate(&s->host, c, now);

        if (due >= 0 && (wait < 0 || due < wait))
            wait = due;
        n += console_poll_set(c, &s->fds[n]);
    }
    *timeout = (int)wait;
    return n;
}

static int loop(struct server *s)
{
    size_t n;
    int timeout;

    while (!stop) {
        n = prepare(s, &timeout);
        if (!n)
            return -ENOMEM;
        if (poll(s->fds, n, timeout) < 0 && errno != EINTR)
            return -errno;
        if (reopen) {
            reopen = 0;
            hvlog_reopen(s->hvlog);
            for (struct console *c = s->consoles; c; c = c->next)
                console_reopen_log(c);
            continue;
        }
        for (struct console *c = s->consoles; c; c = c->next)
            console_poll_done(&s->host, c);
        if (s->fds[1].revents)
            take_events(s);
        if (s->fds[0].revents)
            take_watches(s);            /* last: it changes the list */
    }
    return 0;
}

static void become_daemon(void)
{
    int null, log;

    if (daemon(0, 1) < 0)
        fprintf(stderr, "xenconsoled: %s\n", strerror(errno));
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    log = open(DEFAULT_LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    dup2(null, 0);
    dup2(null, 1);
    dup2(log >= 0 ? log : null, 2);
    setvbuf(stderr, NULL, _IOLBF, 0);
}

int main(int argc, char **argv)
{
    struct options o = {
        .log_guests = true, .pidfile = DEFAULT_PIDFILE,
        .log_dir = DEFAULT_LOG_DIR,
    };
    struct server s = { .consoles = NULL };
    struct console *c;
    int pid_fd, rc = -1;

    parse_options(argc, argv, &o);
    pid_fd = lock_pidfile(o.pidfile);
    if (pid_fd < 0)
        goto out;
    if (o.log_guests || o.log_hv)
        make_log_dir(&o);
    if (o.log_guests)
        s.host.log_dir = o.log_dir;
    set_signals();
    listener_raise_files();             /* a guest takes three: both ends of its pty, and its log */
    rc = open_host(&s.host);
    if (rc)
        goto out_unlink;
    if (!o.foreground)
        become_daemon();
    rc = pidfile_write(pid_fd);
    if (rc < 0)
        fprintf(stderr, "xenconsoled: %s: %s\n", o.pidfile, strerror(-rc));
    if (o.log_hv)
        s.hvlog = hvlog_open(s.host.xc, s.host.evtchn, o.log_dir);
    rc = loop(&s);
out_unlink:
    unlink(o.pidfile);
out:
    while ((c = s.consoles)) {
        s.consoles = c->next;
        console_free(&s.host, c);
    }
    hvlog_close(s.hvlog);
    close_host(&s.host);
    free(s.fds);
    return rc < 0 ? 1 : 0;
}
