/* SPDX-License-Identifier: GPL-2.0-only */
/* Sleeps 10 ms again and again. On SIGTERM prints how often, and how late it woke at worst, in us. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define SLEEP_NS 10000000

static volatile sig_atomic_t over;

static void end(int signal)
{
	(void)signal;
	over = 1;
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

int main(void)
{
	const struct timespec rest = { .tv_nsec = SLEEP_NS };
	unsigned long sleeps = 0;
	int64_t worst = 0;

	signal(SIGTERM, end);
	while (!over) {
		int64_t due = now() + SLEEP_NS;

		nanosleep(&rest, NULL);
		if (now() - due > worst)
			worst = now() - due;
		sleeps++;
	}
	printf("%lu %lld\n", sleeps, (long long)(worst / 1000));
	return 0;
}
