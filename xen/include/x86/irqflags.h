/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupt flag of this CPU. Host tests put a header of the same name before this one. */
#ifndef X86_IRQFLAGS_H
#define X86_IRQFLAGS_H

#include <xen/types.h>

static inline void local_irq_disable(void) { asm volatile ("cli" ::: "memory"); }
static inline void local_irq_enable(void) { asm volatile ("sti" ::: "memory"); }
static inline unsigned long local_flags(void)
{
    unsigned long f;
    asm volatile ("pushfq; popq %0" : "=r" (f) :: "memory");
    return f;
}
static inline bool local_irq_is_enabled(void) { return local_flags() & (1UL << 9); }
static inline unsigned long local_irq_save(void)
{
    unsigned long f = local_flags();
    local_irq_disable();
    return f;
}
static inline void local_irq_restore(unsigned long f)
{
    if (f & (1UL << 9))
        local_irq_enable();
}
static inline void cpu_relax(void) { asm volatile ("pause" ::: "memory"); }

#endif
