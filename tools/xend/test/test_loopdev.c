/* SPDX-License-Identifier: GPL-2.0-only */
/* Loop devices: the file that is opened is the one that was checked, whatever has taken its place. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../loopdev.h"
#include "../xend.h"

static char folder[] = "/tmp/test_loopdev.XXXXXX", path[64], other[64];
static struct stat checked;

int64_t xend_now_ms(void) { return 0; }

/* No loop device is made here. */
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	errno = ENXIO;
	return -1;
}

static int set_up(void **state)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	return fd < 0 || fstat(fd, &checked) < 0 || close(fd) < 0;
}

static int attach(bool read_only)
{
	const char *step = "";
	int index, fd, ret;
	dev_t device;

	alarm(20);
	ret = loopdev_attach(path, checked.st_dev, checked.st_ino, read_only, &index, &device, &fd, &step);
	alarm(0);
	assert_true((ret == -ESTALE) == (strstr(step, "since it was checked") != NULL));
	return ret;
}

/* What follows the file fails, in one way or another: there may be no loop devices here. */
static void the_file_that_was_checked(void **state)
{
	assert_true(attach(true) < 0);
	assert_int_not_equal(attach(true), -ESTALE);
	assert_int_not_equal(attach(false), -ESTALE);
}

static void what_took_its_place(void **state)
{
	/* A FIFO has no writer, and its open() would wait for one. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(attach(true), -ESTALE);
	assert_int_equal(attach(false), -ESTALE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(attach(true), -ESTALE);
	assert_int_equal(attach(false), -ESTALE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(attach(false), -ESTALE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(attach(false), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_file_that_was_checked, set_up), cmocka_unit_test_setup(what_took_its_place, set_up),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/disk.img", folder);
	snprintf(other, sizeof(other), "%s/another.img", folder);
	close(open(other, O_WRONLY | O_CREAT, 0600));
	failed = cmocka_run_group_tests_name("loop devices", tests, NULL, NULL);
	unlink(path);
	unlink(other);
	rmdir(folder);
	return failed;
}
