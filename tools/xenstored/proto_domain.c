/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests about domains, and the control commands. */
#include "proto.h"
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- domains ------------------------------------------------------------------------- */

/* Splits nr numbers off, the first of which is a domain id. */
static int numbers(struct request *r, int nr, unsigned long out[])
{
    const char *args[MAX_ARGS];
    int n = request_split(r, args, MAX_ARGS);

    if (n < nr)
        return -EINVAL;
    if (request_number(args[0], DOMIDS - 1, &out[0]))
        return -EINVAL;
    for (int i = 1; i < nr; i++)
        if (request_number(args[i], ~0UL >> 1, &out[i]))
            return -EINVAL;
    return 0;
}

int proto_introduce(struct request *r)
{
    struct store *s = r->conn->store;
    unsigned long n[3];
    int rc = numbers(r, 3, n);

    if (rc || n[2] > UINT32_MAX)
        return -EINVAL;
    rc = s->host->introduce(s->host_ctx, (unsigned int)n[0], n[1],
                            (unsigned int)n[2]);
    if (!rc)
        request_reply_ok(r);
    return rc;
}

int proto_release(struct request *r)
{
    struct store *s = r->conn->store;
    unsigned long n[1];
    int rc = numbers(r, 1, n);

    if (!rc)
        rc = s->host->release(s->host_ctx, (unsigned int)n[0]);
    if (!rc)
        request_reply_ok(r);
    return rc;
}

int proto_resume(struct request *r)
{
    struct store *s = r->conn->store;
    unsigned long n[1];
    int rc = numbers(r, 1, n);

    if (!rc)
        rc = s->host->resume(s->host_ctx, (unsigned int)n[0]);
    if (!rc)
        request_reply_ok(r);
    return rc;
}

int proto_set_target(struct request *r)
{
    struct store *s = r->conn->store;
    struct conn *c;
    unsigned long n[2];

    if (numbers(r, 2, n) || n[1] >= DOMIDS)
        return -EINVAL;
    c = s->host->find(s->host_ctx, (unsigned int)n[0]);
    if (!c || !s->host->find(s->host_ctx, (unsigned int)n[1]))
        return -ENOENT;
    c->cred.target = (unsigned int)n[1];
    request_reply_ok(r);
    return 0;
}

int proto_get_domain_path(struct request *r)
{
    unsigned long n[1];
    char path[32];

    if (numbers(r, 1, n))
        return -EINVAL;
    snprintf(path, sizeof(path), "/local/domain/%lu", n[0]);
    request_reply_string(r, path);
    return 0;
}

int proto_is_domain_introduced(struct request *r)
{
    struct store *s = r->conn->store;
    unsigned long n[1];

    if (numbers(r, 1, n))
        return -EINVAL;
    request_reply_string(r, s->host->find(s->host_ctx, (unsigned int)n[0])
                            ? "T" : "F");
    return 0;
}

/* ---- control ------------------------------------------------------------------------------ */

static int control_help(struct request *r, int nr, const char *args[]);

static int control_log(struct request *r, int nr, const char *args[])
{
    if (nr != 1 || (strcmp(args[0], "on") != 0 && strcmp(args[0], "off") != 0))
        return -EINVAL;
    r->conn->store->trace = args[0][1] == 'n';
    request_reply_ok(r);
    return 0;
}

static int control_print(struct request *r, int nr, const char *args[])
{
    if (nr != 1)
        return -EINVAL;
    store_log(r->conn->store, "%s", args[0]);
    request_reply_ok(r);
    return 0;
}

static unsigned long count_nodes(const struct node *n)
{
    unsigned long sum = 1;

    for (unsigned int i = 0; i < n->nr_children; i++)
        sum += count_nodes(n->children[i]);
    return sum;
}

/* Compares the accounts with the tree; they must agree at any time. */
static int control_check(struct request *r, int nr, const char *args[])
{
    struct store *s = r->conn->store;
    unsigned long nodes = count_nodes(s->root), sum = 0;
    char text[96];

    for (unsigned int i = 0; i < DOMIDS; i++)
        sum += s->nodes_used[i];
    snprintf(text, sizeof(text), "%lu nodes, %lu accounted for: %s", nodes, sum,
             nodes == sum ? "ok" : "WRONG");
    request_reply_string(r, text);
    return 0;
}

/* One row a limit: the field's name for it, and where it is kept. */
static const struct {
    const char *name;
    size_t offset;
} quotas[] = {
    { "nodes", offsetof(struct quota, nodes) },
    { "watches", offsetof(struct quota, watches) },
    { "transactions", offsetof(struct quota, transactions) },
    { "outstanding", offsetof(struct quota, outstanding) },
    { "transaction-nodes", offsetof(struct quota, transaction_nodes) },
    { "transaction-bytes", offsetof(struct quota, transaction_bytes) },
    { "snapshot-bytes", offsetof(struct quota, snapshot_bytes) },
    { "node-size", offsetof(struct quota, value_bytes) },
    { "permissions", offsetof(struct quota, perms) },
    { "depth", offsetof(struct quota, depth) },
};
#define NR_QUOTAS (sizeof(quotas) / sizeof(quotas[0]))

static unsigned int *quota_value(struct store *s, size_t i)
{
    return (unsigned int *)((char *)&s->quota + quotas[i].offset);
}

static int control_quota_set(struct request *r, const char *name,
                             const char *value)
{
    unsigned long n;

    if (request_number(value, UINT32_MAX, &n))
        return -EINVAL;
    for (size_t i = 0; i < NR_QUOTAS; i++) {
        if (strcmp(name, quotas[i].name) == 0) {
            *quota_value(r->conn->store, i) = (unsigned int)n;
            request_reply_ok(r);
            return 0;
        }
    }
    return -EINVAL;
}

static void reply_add(struct request *r, const char *name, unsigned long value)
{
    char *to = r->reply + r->reply_len;
    size_t room = sizeof(r->reply) - r->reply_len;
    int n = snprintf(to, room, "%-18s %lu\n", name, value);

    if (n > 0 && (size_t)n < room)
        r->reply_len += (size_t)n;
}

/* "quota": all limits; "quota <domid>": what a domain uses; "quota set ..". */
static int control_quota(struct request *r, int nr, const char *args[])
{
    struct store *s = r->conn->store;
    struct conn *c;
    unsigned long domid;

    if (nr == 3 && strcmp(args[0], "set") == 0)
        return control_quota_set(r, args[1], args[2]);
    if (nr == 0) {
        for (size_t i = 0; i < NR_QUOTAS; i++)
            reply_add(r, quotas[i].name, *quota_value(s, i));
        reply_add(r, "cpu-period-us", RATE_PERIOD_US);
        reply_add(r, "cpu-us", RATE_BUDGET_US);
        reply_add(r, "cpu-sum-us", RATE_SUM_US);
        reply_add(r, "cpu-sum-exhausted", s->guests.exhausted);
    } else if (nr == 1 && !request_number(args[0], DOMIDS - 1, &domid)) {
        c = s->host->find(s->host_ctx, (unsigned int)domid);
        if (!c)
            return -ENOENT;
        reply_add(r, "nodes", s->nodes_used[domid]);
        reply_add(r, "watches", c->nr_watches);
        reply_add(r, "transactions", c->nr_txns);
        reply_add(r, "transaction-bytes", c->txn_bytes);
        reply_add(r, "snapshot-bytes", c->snapshot_bytes);
        reply_add(r, "outstanding", c->out_replies);
        reply_add(r, "cpu-us", (unsigned long)c->rate.used);
        reply_add(r, "cpu-total-us", (unsigned long)c->rate.total);
        reply_add(r, "cpu-exhausted", c->rate.exhausted);
    } else {
        return -EINVAL;
    }
    r->reply[r->reply_len++] = '\0';
    return 0;
}

static const struct {
    const char *name, *usage;
    int (*run)(struct request *r, int nr, const char *args[]);
} commands[] = {
    { "help", "", control_help },
    { "check", "", control_check },
    { "log", "on|off", control_log },
    { "print", "<text>", control_print },
    { "quota", "[set <name> <value>|<domid>]", control_quota },
};
#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int control_help(struct request *r, int nr, const char *args[])
{
    for (size_t i = 0; i < NR_COMMANDS; i++)
        r->reply_len += (size_t)snprintf(r->reply + r->reply_len,
                                         sizeof(r->reply) - r->reply_len,
                                         "%s %s\n", commands[i].name,
                                         commands[i].usage);
    r->reply[r->reply_len++] = '\0';
    return 0;
}

int proto_control(struct request *r)
{
    const char *args[MAX_ARGS];
    int n = request_split(r, args, MAX_ARGS);

    if (n < 1)
        return -EINVAL;
    for (size_t i = 0; i < NR_COMMANDS; i++)
        if (strcmp(args[0], commands[i].name) == 0)
            return commands[i].run(r, n - 1, args + 1);
    return -EINVAL;
}
