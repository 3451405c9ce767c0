/* SPDX-License-Identifier: GPL-2.0-only */
/* The hook of xen/access_check.h in a build with ACCESS_CHECK=1 (arch/x86/check/access_check.c). */
#ifndef XEN_ACCESS_CHECK_H
#define XEN_ACCESS_CHECK_H

#include <xen/types.h>
#include <x86/page.h>

#define ACCESS_CHECK_NAME ", access check"      /* at the end of the changeset's name */

/*
 * The hypervisor is about to read or write [@va, @va + @n) of the address space that this CPU runs on, for its current guest. Panics
 * where the page tables would let the hypervisor do what they would not let ring 3 do.
 */
void access_check(u64 va, u64 n, bool write);

/* One page of it, in the tables below the L4 at @l4. NULL: the guest could do the same, or the access faults; else what is wrong. */
const char *access_refused(const pte_t *l4, u64 va, bool write, bool write_protect);

#endif
