/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests/bench: what everyday system calls cost under Linux, in TSC ticks, which are instructions under -icount. Each
 * figure is the lowest of several runs of a loop, less the loop itself. Prints "LINUX <tab> name <tab> value" lines, then
 * "LINUX-END". The first line, a loop of known length, tells whether a tick is an instruction.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define FAULT_RUNS 24
#define PAGE 4096
#define AREA (1 << 20)
#define CALIBRATION 1000

static const char *self;

/* What a measurement cannot do without; a figure from a failed call would be a low one. */
static void need(int held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(1);
}

static void *area_map(void)
{
	void *p = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED, "mmap");
	return p;
}

static void area_touch(volatile char *p)
{
	for (size_t at = 0; at < AREA; at += PAGE)
		p[at] = 1;
}

static void area_unmap(void *p)
{
	need(munmap(p, AREA) == 0, "munmap");
}

static void op_nothing(void)
{
	__asm__ volatile("" : : : "memory");
}

static void op_known(void)
{
	unsigned long n = CALIBRATION / 2;

	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(n));
}

static void op_getpid(void)
{
	syscall(SYS_getpid);
}

static void op_clock_libc(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
}

static void op_clock_call(void)
{
	struct timespec t;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
}

static void wait_for(pid_t pid)
{
	int status;

	need(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "child");
}

static void op_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	wait_for(pid);
}

static void op_exec(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(self, self, "exit", NULL);
		_exit(1);
	}
	wait_for(pid);
}

static int ping[2], pong[2];

static void op_pipe(void)
{
	char c = 0;

	need(write(ping[1], &c, 1) == 1 && read(pong[0], &c, 1) == 1, "pipe");
}

static void op_map(void)
{
	area_unmap(area_map());
}

static void op_map_touch(void)
{
	void *p = area_map();

	area_touch(p);
	area_unmap(p);
}

static int file;

static void op_pread(void)
{
	static char page[PAGE];

	need(pread(file, page, PAGE, 0) == PAGE, "pread");
}

static void on_signal(int number)
{
	(void)number;
}

static pid_t me;

static void op_signal(void)
{
	need(kill(me, SIGUSR1) == 0, "kill");
}

static uint64_t loop(void (*op)(void), unsigned int count)
{
	uint64_t start = __rdtsc();

	for (unsigned int i = 0; i < count; i++)
		op();
	return __rdtsc() - start;
}

static uint64_t lowest(void (*op)(void), unsigned int count, unsigned int runs)
{
	uint64_t best = UINT64_MAX;

	for (unsigned int i = 0; i < runs; i++) {
		uint64_t t = loop(op, count);

		best = t < best ? t : best;
	}
	return best;
}

/* The faults alone, without mmap and munmap. */
static uint64_t lowest_faults(void)
{
	uint64_t best = UINT64_MAX;

	for (unsigned int i = 0; i < FAULT_RUNS; i++) {
		void *p = area_map();
		uint64_t start = __rdtsc(), t;

		area_touch(p);
		t = __rdtsc() - start;
		area_unmap(p);
		best = t < best ? t : best;
	}
	return best;
}

static void echo_start(void)
{
	char c;

	need(pipe(ping) == 0 && pipe(pong) == 0, "pipe");
	if (fork())
		return;
	close(ping[1]);
	while (read(ping[0], &c, 1) == 1)
		if (write(pong[1], &c, 1) != 1)
			break;
	_exit(0);
}

/*
 * count: so few that a run seldom meets a timer interrupt, so many that the loop's own cost is exact. Where the kernel's
 * caches make some calls dearer than others, one call a run and many runs find the cheap one each time.
 */
static const struct row {
	const char *name;
	void (*op)(void);
	unsigned int count, runs;
} rows[] = {
	{ "calibration", op_known, 20, 12 },
	{ "getpid system call", op_getpid, 100, 12 },
	{ "clock_gettime, libc", op_clock_libc, 100, 12 },
	{ "clock_gettime, system call", op_clock_call, 100, 12 },
	{ "fork+exit+wait", op_fork, 1, 24 },
	{ "fork+exec+wait, static binary", op_exec, 1, 24 },
	{ "pipe round trip between two processes", op_pipe, 10, 24 },
	{ "mmap+munmap of 1 MiB untouched", op_map, 1, 200 },
	{ "mmap+touch+munmap of 1 MiB", op_map_touch, 1, 24 },
	{ "pread of 4 KiB, cached", op_pread, 50, 12 },
	{ "signal to self", op_signal, 50, 12 },
};

static void report(const char *name, uint64_t value)
{
	printf("LINUX\t%s\t%llu\n", name, (unsigned long long)value);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (argc > 1 && !strcmp(argv[1], "exit"))
		_exit(0);
	self = argv[0];
	me = getpid();
	file = open(self, O_RDONLY | O_CLOEXEC);
	need(file >= 0, self);
	need(sigaction(SIGUSR1, &action, NULL) == 0, "sigaction");
	echo_start();
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		uint64_t empty = lowest(op_nothing, r->count, r->runs), t = lowest(r->op, r->count, r->runs);

		report(r->name, t < empty ? 0 : (t - empty) / r->count);
	}
	report("page fault on fresh memory, per page", lowest_faults() / (AREA / PAGE));
	printf("LINUX-END\n");
	return 0;
}
