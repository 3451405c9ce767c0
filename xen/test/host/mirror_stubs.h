/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shadow page tables call, for test_mirror.c: a heap with a limit, the M2P, the domain's vCPUs. */
#ifndef HOST_MIRROR_STUBS_H
#define HOST_MIRROR_STUBS_H

#include "host.h"

#define NR_FRAMES  820
#define FIRST      280      /* the guest's, up to OTHERS; the first MiB is device memory */
#define OTHERS     350      /* another domain's, up to HEAP */
#define HEAP       360      /* the hypervisor's */
#define MORE       700      /* tables of the guest's, of pages that have no number in its log */
#define NR_MORE    (NR_FRAMES - MORE)
#define MORE_SLOT  100      /* their place in the L2 */

extern struct domain *d;                        /* the guest */
extern u64 m2p[NR_FRAMES];
extern bool heap_used[NR_FRAMES];              /* pages of HEAP */
extern unsigned int heap_limit, heap_in_use;
extern unsigned int heap_calls;                /* pages asked for and given back */

#endif
