/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's own memory: direct map, frame table, its page tables (arch/x86/boot/memory.c, map.c). */
#ifndef X86_MEMORY_H
#define X86_MEMORY_H

#include <xen/types.h>

/* Early: pages handed out below the frame table's existence, never freed. Panics when there is none. */
void *boot_alloc_pages(unsigned long n);
/* Maps all RAM, makes the frame table, gives free RAM to the allocator. */
void memory_init(void);
/* Hands a machine range (a boot module that was consumed) to the allocator. */
void memory_release_range(u64 start, u64 end);
/*
 * The first part of [@start, @end) that is never anybody's but the hypervisor's: its image, what it allocated at boot, the
 * page that starts CPUs. Both ends are @end where there is none.
 */
struct memory_range { u64 start, end; };
struct memory_range memory_own_range(u64 start, u64 end);
/* Sets the image's page permissions; drops nothing else. */
void memory_protect_image(void);
/* Drops the identity mapping that CPU bring-up used. */
void memory_drop_identity(void);

#endif
