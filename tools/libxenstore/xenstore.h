/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libxenstore: the client side of the store.
 *
 * The calls, their arguments and the library's symbol version are those every
 * program of the field uses, so this header and libxenstore.so.4 take the
 * place of the ones such a program was built with.
 *
 * Conventions
 *  - A call that fails answers false, NULL or XBT_NULL and sets errno.
 *  - Memory that a call returns is one malloc()ed block: free() it once, also
 *    where it is an array of strings.
 *  - One handle may be used by several threads at once. A handle is useless in
 *    the child after fork(): there, only xs_daemon_destroy_postfork() is allowed.
 *  - Paths are absolute ("/local/domain/1/name") or relative to the caller's
 *    own "/local/domain/<domid>".
 */
#ifndef XENSTORE_H
#define XENSTORE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <public/io/xs_wire.h>
#include <xenstore_lib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* No transaction: the call takes effect at once. */
#define XBT_NULL 0

#define XS_OPEN_READONLY   (1UL << 0)   /* accepted, means nothing */
#define XS_OPEN_SOCKETONLY (1UL << 1)   /* accepted, means nothing */
/* After xs_unwatch() no event of that watch comes out any more, also none that
 * had arrived before. Without it the caller may see such late events. */
#define XS_UNWATCH_FILTER  (1UL << 2)

struct xs_handle;
typedef uint32_t xs_transaction_t;

/* ---- connection ----------------------------------------------------------- */

/*
 * Connects to xenstored: through its socket ($XENSTORED_PATH, else
 * /run/xenstored/socket), and if nothing answers there through the kernel's
 * own connection ($XENSTORED_DEVICE, else /dev/xen/xenbus). In dom0 that is
 * only done where $XENSTORED_DEVICE asks for it: ECONNREFUSED means that the
 * daemon does not run.
 */
struct xs_handle *xs_open(unsigned long flags);
void xs_close(struct xs_handle *h);                     /* NULL is allowed */

/* Older names of xs_open(0) and xs_close(). */
struct xs_handle *xs_daemon_open(void);
struct xs_handle *xs_daemon_open_readonly(void);
struct xs_handle *xs_domain_open(void);
void xs_daemon_close(struct xs_handle *h);
/* In the child after fork(): frees the handle, leaves the parent's alone. */
void xs_daemon_destroy_postfork(struct xs_handle *h);

/* ---- nodes ------------------------------------------------------------------ */

/* Names of the children; *num is how many. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
                    unsigned int *num);
/* The value with a NUL behind it; *len (may be NULL) counts without that NUL. */
void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
              unsigned int *len);
/* Creates the node and its missing parents where needed. */
bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path,
              const void *data, unsigned int len);
/* True also if the node was there already; its value stays. */
bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path);
/* Removes the node and all below it. A node that was not there is no error as
 * long as its parent is. */
bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path);

/*
 * Permissions: entry 0 names the owner (who may always do everything) and what
 * domains without an entry of their own may do; the others are one domain
 * each. Domain 0 is not bound by permissions.
 */
struct xs_permissions *xs_get_permissions(struct xs_handle *h,
                                          xs_transaction_t t, const char *path,
                                          unsigned int *num);
bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t,
                        const char *path, struct xs_permissions *perms,
                        unsigned int num_perms);

/*
 * Several changes in one exchange with the daemon: a client that makes many
 * waits once instead of each time. Beyond the usual interface; for use inside
 * a transaction: a failure leaves it open which of the changes behind it were made.
 */
struct xs_batch;
struct xs_batch *xs_batch_new(struct xs_handle *h, xs_transaction_t t);
void xs_batch_write(struct xs_batch *b, const char *path, const void *data,
                    unsigned int len);
void xs_batch_mkdir(struct xs_batch *b, const char *path);
void xs_batch_rm(struct xs_batch *b, const char *path);
void xs_batch_set_permissions(struct xs_batch *b, const char *path,
                              const struct xs_permissions *perms,
                              unsigned int num_perms);
/* Carries them out in their order. False with errno: *failed is the path whose
 * change failed, valid until the batch is freed. */
bool xs_batch_run(struct xs_batch *b, const char **failed);
void xs_batch_free(struct xs_batch *b);                 /* NULL is allowed */
/*
 * Several reads in one exchange. values[i] is a text for the caller to free, NULL where
 * there is no such node. False with errno where one cannot be read: then all are NULL.
 */
bool xs_read_many(struct xs_handle *h, xs_transaction_t t, const char *const paths[],
                  unsigned int nr, char *values[]);

/* ---- watches ---------------------------------------------------------------- */

/*
 * Reports changes of the node and everything below it, and once at the start.
 * The special paths "@introduceDomain" and "@releaseDomain" report domains
 * coming and going. (path, token) must be unique on a handle, else EEXIST.
 */
bool xs_watch(struct xs_handle *h, const char *path, const char *token);
bool xs_unwatch(struct xs_handle *h, const char *path, const char *token);
/* For poll(): readable when an event may be there. Do not read from it. */
int xs_fileno(struct xs_handle *h);
/* The next event as {path, token} (index XS_WATCH_PATH, XS_WATCH_TOKEN), or
 * NULL with EAGAIN. When xs_fileno() becomes readable, call until NULL. */
char **xs_check_watch(struct xs_handle *h);
/* As above, but waits. *num is set to 2. */
char **xs_read_watch(struct xs_handle *h, unsigned int *num);

/* ---- transactions ------------------------------------------------------------- */

/* What others change during it is not seen, what it changes appears to others
 * as one step at its end. */
xs_transaction_t xs_transaction_start(struct xs_handle *h);
/* EAGAIN: somebody changed what the transaction used; do it again from start. */
bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort);

/* ---- domains (dom0 only, except the path) -------------------------------------- */

/* Tells the daemon a domain's ring page and the port to reach it by. */
bool xs_introduce_domain(struct xs_handle *h, unsigned int domid,
                         unsigned long mfn, unsigned int eventchn);
/* domid gets the rights of target as well. */
bool xs_set_target(struct xs_handle *h, unsigned int domid, unsigned int target);
/* The domain goes on after a suspend that was cancelled. */
bool xs_resume_domain(struct xs_handle *h, unsigned int domid);
bool xs_release_domain(struct xs_handle *h, unsigned int domid);
char *xs_get_domain_path(struct xs_handle *h, unsigned int domid);
/* False with errno 0: not introduced; false with errno: could not ask. */
bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid);

/* ---- others ------------------------------------------------------------------- */

/* child is parent or lies below it. Compares text only. */
bool xs_path_is_subpath(const char *parent, const char *child);
/* Sends the daemon a control command ("help" lists them); returns its answer. */
char *xs_control_command(struct xs_handle *h, const char *cmd, void *data,
                         unsigned int len);
char *xs_debug_command(struct xs_handle *h, const char *cmd, void *data,
                       unsigned int len);
/* Port by which a guest wants to be told of suspend; -1 if it has none. */
int xs_suspend_evtchn_port(int domid);
/* Part of the interface for old programs; always false with ENOSYS. */
bool xs_restrict(struct xs_handle *h, unsigned domid);

#ifdef __cplusplus
}
#endif

#endif /* XENSTORE_H */
