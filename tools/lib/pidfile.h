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
 * it starts. A file that others may open (an older version made it so) is replaced, unless a process that runs the same
 * program has its number in it and the file is locked.
 */
int pidfile_lock(const char *path, pid_t *holder);
/* Writes the caller's process id. 0 or a negative errno. */
int pidfile_write(int fd);

#endif
