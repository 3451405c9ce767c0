/* SPDX-License-Identifier: GPL-2.0-only */
/* Targets of a saved guest: what is refused before the guest is touched, and what another user can prepare. */
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

#include "../../lib/mem.h"
#include "../image_file.h"

static char folder[] = "/tmp/test_image_file.XXXXXX";

/* A file of this number counts as a block device: no test can count on being allowed to make one. */
#define DEVICE 0x702
static ino_t device_ino;

int __wrap_fstat(int fd, struct stat *st);
int __real_fstat(int fd, struct stat *st);
int __wrap_fstatat(int folder, const char *name, struct stat *st, int flags);
int __real_fstatat(int folder, const char *name, struct stat *st, int flags);

static int as_device(struct stat *st, int ret)
{
	if (!ret && device_ino && st->st_ino == device_ino) {
		st->st_mode = S_IFBLK | 0600;
		st->st_rdev = DEVICE;
	}
	return ret;
}

int __wrap_fstat(int fd, struct stat *st) { return as_device(st, __real_fstat(fd, st)); }

int __wrap_fstatat(int folder, const char *name, struct stat *st, int flags)
{
	return as_device(st, __real_fstatat(folder, name, st, flags));
}

static char *in_folder(const char *name)
{
	return mem_printf("%s/%s", folder, name);
}

/* Asserts that the path is refused with that errno and a reason that has @text. */
static void refused(const char *path, int code, const char *text)
{
	struct image_file f;
	char *why = NULL;

	assert_int_equal(image_file_plan(&f, path, &why), -code);
	assert_non_null(why);
	if (!strstr(why, text))
		fail_msg("'%s' lacks '%s'", why, text);
	free(why);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void assert_file(const char *path, const char *text)
{
	char got[64] = "";
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0);
	assert_true(read(fd, got, sizeof(got) - 1) >= 0);
	close(fd);
	assert_string_equal(got, text);
}

/* Writes @text as an image to @path. */
static void save(const char *path, const char *text)
{
	struct image_file f;
	char *why = NULL;

	if (image_file_plan(&f, path, &why) < 0 || image_file_open(&f, &why) < 0)
		fail_msg("%s", why);
	assert_int_equal(image_file_begin(&f), 0);
	assert_int_equal(write(f.fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(image_file_commit(&f), 0);
	image_file_close(&f);
}

static unsigned int files(void)
{
	char *command = mem_printf("ls -A %s | wc -l", folder);
	FILE *p = popen(command, "r");
	unsigned int n = 0;

	assert_int_equal(fscanf(p, "%u", &n), 1);
	pclose(p);
	free(command);
	return n;
}

static void test_what_is_no_file_is_refused(void **state)
{
	char *fifo = in_folder("fifo"), *missing = in_folder("no/file"), *slash = in_folder("");

	assert_int_equal(mkfifo(fifo, 0600), 0);
	refused("/dev/full", EINVAL, "a character device");
	refused(folder, EISDIR, "directory");
	refused(slash, EISDIR, "directory");
	refused(fifo, EINVAL, "a FIFO");
	refused(missing, ENOENT, "No such file");
	unlink(fifo);
	free(fifo);
	free(missing);
	free(slash);
}

static void test_a_file_is_replaced_whole(void **state)
{
	char *path = in_folder("web.save");
	struct stat st;

	write_file(path, "old");
	chmod(path, 0666);
	save(path, "new");
	assert_file(path, IMAGE_MAGIC "new");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(files(), 1);
	unlink(path);
	free(path);
}

static void test_an_error_leaves_the_old_file(void **state)
{
	char *path = in_folder("web.save"), *why = NULL;
	struct image_file f;

	write_file(path, "old");
	assert_int_equal(image_file_plan(&f, path, &why), 0);
	assert_int_equal(files(), 1);
	assert_int_equal(image_file_open(&f, &why), 0);
	assert_int_equal(files(), 2);
	image_file_close(&f);
	assert_int_equal(files(), 1);
	assert_file(path, "old");
	unlink(path);
	free(path);
}

/* The name of a temporary file cannot be known beforehand, and one that is there is not opened. */
static void test_a_planted_temporary_file_is_not_used(void **state)
{
	char *path = in_folder("web.save"), *victim = in_folder("victim"), *why = NULL;
	struct image_file f, again;

	write_file(victim, "root's");
	assert_int_equal(image_file_plan(&f, path, &why), 0);
	assert_int_equal(image_file_plan(&again, path, &why), 0);
	assert_string_not_equal(f.temp, again.temp);
	image_file_close(&again);
	assert_int_equal(symlink(victim, f.temp), 0);
	assert_int_equal(image_file_open(&f, &why), -EEXIST);
	assert_file(victim, "root's");
	unlink(f.temp);
	image_file_close(&f);
	free(why);
	unlink(victim);
	free(victim);
	free(path);
}

static void test_links(void **state)
{
	char *path = in_folder("web.save"), *link = in_folder("link"), *text;

	write_file(path, "old");
	assert_int_equal(symlink(path, link), 0);
	save(link, "new");
	assert_file(path, IMAGE_MAGIC "new");
	if (!geteuid()) {
		assert_int_equal(lchown(link, 12345, 12345), 0);
		text = mem_printf("symbolic link of user %u", 12345);
		refused(link, ELOOP, text);
		free(text);
	}
	unlink(link);
	unlink(path);
	assert_int_equal(symlink(path, link), 0);
	refused(link, ENOENT, "No such file");
	unlink(link);
	free(path);
	free(link);
}

static void test_what_a_killed_xend_left_is_removed(void **state)
{
	char *path = in_folder("web.save"), *why = NULL, *temp;
	struct image_file f;

	assert_int_equal(image_file_plan(&f, path, &why), 0);
	assert_int_equal(image_file_open(&f, &why), 0);
	temp = mem_strdup(f.temp);
	assert_int_equal(files(), 1);
	image_file_remove_left(temp);
	assert_int_equal(files(), 0);
	image_file_remove_left(temp);
	image_file_remove_left(folder);
	assert_int_equal(access(folder, F_OK), 0);
	image_file_close(&f);
	free(temp);
	free(path);
}

static void identify(const struct image_file *f, struct image_id *id)
{
	assert_int_equal(image_file_identify(f, id), 0);
	assert_string_equal(id->path, f->path);
}

/* The image is complete from its commit on, and as long as that very file has the name. */
static void test_a_complete_image_is_known(void **state)
{
	char *path = in_folder("web.save"), *why = NULL;
	struct image_file f;
	struct image_id id;

	save(path, "old");
	assert_int_equal(image_file_plan(&f, path, &why), 0);
	assert_int_equal(image_file_open(&f, &why), 0);
	assert_int_equal(image_file_begin(&f), 0);
	assert_int_equal(write(f.fd, "new", 3), 3);
	identify(&f, &id);
	assert_false(image_file_is_complete(&id));
	assert_file(f.temp, "");	/* eight zeros */
	assert_int_equal(image_file_commit(&f), 0);
	assert_true(image_file_is_complete(&id));
	image_file_close(&f);
	assert_true(image_file_is_complete(&id));
	save(path, "another");
	assert_false(image_file_is_complete(&id));
	unlink(path);
	assert_false(image_file_is_complete(&id));
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_false(image_file_is_complete(&id));
	unlink(path);
	image_id_free(&id);
	free(path);
}

/* A file in its place that nobody finished is not taken for the image, whatever its identity. */
static void test_an_incomplete_image_is_none(void **state)
{
	char *path = in_folder("web.save");
	struct image_file f = { .path = path };
	struct image_id id;

	write_file(path, "xmimagE\n and more");
	f.fd = open(path, O_RDONLY);
	identify(&f, &id);
	assert_false(image_file_is_complete(&id));
	write_file(path, "xmi");
	assert_false(image_file_is_complete(&id));
	write_file(path, IMAGE_MAGIC);
	assert_true(image_file_is_complete(&id));
	id.ino = 0;		/* a block device is meant */
	assert_false(image_file_is_complete(&id));
	image_id_free(&id);
	close(f.fd);
	unlink(path);
	free(path);
}

static void test_what_is_behind_an_image(void **state)
{
	char *path = in_folder("web.save"), text[8];
	int fd;

	save(path, "new");
	fd = open(path, O_RDONLY);
	assert_int_equal(image_file_rest(fd), IMAGE_MAGIC_LEN + 3);
	assert_int_equal(read(fd, text, 8), 8);
	assert_int_equal(image_file_rest(fd), 3);
	assert_int_equal(read(fd, text, 8), 3);
	assert_int_equal(image_file_rest(fd), 0);
	close(fd);
	unlink(path);
	free(path);
}

/* A block device gets the image in place, stays what it is, and is known by its own number. */
static void test_a_block_device_is_written_in_place(void **state)
{
	char *path = in_folder("disk"), *why = NULL;
	struct image_file f;
	struct image_id id;
	struct stat st;

	write_file(path, "the old contents");
	assert_int_equal(stat(path, &st), 0);
	device_ino = st.st_ino;
	assert_int_equal(image_file_plan(&f, path, &why), 0);
	assert_null(f.temp);
	assert_int_equal(image_file_open(&f, &why), 0);
	assert_int_equal(image_file_begin(&f), 0);
	identify(&f, &id);
	assert_int_equal(id.dev, DEVICE);
	assert_int_equal(id.ino, 0);
	assert_false(image_file_is_complete(&id));
	assert_int_equal(write(f.fd, "new", 3), 3);
	assert_int_equal(image_file_commit(&f), 0);
	assert_true(image_file_is_complete(&id));
	image_file_close(&f);
	assert_int_equal(files(), 1);
	device_ino = 0;
	assert_int_equal(stat(path, &st), 0);
	assert_file(path, IMAGE_MAGIC "newtents");
	/* What has become a file between the check and the opening is none. */
	device_ino = st.st_ino;
	assert_int_equal(image_file_plan(&f, path, &why), 0);
	device_ino = 0;
	assert_int_equal(image_file_open(&f, &why), -ENOTBLK);
	image_file_close(&f);
	free(why);
	image_id_free(&id);
	unlink(path);
	free(path);
}

/*
 * The folder's owner renames it while the image is written, and puts another in its place, here with a link to where only
 * root may write: nothing is written or removed there, and the save fails, with nothing left where the folder went.
 */
static void test_a_folder_that_is_swapped(void **state)
{
	char *mine = in_folder("mine"), *path = in_folder("mine/web.save"), *gone = in_folder("gone"), *roots = in_folder("roots");
	char *victim = in_folder("roots/web.save"), *left = in_folder("gone/web.save"), *why = NULL;
	struct image_file f;

	for (int begun = 0; begun < 2; begun++) {
		assert_int_equal(mkdir(mine, 0700), 0);
		assert_int_equal(mkdir(roots, 0700), 0);
		write_file(victim, "root's");
		assert_int_equal(image_file_plan(&f, path, &why), 0);
		if (begun)
			assert_int_equal(image_file_open(&f, &why), 0);
		assert_int_equal(rename(mine, gone), 0);
		assert_int_equal(symlink(roots, mine), 0);
		if (!begun)
			assert_int_equal(image_file_open(&f, &why), 0);
		assert_int_equal(image_file_begin(&f), 0);
		assert_int_equal(image_file_commit(&f), -ESTALE);
		image_file_close(&f);
		assert_file(victim, "root's");
		assert_int_equal(access(left, F_OK), -1);
		unlink(victim);
		unlink(mine);
		assert_int_equal(rmdir(gone), 0);		/* they are empty */
		assert_int_equal(rmdir(roots), 0);
	}
	free(mine);
	free(path);
	free(gone);
	free(roots);
	free(victim);
	free(left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_no_file_is_refused),
		cmocka_unit_test(test_a_file_is_replaced_whole),
		cmocka_unit_test(test_an_error_leaves_the_old_file),
		cmocka_unit_test(test_a_planted_temporary_file_is_not_used),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_what_a_killed_xend_left_is_removed),
		cmocka_unit_test(test_a_complete_image_is_known),
		cmocka_unit_test(test_an_incomplete_image_is_none),
		cmocka_unit_test(test_what_is_behind_an_image),
		cmocka_unit_test(test_a_block_device_is_written_in_place),
		cmocka_unit_test(test_a_folder_that_is_swapped),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
