/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's oom_score_adj (proc(5)): see oom.h. */
#include "oom.h"

#include <stdbool.h>
#include <stdio.h>

static bool oom_protected;

/* False where there is no such process or no such setting. */
static bool oom_read(int *score)
{
	FILE *f = fopen("/proc/self/oom_score_adj", "re");
	bool read = f && fscanf(f, "%d", score) == 1;

	if (f)
		fclose(f);
	return read;
}

static void oom_write(const char *path, int score)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return;
	fprintf(f, "%d\n", score);
	fclose(f);
}

void oom_protect(int score)
{
	int inherited;

	if (!oom_read(&inherited) || inherited)
		return;
	oom_write("/proc/self/oom_score_adj", score);
	oom_protected = true;
}

void oom_unprotect_child(pid_t pid)
{
	char path[48];

	if (!oom_protected)
		return;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	oom_write(path, 0);
}
