/* SPDX-License-Identifier: GPL-2.0-only */
/* A test kernel's own grant table, and loopback use of it: the kernel grants pages to itself. */
#ifndef TEST_GRANTS_H
#define TEST_GRANTS_H

#include "hypercall.h"

/* Sets the table up with one page, in the given version, and maps it (and version 2's status page). */
void grants_init(unsigned version);
extern domid_t grants_self; /* the kernel's own domain */
extern struct grant_entry_v1 *grants_v1;
extern union grant_entry_v2 *grants_v2;
extern volatile uint16_t *grants_status;

/* Version 1 entry: page's frame for a domain; flags GTF_. */
void grant_v1(grant_ref_t ref, domid_t dom, const void *page, uint16_t flags);

/* One call each; the element's status (or the call's error, which is below -1000 to tell them apart). */
long grant_map(domid_t dom, grant_ref_t ref, unsigned flags, uint64_t host_addr, grant_handle_t *handle);
long grant_unmap(grant_handle_t handle, uint64_t host_addr);
long grant_copy(const struct gnttab_copy *op);

#endif
