/* SPDX-License-Identifier: GPL-2.0-only */
/* xenconsoled: options, start and end. */
#include "../lib/file.h"
#include "../lib/gap.h"
#include "../lib/listener.h"
#include "../lib/oom.h"
#include "../lib/pidfile.h"
#include "hvlog.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PIDFILE "/run/xenconsoled.pid"
#define DEFAULT_LOG_DIR "/var/log/xen/console"
#define DEFAULT_LOG     "/var/log/xen/xenconsoled.log"

struct options {
    bool foreground, log_guests, log_hv;
    const char *pidfile, *log_dir;
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
    char reason[128];
    pid_t holder;
    int fd = pidfile_lock(path, &holder);

    if (fd == -EWOULDBLOCK)
        fprintf(stderr, "xenconsoled: already running (process %d)\n", holder);
    else if (fd < 0) {
        pidfile_reason(path, fd, reason, sizeof(reason));
        fprintf(stderr, "xenconsoled: pid file '%s': %s\n", path, reason);
    }
    return fd < 0 ? -1 : fd;
}

static int write_pidfile(int fd, const char *path)
{
    char reason[128];
    int rc = pidfile_write(fd);

    if (rc < 0) {
        pidfile_reason(path, rc, reason, sizeof(reason));
        fprintf(stderr, "xenconsoled: pid file '%s': %s\n", path, reason);
    }
    return rc;
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
    file_make_folder(o->log_dir);
    if (mkdir(o->log_dir, 0755) < 0 && errno != EEXIST)
        fprintf(stderr, "xenconsoled: %s: %s\n", o->log_dir, file_strerror(errno));
}

/* ---- the loop ------------------------------------------------------------------------------ */

static int loop(struct server *s)
{
    int rc = 0;

    while (!stop && !rc) {
        rc = server_turn(s);
        if (reopen) {
            reopen = 0;
            server_reopen_logs(s);
        }
    }
    return rc;
}

static void become_daemon(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), rc;

    if (daemon(0, 1) < 0)
        fprintf(stderr, "xenconsoled: %s\n", strerror(errno));
    rc = gap_log_stderr(DEFAULT_LOG);
    if (rc < 0) {
        fprintf(stderr, "xenconsoled: %s: %s; messages are lost\n", DEFAULT_LOG, file_strerror(-rc));
        dup2(null, 2);
    }
    dup2(null, 0);
    dup2(null, 1);
}

int main(int argc, char **argv)
{
    struct options o = {
        .log_guests = true, .pidfile = DEFAULT_PIDFILE,
        .log_dir = DEFAULT_LOG_DIR,
    };
    struct server s = { .consoles = NULL };
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
    rc = server_open(&s);
    if (!rc)
        rc = open_host(&s.host);
    if (!rc)
        rc = write_pidfile(pid_fd, o.pidfile);
    if (rc)
        goto out_unlink;
    oom_protect(OOM_LAST);
    if (!o.foreground) {
        become_daemon();
        write_pidfile(pid_fd, o.pidfile);       /* in the place of the parent's number */
    }
    if (o.log_hv)
        s.hvlog = hvlog_open(s.host.xc, s.host.evtchn, o.log_dir);
    rc = loop(&s);
out_unlink:
    unlink(o.pidfile);
out:
    server_close(&s);
    hvlog_close(s.hvlog);
    close_host(&s.host);
    return rc < 0 ? 1 : 0;
}
