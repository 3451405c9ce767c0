/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file or block device that takes a guest's image. What it is gets decided, and it is opened, before the guest is
 * touched. A file is written under a temporary name beside its own, which nobody else can know or prepare, and gets its
 * name when it is complete: the old file of that name, if any, is then replaced. A block device is written in place.
 */
#ifndef XEND_IMAGE_FILE_H
#define XEND_IMAGE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

/* How a complete image begins. Written last: what begins otherwise is none. */
#define IMAGE_MAGIC "xmimage\n"
#define IMAGE_MAGIC_LEN (sizeof(IMAGE_MAGIC) - 1)

struct image_file {
	char *path;		/* whole path of the target, links resolved */
	char *temp;		/* whole path of the temporary file; NULL for a block device */
	int folder;		/* the target's: whoever owns it may rename it while the image is written */
	int fd;			/* for writing; -1 until image_file_open() */
};

/* An image that is about to be complete. */
struct image_id {
	char *path;		/* NULL: none */
	dev_t dev;		/* with ino: the file's identity; for a device its number, ino 0 */
	ino_t ino;
};

/*
 * Looks at @path (a whole path) and fills @f, without creating anything: the caller may write down f->temp first. 0, or a
 * negative errno with *why, which the caller frees. On success image_file_close() ends the use of @f.
 */
int image_file_plan(struct image_file *f, const char *path, char **why);
/* Creates the temporary file, or opens the device, for writing. 0, or a negative errno with *why. */
int image_file_open(struct image_file *f, char **why);
/* Leaves room for the magic at the beginning, durably: an older image on a block device is none from here on. 0 or a negative errno. */
int image_file_begin(struct image_file *f);
/* Makes what was written durable, writes the magic and gives the file its name. 0 or a negative errno; nothing has the name then. */
int image_file_commit(struct image_file *f);
/* The target, as image_file_is_complete() knows it again. 0 or a negative errno; image_id_free() ends its use. */
int image_file_identify(const struct image_file *f, struct image_id *id);
void image_id_free(struct image_id *id);
/* Did image_file_commit() come to its end, in a xend that was killed? */
bool image_file_is_complete(const struct image_id *id);
/* Bytes of a regular file behind the place where its reader is; 0 for a block device. */
off_t image_file_rest(int fd);
/* Closes and frees; a temporary file that was not committed is removed. */
void image_file_close(struct image_file *f);
/* Removes the temporary file that a killed xend has left; @temp as image_file_plan() made it. */
void image_file_remove_left(const char *temp);

#endif
