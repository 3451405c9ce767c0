/* SPDX-License-Identifier: GPL-2.0-only */
/* xenstored's start and end: options, becoming a daemon, the loop. */
#include "domain.h"
#include "../lib/file.h"
#include "../lib/gap.h"
#include "../lib/listener.h"
#include "../lib/oom.h"
#include "../lib/pidfile.h"
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PIDFILE "/run/xenstored.pid"
#define DEFAULT_LOG     "/var/log/xen/xenstored.log"

struct options {
    bool foreground, no_dom0, print_pid, verbose, keep_orphans;
    const char *pidfile, *log;
    struct quota quota;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    stop = 1;
}

static const char usage[] =
    "Usage: xenstored [options]\n"
    "The store of a Xen host: serves domains and processes in dom0.\n"
    "\n"
    "  -N, --no-fork, --foreground  stay in the foreground, log to stderr\n"
    "  -F, --pid-file FILE          instead of " DEFAULT_PIDFILE "\n"
    "  -T, --trace-file FILE        log there instead of " DEFAULT_LOG "\n"
    "  -V, --verbose                log every request\n"
    "  -P, --output-pid             print the daemon's process id\n"
    "  -D, --no-domain-init         without a hypervisor: serve the socket only\n"
    "  -K, --keep-orphans           keep nodes that a dead domain owned\n"
    "  -E, --entry-nb N             nodes a domain may own\n"
    "  -S, --entry-size N           bytes in a node's value\n"
    "  -W, --watch-nb N             watches a domain may set\n"
    "  -t, --transaction N          transactions a domain may have open\n"
    "  -A, --perm-nb N              permission entries of a node\n"
    "  -H, --help                   this text\n"
    "\n"
    "The socket is $XENSTORED_PATH or /run/xenstored/socket.\n";

static const struct option long_options[] = {
    { "no-fork", no_argument, NULL, 'N' },
    { "foreground", no_argument, NULL, 'N' },
    { "pid-file", required_argument, NULL, 'F' },
    { "trace-file", required_argument, NULL, 'T' },
    { "verbose", no_argument, NULL, 'V' },
    { "output-pid", no_argument, NULL, 'P' },
    { "no-domain-init", no_argument, NULL, 'D' },
    { "keep-orphans", no_argument, NULL, 'K' },
    { "entry-nb", required_argument, NULL, 'E' },
    { "entry-size", required_argument, NULL, 'S' },
    { "watch-nb", required_argument, NULL, 'W' },
    { "transaction", required_argument, NULL, 't' },
    { "perm-nb", required_argument, NULL, 'A' },
    { "help", no_argument, NULL, 'H' },
    { NULL, 0, NULL, 0 },
};

static void parse_number(const char *text, unsigned int *to)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    if (!*text || *end || n == 0 || n > 1000000) {
        fprintf(stderr, "xenstored: '%s' is not a number from 1 to 1000000\n",
                text);
        exit(2);
    }
    *to = (unsigned int)n;
}

static void parse_options(int argc, char **argv, struct options *o)
{
    int c;

    while ((c = getopt_long(argc, argv, "NF:T:VPDKE:S:W:t:A:H", long_options,
                            NULL)) != -1) {
        switch (c) {
        case 'N': o->foreground = true; break;
        case 'F': o->pidfile = optarg; break;
        case 'T': o->log = optarg; break;
        case 'V': o->verbose = true; break;
        case 'P': o->print_pid = true; break;
        case 'D': o->no_dom0 = true; break;
        case 'K': o->keep_orphans = true; break;
        case 'E': parse_number(optarg, &o->quota.nodes); break;
        case 'S': parse_number(optarg, &o->quota.value_bytes); break;
        case 'W': parse_number(optarg, &o->quota.watches); break;
        case 't': parse_number(optarg, &o->quota.transactions); break;
        case 'A': parse_number(optarg, &o->quota.perms); break;
        case 'H': fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); exit(2);
        }
    }
    if (optind < argc) {
        fputs(usage, stderr);
        exit(2);
    }
}

/* ---- becoming a daemon ------------------------------------------------------------------ */

/*
 * Forks; the parent waits until the child says that it serves, and exits with
 * what it says. Returns the descriptor to say it to, in the child.
 */
static int daemonize(const struct options *o)
{
    int pipefd[2];
    char status = 1;
    pid_t pid;

    if (o->foreground)
        return -1;
    if (pipe2(pipefd, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        perror("xenstored: fork");
        exit(1);
    }
    if (pid == 0) {
        close(pipefd[0]);
        setsid();
        return pipefd[1];
    }
    close(pipefd[1]);
    if (read(pipefd[0], &status, 1) != 1)
        status = 1;
    if (!status && o->print_pid)
        printf("%d\n", pid);
    fflush(stdout);
    _exit(status);
}

/* Locks the pid file and writes our number. Returns its descriptor, or -1 with a message. */
static int take_pidfile(const char *path)
{
    char reason[128];
    pid_t holder;
    int rc, fd = pidfile_lock(path, &holder);

    if (fd == -EWOULDBLOCK)
        fprintf(stderr, "xenstored: already running (process %d)\n", holder);
    else if (fd < 0) {
        pidfile_reason(path, fd, reason, sizeof(reason));
        fprintf(stderr, "xenstored: pid file '%s': %s\n", path, reason);
    }
    if (fd < 0)
        return -1;
    rc = pidfile_write(fd);
    if (rc < 0) {
        pidfile_reason(path, rc, reason, sizeof(reason));
        fprintf(stderr, "xenstored: pid file '%s': %s\n", path, reason);
        unlink(path);
    }
    return rc < 0 ? -1 : fd;
}

/* From here on nothing of the daemon is on the caller's terminal. */
static void detach(const struct options *o, int ready_fd)
{
    int null, rc;
    char ok = 0;

    if (ready_fd < 0)
        return;
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    rc = gap_log_stderr(o->log);
    if (rc < 0) {
        fprintf(stderr, "xenstored: %s: %s; messages are lost\n", o->log, file_strerror(-rc));
        dup2(null, 2);
    }
    dup2(null, 0);
    dup2(null, 1);
    if (null > 2)
        close(null);
    if (chdir("/") < 0 || write(ready_fd, &ok, 1) != 1)
        fprintf(stderr, "xenstored: %s\n", strerror(errno));
    close(ready_fd);
}

static void set_signals(void)
{
    struct sigaction act = { .sa_handler = on_signal };

    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGINT, &act, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* Of two timeouts of poll(), where negative is never. */
static int sooner(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int loop(struct domains *ds, struct clients *cs)
{
    int wait = -1;

    while (!stop) {
        size_t nr;
        struct pollfd *fds = clients_poll_set(cs, &nr);

        fds[0] = (struct pollfd){ .fd = domains_fd(ds), .events = POLLIN };
        if (poll(fds, nr, sooner(wait, clients_timeout(cs))) < 0) {
            if (errno != EINTR)
                return -errno;
            continue;
        }
        if (fds[0].revents)
            domains_take_events(ds);
        clients_service(cs);
        wait = domains_service(ds);
        clients_flush(cs);
    }
    return 0;
}

static int make_rundir(const char *socket_path)
{
    char dir[128];
    char *slash;

    snprintf(dir, sizeof(dir), "%s", socket_path);
    slash = strrchr(dir, '/');
    if (!slash || slash == dir)
        return 0;
    *slash = '\0';
    return mkdir(dir, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* Everything up to serving; says on stderr what failed. */
static int start(const struct options *o, struct domains **ds,
                 struct store **s, struct clients **cs)
{
    const char *path = xs_daemon_socket();
    int rc = domains_open(ds, o->no_dom0);

    if (rc) {
        fprintf(stderr, "xenstored: no access to the hypervisor: %s\n",
                rc == -EACCES ? "not root" : strerror(-rc));
        return rc;
    }
    domains_keep_orphans(*ds, o->keep_orphans);
    *s = store_new(&domains_host, *ds);
    if (!*s)
        return -ENOMEM;
    (*s)->quota = o->quota;
    (*s)->trace = o->verbose;
    domains_attach(*ds, *s);
    rc = path ? make_rundir(path) : -ENAMETOOLONG;
    if (!rc)
        rc = clients_open(cs, *s, path);
    if (rc) {
        fprintf(stderr, "xenstored: socket %s: %s\n", path ? path : "",
                strerror(-rc));
        return rc;
    }
    rc = o->no_dom0 ? 0 : domains_start_dom0(*ds);
    if (rc)
        fprintf(stderr, "xenstored: dom0's own ring: %s\n", strerror(-rc));
    return rc;
}

int main(int argc, char **argv)
{
    struct options o = {
        .pidfile = DEFAULT_PIDFILE, .log = DEFAULT_LOG,
        .quota = store_default_quota,
    };
    struct domains *ds = NULL;
    struct clients *cs = NULL;
    struct store *s = NULL;
    int ready_fd, pid_fd, rc;

    parse_options(argc, argv, &o);
    ready_fd = daemonize(&o);
    pid_fd = take_pidfile(o.pidfile);
    if (pid_fd < 0)
        return 1;
    set_signals();
    listener_raise_files();
    rc = start(&o, &ds, &s, &cs);
    if (!rc) {
        oom_protect(OOM_NEVER);
        detach(&o, ready_fd);
        rc = loop(ds, cs);
    }
    if (cs)
        clients_close(cs);
    if (ds)
        domains_close(ds);
    if (s)
        store_free(s);
    unlink(o.pidfile);
    return rc ? 1 : 0;
}
