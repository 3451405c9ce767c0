/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests/bench: how fast a guest's disk and network card are, by the machine's clock.
 *   bench_io serve PORT          in dom0: takes what is sent, sends what is asked for, echoes
 *   bench_io run DISK ADDRESS PORT   in the guest: "IO <tab> name <tab> value" lines, then "IO-END"
 *   bench_io clock               the TSC
 * Rates are in KiB a second, round trips in ns.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define CHUNK (256u << 10)
#define ROUNDS 3
#define STREAM (16u << 20)
#define ECHOES 100

/* A connection's first byte says what it is for. */
enum { ASK_SINK = 'S', ASK_SOURCE = 'G', ASK_ECHO = 'E' };

static char *buffer;     /* CHUNK bytes, aligned for O_DIRECT */

static void need(int held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void report(const char *name, uint64_t value)
{
	printf("IO\t%s\t%llu\n", name, (unsigned long long)value);
	fflush(stdout);
}

/* ---- the disk ---- */

static uint64_t pass(int fd, size_t request, size_t total, int writes)
{
	uint64_t start = now_ns();

	for (size_t at = 0; at < total; at += request) {
		ssize_t n = writes ? pwrite(fd, buffer, request, (off_t)at) : pread(fd, buffer, request, (off_t)at);

		need(n == (ssize_t)request, writes ? "write" : "read");
	}
	return now_ns() - start;
}

static const struct disk_row {
	const char *name;
	size_t request, total;
	int writes;
} disk_rows[] = {
	{ "disk: write, 256 KiB requests", CHUNK, 32u << 20, 1 },
	{ "disk: read, 256 KiB requests", CHUNK, 32u << 20, 0 },
	{ "disk: write, 4 KiB requests", 4096, 2u << 20, 1 },
	{ "disk: read, 4 KiB requests", 4096, 2u << 20, 0 },
};

static void disk(const char *path)
{
	int fd = open(path, O_RDWR | O_DIRECT);

	need(fd >= 0, path);
	for (unsigned int i = 0; i < sizeof(disk_rows) / sizeof(*disk_rows); i++) {
		const struct disk_row *r = &disk_rows[i];
		uint64_t best = UINT64_MAX;

		for (unsigned int round = 0; round < ROUNDS; round++) {
			uint64_t t = pass(fd, r->request, r->total, r->writes);

			best = t < best ? t : best;
		}
		report(r->name, (r->total >> 10) * 1000000000ull / best);
	}
	close(fd);
}

/* ---- the network ---- */

static int ask(const char *address, const char *port, char what)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	need(fd >= 0 && inet_aton(address, &to.sin_addr), "socket");
	need(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0, "connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	need(write(fd, &what, 1) == 1, "ask");
	return fd;
}

static void send_stream(int fd)
{
	for (size_t left = STREAM; left;) {
		ssize_t n = write(fd, buffer, left < CHUNK ? left : CHUNK);

		need(n > 0, "send");
		left -= (size_t)n;
	}
}

/* Reads up to the stream's end: how much it was. */
static size_t receive_stream(int fd)
{
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, buffer, CHUNK)) > 0)
		total += (size_t)n;
	return total;
}

/* From the first byte until the other end has said that it has all of them, or until the last one is here. */
static uint64_t stream(const char *address, const char *port, char what)
{
	int fd = ask(address, port, what);
	uint64_t start = now_ns();

	if (what == ASK_SINK) {
		send_stream(fd);
		shutdown(fd, SHUT_WR);
		need(receive_stream(fd) == 0, "the other end");
	} else {
		need(receive_stream(fd) == STREAM, "receive");
	}
	close(fd);
	return now_ns() - start;
}

static uint64_t echoes(const char *address, const char *port)
{
	int fd = ask(address, port, ASK_ECHO);
	uint64_t start = now_ns();
	char c = 0;

	for (unsigned int i = 0; i < ECHOES; i++)
		need(write(fd, &c, 1) == 1 && read(fd, &c, 1) == 1, "echo");
	start = (now_ns() - start) / ECHOES;
	close(fd);
	return start;
}

static void network(const char *address, const char *port)
{
	uint64_t out = UINT64_MAX, in = UINT64_MAX, trip = UINT64_MAX, t;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		t = stream(address, port, ASK_SINK);
		out = t < out ? t : out;
		t = stream(address, port, ASK_SOURCE);
		in = t < in ? t : in;
		t = echoes(address, port);
		trip = t < trip ? t : trip;
	}
	report("network: guest to dom0", (STREAM >> 10) * 1000000000ull / out);
	report("network: dom0 to guest", (STREAM >> 10) * 1000000000ull / in);
	report("network: one byte there and back", trip);
}

static void answer(int fd)
{
	int one = 1;
	char c;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (read(fd, &c, 1) != 1)
		return;
	if (c == ASK_SINK)
		receive_stream(fd);
	else if (c == ASK_SOURCE)
		send_stream(fd);
	while (c == ASK_ECHO && read(fd, buffer, 1) == 1)
		need(write(fd, buffer, 1) == 1, "echo");
}

static void serve(const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	need(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 4) == 0, "serve");
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		need(peer >= 0, "accept");
		answer(peer);
		close(peer);
	}
}

int main(int argc, char **argv)
{
	buffer = aligned_alloc(4096, CHUNK);
	need(buffer != NULL, "memory");
	memset(buffer, 0x5a, CHUNK);
	if (argc == 2 && !strcmp(argv[1], "clock")) {
		printf("%llu\n", (unsigned long long)__rdtsc());
	} else if (argc == 3 && !strcmp(argv[1], "serve")) {
		serve(argv[2]);
	} else if (argc == 5 && !strcmp(argv[1], "run")) {
		disk(argv[2]);
		network(argv[3], argv[4]);
		printf("IO-END\n");
	} else {
		fprintf(stderr, "usage: bench_io serve PORT | run DISK ADDRESS PORT | clock\n");
		return 2;
	}
	return 0;
}
