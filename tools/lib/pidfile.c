/* SPDX-License-Identifier: GPL-2.0-only */
/* The pid file of a daemon: see pidfile.h. */
#include "pidfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/* A file that was removed or replaced between open() and flock() proves nothing: then the file now there is tried. */
#define PIDFILE_TRIES 16

/* Returns true for a file of the caller's user that no other user can open. */
static bool pidfile_is_private(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & 077);
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

/*
 * Returns true if descriptor @name of process @pid is an open file description of @st that may write and that holds a flock() lock,
 * as proc(5) says of /proc/PID/fdinfo.
 */
static bool pidfile_descriptor_holds(pid_t pid, const char *name, const struct stat *st)
{
	char path[64], line[256];
	bool writes = false, locks = false;
	struct stat other;
	unsigned int flags;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/fd/%.20s", pid, name);
	if (stat(path, &other) < 0 || other.st_dev != st->st_dev || other.st_ino != st->st_ino)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.20s", pid, name);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "flags: %o", &flags) == 1)
			writes = (flags & O_ACCMODE) != O_RDONLY;
		locks |= !strncmp(line, "lock:", 5) && strstr(line, " FLOCK ");
	}
	if (f)
		fclose(f);
	return writes && locks;
}

static bool pidfile_process_holds(pid_t pid, const struct stat *st)
{
	char path[32];
	struct dirent *entry;
	bool holds = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && !holds && (entry = readdir(dir)))
		holds = entry->d_name[0] != '.' && pidfile_descriptor_holds(pid, entry->d_name, st);
	if (dir)
		closedir(dir);
	return holds;
}

/*
 * A file that others can open, but that only the caller's user could write: an older version made them so. Returns the process
 * whose number it has, if that process holds the lock by a descriptor that may write the file; 0 otherwise. Any user may hold a
 * lock by a descriptor that only reads. Where the process's program lies proves nothing: an older version may lie elsewhere.
 */
static pid_t pidfile_older_daemon(int fd, const struct stat *st)
{
	pid_t pid = 0;

	if (st->st_uid == geteuid() && !(st->st_mode & 022) && flock(fd, LOCK_EX | LOCK_NB) < 0)
		pid = pidfile_holder(fd);
	return pid > 0 && pid != getpid() && pidfile_process_holds(pid, st) ? pid : 0;
}

/*
 * Opens the file, or removes a regular file that is not private. fd, -EAGAIN to try again, -EWOULDBLOCK where a daemon of an
 * older version holds it (*holder), -EINVAL where it is no regular file, or another negative errno.
 */
static int pidfile_open(const char *path, pid_t *holder)
{
	struct stat st;
	int fd;

	/* Before the open(), which may act on a device, and wakes the reader of a FIFO. */
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return -EINVAL;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	if (pidfile_is_private(&st))
		return fd;
	*holder = pidfile_older_daemon(fd, &st);
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

void pidfile_reason(const char *path, int error, char *text, size_t room)
{
	struct stat st;

	if (error == -EINVAL && lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		snprintf(text, room, "is %s, not a regular file; choose another pid file", file_kind(st.st_mode));
	else
		snprintf(text, room, "%s", file_strerror(-error));
}

int pidfile_write(int fd)
{
	char text[16];
	ssize_t written;
	int n = snprintf(text, sizeof(text), "%d\n", getpid());

	/* Over what stands there, so that writing it again needs no room. */
	written = pwrite(fd, text, n, 0);
	if (written != n)
		return written < 0 ? -errno : -ENOSPC;
	return ftruncate(fd, n) < 0 ? -errno : 0;
}
