/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of requests, and the ones about nodes, watches and transactions. */
#include "proto.h"
#include "path.h"
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- arguments and replies ------------------------------------------------------------ */

int request_split(const struct request *r, const char *out[], int max)
{
    size_t at = 0;
    int n = 0;

    if (r->len && r->args[r->len - 1] != '\0')
        return -EINVAL;
    for (; at < r->len; at += strlen(r->args + at) + 1) {
        if (n == max)
            return -EINVAL;
        out[n++] = r->args + at;
    }
    return n;
}

int request_number(const char *text, unsigned long limit, unsigned long *out)
{
    unsigned long n = 0;

    if (!*text)
        return -EINVAL;
    for (; *text; text++) {
        unsigned long digit = (unsigned long)(*text - '0');

        if (*text < '0' || *text > '9' || n > (limit - digit) / 10)
            return -EINVAL;
        n = n * 10 + digit;
    }
    *out = n;
    return 0;
}

void request_reply_string(struct request *r, const char *text)
{
    r->reply_len = strlen(text) + 1;
    memcpy(r->reply, text, r->reply_len);
}

void request_reply_ok(struct request *r)
{
    request_reply_string(r, "OK");
}

/* The first argument as an absolute path; nothing may follow it. */
static int only_path(const struct request *r, char path[PATH_ROOM])
{
    const char *arg;

    if (request_split(r, &arg, 1) != 1)
        return -EINVAL;
    return path_canonical(path, arg, r->conn->cred.domid, false);
}

/* A path that is followed by more than one string; *rest is where. */
static int leading_path(const struct request *r, char path[PATH_ROOM],
                        bool special, size_t *rest)
{
    size_t len = strlen(r->args);       /* at most r->len: a NUL is behind it */

    if (len == r->len)
        return -EINVAL;
    *rest = len + 1;
    return path_canonical(path, r->args, r->conn->cred.domid, special);
}

static int edit_and_ok(struct request *r, enum edit_kind kind, const char *path,
                       const void *data, unsigned int len)
{
    struct edit edit = { kind, path, data, len };
    int rc = view_edit(r->conn, r->txn, &edit);

    if (!rc)
        request_reply_ok(r);
    return rc;
}

/* ---- nodes --------------------------------------------------------------------------------- */

static int do_read(struct request *r)
{
    char path[PATH_ROOM];
    struct node *n;
    int rc = only_path(r, path);

    if (!rc)
        rc = view_get(r->conn, r->txn, path, XS_PERM_READ, USED_NODE, &n);
    if (rc)
        return rc;
    if (n->len > sizeof(r->reply))
        return -E2BIG;
    if (n->len)
        memcpy(r->reply, n->value, n->len);
    r->reply_len = n->len;
    return 0;
}

static int do_write(struct request *r)
{
    char path[PATH_ROOM];
    size_t rest;
    int rc = leading_path(r, path, false, &rest);

    if (rc)
        return rc;
    return edit_and_ok(r, EDIT_WRITE, path, r->args + rest,
                       (unsigned int)(r->len - rest));
}

static int do_mkdir(struct request *r)
{
    char path[PATH_ROOM];
    int rc = only_path(r, path);

    return rc ? rc : edit_and_ok(r, EDIT_MAKE, path, NULL, 0);
}

static int do_rm(struct request *r)
{
    char path[PATH_ROOM];
    int rc = only_path(r, path);

    return rc ? rc : edit_and_ok(r, EDIT_REMOVE, path, NULL, 0);
}

static int do_directory(struct request *r)
{
    char path[PATH_ROOM];
    struct node *n;
    int rc = only_path(r, path);

    if (!rc)
        rc = view_get(r->conn, r->txn, path, XS_PERM_READ,
                      USED_EXISTS | USED_CHILDREN, &n);
    for (unsigned int i = 0; !rc && i < n->nr_children; i++) {
        size_t len = strlen(n->children[i]->name) + 1;

        if (r->reply_len + len > sizeof(r->reply))
            return -E2BIG;
        memcpy(r->reply + r->reply_len, n->children[i]->name, len);
        r->reply_len += len;
    }
    return rc;
}

/*
 * Children from a byte offset into the list of their names on: the list's
 * generation, as many names as fit, and after the last one an empty one.
 */
static int do_directory_part(struct request *r)
{
    char path[PATH_ROOM];
    const char *args[2];
    unsigned long offset;
    size_t at = 0;
    struct node *n;
    unsigned int i;
    int rc;

    if (request_split(r, args, 2) != 2 ||
        request_number(args[1], UINT32_MAX, &offset))
        return -EINVAL;
    rc = path_canonical(path, args[0], r->conn->cred.domid, false);
    if (!rc)
        rc = view_get(r->conn, r->txn, path, XS_PERM_READ,
                      USED_EXISTS | USED_CHILDREN, &n);
    if (rc)
        return rc;
    r->reply_len = (size_t)snprintf(r->reply, sizeof(r->reply), "%llu",
                              (unsigned long long)n->children_changed) + 1;
    for (i = 0; i < n->nr_children; i++) {
        size_t len = strlen(n->children[i]->name) + 1;

        if (at >= offset) {
            if (r->reply_len + len > sizeof(r->reply))
                break;
            memcpy(r->reply + r->reply_len, n->children[i]->name, len);
            r->reply_len += len;
        }
        at += len;
    }
    if (i == n->nr_children && r->reply_len < sizeof(r->reply))
        r->reply[r->reply_len++] = '\0';
    return 0;
}

/* ---- permissions ------------------------------------------------------------------------------ */

static int do_get_perms(struct request *r)
{
    char path[PATH_ROOM];
    const char *arg;
    struct node **special, *n;
    int rc;

    if (request_split(r, &arg, 1) != 1)
        return -EINVAL;
    rc = path_canonical(path, arg, r->conn->cred.domid, true);
    if (rc)
        return rc;
    if (path[0] == '@') {
        special = store_special(r->conn->store, path);
        if (!special)
            return -ENOENT;
        n = *special;
        rc = tree_readable(&r->conn->cred, n) ? 0 : -EACCES;
    } else {
        rc = view_get(r->conn, r->txn, path, XS_PERM_READ, USED_NODE, &n);
    }
    for (unsigned int i = 0; !rc && i < n->nr_perms; i++) {
        char *to = r->reply + r->reply_len;
        size_t room = sizeof(r->reply) - r->reply_len;

        if (!xs_perm_to_string(&n->perms[i], to, room))
            return -E2BIG;
        r->reply_len += strlen(to) + 1;
    }
    return rc;
}

static int set_special_perms(struct request *r, const char *path,
                             const struct xs_permissions *perms, unsigned int nr)
{
    struct node **special = store_special(r->conn->store, path);

    if (!special)
        return -ENOENT;
    if (!(tree_rights(&r->conn->cred, *special) & XS_PERM_OWNER))
        return -EACCES;
    if (!node_set_perms(*special, perms, nr))
        return -ENOMEM;
    request_reply_ok(r);
    return 0;
}

/*
 * Rights are for domains that exist: the next domain with the number would have them. The owner
 * must exist; an entry for another domain that does not is left out.
 */
static int leave_out_the_dead(const struct request *r, struct xs_permissions *perms, unsigned int *nr)
{
    const struct store *s = r->conn->store;
    unsigned int kept = 0;

    /* More than a guest may set is refused anyway, and is not worth as many hypercalls. */
    if (!s->host->names || (!r->conn->cred.privileged && *nr > s->quota.perms))
        return 0;
    for (unsigned int i = 0; i < *nr; i++) {
        int rc = s->host->names(s->host_ctx, perms[i].id);

        if (rc && (rc != -ENOENT || !i))
            return rc;
        if (!rc)
            perms[kept++] = perms[i];
    }
    *nr = kept;
    return 0;
}

static int do_set_perms(struct request *r)
{
    char path[PATH_ROOM];
    struct xs_permissions *perms;
    unsigned int nr = 0;
    size_t rest;
    int rc = leading_path(r, path, true, &rest);

    if (rc)
        return rc;
    for (size_t i = rest; i < r->len; i++)
        nr += r->args[i] == '\0';
    if (!nr || r->args[r->len - 1] != '\0')
        return -EINVAL;
    perms = malloc(nr * sizeof(*perms));
    if (!perms)
        return -ENOMEM;
    rc = xs_strings_to_perms(perms, nr, r->args + rest) ? leave_out_the_dead(r, perms, &nr) : -EINVAL;
    if (!rc && path[0] == '@')
        rc = set_special_perms(r, path, perms, nr);
    else if (!rc)
        rc = edit_and_ok(r, EDIT_PERMS, path, perms, nr);
    free(perms);
    return rc;
}

/* ---- watches ------------------------------------------------------------------------------------ */

static int watch_args(struct request *r, char path[PATH_ROOM],
                      const char *args[2])
{
    if (request_split(r, args, 2) != 2)
        return -EINVAL;
    return path_canonical(path, args[0], r->conn->cred.domid, true);
}

static int do_watch(struct request *r)
{
    char path[PATH_ROOM];
    const char *args[2];
    size_t home;
    int rc = watch_args(r, path, args);

    if (rc)
        return rc;
    home = path_home_length(args[0], r->conn->cred.domid);
    rc = watch_add(r->conn, path, args[1], home, &r->new_watch);
    if (!rc)
        request_reply_ok(r);
    return rc;
}

static int do_unwatch(struct request *r)
{
    char path[PATH_ROOM];
    const char *args[2];
    int rc = watch_args(r, path, args);

    if (!rc)
        rc = watch_delete(r->conn, path, args[1]);
    if (!rc)
        request_reply_ok(r);
    return rc;
}

static int do_reset_watches(struct request *r)
{
    txn_abort_all(r->conn);
    watch_delete_all(r->conn);
    r->txn = NULL;
    request_reply_ok(r);
    return 0;
}

/* ---- transactions ----------------------------------------------------------------------------------- */

static int do_transaction_start(struct request *r)
{
    char text[16];
    uint32_t id;
    int rc;

    if (r->txn)
        return -EBUSY;                  /* no transaction inside another */
    rc = txn_start(r->conn, &id);
    if (rc)
        return rc;
    snprintf(text, sizeof(text), "%u", id);
    request_reply_string(r, text);
    return 0;
}

static int do_transaction_end(struct request *r)
{
    const char *arg;
    int rc;

    if (request_split(r, &arg, 1) != 1 ||
        (strcmp(arg, "T") != 0 && strcmp(arg, "F") != 0))
        return -EINVAL;
    if (!r->txn)
        return -ENOENT;
    rc = txn_end(r->conn, r->txn, arg[0] == 'T');
    if (!rc)
        request_reply_ok(r);
    return rc;
}

/* ---- the table ------------------------------------------------------------------------------------------ */

#define OP_IN_TXN 0x1                   /* tx_id names a transaction */
#define OP_DOM0   0x2                   /* for privileged clients only */

static const struct {
    const char *name;
    int (*handle)(struct request *r);
    unsigned int flags;
} ops[XS_TYPE_COUNT] = {
    [XS_CONTROL] = { "control", proto_control, OP_DOM0 },
    [XS_DIRECTORY] = { "directory", do_directory, OP_IN_TXN },
    [XS_DIRECTORY_PART] = { "directory part", do_directory_part, OP_IN_TXN },
    [XS_READ] = { "read", do_read, OP_IN_TXN },
    [XS_WRITE] = { "write", do_write, OP_IN_TXN },
    [XS_MKDIR] = { "mkdir", do_mkdir, OP_IN_TXN },
    [XS_RM] = { "rm", do_rm, OP_IN_TXN },
    [XS_GET_PERMS] = { "get perms", do_get_perms, OP_IN_TXN },
    [XS_SET_PERMS] = { "set perms", do_set_perms, OP_IN_TXN },
    [XS_WATCH] = { "watch", do_watch, 0 },
    [XS_UNWATCH] = { "unwatch", do_unwatch, 0 },
    [XS_RESET_WATCHES] = { "reset watches", do_reset_watches, 0 },
    [XS_TRANSACTION_START] = { "start", do_transaction_start, OP_IN_TXN },
    [XS_TRANSACTION_END] = { "end", do_transaction_end, OP_IN_TXN },
    [XS_INTRODUCE] = { "introduce", proto_introduce, OP_DOM0 },
    [XS_RELEASE] = { "release", proto_release, OP_DOM0 },
    [XS_RESUME] = { "resume", proto_resume, OP_DOM0 },
    [XS_SET_TARGET] = { "set target", proto_set_target, OP_DOM0 },
    [XS_GET_DOMAIN_PATH] = { "domain path", proto_get_domain_path, 0 },
    [XS_IS_DOMAIN_INTRODUCED] = { "introduced", proto_is_domain_introduced, 0 },
};

static int dispatch(struct request *r, uint32_t type, uint32_t tx_id)
{
    int rc;

    if (type >= XS_TYPE_COUNT || !ops[type].handle)
        return -ENOSYS;
    if ((ops[type].flags & OP_DOM0) && !r->conn->cred.privileged)
        return -EACCES;
    if ((ops[type].flags & OP_IN_TXN) && tx_id) {
        rc = txn_find(r->conn, tx_id, &r->txn);
        if (rc)
            return rc;
    }
    return ops[type].handle(r);
}

static void trace(const struct request *r, const struct xsd_sockmsg *hdr, int rc)
{
    const char *name = hdr->type < XS_TYPE_COUNT ? ops[hdr->type].name : NULL;

    store_log(r->conn->store, "d%u tx %u %s %.200s: %s", r->conn->cred.domid,
              hdr->tx_id, name ? name : "?", r->args,
              rc ? strerror(-rc) : "ok");
}

void proto_handle(struct conn *c)
{
    struct request r;                   /* not its reply's room, which is large */
    int rc;

    r.conn = c;
    r.txn = NULL;
    r.args = c->payload;
    r.len = c->hdr.len;
    r.reply_len = 0;
    r.new_watch = NULL;
    rc = conn_begin_request(c);
    if (!rc)
        rc = dispatch(&r, c->hdr.type, c->hdr.tx_id);
    if (c->store->trace)
        trace(&r, &c->hdr, rc);
    if (rc)
        conn_send_error(c, rc);
    else
        conn_send_reply(c, c->hdr.type, r.reply, r.reply_len);
    if (r.new_watch)
        watch_fire_first(r.new_watch);
    conn_end_request(c);
}
