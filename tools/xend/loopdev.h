/* SPDX-License-Identifier: GPL-2.0-only */
/* Loop devices for disks that are files. They go away by themselves when their last user closes them. */
#ifndef XEND_LOOPDEV_H
#define XEND_LOOPDEV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Makes a loop device of the regular file that has this device and inode number. 0 with *index, *device and *fd: the device lives
 * until fd is closed and nobody else has it open. Otherwise a negative errno (-ESTALE: @file is another one by now) and *step says
 * what failed (static text).
 */
int loopdev_attach(const char *file, dev_t dev, ino_t ino, bool read_only, int *index, dev_t *device, int *fd, const char **step);
/* Waits until /dev/loop<index> is free of its file; false when it still is not at the deadline. */
bool loopdev_wait_gone(int index, int64_t until_ms);

#endif
