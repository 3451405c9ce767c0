/* SPDX-License-Identifier: GPL-2.0-only */
/* For targets that are linked with --wrap=malloc,--wrap=calloc: an allocation that fails, once. */
#ifndef FUZZ_NO_MEMORY_H
#define FUZZ_NO_MEMORY_H

#include <stddef.h>

/* How many allocations succeed until one fails; 0: all succeed. */
extern unsigned no_memory_after;

#endif
