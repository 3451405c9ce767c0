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

/* A process that holds a lock on the file of mode 0644 with its number in it, and runs @program, or else this one. */
static pid_t old_daemon(const char *program)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		int fd = open(path, O_RDWR | O_CREAT, 0644);

		if (fd < 0 || fchmod(fd, 0644) < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || dprintf(fd, "%d\n", getpid()) < 0)
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

static void test_a_daemon_of_an_older_version_is_there(void **state)
{
	pid_t holder, old = old_daemon(NULL);
	int fd = pidfile_lock(path, &holder);

	assert_int_equal(fd, -EWOULDBLOCK);
	assert_int_equal(holder, old);
	end(old);
	fd = pidfile_lock(path, &holder);
	assert_true(fd >= 0);
	close(fd);
}

static void test_another_program_is_not_the_daemon(void **state)
{
	pid_t holder, other = old_daemon("/bin/sleep");
	int fd = pidfile_lock(path, &holder);

	assert_true(fd >= 0);
	close(fd);
	end(other);
}

static void test_a_number_that_others_could_write_proves_nothing(void **state)
{
	pid_t holder, old = old_daemon(NULL);
	int fd;

	assert_int_equal(chmod(path, 0664), 0);
	fd = pidfile_lock(path, &holder);
	assert_true(fd >= 0);
	close(fd);
	end(old);
}

static void test_a_planted_link_is_not_followed(void **state)
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
	fd = pidfile_lock(path, &holder);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_size, 4);
	unlink(victim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_second_daemon_is_told_the_first, set_up),
		cmocka_unit_test_setup(test_others_cannot_open_it, set_up),
		cmocka_unit_test_setup(test_a_lock_forgets_the_number_before, set_up),
		cmocka_unit_test_setup(test_a_lock_that_anybody_could_take_does_not_count, set_up),
		cmocka_unit_test_setup(test_a_daemon_of_an_older_version_is_there, set_up),
		cmocka_unit_test_setup(test_another_program_is_not_the_daemon, set_up),
		cmocka_unit_test_setup(test_a_number_that_others_could_write_proves_nothing, set_up),
		cmocka_unit_test_setup(test_a_planted_link_is_not_followed, set_up),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	return failed;
}
