/* SPDX-License-Identifier: GPL-2.0-only */
/* A store of a few nodes, each read of which can fail: store_get() of tests without a daemon. */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include <stdbool.h>
#include <stddef.h>

/* The test's nodes. */
struct fake_node {
	const char *path, *value;
};
extern const struct fake_node fake_nodes[];
extern const size_t fake_node_count;

/* How many reads there were, and which of them fails, counted from 1; 0: none does. */
extern unsigned int fake_reads, fake_fail_at;
/* Counts one read. True where it is to fail. */
bool fake_read_fails(void);

#endif
