/* SPDX-License-Identifier: GPL-2.0-only */
/* The beginning of a guest's image: see image_head.h. */
#include "image_head.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/file.h"
#include "../lib/json.h"
#include "../lib/mem.h"
#include "../lib/strbuf.h"

#define IMAGE_VERSION 1
#define IMAGE_TEXT_MAX (16u << 20)

int image_head_write(struct image_file *f, const char *name, const struct domain_source *source)
{
	struct json *j = json_new(JSON_OBJECT);
	struct strbuf b = { 0 };
	uint64_t len;
	int ret;

	json_add_int(j, "version", IMAGE_VERSION);
	json_add_str(j, "name", name);
	domain_source_to_json(source, j);
	json_write(j, &b, 0);
	len = htole64(b.len);
	ret = image_file_begin(f);
	if (!ret)
		ret = file_write_all(f->fd, &len, sizeof(len));
	if (!ret)
		ret = file_write_all(f->fd, b.data, b.len);
	strbuf_free(&b);
	json_free(j);
	return ret;
}

int image_head_read(int fd, struct domain_source *source)
{
	char magic[IMAGE_MAGIC_LEN], *text;
	struct json *j = NULL;
	uint64_t len;
	int ret = file_read_all(fd, magic, sizeof(magic));

	if (!ret)
		ret = memcmp(magic, IMAGE_MAGIC, sizeof(magic)) ? -EINVAL : file_read_all(fd, &len, sizeof(len));
	if (!ret && le64toh(len) > IMAGE_TEXT_MAX)
		ret = -EINVAL;
	if (ret)
		return ret == -ENODATA ? -EINVAL : ret;
	len = le64toh(len);
	text = mem_alloc(len + 1, 1);
	ret = file_read_all(fd, text, len);
	if (!ret)
		j = json_parse(text, len, NULL);
	free(text);
	if (!ret && json_int(j, "version", 0) == IMAGE_VERSION) {
		domain_source_from_json(source, j);
		source->image = fd;
	} else if (!ret || ret == -ENODATA) {
		ret = -EINVAL;
	}
	json_free(j);
	return ret;
}
