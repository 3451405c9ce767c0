/* SPDX-License-Identifier: GPL-2.0-only */
/* malloc(), calloc() and realloc() of the tested code that fail when told; linked with --wrap. */
#ifndef FAIL_ALLOC_H
#define FAIL_ALLOC_H

/* From now on the n-th allocation fails, 1 being the next; many: and all after it. n 0: none fails. */
void fail_alloc(unsigned long n, int many);
/* How many were asked for since. */
unsigned long fail_alloc_count(void);

#endif /* FAIL_ALLOC_H */
