/* SPDX-License-Identifier: GPL-2.0-only */
/* Running hotplug scripts: their output is kept for the message when they fail, and they have a deadline. */
#include "hotplug.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/mem.h"
#include "../lib/oom.h"
#include "../lib/strbuf.h"
#include "log.h"

#define HOTPLUG_OUTPUT_MAX 4096

/* In a process group of its own, so that a script that hangs can be ended with what it started. */
static int hotplug_spawn(const char *script, const char *argument, char *const env[], int output, pid_t *pid)
{
	char *const argv[] = { (char *)script, (char *)argument, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipe;
	int ret;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);	/* which xend ignores */
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipe);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	ret = posix_spawn(pid, script, &actions, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (!ret)
		oom_unprotect_child(*pid);
	return -ret;
}

/* Takes what the script has written so far; of a long output the end is kept. False when nothing more can come. */
static bool hotplug_read(int fd, struct strbuf *out)
{
	char chunk[512];
	ssize_t n = 1;

	/* A pipe holds as much, and a script that never stops writing must not keep us from its deadline. */
	for (int i = 0; i < 128 && (n = read(fd, chunk, sizeof(chunk))) > 0; i++) {
		strbuf_add(out, chunk, n);
		if (out->len > HOTPLUG_OUTPUT_MAX)
			strbuf_drop(out, out->len - HOTPLUG_OUTPUT_MAX);
	}
	return n > 0 || (n < 0 && errno == EAGAIN);
}

/*
 * Waits until the script has ended, whether or not a program that it has left running still holds its output, and keeps
 * that output. False at the deadline.
 */
static bool hotplug_wait(struct xend *x, pid_t pid, int output, struct strbuf *out, int *status, int64_t until)
{
	struct pollfd fds[] = { { .fd = pidfd_open(pid, 0), .events = POLLIN }, { .fd = output, .events = POLLIN } };
	bool ended = false;

	while (!ended) {
		int64_t left = until - xend_now_ms();

		if (left <= 0 || atomic_load(&x->stopping))
			break;
		/* Without a descriptor of the process (a kernel before 5.3) it is looked at every 20 ms. */
		poll(fds, 2, fds[0].fd < 0 ? 20 : left < 250 ? (int)left : 250);
		ended = waitpid(pid, status, WNOHANG) == pid;
		if (fds[1].fd >= 0 && !hotplug_read(output, out))
			fds[1].fd = -1;
	}
	if (fds[0].fd >= 0)
		close(fds[0].fd);
	return ended;
}

/* Why the kernel would not run the script. */
static char *hotplug_start_text(const char *script, int code)
{
	if (code == ENOENT && access(script, F_OK) == 0)
		return mem_printf("%s cannot be run: the interpreter that its first line names does not exist", script);
	if (code == ENOEXEC)
		return mem_printf("%s cannot be run: its first line must name the interpreter, for example #!/bin/sh", script);
	return mem_printf("%s cannot be run: %s", script, strerror(code));
}

static char *hotplug_status_text(const char *script, const char *argument, int status, const char *said)
{
	if (said)
		return mem_printf("%s: %s", script, said);
	if (WIFSIGNALED(status))
		return mem_printf("%s %s was ended by signal %d", script, argument, WTERMSIG(status));
	return mem_printf("%s %s ended with status %d", script, argument, WEXITSTATUS(status));
}

/* The last line that has text; b keeps owning it. */
static const char *hotplug_last_line(struct strbuf *b)
{
	char *line;

	while (b->len && strchr("\n\r ", b->data[b->len - 1]))
		b->data[--b->len] = 0;
	if (!b->len)
		return NULL;
	line = strrchr(b->data, '\n');
	return line ? line + 1 : b->data;
}

int hotplug_run(struct xend *x, const char *script, const char *argument, char *const env[], char **why)
{
	int64_t until = xend_now_ms() + x->options.backend_ms;
	struct strbuf out = { 0 };
	int pipes[2], status, ret;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	ret = hotplug_spawn(script, argument, env, pipes[1], &pid);
	close(pipes[1]);
	if (ret < 0) {
		*why = hotplug_start_text(script, -ret);
		goto out;
	}
	if (!hotplug_wait(x, pid, pipes[0], &out, &status, until)) {
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
		*why = mem_printf("%s %s did not end within %u s", script, argument, x->options.backend_ms / 1000);
		ret = -ETIMEDOUT;
	} else if (status) {
		*why = hotplug_status_text(script, argument, status, hotplug_last_line(&out));
		ret = -EIO;
	}
out:
	close(pipes[0]);
	if (ret)
		log_line("%s", *why);
	strbuf_free(&out);
	return ret;
}
