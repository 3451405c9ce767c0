/* SPDX-License-Identifier: GPL-2.0-only */
/* Start of the other CPUs: what their parts of the hypervisor share (arch/x86/cpu/). */
#ifndef X86_SMPBOOT_H
#define X86_SMPBOOT_H

#include <xen/types.h>

void smp_init(void);          /* boot CPU: vectors of the IPIs */
void tlb_init(void);

/* Around a flush of all non-global entries that the caller does itself (a load of CR3); interrupts off between them. */
u32 tlb_flush_begin(void);
void tlb_flush_end(u32 value);

#endif
