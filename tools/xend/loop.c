/* SPDX-License-Identifier: GPL-2.0-only */
/* The loop: socket, store, worker and signals, in one poll(). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <xenctrl.h>

#include "domain.h"
#include "log.h"
#include "policy.h"
#include "server.h"
#include "store.h"
#include "xend.h"

#define LOAD_AGAIN_MS 5000	/* state files that could not be used are tried so often */

int64_t xend_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int xend_link_open(struct xend_link *link, const char **why)
{
	int ret = xc_open(&link->xc);

	*why = ret < 0 ? xc_open_strerror(ret) : "";
	if (ret < 0)
		return ret;
	link->xs = xs_open(XS_UNWATCH_FILTER);
	if (link->xs)
		return 0;
	ret = -errno;
	*why = strerror(errno);
	xc_close(link->xc);
	return ret;
}

void xend_link_close(struct xend_link *link)
{
	xc_close(link->xc);
	xs_close(link->xs);
}

static int loop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* False when xend is to end. */
static bool loop_take_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return true;
	if (info.ssi_signo != SIGHUP)
		return false;
	log_reopen();
	return true;
}

/* Any domain ended, or came: one look at all of them tells. 0, or -errno when xenstored is not there any more. */
static int loop_take_store(struct xend *x)
{
	bool ended = false;
	char **event;

	while ((event = xs_check_watch(x->loop.xs))) {
		ended |= !strcmp(event[XS_WATCH_PATH], "@releaseDomain");
		free(event);
	}
	if (errno != EAGAIN) {
		int ret = -errno;

		log_line("lost xenstored: %s", strerror(-ret));
		return ret;
	}
	if (ended) {
		policy_scan(x);
		server_check_waits(x);
	}
	return 0;
}

static void loop_take_jobs(struct xend *x)
{
	struct worker_job *job;

	while ((job = worker_done())) {
		server_job_done(x, job);
		worker_job_free(job);
	}
	/* A guest may have ended while it was being built or looked after. */
	policy_scan(x);
	server_check_waits(x);
}

/* Milliseconds until poll() is to end without an event; -1: it may wait. */
static int loop_timeout(const struct listener *accepting, int64_t load_at)
{
	int timeout = listener_timeout(accepting), load;

	if (!domain_load_waiting())
		return timeout;
	load = load_at > xend_now_ms() ? (int)(load_at - xend_now_ms()) : 0;
	return timeout < 0 || load < timeout ? load : timeout;
}

int xend_loop_run(struct xend *x, int listener)
{
	enum { SIGNALS, STORE, JOBS, SERVER };
	struct pollfd fds[SERVER + SERVER_POLL_MAX];
	struct listener accepting = { .fd = listener };
	int signals = loop_signals(), ret = 0;
	int64_t load_at = xend_now_ms() + LOAD_AGAIN_MS;
	size_t count;

	if (signals < 0 || !xs_watch(x->loop.xs, "@releaseDomain", "end"))
		return errno ? -errno : -EIO;
	policy_scan(x);
	for (;;) {
		fds[SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
		fds[STORE] = (struct pollfd){ .fd = xs_fileno(x->loop.xs), .events = POLLIN };
		fds[JOBS] = (struct pollfd){ .fd = worker_fd(), .events = POLLIN };
		count = server_poll_fill(&accepting, fds + SERVER);
		if (poll(fds, SERVER + count, loop_timeout(&accepting, load_at)) < 0 && errno != EINTR) {
			ret = -errno;
			break;
		}
		if (fds[SIGNALS].revents && !loop_take_signal(signals))
			break;
		if (fds[STORE].revents && (ret = loop_take_store(x)) < 0)
			break;
		server_poll_act(x, &accepting, fds + SERVER, count);
		if (fds[JOBS].revents)
			loop_take_jobs(x);
		if (domain_load_waiting() && xend_now_ms() >= load_at) {
			policy_load_again(x);
			load_at = xend_now_ms() + LOAD_AGAIN_MS;
		}
	}
	close(signals);
	server_close_all();
	return ret;
}
