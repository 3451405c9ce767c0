/* SPDX-License-Identifier: GPL-2.0-only */
/* xend: options, the checks before it starts, going to the background, starting and ending the parts. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <xenctrl.h>

#include "../lib/file.h"
#include "../lib/mem.h"
#include "../lib/oom.h"
#include "../lib/pidfile.h"
#include "../lib/wire.h"
#include "domain.h"
#include "log.h"
#include "policy.h"
#include "server.h"
#include "store.h"
#include "worker.h"
#include "xend.h"

#define PID_FILE XEND_RUN_DIR "/xend.pid"
#define STOP_SECONDS 60
#define MEMORY_RESERVE (16u << 20)	/* twice the largest request; address space that is not touched */

static const char usage[] =
	"usage: xend [options] [start|stop|status]\n"
	"The daemon that manages guests; xm(1) talks to it.\n"
	"  -F, --foreground         stay in the foreground, log to stderr\n"
	"  -l, --log-file FILE      log there (default /var/log/xen/xend.log)\n"
	"  -g, --group GROUP        its members may look (list, info ...), not only root\n"
	"  -t, --backend-timeout S  seconds for a backend or hotplug script (default 20)\n"
	"  -r, --restart-limit S    a guest that ran shorter is not restarted (default 10)\n"
	"  -h, --help               this text\n"
	"exit status: 0 done, 1 failed or (status) not running, 2 wrong usage\n";

static int main_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int main_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("xend: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	return 1;
}

static bool main_seconds(const char *text, unsigned int max, unsigned int *out)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value > max)
		return false;
	*out = value;
	return true;
}

/* The command, NULL on wrong usage (said). --help ends the program. */
static const char *main_options(int argc, char **argv, struct xend_options *o)
{
	static const struct option options[] = {
		{ "foreground", no_argument, NULL, 'F' }, { "log-file", required_argument, NULL, 'l' },
		{ "group", required_argument, NULL, 'g' }, { "backend-timeout", required_argument, NULL, 't' },
		{ "restart-limit", required_argument, NULL, 'r' }, { "help", no_argument, NULL, 'h' }, { 0 },
	};
	unsigned int seconds = 20;
	bool good = true;
	int c;

	*o = (struct xend_options){ .log_file = "/var/log/xen/xend.log", .restart_s = 10 };
	while ((c = getopt_long(argc, argv, "Fl:g:t:r:h", options, NULL)) != -1) {
		switch (c) {
		case 'F':
			o->foreground = true;
			break;
		case 'l':
			o->log_file = optarg;
			break;
		case 'g':
			o->group = optarg;
			break;
		case 't':
			good &= main_seconds(optarg, 3600, &seconds) && seconds;
			break;
		case 'r':
			good &= main_seconds(optarg, 3600, &o->restart_s);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			good = false;
		}
	}
	o->backend_ms = seconds * 1000;
	if (!good || argc - optind > 1) {
		fputs(usage, stderr);
		return NULL;
	}
	return argv[optind] ? argv[optind] : "start";
}

/* The lock of the pid file is held as long as xend runs. Returns its descriptor, or a negative errno as pidfile_lock(). */
static int main_lock(pid_t *holder)
{
	mkdir(XEND_RUN_DIR, 0755);
	mkdir(DOMAIN_DIR, 0700);
	return pidfile_lock(PID_FILE, holder);
}

/* xs_open() would try the kernel's connection too, which waits for a xenstored that may never come. */
static bool main_xenstored_runs(const char **path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool runs;

	*path = getenv("XENSTORED_PATH");
	if (!*path)
		*path = "/run/xenstored/socket";
	strncpy(address.sun_path, *path, sizeof(address.sun_path) - 1);
	runs = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return runs;
}

/* The parent waits until the child has started, and gives its exit status. In the child: the pipe's end to tell it. */
static int main_background(void)
{
	char status = 1;
	int pipes[2];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid) {
		close(pipes[1]);
		if (read(pipes[0], &status, 1) != 1)
			status = 1;
		_exit(status);
	}
	close(pipes[0]);
	setsid();
	return pipes[1];
}

static void main_detach(int tell)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (write(tell, "\0", 1) < 0)
		log_line("nobody waits for the start");
	close(tell);
	if (chdir("/") < 0)
		log_line("chdir /: %s", strerror(errno));
}

static void main_block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Nodes that every domain looks at to learn about domain 0. */
static void main_describe_dom0(struct xs_handle *xs)
{
	if (!store_exists(xs, "/local/domain/0/domid"))
		store_write(xs, "0", "/local/domain/0/domid");
	if (!store_exists(xs, "/local/domain/0/name"))
		store_write(xs, "Domain-0", "/local/domain/0/name");
	xs_mkdir(xs, XBT_NULL, "/local/domain/0/backend");
	xs_mkdir(xs, XBT_NULL, "/vm");
}

static int main_serve(struct xend *x, int listener, int tell)
{
	int ret;

	if (!mem_reserve(MEMORY_RESERVE))
		return main_fail("domain 0 is out of memory");
	oom_protect(OOM_LAST);
	main_describe_dom0(x->loop.xs);
	ret = domain_load_all(x);
	if (ret < 0)
		return main_fail("%s: %s; its guests would not be managed", DOMAIN_DIR, strerror(-ret));
	policy_take_over(x);
	ret = worker_start(x);
	if (ret < 0)
		return main_fail("cannot start a thread: %s", strerror(-ret));
	log_line("xend started, process %d", getpid());
	if (!x->options.foreground)
		main_detach(tell);
	ret = xend_loop_run(x, listener);
	worker_stop(x);
	log_line("xend stopped%s%s; guests keep running", ret < 0 ? ": " : "", ret < 0 ? strerror(-ret) : "");
	return ret < 0;
}

static int main_start(struct xend *x)
{
	char reason[128];
	const char *why;
	pid_t holder = 0;
	int lock, listener, tell = -1, ret;

	if (geteuid())
		return main_fail("not root: user %u cannot control the hypervisor; run it as root", geteuid());
	if (!x->options.foreground && (tell = main_background()) < 0)
		return main_fail("cannot go to the background: %s", strerror(-tell));
	main_block_signals();
	lock = main_lock(&holder);
	if (lock == -EWOULDBLOCK)
		return main_fail("already running as process %d; stop it with xend stop", holder);
	ret = lock < 0 ? lock : pidfile_write(lock);
	if (lock >= 0 && ret < 0)
		unlink(PID_FILE);
	if (ret < 0) {
		pidfile_reason(PID_FILE, ret, reason, sizeof(reason));
		return main_fail("pid file '%s': %s", PID_FILE, reason);
	}
	if (!main_xenstored_runs(&why))
		return main_fail("xenstored does not answer at %s; start xenstored first", why);
	if (xend_link_open(&x->loop, &why) < 0 || xend_link_open(&x->worker, &why) < 0)
		return main_fail("%s", why);
	ret = x->options.foreground ? 0 : log_open(x->options.log_file);
	if (ret < 0)
		return main_fail("log %s: %s", x->options.log_file, file_strerror(-ret));
	listener = server_listen(XEND_SOCKET);
	if (listener < 0)
		return main_fail("%s: %s", XEND_SOCKET, file_strerror(-listener));
	ret = main_serve(x, listener, tell);
	unlink(XEND_SOCKET);
	unlink(PID_FILE);
	return ret;
}

static int main_stop(bool only_look)
{
	char reason[128];
	pid_t holder = 0;
	int lock;

	if (geteuid())
		return main_fail("not root; run it as root");
	lock = main_lock(&holder);
	/* A file that cannot be locked says nothing about the daemon. */
	if (lock < 0 && lock != -EWOULDBLOCK) {
		pidfile_reason(PID_FILE, lock, reason, sizeof(reason));
		return main_fail("pid file '%s': %s", PID_FILE, reason);
	}
	if (lock != -EWOULDBLOCK)
		return only_look ? main_fail("not running") : 0;
	if (only_look) {
		printf("xend is running, process %d\n", holder);
		return 0;
	}
	if (holder <= 0 || kill(holder, SIGTERM) < 0)
		return main_fail("cannot stop process %d", holder);
	for (int i = 0; i < STOP_SECONDS * 20; i++) {
		usleep(50000);
		lock = main_lock(&holder);
		if (lock != -EWOULDBLOCK) {
			close(lock);
			return 0;
		}
	}
	return main_fail("process %d does not stop; see the log", holder);
}

int main(int argc, char **argv)
{
	static struct xend x = { .lock = PTHREAD_MUTEX_INITIALIZER };
	const char *command = main_options(argc, argv, &x.options);

	if (!command)
		return 2;
	if (!strcmp(command, "start"))
		return main_start(&x);
	if (!strcmp(command, "stop") || !strcmp(command, "status"))
		return main_stop(!strcmp(command, "status"));
	fputs(usage, stderr);
	return 2;
}
