/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB flushes, here and elsewhere, and the clock that tells which are needed.
 * A CPU takes a new clock value, then flushes, then publishes the value: whatever was unmapped before
 * the clock had that value is not in its TLB any more.
 */
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <x86/apic.h>
#include <x86/asm.h>
#include <x86/irqflags.h>
#include <x86/smpboot.h>
#include "time_impl.h"

u32 tlb_flush_clock = 1;
static DEFINE_PER_CPU(u32, flush_stamp);

/* One remote flush at a time; see smp.c's call_lock for the rules. */
static spinlock_t flush_lock = SPIN_LOCK_UNLOCKED;
static unsigned int flush_flags;
static unsigned long flush_va;
static cpumask_t flush_pending;              /* atomic */

u32 tlb_flush_begin(void) { return __atomic_add_fetch(&tlb_flush_clock, 1, __ATOMIC_SEQ_CST); }
void tlb_flush_end(u32 value) { __atomic_store_n(&this_cpu(flush_stamp), value, __ATOMIC_RELEASE); }

static void flush_all(bool global)
{
    unsigned long flags = local_irq_save(), cr4;
    u32 t = tlb_flush_begin();

    cr4 = read_cr4();
    if (global && (cr4 & CR4_PGE)) {
        write_cr4(cr4 & ~CR4_PGE);
        write_cr4(cr4);
    } else {
        write_cr3(read_cr3());
    }
    tlb_flush_end(t);
    local_irq_restore(flags);
}

void tlb_flush_local(unsigned int flags, unsigned long va)
{
    if (flags & (FLUSH_TLB | FLUSH_TLB_GLOBAL))
        flush_all(flags & FLUSH_TLB_GLOBAL);
    else if (flags & FLUSH_TLB_ONE)
        invlpg(va);
    if (flags & FLUSH_CACHE)
        asm volatile ("wbinvd" ::: "memory");
}

static void flush_interrupt(struct cpu_user_regs *regs)
{
    unsigned int cpu = smp_processor_id();

    if (!cpumask_test(cpu, &flush_pending))
        return;
    tlb_flush_local(flush_flags, flush_va);
    cpumask_clear(cpu, &flush_pending);
}

void tlb_flush_mask(const cpumask_t *mask, unsigned int flags, unsigned long va)
{
    unsigned int self = smp_processor_id(), cpu;
    cpumask_t targets;

    if (cpumask_test(self, mask))
        tlb_flush_local(flags, va);
    cpumask_and(&targets, mask, &cpu_online_map);
    cpumask_clear(self, &targets);
    if (cpumask_empty(&targets))
        return;
    ASSERT(local_irq_is_enabled());
    spin_lock(&flush_lock);
    flush_flags = flags;
    flush_va = va;
    cpumask_copy(&flush_pending, &targets);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for_each_cpu(cpu, &targets)
        apic_send(cpu_apicid[cpu], ICR_FIXED | VECTOR_TLB_FLUSH);
    while (!cpumask_empty(&flush_pending)) {
        barrier();
        cpu_relax();
    }
    spin_unlock(&flush_lock);
}

/* The clock wraps: the difference counts, which tlb_clock_catch_up() keeps below 2^31. */
void tlb_filter(cpumask_t *mask, u32 stamp)
{
    unsigned int cpu;

    for_each_cpu(cpu, mask)
        if ((s32)(__atomic_load_n(&per_cpu(flush_stamp, cpu), __ATOMIC_ACQUIRE) - stamp) > 0)
            cpumask_clear(cpu, mask);
}

#define CLOCK_OLD (1u << 28)

/* A CPU that flushed last half a clock round ago could not be told from one that flushed just now. */
void tlb_clock_catch_up(void)
{
    if (tlb_clock() - this_cpu(flush_stamp) > CLOCK_OLD)
        flush_all(true);
}

void tlb_init(void)
{
    vector_register(VECTOR_TLB_FLUSH, flush_interrupt);
}
