/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that are opened by a name from outside, and reading and writing them whole. */
#ifndef TOOLS_LIB_FILE_H
#define TOOLS_LIB_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Writes all bytes. 0 or a negative errno. */
int file_write_all(int fd, const void *data, size_t len);
/* Reads exactly that many bytes. 0, -ENODATA where the file ends before, or another negative errno. */
int file_read_all(int fd, void *to, size_t len);
/* As strerror(), with what to do where the file system or the user's quota is used up. */
const char *file_strerror(int code);
/* Creates the folders above @path that do not exist yet; what fails shows when the file is opened. */
void file_make_folder(const char *path);
/* "a directory", "a FIFO", ...: the kind of a file, for messages. */
const char *file_kind(mode_t mode);
/*
 * Opens a regular file or a block device for reading. Never waits: a FIFO or a terminal is refused, not opened. Returns the
 * descriptor, or a negative errno; -EINVAL: *kind names what it is instead (NULL for other errors).
 */
int file_open_input(const char *path, const char **kind);

#endif
