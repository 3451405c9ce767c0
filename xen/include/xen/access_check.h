/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hook before each access of the hypervisor's through a guest address: nothing here. `make ACCESS_CHECK=1` takes
 * include/checked/xen/access_check.h in its place.
 */
#ifndef XEN_ACCESS_CHECK_H
#define XEN_ACCESS_CHECK_H

#include <xen/types.h>

#define ACCESS_CHECK_NAME ""

static inline __attribute__((always_inline)) void access_check(u64 va, u64 n, bool write) { }

#endif
