/* SPDX-License-Identifier: GPL-2.0-only */
/* Files: reading and writing whole, which error is reported, and what is refused as something to read. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../file.h"

#define FD 100

/* What the next calls return: a number of bytes, or a negative errno. */
static const long *steps;
static char data[8];
static size_t done;

ssize_t __wrap_write(int fd, const void *from, size_t len);
ssize_t __wrap_read(int fd, void *to, size_t len);
ssize_t __real_write(int fd, const void *from, size_t len);

static ssize_t step(size_t len)
{
	long n = *steps++;

	assert_true(n <= (long)len);
	if (n < 0)
		errno = -n;
	return n < 0 ? -1 : n;
}

ssize_t __wrap_write(int fd, const void *from, size_t len)
{
	ssize_t n;

	if (fd != FD)
		return __real_write(fd, from, len);
	n = step(len);
	if (n > 0)
		memcpy(data + done, from, n);
	done += n > 0 ? n : 0;
	return n;
}

ssize_t __wrap_read(int fd, void *to, size_t len)
{
	ssize_t n;

	assert_int_equal(fd, FD);
	n = step(len);
	if (n > 0)
		memcpy(to, data + done, n);
	done += n > 0 ? n : 0;
	return n;
}

static void whole_or_an_error(void **state)
{
	static const struct { long steps[5]; int written, had; } rows[] = {
		{ { 8 }, 0, 0 },
		{ { -EINTR, 3, -EINTR, 5 }, 0, 0 },
		{ { 3, -ENOSPC }, -ENOSPC, -ENOSPC },
		{ { -EIO }, -EIO, -EIO },
		/* Nothing more goes in, or comes out: errno has an older value. */
		{ { 3, 0 }, -ENOSPC, -ENODATA },
		{ { 0 }, -ENOSPC, -ENODATA },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char got[9] = "";

		errno = EPERM;
		memset(data, 0, sizeof(data));
		done = 0;
		steps = rows[i].steps;
		assert_int_equal(file_write_all(FD, "abcdefgh", 8), rows[i].written);
		if (!rows[i].written)
			assert_memory_equal(data, "abcdefgh", 8);
		memcpy(data, "abcdefgh", 8);
		errno = EPERM;
		done = 0;
		steps = rows[i].steps;
		assert_int_equal(file_read_all(FD, got, 8), rows[i].had);
		if (!rows[i].had)
			assert_string_equal(got, "abcdefgh");
	}
}

/* A FIFO has no writer here, and waiting for one would keep the daemon for ever. */
static void what_is_opened_to_be_read(void **state)
{
	char folder[] = "/tmp/test_file.XXXXXX", fifo[64], file[64];
	const char *kind;
	int fd;

	assert_non_null(mkdtemp(folder));
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	snprintf(file, sizeof(file), "%s/file", folder);
	alarm(20);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(file_open_input(fifo, &kind), -EINVAL);
	assert_string_equal(kind, "a FIFO");
	assert_int_equal(file_open_input(folder, &kind), -EINVAL);
	assert_string_equal(kind, "a directory");
	assert_int_equal(file_open_input("/dev/zero", &kind), -EINVAL);
	assert_string_equal(kind, "a character device");
	assert_int_equal(file_open_input(file, &kind), -ENOENT);
	assert_null(kind);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	fd = file_open_input(file, &kind);
	assert_true(fd >= 0);
	close(fd);
	alarm(0);
	unlink(fifo);
	unlink(file);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(whole_or_an_error), cmocka_unit_test(what_is_opened_to_be_read) };

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
