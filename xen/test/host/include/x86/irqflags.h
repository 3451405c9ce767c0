/* SPDX-License-Identifier: GPL-2.0-only */
/* Host tests: the interrupt flag is a variable, so that tests see whether it comes back as it was. */
#ifndef X86_IRQFLAGS_H
#define X86_IRQFLAGS_H

#include <xen/types.h>

extern bool host_irqs_on;

static inline void local_irq_disable(void) { host_irqs_on = false; }
static inline void local_irq_enable(void) { host_irqs_on = true; }
static inline unsigned long local_flags(void) { return host_irqs_on ? 1UL << 9 : 0; }
static inline bool local_irq_is_enabled(void) { return host_irqs_on; }
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
void cpu_relax(void);            /* a lock that is waited for is never released here: the test fails */

#endif
