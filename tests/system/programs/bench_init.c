/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests/bench, in place of /init (rdinit=): notes the TSC in the environment, as BENCH_TSC, and goes on with /init.
 * Linked where no other program is, so that its first instruction can be told from theirs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <x86intrin.h>

int main(int argc, char **argv)
{
	char text[32];

	(void)argc;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)__rdtsc());
	setenv("BENCH_TSC", text, 1);
	execv("/init", argv);
	perror("/init");
	return 1;
}
