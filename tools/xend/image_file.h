/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file or block device that takes a guest's image. What it is gets decided, and it is opened, before the guest is
 * touched. A file is written under a temporary name beside its own, which nobody else can know or prepare, and gets its
 * name when it is complete: the old file of that name, if any, is then replaced. A block device is written in place.
 */
#ifndef XEND_IMAGE_FILE_H
#define XEND_IMAGE_FILE_H

#include <stdbool.h>

struct image_file {
	char *path;		/* whole path of the target, links resolved */
	char *temp;		/* whole path of the temporary file; NULL for a block device */
	int fd;			/* for writing; -1 until image_file_open() */
};

/*
 * Looks at @path (a whole path) and fills @f, without creating anything: the caller may write down f->temp first. 0, or a
 * negative errno with *why, which the caller frees. On success image_file_close() ends the use of @f.
 */
int image_file_plan(struct image_file *f, const char *path, char **why);
/* Creates the temporary file, or opens the device, for writing. 0, or a negative errno with *why. */
int image_file_open(struct image_file *f, char **why);
/* Makes what was written durable and gives the file its name. 0 or a negative errno; f->temp is then still there. */
int image_file_commit(struct image_file *f);
/* Closes and frees; a temporary file that was not committed is removed. */
void image_file_close(struct image_file *f);
/* Removes the temporary file that a killed xend has left; @temp as image_file_plan() made it. */
void image_file_remove_left(const char *temp);

#endif
