/* SPDX-License-Identifier: GPL-2.0-only */
/* xend's ways to use the store. */
#include "store.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/mem.h"


#define STORE_FORMAT(path, fmt) \
	do { \
		va_list store_ap; \
		va_start(store_ap, fmt); \
		vsnprintf(path, sizeof(path), fmt, store_ap); \
		va_end(store_ap); \
	} while (0)

char *store_read(struct xs_handle *xs, const char *fmt, ...)
{
	char path[STORE_PATH_MAX];

	STORE_FORMAT(path, fmt);
	return xs_read(xs, XBT_NULL, path, NULL);
}

int store_get(struct xs_handle *xs, char **value, const char *fmt, ...)
{
	char path[STORE_PATH_MAX];

	STORE_FORMAT(path, fmt);
	*value = xs_read(xs, XBT_NULL, path, NULL);
	return *value || errno == ENOENT ? 0 : -errno;
}

int store_write(struct xs_handle *xs, const char *value, const char *fmt, ...)
{
	char path[STORE_PATH_MAX];

	STORE_FORMAT(path, fmt);
	return xs_write(xs, XBT_NULL, path, value, strlen(value)) ? 0 : -errno;
}

bool store_exists(struct xs_handle *xs, const char *fmt, ...)
{
	char path[STORE_PATH_MAX];
	void *value;

	STORE_FORMAT(path, fmt);
	value = xs_read(xs, XBT_NULL, path, NULL);
	free(value);
	return value != NULL;
}

void store_remove(struct xs_handle *xs, const char *fmt, ...)
{
	char path[STORE_PATH_MAX];

	STORE_FORMAT(path, fmt);
	xs_rm(xs, XBT_NULL, path);
}

void store_remove_all(struct xs_handle *xs, const char *const paths[], size_t count)
{
	struct xs_batch *b = xs_batch_new(xs, XBT_NULL);
	const char *failed;

	for (size_t i = 0; i < count && b; i++)
		xs_batch_rm(b, paths[i]);
	if (!b || !xs_batch_run(b, &failed))
		for (size_t i = 0; i < count; i++)
			xs_rm(xs, XBT_NULL, paths[i]);
	xs_batch_free(b);
}

void store_remove_up(struct xs_handle *xs, const char *path, const char *stop)
{
	xs_rm(xs, XBT_NULL, path);
	store_remove_parents(xs, path, stop);
}

void store_remove_parents(struct xs_handle *xs, const char *path, const char *stop)
{
	char *at = mem_strdup(path), *slash, **children;
	unsigned int count = 0;

	while ((slash = strrchr(at, '/')) && slash - at > (long)strlen(stop)) {
		*slash = 0;
		children = xs_directory(xs, XBT_NULL, at, &count);
		free(children);
		if (!children || count)
			break;
		xs_rm(xs, XBT_NULL, at);
	}
	free(at);
}

static void store_batch_fail(struct store_batch *b, int error, const char *path)
{
	b->error = error ? -error : -EIO;
	snprintf(b->failed, sizeof(b->failed), "%s", path);
}

void store_base(struct store_batch *b, const char *fmt, ...)
{
	STORE_FORMAT(b->base, fmt);
}

static void store_path(const struct store_batch *b, const char *key, char path[STORE_PATH_MAX])
{
	snprintf(path, STORE_PATH_MAX, "%s%s%s", b->base, *key ? "/" : "", key);
}

void store_put(struct store_batch *b, const char *key, const char *fmt, ...)
{
	char path[STORE_PATH_MAX], value[1024];

	STORE_FORMAT(value, fmt);
	store_path(b, key, path);
	xs_batch_write(b->changes, path, value, strlen(value));
}

void store_owner(struct store_batch *b, const char *key, unsigned int owner, int reader)
{
	struct xs_permissions perms[2] = { { .id = owner, .perms = XS_PERM_NONE },
					   { .id = reader, .perms = XS_PERM_READ } };
	char path[STORE_PATH_MAX];

	store_path(b, key, path);
	xs_batch_mkdir(b->changes, path);
	xs_batch_set_permissions(b->changes, path, perms, reader < 0 ? 1 : 2);
}

/* One try, in a transaction of its own. */
static void store_batch_try(struct store_batch *b, struct xs_handle *xs, void (*fill)(struct store_batch *b, void *arg), void *arg)
{
	xs_transaction_t t = xs_transaction_start(xs);
	const char *failed = "";

	*b = (struct store_batch){ 0 };
	b->changes = t == XBT_NULL ? NULL : xs_batch_new(xs, t);
	if (!b->changes) {
		store_batch_fail(b, errno, "transaction");
	} else {
		fill(b, arg);
		if (!xs_batch_run(b->changes, &failed))
			store_batch_fail(b, errno, failed);
	}
	xs_batch_free(b->changes);
	if (t != XBT_NULL && !xs_transaction_end(xs, t, b->error) && !b->error)
		store_batch_fail(b, errno, "transaction");
}

int store_batch_run(struct xs_handle *xs, void (*fill)(struct store_batch *b, void *arg), void *arg, char failed[STORE_PATH_MAX])
{
	struct store_batch b;

	for (int tries = 0; tries < 100; tries++) {
		store_batch_try(&b, xs, fill, arg);
		/* Another's change in between shows at the end of the transaction only. */
		if (b.error != -EAGAIN)
			break;
	}
	if (failed)
		memcpy(failed, b.failed, sizeof(b.failed));
	return b.error;
}

/* Takes all events that are there; what they say does not matter. */
static void store_drain(struct xs_handle *xs)
{
	char **event;

	while ((event = xs_check_watch(xs)))
		free(event);
}

int store_wait(struct xend *x, struct xs_handle *xs, const char *path, bool (*good)(const char *value, int arg), int arg,
	       int64_t until)
{
	struct pollfd fd = { .fd = xs_fileno(xs), .events = POLLIN };
	int64_t left;
	char *value;
	bool done;
	int ret;

	if (!xs_watch(xs, path, "wait"))
		return -errno;
	for (;;) {
		store_drain(xs);
		value = xs_read(xs, XBT_NULL, path, NULL);
		done = good(value, arg);
		free(value);
		left = until - xend_now_ms();
		ret = done ? 0 : atomic_load(&x->stopping) ? -EINTR : left <= 0 ? -ETIMEDOUT : 1;
		if (ret <= 0)
			break;
		/* At most a quarter second, so that a stop is seen. */
		poll(&fd, 1, left < 250 ? (int)left : 250);
	}
	xs_unwatch(xs, path, "wait");
	store_drain(xs);
	return ret;
}
