/* SPDX-License-Identifier: GPL-2.0-only */
/* The pid file of a daemon: see pidfile.h. */
#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
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

/* Opens the file, or removes one that is not private. fd, -EAGAIN to try again, or another negative errno. */
static int pidfile_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 && errno != ELOOP)
		return -errno;
	if (fd >= 0 && fstat(fd, &st) == 0 && pidfile_is_private(&st))
		return fd;
	if (fd >= 0)
		close(fd);
	return unlink(path) < 0 && errno != ENOENT ? -errno : -EAGAIN;
}

static pid_t pidfile_holder(int fd)
{
	char text[16] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	return n > 0 ? atoi(text) : 0;
}

int pidfile_lock(const char *path, pid_t *holder)
{
	*holder = 0;
	for (int i = 0; i < PIDFILE_TRIES; i++) {
		int fd = pidfile_open(path), ret = 0;
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
	int n = snprintf(text, sizeof(text), "%d\n", getpid());

	if (ftruncate(fd, 0) < 0)
		return -errno;
	return pwrite(fd, text, n, 0) == n ? 0 : -EIO;
}
