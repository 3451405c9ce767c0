/* SPDX-License-Identifier: GPL-2.0-only */
/* Losses of a log: see gap.h. */
#include "gap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "file.h"

void gap_add(struct gap *g, const char *path, int code, uint64_t count)
{
	if (!g->lost) {
		g->code = code;
		syslog(LOG_DAEMON | LOG_ERR, "%s: %s; what is logged until then is lost", path, file_strerror(code));
	}
	g->lost += count;
}

size_t gap_text(const struct gap *g, const char *units, char *text, size_t size)
{
	int len;

	if (!g->lost)
		return 0;
	len = snprintf(text, size, "%llu %s are missing here: %s\n", (unsigned long long)g->lost, units, strerror(g->code));
	return len < (int)size ? (size_t)len : size - 1;
}

static bool gap_write(struct gap *g, int fd, const char *path, const char *text, size_t len)
{
	ssize_t n = write(fd, text, len);

	if (n < 0 || (size_t)n < len)
		gap_add(g, path, n < 0 ? errno : ENOSPC, 1);
	return n == (ssize_t)len;
}

void gap_write_lines(struct gap *g, int fd, const char *path, const char *lines, size_t len)
{
	char text[128] = "\n";		/* a part of the first line that was lost may stand there */
	size_t missing = gap_text(g, "lines", text + 1, sizeof(text) - 1);

	if (missing && !gap_write(g, fd, path, text, missing + 1))
		return;			/* the lines count as lost by that */
	g->lost = 0;
	gap_write(g, fd, path, lines, len);
}

static struct gap gap_of_stderr;
static const char *gap_stderr_path;

static ssize_t gap_stderr_write(void *cookie, const char *text, size_t len)
{
	gap_write_lines(&gap_of_stderr, STDERR_FILENO, gap_stderr_path, text, len);
	return len;
}

int gap_log_stderr(const char *path)
{
	int fd;
	FILE *f;

	file_make_folder(path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	f = fopencookie(NULL, "a", (cookie_io_functions_t){ .write = gap_stderr_write });
	if (!f || dup2(fd, STDERR_FILENO) < 0) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	if (fd != STDERR_FILENO)
		close(fd);
	gap_stderr_path = path;
	setvbuf(f, NULL, _IOLBF, 0);
	stderr = f;
	return 0;
}
