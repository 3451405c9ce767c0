/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host tests and fuzzing: one domain with frames and page tables, the requests that its guest makes, and the frame
 * table's check over it all. Link the SRCS_frame_check of the Makefile.
 */
#ifndef FRAME_MACHINE_H
#define FRAME_MACHINE_H

#include "host.h"

#include <xen/frame_check.h>

#define NR_FRAMES  1023
#define FIRST      300     /* the domain's frames; above LAST all is free */
#define LAST       400
#define POOL       24      /* frames that requests are about: few, so that they meet */

extern struct domain *machine_domain;
extern struct vcpu *machine_vcpu;
extern u64 machine_m2p[NR_FRAMES + 1];
extern struct frame_info *machine_held;      /* by some other part, writable */

void machine_setup(void);
void machine_teardown(void);
/* All that the check finds wrong. */
u64 machine_violations(void);

void machine_pin(unsigned int n, unsigned int level);
void machine_unpin(unsigned int n);
/* One request of a guest's; @rnd(n) gives a number below n. */
void machine_request(unsigned int (*rnd)(unsigned int n));

static inline struct frame_info *frame(unsigned int n) { return mfn_to_frame(mfn(n)); }
static inline u64 *table(unsigned int n) { return mfn_to_virt(mfn(n)); }
static inline u64 entry(unsigned int n, u64 flags) { return (u64)n << PAGE_SHIFT | flags; }
#define RO (PTE_P | PTE_US)
#define RW (PTE_P | PTE_US | PTE_RW)

#endif
