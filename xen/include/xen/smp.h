/* SPDX-License-Identifier: GPL-2.0-only */
/* Other CPUs: IPIs, cross calls, TLB shootdown (arch/x86/cpu/smp.c). */
#ifndef XEN_SMP_H
#define XEN_SMP_H

#include <xen/cpumask.h>

/* Runs @fn on each CPU of @mask (this one included), interrupts off there; waits when @wait. Interrupts enabled on entry. */
void smp_call(const cpumask_t *mask, void (*fn)(void *), void *arg, bool wait);
void smp_send_event_check(unsigned int cpu);        /* makes @cpu look at its softirqs */
void smp_stop_others(void);                         /* panic, reboot: halts all other CPUs */
void smp_boot_all(void);                            /* brings up what the MADT names, up to maxcpus= */

/*
 * TLB. The clock counts global flushes, so that a frame whose stamp is older
 * than a CPU's last flush needs none there.
 */
#define FLUSH_TLB        1u      /* non-global entries */
#define FLUSH_TLB_GLOBAL 2u
#define FLUSH_TLB_ONE    4u      /* the page at @va */
#define FLUSH_CACHE      8u      /* WBINVD */
void tlb_flush_local(unsigned int flags, unsigned long va);
void tlb_flush_mask(const cpumask_t *mask, unsigned int flags, unsigned long va);   /* waits */
extern u32 tlb_flush_clock;      /* atomic, tlb.c's */
static inline u32 tlb_clock(void) { return __atomic_load_n(&tlb_flush_clock, __ATOMIC_SEQ_CST); }
/* Drops from @mask each CPU that flushed after @stamp. */
void tlb_filter(cpumask_t *mask, u32 stamp);

#endif
