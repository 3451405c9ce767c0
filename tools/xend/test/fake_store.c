/* SPDX-License-Identifier: GPL-2.0-only */
#include "fake_store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/mem.h"
#include "../store.h"

unsigned int fake_reads, fake_fail_at;

bool fake_read_fails(void)
{
	return ++fake_reads == fake_fail_at;
}

int store_get(struct xs_handle *xs, char **value, const char *fmt, ...)
{
	char path[STORE_PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	*value = NULL;
	if (fake_read_fails())
		return -EIO;
	for (size_t i = 0; i < fake_node_count; i++)
		if (!strcmp(fake_nodes[i].path, path))
			*value = mem_strdup(fake_nodes[i].value);
	return 0;
}
