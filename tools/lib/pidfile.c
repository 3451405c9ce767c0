/* SPDX-License-Identifier: GPL-2.0-only */
/* The pid file of a daemon: see pidfile.h. */
#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that was removed or replaced between open() and flock() proves nothing: then the file now there is tried. */
#define PIDFILE_TRIES 16

/* Returns true for a regular file of the caller's user that no other user can open. */
static bool pidfile_is_private(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() && !(st->st_mode & 077);
}

static bool pidfile_is_at(const struct stat *st, const char *path)
{
	struct stat now;

	return lstat(path, &now) == 0 && now.st_dev == st->st_dev && now.st_ino == st->st_ino;
}

static pid_t pidfile_holder(int fd)
{
	char text[16] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	return n > 0 ? atoi(text) : 0;
}

/* The program of a process without what the kernel appends when its file was replaced, as by an upgrade; "" where unknown. */
static void pidfile_program(pid_t pid, char program[PATH_MAX])
{
	static const char deleted[] = " (deleted)";
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	n = readlink(link, program, PATH_MAX - 1);
	program[n > 0 ? n : 0] = 0;
	n -= strlen(deleted);
	if (n > 0 && !strcmp(program + n, deleted))
		program[n] = 0;
}

/*
 * A file that others can open, but that only the caller's user could write: an older version made them so. Returns the process
 * whose number it has, if the file is locked and that process runs the caller's program; 0 otherwise: the lock may be anybody's.
 */
static pid_t pidfile_older_daemon(int fd, const struct stat *st)
{
	char ours[PATH_MAX], theirs[PATH_MAX];
	pid_t pid = 0;

	if (S_ISREG(st->st_mode) && st->st_uid == geteuid() && !(st->st_mode & 022) && flock(fd, LOCK_EX | LOCK_NB) < 0)
		pid = pidfile_holder(fd);
	if (pid <= 0 || pid == getpid())
		return 0;
	pidfile_program(getpid(), ours);
	pidfile_program(pid, theirs);
	return *ours && !strcmp(ours, theirs) ? pid : 0;
}

/*
 * Opens the file, or removes one that is not private. fd, -EAGAIN to try again, -EWOULDBLOCK where a daemon of an older version
 * holds it (*holder), or another negative errno.
 */
static int pidfile_open(const char *path, pid_t *holder)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 && errno != ELOOP)
		return -errno;
	if (fd >= 0 && fstat(fd, &st) == 0 && pidfile_is_private(&st))
		return fd;
	if (fd >= 0)
		*holder = pidfile_older_daemon(fd, &st);
	if (fd >= 0)
		close(fd);
	if (*holder)
		return -EWOULDBLOCK;
	return unlink(path) < 0 && errno != ENOENT ? -errno : -EAGAIN;
}

int pidfile_lock(const char *path, pid_t *holder)
{
	*holder = 0;
	for (int i = 0; i < PIDFILE_TRIES; i++) {
		int fd = pidfile_open(path, holder), ret = 0;
		struct stat st;

		if (fd == -EAGAIN)
			continue;
		if (fd < 0)
			return fd;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			ret = -errno;
			*holder = pidfile_holder(fd);
		} else if (fstat(fd, &st) == 0 && pidfile_is_at(&st, path)) {
			if (ftruncate(fd, 0) == 0)
				return fd;
			ret = -errno;
		}
		close(fd);
		if (ret)
			return ret;
	}
	return -EAGAIN;
}

int pidfile_write(int fd)
{
	char text[16];
	ssize_t written;
	int n = snprintf(text, sizeof(text), "%d\n", getpid());

	if (ftruncate(fd, 0) < 0)
		return -errno;
	written = pwrite(fd, text, n, 0);
	return written == n ? 0 : written < 0 ? -errno : -ENOSPC;
}
