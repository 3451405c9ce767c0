/* SPDX-License-Identifier: GPL-2.0-only */
/* Host tests: what a test sets and sees of the pretended machine (host.c). Include first: cmocka before the hypervisor's headers. */
#ifndef HOST_H
#define HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <xen/percpu.h>

extern s_time_t host_now;                        /* what now() says */
extern unsigned int host_cache_flushes;     /* calls of frame_flush_caches() */
extern unsigned int host_live_allocs;            /* blocks of xmalloc and pages not freed */
extern size_t host_largest_alloc;                /* bytes of the largest block that xmalloc() and the like gave */
extern int host_fail_alloc_after;                /* -1 never; 0 the next allocation fails */

/* Frames 1 to @n with zeroed contents, backed by memory; again: from scratch. */
void host_memory(unsigned int n);
extern unsigned int host_frames_held;            /* frame_get_and_type() minus frame_put_and_type() */

/* Domain @id with @vcpus vCPUs without anything else, and its end. */
struct domain *host_domain(u16 id, unsigned int vcpus);
void host_domain_free(struct domain *d);

#endif
