/* SPDX-License-Identifier: GPL-2.0-only */
/* xend's socket. */
#include "server.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <xenctrl.h>

#include "../lib/json.h"
#include "../lib/mem.h"
#include "../lib/wire.h"
#include "domain.h"
#include "log.h"

/*
 * Everybody may connect, so nobody but root may take what others need: connections (of SERVER_CONNECTIONS_MAX, and of those
 * for all who are not root), memory, the disk that the log is on.
 */
#define OTHERS_CONNECTIONS_MAX (SERVER_CONNECTIONS_MAX * 3 / 4)
#define USER_CONNECTIONS_MAX 16
#define OTHERS_MESSAGE_MAX (64u << 10)
#define OUT_PAUSE (64u << 10)	/* who has that much to receive is asked no further */
#define REFUSALS_LOGGED 20	/* in each period */
#define REFUSALS_PERIOD_MS 60000

struct connection {
	struct connection *next;
	uint64_t id;			/* never used again, so a late answer finds nobody */
	int fd;				/* -1: to be freed */
	struct ucred peer;
	bool in_group;
	bool busy;			/* a job or a wait is open: further requests stay in `in` */
	uint32_t wait_domid;		/* with busy: DOMAIN_NONE, or the domain whose end is waited for */
	struct strbuf in, out;
};

static struct connection *connections;
static size_t connection_count;
static uint64_t connection_last_id;

int server_listen(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	/* The caller holds the lock of the pid file, so a socket that is there is a dead one. */
	listener_remove_left(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0666) < 0 || listen(fd, 64) < 0) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

/* Whether the peer's groups have the one that may look. */
static bool server_in_group(struct xend *x, int fd, const struct ucred *peer)
{
	struct group *group = x->options.group ? getgrnam(x->options.group) : NULL;
	gid_t groups[256];
	socklen_t len = sizeof(groups);

	if (!group)
		return false;
	if (peer->gid == group->gr_gid)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(*groups); i++)
		if (groups[i] == group->gr_gid)
			return true;
	return false;
}

static bool server_has_room(const struct ucred *peer)
{
	size_t others = 0, same = 0;

	for (struct connection *c = connections; c; c = c->next) {
		others += c->peer.uid != 0;
		same += c->peer.uid == peer->uid;
	}
	return !peer->uid || (others < OTHERS_CONNECTIONS_MAX && same < USER_CONNECTIONS_MAX);
}

/* Whether a line may be logged that any user can cause; *more: how many were not since the last one. */
static bool server_may_log(unsigned int *more)
{
	static unsigned int logged, dropped;
	static int64_t period;
	int64_t now = xend_now_ms();

	if (!period || now - period >= REFUSALS_PERIOD_MS) {
		period = now;
		logged = 0;
	}
	if (logged == REFUSALS_LOGGED) {
		dropped++;
		return false;
	}
	logged++;
	*more = dropped;
	dropped = 0;
	return true;
}

static void server_log_refusal(const struct connection *c, const char *what)
{
	unsigned int more;

	if (!server_may_log(&more))
		return;
	log_line("refused %s to user %u, process %d", what, c->peer.uid, c->peer.pid);
	if (more)
		log_line("%u refusals before that were not logged", more);
}

static void server_accept(struct xend *x, struct listener *listener)
{
	int fd = listener_accept(listener);
	struct connection *c;
	socklen_t len = sizeof(c->peer);

	if (fd < 0 && fd != -EAGAIN)
		log_line("cannot accept a connection: %s; new ones wait", strerror(-fd));
	if (fd < 0)
		return;
	c = mem_alloc(1, sizeof(*c));
	c->fd = fd;
	c->id = ++connection_last_id;
	c->wait_domid = DOMAIN_NONE;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c->peer, &len) < 0 || !server_has_room(&c->peer)) {
		close(fd);
		free(c);
		return;
	}
	c->in_group = c->peer.uid && server_in_group(x, fd, &c->peer);
	c->next = connections;
	connections = c;
	connection_count++;
}

static void server_send(struct connection *c)
{
	while (c->fd >= 0 && c->out.len) {
		ssize_t n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			close(c->fd);
			c->fd = -1;
			return;
		}
		strbuf_drop(&c->out, n);
	}
}

static void server_add_warnings(struct json *answer, struct strbuf *warnings)
{
	struct json *list;
	char *rest = warnings->data, *line;

	if (!warnings->len)
		return;
	list = json_add_new(answer, "warnings", JSON_ARRAY);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			json_add_str(list, NULL, line);
}

/* The answer of a call that has come to its end. Takes call->result. */
static void server_answer(struct connection *c, struct call *call, int ret)
{
	struct json *answer = json_new(JSON_OBJECT);

	if (ret < 0) {
		json_add_str(answer, "error", call->err.text ? call->err.text : strerror(-ret));
		json_add_int(answer, "code", call->code ? call->code : -ret);
	} else {
		json_add(answer, "ok", call->result ? call->result : json_new(JSON_OBJECT));
		call->result = NULL;
	}
	server_add_warnings(answer, &call->warnings);
	wire_pack(answer, &c->out);
	json_free(answer);
	server_send(c);
}

static bool server_permits(const struct connection *c, const struct call_op *op)
{
	return c->peer.uid == 0 || (op->privilege == CALL_LOOK && c->in_group);
}

static void server_start_job(struct xend *x, struct connection *c, const struct call_op *op, struct json *request)
{
	struct worker_job *job = mem_alloc(1, sizeof(*job));

	job->run = op->handler;
	job->request = request;
	job->call.args = json_get(request, "args");
	job->connection = c->id;
	c->busy = true;
	worker_submit(x, job);
}

/* A dying domain that xend does not manage (any more) only waits until others let go of its memory. */
static bool server_domain_gone(struct xend *x, uint32_t domid)
{
	struct xc_domain_info info;

	return !domain_get(x, domid) && (xc_domain_getinfo(x->loop.xc, domid, &info) < 0 || info.dying);
}

/* Takes request. */
static void server_request(struct xend *x, struct connection *c, struct json *request)
{
	const char *name = json_str(request, "op", "");
	const struct call_op *op = call_find_op(name);
	struct call call = { .x = x, .link = &x->loop, .args = json_get(request, "args") };
	uint32_t domid;
	int ret;

	if (!op) {
		ret = call_fail(&call, ENOSYS, "xend knows no operation %s; xm and xend may be of different versions", name);
	} else if (!server_permits(c, op)) {
		server_log_refusal(c, name);
		ret = call_fail(&call, EPERM, "not permitted: user %u is not root; run it as root, for example with sudo", c->peer.uid);
	} else if (mem_is_short()) {
		/* What was begun is finished out of the reserve. */
		ret = call_fail(&call, ENOMEM, "domain 0 is out of memory; stop other programs there, and try again");
	} else if (op->where == CALL_WORKER) {
		log_line("%s asked by process %d", name, c->peer.pid);
		server_start_job(x, c, op, request);
		return;
	} else {
		ret = op->handler(&call);
	}
	domid = op && op->where == CALL_WAIT && !ret ? json_int(call.result, "domid", DOMAIN_NONE) : DOMAIN_NONE;
	if (domid != DOMAIN_NONE && !server_domain_gone(x, domid)) {
		c->busy = true;
		c->wait_domid = domid;
	} else {
		server_answer(c, &call, ret);
	}
	call_clear(&call);
	json_free(request);
}

static size_t server_message_max(const struct connection *c)
{
	return c->peer.uid ? OTHERS_MESSAGE_MAX : WIRE_MESSAGE_MAX;
}

/* As wire_complete(), with the peer's own limit. */
static long server_complete(const struct connection *c)
{
	long len = wire_complete(c->in.data, c->in.len);
	size_t have = len > 0 ? (size_t)len : c->in.len;

	return len >= 0 && have > WIRE_HEADER + server_message_max(c) ? -EMSGSIZE : len;
}

/* Requests that are complete, as long as none is open and the answers are taken. */
static void server_process(struct xend *x, struct connection *c)
{
	while (!c->busy && c->fd >= 0 && c->out.len < OUT_PAUSE) {
		long len = server_complete(c);
		struct json *request;

		if (!len)
			return;
		request = len > 0 ? json_parse(c->in.data + WIRE_HEADER, len - WIRE_HEADER, NULL) : NULL;
		if (!request) {
			server_log_refusal(c, "what is no valid request");
			close(c->fd);
			c->fd = -1;
			return;
		}
		strbuf_drop(&c->in, len);
		server_request(x, c, request);
	}
}

static void server_receive(struct xend *x, struct connection *c)
{
	char chunk[16384];
	ssize_t n = read(c->fd, chunk, sizeof(chunk));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		close(c->fd);
		c->fd = -1;
		return;
	}
	strbuf_add(&c->in, chunk, n);
	server_process(x, c);
}

static void server_reap(void)
{
	for (struct connection **p = &connections; *p;) {
		struct connection *c = *p;

		if (c->fd >= 0) {
			p = &c->next;
			continue;
		}
		*p = c->next;
		connection_count--;
		strbuf_free(&c->in);
		strbuf_free(&c->out);
		free(c);
	}
}

size_t server_poll_fill(struct listener *listener, struct pollfd *fds)
{
	size_t count = 0;

	/* When it is full, new ones wait in the kernel's queue. */
	fds[count++] = (struct pollfd){
		.fd = connection_count < SERVER_CONNECTIONS_MAX ? listener_poll_fd(listener) : -1, .events = POLLIN,
	};
	for (struct connection *c = connections; c; c = c->next) {
		bool hungry = c->in.len <= WIRE_HEADER + server_message_max(c) && c->out.len < OUT_PAUSE;

		fds[count++] = (struct pollfd){ .fd = c->fd, .events = (hungry ? POLLIN : 0) | (c->out.len ? POLLOUT : 0) };
	}
	return count;
}

void server_poll_act(struct xend *x, struct listener *listener, const struct pollfd *fds, size_t count)
{
	size_t i = 1, before;

	/* The list has the order that server_poll_fill() saw: nothing was added or freed since. */
	for (struct connection *c = connections; c && i < count; c = c->next, i++) {
		if (c->fd >= 0 && fds[i].revents & POLLOUT) {
			server_send(c);
			server_process(x, c);
		}
		if (c->fd >= 0 && fds[i].revents & (POLLIN | POLLHUP | POLLERR))
			server_receive(x, c);
	}
	if (fds[0].revents & POLLIN)
		server_accept(x, listener);
	before = connection_count;
	server_reap();
	if (connection_count < before)
		listener_retry(listener);
}

void server_job_done(struct xend *x, struct worker_job *job)
{
	for (struct connection *c = connections; c; c = c->next) {
		if (c->id != job->connection)
			continue;
		c->busy = false;
		server_answer(c, &job->call, job->ret);
		server_process(x, c);
	}
}

void server_check_waits(struct xend *x)
{
	for (struct connection *c = connections; c; c = c->next) {
		struct call call = { .x = x };

		if (c->wait_domid == DOMAIN_NONE || !server_domain_gone(x, c->wait_domid))
			continue;
		c->wait_domid = DOMAIN_NONE;
		c->busy = false;
		server_answer(c, &call, 0);
		server_process(x, c);
	}
}

void server_close_all(void)
{
	for (struct connection *c = connections; c; c = c->next) {
		if (c->fd >= 0)
			close(c->fd);
		c->fd = -1;
	}
	server_reap();
}
