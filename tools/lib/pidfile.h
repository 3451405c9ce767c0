/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pid file of a daemon, whose lock says that the daemon runs. Anybody who can open a file can flock() it, so the file
 * is root's alone (mode 0600): a held lock then proves that the number in the file was written by the running daemon.
 */
#ifndef TOOLS_LIB_PIDFILE_H
#define TOOLS_LIB_PIDFILE_H

#include <sys/types.h>

/*
 * Creates the file if needed, locks it and empties it. Returns the descriptor, which keeps the lock until the last copy of
 * it is closed (fork() copies it), or a negative errno. -EWOULDBLOCK: the daemon runs; *holder is its process id, 0 while
 * it starts. -EINVAL: @path is a device, a FIFO, a link or the like, which stays as it is. A regular file that others may open
 * (an older version made it so) is replaced, unless the process whose number it has holds its lock.
 */
int pidfile_lock(const char *path, pid_t *holder);
/* Describes a failure of pidfile_lock() or pidfile_write() for a message that names @path. */
void pidfile_reason(const char *path, int error, char *text, size_t room);
/* Writes the caller's process id. 0 or a negative errno. */
int pidfile_write(int fd);

#endif
