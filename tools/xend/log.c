/* SPDX-License-Identifier: GPL-2.0-only */
/* xend's log file. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../lib/file.h"
#include "../lib/gap.h"
#include "../lib/mem.h"
#include "../lib/text.h"

static const char *log_path;
static int log_fd = STDERR_FILENO;	/* lines go out in one write() each, which O_APPEND keeps whole */
/* Guards log_gap. Taken last: lines are logged under other locks. */
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static struct gap log_gap;

int log_open(const char *path)
{
	int fd;

	if (!path)
		return 0;
	file_make_folder(path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	log_path = path;
	log_fd = fd;
	return 0;
}

void log_reopen(void)
{
	int fd = log_path ? open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640) : -1;

	if (fd < 0)
		return;
	/* dup3() swaps it in one step, so the other thread always has a file. */
	dup3(fd, log_fd, O_CLOEXEC);
	close(fd);
}

void log_line(const char *fmt, ...)
{
	char line[2048];
	struct timespec now;
	struct tm tm;
	size_t len;
	va_list ap;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	len = strftime(line, sizeof(line), "%Y-%m-%d %H:%M:%S", &tm);
	len += snprintf(line + len, sizeof(line) - len, ".%03ld ", now.tv_nsec / 1000000);
	va_start(ap, fmt);
	vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	va_end(ap);
	text_clean(line, false);
	len = strlen(line);
	line[len++] = '\n';
	pthread_mutex_lock(&log_lock);
	gap_write_lines(&log_gap, log_fd, log_path ? log_path : "standard error", line, len);
	pthread_mutex_unlock(&log_lock);
}

char *log_tail(unsigned long max)
{
	int fd = log_path ? open(log_path, O_RDONLY | O_CLOEXEC) : -1;
	char *text;
	ssize_t got;
	off_t size;

	if (fd < 0)
		return mem_strdup("");
	size = lseek(fd, 0, SEEK_END);
	if (size > (off_t)max)
		lseek(fd, size - max, SEEK_SET);
	else
		lseek(fd, 0, SEEK_SET);
	text = mem_alloc(max + 1, 1);
	got = read(fd, text, max);
	text[got > 0 ? got : 0] = 0;
	close(fd);
	return text;
}
