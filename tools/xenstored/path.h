/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of nodes: which are allowed, and their absolute form. */
#ifndef PATH_H
#define PATH_H

#include <errno.h>                      /* before xs_wire.h, for its table of errors */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <public/io/xs_wire.h>

#define PATH_ROOM (XENSTORE_ABS_PATH_MAX + 1)

/*
 * Writes the absolute form of a client's path: relative paths lie below
 * /local/domain/<domid>. Names starting with '@' are watchable events, not
 * nodes; they pass unchanged where special is true. -EINVAL: not a valid name.
 */
int path_canonical(char out[PATH_ROOM], const char *path, unsigned int domid,
                   bool special);

/* Length of the prefix that path_canonical() puts before a relative path. */
size_t path_home_length(const char *path, unsigned int domid);

/* Number of components: 0 for "/". */
unsigned int path_depth(const char *path);

/* Steps through the components of an absolute path; NULL at its end. */
const char *path_next(const char *at, size_t *len);

#endif /* PATH_H */
