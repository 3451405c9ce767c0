/* SPDX-License-Identifier: GPL-2.0-only */
/* Loop devices, straight through the kernel's interface (linux/loop.h). */
#include "loopdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xend.h"

/* Another program may take the free device first: then the next one. */
#define LOOP_TRIES 16

static int loopdev_configure(int fd, int backing, const char *file, bool read_only)
{
	struct loop_config config = { .fd = backing };

	config.info.lo_flags = LO_FLAGS_AUTOCLEAR | (read_only ? LO_FLAGS_READ_ONLY : 0);
	snprintf((char *)config.info.lo_file_name, sizeof(config.info.lo_file_name), "%s", file);
	return ioctl(fd, LOOP_CONFIGURE, &config) < 0 ? -errno : 0;
}

static int loopdev_try(int control, int backing, const char *file, bool read_only, int *index, dev_t *device, int *fd)
{
	char path[32];
	struct stat st;
	int ret;

	*index = ioctl(control, LOOP_CTL_GET_FREE);
	if (*index < 0)
		return -errno;
	snprintf(path, sizeof(path), "/dev/loop%d", *index);
	*fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (*fd < 0)
		return -errno;
	ret = loopdev_configure(*fd, backing, file, read_only);
	if (!ret && fstat(*fd, &st) < 0)
		ret = -errno;
	if (ret) {
		close(*fd);
		*fd = -1;
		return ret;
	}
	*device = st.st_rdev;
	return 0;
}

/*
 * Opens @file, which must be the one that was checked: others may have put another one in its place since, or a FIFO, whose open()
 * would wait for its other end.
 */
static int loopdev_open_file(const char *file, dev_t dev, ino_t ino, bool read_only)
{
	int fd = open(file, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_dev == dev && st.st_ino == ino &&
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) == 0)
		return fd;
	close(fd);
	return -ESTALE;
}

int loopdev_attach(const char *file, dev_t dev, ino_t ino, bool read_only, int *index, dev_t *device, int *fd, const char **step)
{
	int control, backing, ret = -EBUSY;

	*step = "open the file";
	backing = loopdev_open_file(file, dev, ino, read_only);
	if (backing == -ESTALE)
		*step = "another file has taken its place since it was checked";
	if (backing < 0)
		return backing;
	*step = "open /dev/loop-control; load the module loop";
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0) {
		ret = -errno;
		goto out;
	}
	*step = "set up a loop device";
	for (int i = 0; i < LOOP_TRIES && ret == -EBUSY; i++)
		ret = loopdev_try(control, backing, file, read_only, index, device, fd);
	close(control);
out:
	close(backing);
	return ret;
}

bool loopdev_wait_gone(int index, int64_t until_ms)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/block/loop%d/loop", index);
	while (access(path, F_OK) == 0) {
		if (xend_now_ms() >= until_ms)
			return false;
		usleep(1000);
	}
	return true;
}
