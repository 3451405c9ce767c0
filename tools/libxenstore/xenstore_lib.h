/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers about paths and permissions of the store that need no connection;
 * shared by clients and the daemon.
 */
#ifndef XENSTORE_LIB_H
#define XENSTORE_LIB_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xs_permissions {
    unsigned int id;                    /* domain */
    unsigned int perms;                 /* XS_PERM_READ | XS_PERM_WRITE */
#define XS_PERM_NONE  0x00
#define XS_PERM_READ  0x01
#define XS_PERM_WRITE 0x02
/* The daemon's own use; never in what a client gets or sets. */
#define XS_PERM_ENOENT_OK 0x04
#define XS_PERM_OWNER     0x08
#define XS_PERM_IGNORE    0x10
};

/* Room for a number of x's type in decimal, its sign and a NUL. */
#define MAX_STRLEN(x) ((sizeof(x) * 8 + 7) / 10 * 3 + 2)

/* Where the daemon lives; $XENSTORED_RUNDIR and $XENSTORED_PATH go first. */
const char *xs_daemon_rundir(void);
const char *xs_daemon_socket(void);
const char *xs_daemon_socket_ro(void);

/* Writes all of it, however many write() calls that takes. */
bool xs_write_all(int fd, const void *data, unsigned int len);

/*
 * Permissions on the wire are a letter and a domain number: n none, r read,
 * w write, b both ("n0", "r5"). num strings, NUL after each. False with EINVAL
 * if one is malformed.
 */
bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num,
                         const char *strings);
/* The other way; false with EINVAL or ENOSPC. buffer holds size bytes. */
bool xs_perm_to_string(const struct xs_permissions *perm, char *buffer,
                       size_t size);

#ifdef __cplusplus
}
#endif

#endif /* XENSTORE_LIB_H */
