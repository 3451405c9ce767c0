/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests/bench: bench_cost NAME COMMAND...  What a command costs dom0: its CPU time by the hypervisor's account, which
 * under -icount is one nanosecond an instruction. A second after the command is counted too, in which daemons finish
 * what it began. Prints "COST <tab> NAME <tab> ns <tab> status".
 * Commands of its own: `nothing`, and `spin`, a loop of SPIN instructions, which shows whether the account is exact.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenctrl.h>

#define SPIN 20000000UL
#define SETTLE_US 1000000

static uint64_t dom0_time(struct xc_handle *h)
{
	struct xc_domain_info dom0;

	return xc_domain_getinfo(h, 0, &dom0) ? 0 : dom0.cpu_time_ns;
}

static void spin(void)
{
	unsigned long n = SPIN / 2;

	__asm__ volatile("1: dec %0; jnz 1b" : "+r"(n));
}

static int run(char **argv)
{
	int status, null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	pid_t pid = fork();

	if (pid == 0) {
		dup2(null, 1);
		if (!strcmp(argv[0], "spin"))
			spin();
		if (!strcmp(argv[0], "spin") || !strcmp(argv[0], "nothing"))
			_exit(0);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	close(null);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 126;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct xc_handle *h;
	uint64_t before, after;
	int status, ret;

	if (argc < 3) {
		fprintf(stderr, "usage: bench_cost NAME COMMAND...\n");
		return 2;
	}
	ret = xc_open(&h);
	if (ret) {
		fprintf(stderr, "bench_cost: %s\n", xc_open_strerror(ret));
		return 1;
	}
	before = dom0_time(h);
	status = run(argv + 2);
	usleep(SETTLE_US);
	after = dom0_time(h);
	printf("COST\t%s\t%llu\t%d\n", argv[1], (unsigned long long)(after - before), status);
	xc_close(h);
	return status;
}
