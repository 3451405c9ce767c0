/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xend's server with several connections of different users, whose requests come in pieces, several in one piece, and whose answers
 * are not read: an operation runs for one who may, one at a time for a connection, and each of its answers is a whole message.
 */
#include "input.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenctrl.h>
#include "../../tools/lib/json.h"
#include "../../tools/lib/mem.h"
#include "../../tools/lib/strbuf.h"
#include "../../tools/lib/wire.h"
#include "../../tools/xend/domain.h"
#include "../../tools/xend/log.h"
#include "../../tools/xend/server.h"

#define PEERS 4

static struct xend x;
static struct listener listener;
static char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
static uid_t user;              /* who the next connection is of */
static struct peer { int fd; uid_t user; struct strbuf in; } peers[PEERS];
static struct worker_job *jobs[SERVER_CONNECTIONS_MAX];
static unsigned job_count;
static bool domain_there;

/* ---- what is beside the server ---- */

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (name != SO_PEERCRED)
        return -1;
    *(struct ucred *)value = (struct ucred){ 1, user, user };
    return 0;
}

static int op_work(struct call *c)
{
    c->result = json_new(JSON_OBJECT);
    json_add_int(c->result, "domid", 1);
    return 0;
}
static int op_large(struct call *c)
{
    c->result = json_new(JSON_ARRAY);
    for (int i = 0; i < 3000; i++)
        json_add_str(c->result, NULL, "a line of an answer that is long");
    return 0;
}
static int op_fail(struct call *c) { return call_fail(c, EBUSY, "busy"); }

const struct call_op *call_find_op(const char *name)
{
    static const struct call_op ops[] = {
        { "a", CALL_ROOT, CALL_AT_ONCE, op_work }, { "l", CALL_LOOK, CALL_AT_ONCE, op_large },
        { "f", CALL_LOOK, CALL_AT_ONCE, op_fail }, { "w", CALL_ROOT, CALL_WORKER, op_work },
        { "W", CALL_LOOK, CALL_WAIT, op_work },
    };

    for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
        if (!strcmp(ops[i].name, name))
            return &ops[i];
    return NULL;
}
int call_fail(struct call *c, int code, const char *fmt, ...)
{
    c->code = code;
    return -code;
}
void call_clear(struct call *c)
{
    json_free(c->result);
    strbuf_free(&c->warnings);
    c->result = NULL;
}
void log_line(const char *fmt, ...) { }
int64_t xend_now_ms(void) { return 1; }
struct domain *domain_get(struct xend *unused, uint32_t domid) { return NULL; }
int xc_domain_getinfo(struct xc_handle *h, uint32_t domid, struct xc_domain_info *info)
{
    *info = (struct xc_domain_info){ .domid = domid };
    return domain_there ? 0 : -ESRCH;
}
void worker_submit(struct xend *unused, struct worker_job *job)
{
    for (unsigned i = 0; i < job_count; i++)
        FUZZ_CHECK(jobs[i]->connection != job->connection);
    FUZZ_CHECK(job_count < SERVER_CONNECTIONS_MAX);
    jobs[job_count++] = job;
}

/* ---- the peers ---- */

static void serve(unsigned rounds)
{
    struct pollfd fds[SERVER_POLL_MAX];

    for (unsigned i = 0; i < rounds; i++) {
        size_t count = server_poll_fill(&listener, fds);

        if (poll(fds, count, 0) <= 0)
            return;
        server_poll_act(&x, &listener, fds, count);
    }
}

static void end_peer(struct peer *p)
{
    if (p->fd >= 0)
        close(p->fd);
    strbuf_free(&p->in);
    p->fd = -1;
}

static void begin_peer(struct peer *p)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    end_peer(p);
    strcpy(address.sun_path, path);
    user = p->user = input_below(3) ? 0 : 1000;
    p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (p->fd < 0 || connect(p->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        abort();
    serve(1);
}

/* A request, or several in one piece; the last may be cut, or have a length that is not its own. */
static void send_requests(struct peer *p)
{
    static const char *const names[] = { "a", "l", "f", "w", "W", "?" };
    struct strbuf b = { 0 };

    for (unsigned n = input_below(5); n; n--) {
        struct json *j = json_new(JSON_OBJECT);

        json_add_str(j, "op", names[input_below(6)]);
        wire_pack(j, &b);
        json_free(j);
    }
    if (b.len && !input_below(4))
        b.data[input_below(b.len)] ^= 1 << input_below(8);
    if (b.len && !input_below(4))
        b.len -= input_below(b.len);
    if (b.len)
        (void)!send(p->fd, b.data, b.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    strbuf_free(&b);
}

/* What has come for the peer is whole answers, and the beginning of one. */
static void take_answers(struct peer *p)
{
    char chunk[65536];
    ssize_t n = recv(p->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
    long len;

    if (n > 0)
        strbuf_add(&p->in, chunk, n);
    while (p->in.len && (len = wire_complete(p->in.data, p->in.len))) {
        struct json *j = len > 0 ? json_parse(p->in.data + WIRE_HEADER, len - WIRE_HEADER, NULL) : NULL;

        FUZZ_CHECK(j && j->type == JSON_OBJECT);
        json_free(j);
        strbuf_drop(&p->in, len);
    }
}

static void finish_job(void)
{
    struct worker_job *job;
    unsigned i;

    if (!job_count)
        return;
    i = input_below(job_count);
    job = jobs[i];
    jobs[i] = jobs[--job_count];
    job->ret = job->run(&job->call);
    server_job_done(&x, job);
    call_clear(&job->call);
    json_free(job->request);
    free(job);
}

static void step(void)
{
    struct peer *p = &peers[input_below(PEERS)];

    if (p->fd < 0) {
        begin_peer(p);
        return;
    }
    switch (input_below(8)) {
    case 0:
        end_peer(p);
        break;
    case 1:
        take_answers(p);
        break;
    case 2:
        finish_job();
        break;
    case 3:
        domain_there = !domain_there;
        server_check_waits(&x);
        break;
    default:
        send_requests(p);
    }
    serve(1 + input_below(3));
}

static void remove_socket(void)
{
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!*path) {
        snprintf(path, sizeof(path), "/tmp/fuzz-server.%d", getpid());
        listener.fd = server_listen(path);
        if (listener.fd < 0 || atexit(remove_socket))
            abort();
        for (unsigned i = 0; i < PEERS; i++)
            peers[i].fd = -1;
    }
    input = data;
    input_left = size;
    while (input_left)
        step();
    server_close_all();
    for (unsigned i = 0; i < PEERS; i++)
        end_peer(&peers[i]);
    while (job_count)
        finish_job();
    return 0;
}
