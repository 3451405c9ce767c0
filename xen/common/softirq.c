/* SPDX-License-Identifier: GPL-2.0-only */
/* Softirqs: one pending word a CPU, lowest number first. */
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <x86/irqflags.h>

static void (*handlers[NR_SOFTIRQS])(void);     /* written at boot only */

void softirq_register(enum softirq nr, void (*fn)(void))
{
    ASSERT(!handlers[nr] || handlers[nr] == fn);
    handlers[nr] = fn;
}

void softirq_raise(enum softirq nr)
{
    __atomic_fetch_or(&get_cpu_info()->softirq_pending, 1UL << nr, __ATOMIC_SEQ_CST);
}

void cpu_softirq_raise(unsigned int cpu, enum softirq nr)
{
    u64 before = __atomic_fetch_or(&cpu_info_of(cpu)->softirq_pending, 1UL << nr, __ATOMIC_SEQ_CST);

    /* Whoever set the first bit sent the IPI; the CPU goes on until the word is zero. */
    if (!before && cpu != smp_processor_id())
        smp_send_event_check(cpu);
}

void softirq_run(void)
{
    struct cpu_info *info = get_cpu_info();
    u64 pending;

    /* Handlers go on for as long as there is work, and other CPUs wait for answers to their interrupts. */
    ASSERT(local_irq_is_enabled());
    while ((pending = READ_ONCE(info->softirq_pending)) != 0) {
        unsigned int nr = (unsigned int)__builtin_ctzl(pending);

        __atomic_fetch_and(&info->softirq_pending, ~(1UL << nr), __ATOMIC_SEQ_CST);
        ASSERT(handlers[nr]);
        handlers[nr]();
    }
}
