/* SPDX-License-Identifier: GPL-2.0-only */
/* Pid files: what a lock proves, and what another user can do to it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../pidfile.h"

static char folder[] = "/tmp/test_pidfile.XXXXXX";
static char path[64];

static int set_up(void **state)
{
	snprintf(path, sizeof(path), "%s/daemon.pid", folder);
	unlink(path);
	return 0;
}

static void test_a_second_daemon_is_told_the_first(void **state)
{
	pid_t holder;
	int first = pidfile_lock(path, &holder);

	assert_true(first >= 0);
	assert_int_equal(pidfile_lock(path, &holder), -EWOULDBLOCK);
	assert_int_equal(holder, 0);
	assert_int_equal(pidfile_write(first), 0);
	assert_int_equal(pidfile_lock(path, &holder), -EWOULDBLOCK);
	assert_int_equal(holder, getpid());
	close(first);
	first = pidfile_lock(path, &holder);
	assert_true(first >= 0);
	close(first);
}

static void test_others_cannot_open_it(void **state)
{
	mode_t old = umask(0);
	struct stat st;
	pid_t holder;
	int fd = pidfile_lock(path, &holder);

	umask(old);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	close(fd);
}

/* The number of a daemon that was killed must not be taken for the next one's, which has locked and not yet written. */
static void test_a_lock_forgets_the_number_before(void **state)
{
	FILE *f = fopen(path, "w");
	pid_t holder;
	int fd;

	assert_non_null(f);
	fprintf(f, "1\n");
	fclose(f);
	chmod(path, 0600);
	fd = pidfile_lock(path, &holder);
	assert_true(fd >= 0);
	assert_int_equal(pidfile_lock(path, &holder), -EWOULDBLOCK);
	assert_int_equal(holder, 0);
	close(fd);
}

/* A file of mode 0644, as older versions made it, can be locked by anybody. */
static void test_a_lock_that_anybody_could_take_does_not_count(void **state)
{
	int theirs = open(path, O_RDWR | O_CREAT, 0644), ours;
	pid_t holder;

	assert_int_equal(fchmod(theirs, 0644), 0);
	assert_int_equal(flock(theirs, LOCK_EX | LOCK_NB), 0);
	ours = pidfile_lock(path, &holder);
	assert_true(ours >= 0);
	close(ours);
	close(theirs);
}

/*
 * A process that holds a lock on the file of mode 0644 with its number in it, by a descriptor that was opened with @flags, and
 * runs @program, or else this one.
 */
static pid_t old_daemon(const char *program, int flags)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		int number = open(path, O_RDWR | O_CREAT, 0644), fd;

		if (number < 0 || fchmod(number, 0644) < 0 || dprintf(number, "%d\n", getpid()) < 0)
			_exit(1);
		fd = open(path, flags);
		close(number);
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
			_exit(1);
		if (program) {
			fcntl(ready[1], F_SETFD, FD_CLOEXEC);
			execl(program, program, "60", NULL);
		}
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	/* The end of the pipe: the child pauses, or is the other program. */
	assert_int_equal(read(ready[0], &byte, 1), 0);
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void is_there(const char *program)
{
	pid_t holder, old = old_daemon(program, O_RDWR);
	int fd = pidfile_lock(path, &holder);

	assert_int_equal(fd, -EWOULDBLOCK);
	assert_int_equal(holder, old);
	end(old);
	fd = pidfile_lock(path, &holder);
	assert_true(fd >= 0);
	close(fd);
}

static void test_a_daemon_of_an_older_version_is_there(void **state)
{
	is_there(NULL);
}

/* The lock says who it is, not the place of its program: an older version may be installed elsewhere. */
static void test_a_daemon_that_lies_elsewhere_is_there(void **state)
{
	is_there("/bin/sleep");
}

/* Any user can open and lock the file of mode 0644, by a descriptor that only reads. */
static void test_a_lock_without_the_right_to_write_is_no_daemon(void **state)
{
	pid_t holder, other = old_daemon("/bin/sleep", O_RDONLY);
	int fd = pidfile_lock(path, &holder);

	assert_true(fd >= 0);
	close(fd);
	end(other);
}

static void test_a_number_that_others_could_write_proves_nothing(void **state)
{
	pid_t holder, old = old_daemon(NULL, O_RDWR);
	int fd;

	assert_int_equal(chmod(path, 0664), 0);
	fd = pidfile_lock(path, &holder);
	assert_true(fd >= 0);
	close(fd);
	end(old);
}

static void test_a_link_is_not_followed(void **state)
{
	char victim[64];
	struct stat st;
	pid_t holder;
	int fd;

	snprintf(victim, sizeof(victim), "%s/victim", folder);
	fd = open(victim, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "data", 4), 4);
	close(fd);
	assert_int_equal(symlink(victim, path), 0);
	assert_int_equal(pidfile_lock(path, &holder), -EINVAL);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_size, 4);
	unlink(victim);
}

/* @path is of that kind: it is refused, and still there. */
static void refused(const char *kind)
{
	char reason[128], *expected;
	struct stat before, after;
	pid_t holder;
	int fd;

	assert_int_equal(lstat(path, &before), 0);
	fd = pidfile_lock(path, &holder);
	if (lstat(path, &after) < 0 || before.st_mode != after.st_mode)
		fail_msg("%s was removed", kind);
	assert_int_equal(fd, -EINVAL);
	pidfile_reason(path, fd, reason, sizeof(reason));
	assert_true(asprintf(&expected, "is %s, not a regular file; choose another pid file", kind) > 0);
	assert_string_equal(reason, expected);
	free(expected);
}

static void test_what_is_no_file_is_refused(void **state)
{
	assert_int_equal(mkfifo(path, 0600), 0);
	refused("a FIFO");
	unlink(path);
	assert_int_equal(symlink("/dev/null", path), 0);
	refused("a symbolic link");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	refused("a directory");
	rmdir(path);
	if (mknod(path, S_IFCHR | 0600, makedev(1, 3)) == 0)	/* null */
		refused("a character device");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_second_daemon_is_told_the_first, set_up),
		cmocka_unit_test_setup(test_others_cannot_open_it, set_up),
		cmocka_unit_test_setup(test_a_lock_forgets_the_number_before, set_up),
		cmocka_unit_test_setup(test_a_lock_that_anybody_could_take_does_not_count, set_up),
		cmocka_unit_test_setup(test_a_daemon_of_an_older_version_is_there, set_up),
		cmocka_unit_test_setup(test_a_daemon_that_lies_elsewhere_is_there, set_up),
		cmocka_unit_test_setup(test_a_lock_without_the_right_to_write_is_no_daemon, set_up),
		cmocka_unit_test_setup(test_a_number_that_others_could_write_proves_nothing, set_up),
		cmocka_unit_test_setup(test_a_link_is_not_followed, set_up),
		cmocka_unit_test_setup(test_what_is_no_file_is_refused, set_up),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	return failed;
}
