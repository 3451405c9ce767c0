/* SPDX-License-Identifier: GPL-2.0-only */
/* What a CPU does when no vCPU wants it. */
#include <xen/page_alloc.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <x86/asm.h>
#include <x86/irqflags.h>

void idle_loop(void)
{
    local_irq_enable();          /* a switch of context comes here without */
    for (;;) {
        if (softirq_is_pending()) {
            softirq_run();
            continue;
        }
        if (scrub_free_pages())
            continue;
        local_irq_disable();
        /* STI takes effect after HLT: an interrupt from here on ends the halt. */
        if (!softirq_is_pending())
            halt_once();
        else
            local_irq_enable();
    }
}
