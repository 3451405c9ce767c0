/* SPDX-License-Identifier: GPL-2.0-only */
/* A second domain without a kernel, that a test as the initial domain makes, works on by domctls, and destroys. */
#ifndef TEST_TARGET_H
#define TEST_TARGET_H

#include "lib.h"
#include <public/domctl.h>

/* The call with @ctl's arguments for @domain. @ctl is what the hypervisor left in it. */
long domctl_of(struct xen_domctl *ctl, unsigned cmd, domid_t domain);

/* A paused domain's description: one vCPU, 1,023 event channels, 4 pages of grants. */
struct xen_domctl target_description(void);

/* Makes a domain from @described, a vCPU in it, and lets it have @pages. Ends the test if that fails. */
domid_t target_create(const struct xen_domctl *described, unsigned long pages);

/* Gives it a page at @pfn; the page's frame. Ends the test if that fails. */
unsigned long target_give_page(domid_t dom, unsigned long pfn);

/* Its frame at SCRATCH_VA (whose tables exist) with these flags; flags 0 unmap. Ends the test if that fails. */
volatile uint64_t *target_map(domid_t dom, unsigned long mfn, uint64_t flags);

/* Destroys it, as often as the hypervisor asks for it. */
void target_destroy(domid_t dom);

/* Waits until its number is free again; an error if that is not within 10 s. */
void target_wait_gone(domid_t dom);

uint64_t host_free_pages(void);
/* What free memory settles at: destroyed domains' last pages come back, and are scrubbed, some time later. */
uint64_t host_settled_pages(void);

#endif
