/* SPDX-License-Identifier: GPL-2.0-only */
/* xend's ways to use the store: formatted paths, groups of writes, waiting for a value. */
#ifndef XEND_STORE_H
#define XEND_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <xenstore.h>

#include "xend.h"

#define STORE_PATH_MAX 256

/* States of a device, public/io/xenbus.h. */
enum { STORE_INITIALISING = 1, STORE_INIT_WAIT = 2, STORE_INITIALISED = 3, STORE_CONNECTED = 4, STORE_CLOSING = 5, STORE_CLOSED = 6,
	STORE_RECONFIGURING = 7 };

/* The value, NULL where there is none; the caller frees it. */
char *store_read(struct xs_handle *xs, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * The same where "there is none" and "it cannot be read" are to be told apart: 0 with *value, which is NULL where there is no
 * such node, or a negative errno.
 */
int store_get(struct xs_handle *xs, char **value, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* 0 or a negative errno. */
int store_write(struct xs_handle *xs, const char *value, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool store_exists(struct xs_handle *xs, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void store_remove(struct xs_handle *xs, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* In one exchange. */
void store_remove_all(struct xs_handle *xs, const char *const paths[], size_t count);
/* Removes path's parents as long as they are empty and longer than stop; store_remove_up() removes path before. */
void store_remove_parents(struct xs_handle *xs, const char *path, const char *stop);
void store_remove_up(struct xs_handle *xs, const char *path, const char *stop);

/* Writes that happen together: collected by fill, then sent. */
struct store_batch {
	struct xs_batch *changes;
	char base[128];			/* paths of put and owner are below it */
	int error;
	char failed[STORE_PATH_MAX];		/* the path that could not be written */
};

void store_base(struct store_batch *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void store_put(struct store_batch *b, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Creates key (with an empty value) for owner, and lets reader read it; reader < 0: nobody else. key "": the base. */
void store_owner(struct store_batch *b, const char *key, unsigned int owner, int reader);
/* Runs fill in a transaction, again while others interfere. 0 or a negative errno; failed gets the path. */
int store_batch_run(struct xs_handle *xs, void (*fill)(struct store_batch *b, void *arg), void *arg, char failed[STORE_PATH_MAX]);

/*
 * Waits until good(value, arg) holds of the node (value NULL: it is not there). 0, -ETIMEDOUT, or -EINTR when xend
 * stops. until: xend_now_ms() of the deadline.
 */
int store_wait(struct xend *x, struct xs_handle *xs, const char *path, bool (*good)(const char *value, int arg), int arg,
	       int64_t until);

#endif
