/* SPDX-License-Identifier: GPL-2.0-only */
/* Caches of memory whose bytes were read or written past them (xen/frame.h). */
#include <xen/frame.h>
#include <x86/cpufeature.h>

/* CLFLUSH reaches the caches of all CPUs. MFENCE alone orders it with stores before and with what follows (AMD64 vol. 3, CLFLUSH). */
void frame_flush_caches(struct frame_info *f)
{
    const char *p = frame_to_virt(f), *end = p + PAGE_SIZE;

    asm volatile ("mfence" ::: "memory");
    for (; p < end; p += cpu_host.clflush_bytes)
        asm volatile ("clflush %0" :: "m" (*p) : "memory");
    asm volatile ("mfence" ::: "memory");
}
