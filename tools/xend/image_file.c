/* SPDX-License-Identifier: GPL-2.0-only */
/* The file or block device that takes a guest's image: see image_file.h. */
#include "image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/file.h"
#include "../lib/mem.h"

/* The folder of @path, or a negative errno. */
static int image_open_folder(const char *path)
{
	char *name = mem_strndup(path, strrchr(path, '/') - path + 1);
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = fd < 0 ? -errno : fd;

	free(name);
	return ret;
}

static const char *image_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static int image_fail(char **why, int code, const char *path)
{
	*why = mem_printf("%s: %s", path, file_strerror(code));
	return -code;
}

/*
 * Follows a symbolic link (a logical volume's usual name is one) if root made it. A link of another user could lead to any
 * file of root's.
 */
static int image_resolve(const char *path, char **resolved, char **why)
{
	struct stat st;

	*resolved = NULL;
	if (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode)) {
		*resolved = mem_strdup(path);
		return 0;
	}
	if (st.st_uid != geteuid()) {
		*why = mem_printf("%s: a symbolic link of user %u is not followed; name the file itself", path, st.st_uid);
		return -ELOOP;
	}
	*resolved = realpath(path, NULL);
	return *resolved ? 0 : image_fail(why, errno, path);
}

static char *image_temp(const char *path)
{
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		abort();
	return mem_printf("%.*s/.%.200s.%016llx.partial", (int)(strrchr(path, '/') - path), path, image_name(path),
			  (unsigned long long)random);
}

int image_file_plan(struct image_file *f, const char *path, char **why)
{
	struct stat st;
	int ret;

	*f = (struct image_file){ .folder = -1, .fd = -1 };
	ret = image_resolve(path, &f->path, why);
	if (ret < 0)
		return ret;
	f->folder = image_open_folder(f->path);
	ret = f->folder < 0 ? image_fail(why, -f->folder, path) : 0;
	if (!ret && fstatat(f->folder, image_name(f->path), &st, AT_SYMLINK_NOFOLLOW) < 0)
		st.st_mode = errno == ENOENT ? S_IFREG : 0;
	if (!ret && (S_ISDIR(st.st_mode) || !*image_name(f->path))) {
		*why = mem_printf("%s: is a directory; name a file in it", path);
		ret = -EISDIR;
	} else if (!ret && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		*why = mem_printf("%s: is %s; an image needs a regular file or a block device", path, file_kind(st.st_mode));
		ret = -EINVAL;
	}
	if (!ret && S_ISREG(st.st_mode))
		f->temp = image_temp(f->path);
	if (ret)
		image_file_close(f);
	return ret;
}

int image_file_open(struct image_file *f, char **why)
{
	struct stat st;

	if (!f->temp) {
		/* O_EXCL: a device that is mounted or that a guest has is busy. */
		f->fd = openat(f->folder, image_name(f->path), O_WRONLY | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (f->fd >= 0 && (fstat(f->fd, &st) < 0 || !S_ISBLK(st.st_mode)))
			return image_fail(why, ENOTBLK, f->path);
		return f->fd < 0 ? image_fail(why, errno, f->path) : 0;
	}
	f->fd = openat(f->folder, image_name(f->temp), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return f->fd < 0 ? image_fail(why, errno, f->path) : 0;
}

int image_file_begin(struct image_file *f)
{
	static const char none[IMAGE_MAGIC_LEN];
	int ret = file_write_all(f->fd, none, sizeof(none));

	return ret ? ret : fsync(f->fd) < 0 ? -errno : 0;
}

/* Whether the target's path still leads to its folder. */
static bool image_folder_stands(const struct image_file *f)
{
	int now = image_open_folder(f->path);
	struct stat was, is;
	bool stands = now >= 0 && fstat(f->folder, &was) == 0 && fstat(now, &is) == 0 && was.st_dev == is.st_dev && was.st_ino == is.st_ino;

	if (now >= 0)
		close(now);
	return stands;
}

int image_file_commit(struct image_file *f)
{
	int ret;

	/* An image in a folder that its owner has put elsewhere is no longer where it was asked for. */
	if (!image_folder_stands(f))
		return -ESTALE;
	if (fsync(f->fd) < 0 || lseek(f->fd, 0, SEEK_SET) < 0)
		return -errno;
	ret = file_write_all(f->fd, IMAGE_MAGIC, IMAGE_MAGIC_LEN);
	if (!ret && fsync(f->fd) < 0)
		ret = -errno;
	if (ret || !f->temp)
		return ret;
	if (renameat(f->folder, image_name(f->temp), f->folder, image_name(f->path)) < 0)
		return -errno;
	free(f->temp);
	f->temp = NULL;
	/* Makes the name durable. EINVAL: a file system that has nothing to write there. */
	if (fsync(f->folder) < 0 && errno != EINVAL) {
		ret = -errno;
		/* The guest goes on: there must not be an image of it as well. */
		unlinkat(f->folder, image_name(f->path), 0);
	}
	return ret;
}

int image_file_identify(const struct image_file *f, struct image_id *id)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return -errno;
	*id = S_ISBLK(st.st_mode) ? (struct image_id){ .dev = st.st_rdev } : (struct image_id){ .dev = st.st_dev, .ino = st.st_ino };
	id->path = mem_strdup(f->path);
	return 0;
}

void image_id_free(struct image_id *id)
{
	free(id->path);
	*id = (struct image_id){ 0 };
}

bool image_file_is_complete(const struct image_id *id)
{
	char magic[IMAGE_MAGIC_LEN];
	bool complete = false;
	struct stat st;
	int fd = open(id->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0)
		complete = S_ISBLK(st.st_mode) ? !id->ino && st.st_rdev == id->dev :
			   S_ISREG(st.st_mode) && st.st_dev == id->dev && st.st_ino == id->ino;
	complete = complete && file_read_all(fd, magic, sizeof(magic)) == 0 && !memcmp(magic, IMAGE_MAGIC, sizeof(magic));
	close(fd);
	return complete;
}

off_t image_file_rest(int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	struct stat st;

	return at >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > at ? st.st_size - at : 0;
}

void image_file_close(struct image_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->temp && f->fd >= 0)
		unlinkat(f->folder, image_name(f->temp), 0);
	if (f->folder >= 0)
		close(f->folder);
	free(f->temp);
	free(f->path);
	*f = (struct image_file){ .folder = -1, .fd = -1 };
}

void image_file_remove_left(const char *temp)
{
	struct stat st;

	if (lstat(temp, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid())
		unlink(temp);
}
