/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The beginning of a guest's image: IMAGE_MAGIC, the length of a JSON text as 8 bytes little-endian, the text (what the guest
 * was made from and what it is now). libxc's image follows.
 */
#ifndef XEND_IMAGE_HEAD_H
#define XEND_IMAGE_HEAD_H

#include "domain.h"

/* Writes all but the magic, which image_file_commit() writes. 0 or a negative errno. */
int image_head_write(struct image_file *f, const char *name, const struct domain_source *source);
/*
 * Reads the head of the image @fd, which @source then has as its image. 0 (domain_source_free()), -EINVAL where the file is no
 * image, or another negative errno where it cannot be read.
 */
int image_head_read(int fd, struct domain_source *source);

#endif
