/* SPDX-License-Identifier: GPL-2.0-only */
/* The event source of each CPU: its local APIC's timer, one shot, by TSC deadline where there is one. */
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/timer.h>
#include <x86/apic.h>
#include <x86/cpufeature.h>
#include <x86/irqflags.h>
#include "apic_regs.h"

static bool opt_tdt = true;
PARAM("tdt", tdt, PARAM_BOOL, &opt_tdt, "use the TSC deadline timer where the CPU has one");

static bool use_deadline __read_mostly;
static u64 ticks_per_ns_32 __read_mostly;     /* timer (or TSC) ticks per ns, 32.32 fixed point */

#define MEASURE_US 10000

static void timer_interrupt(struct cpu_user_regs *regs)
{
    softirq_raise(SOFTIRQ_TIMER);
}

static u64 scale_32(u64 ns, u64 mul)
{
    return (u64)((unsigned __int128)ns * mul >> 32);
}

bool arch_timer_program(s_time_t deadline)
{
    s_time_t wait = deadline ? deadline - now() : 0;
    u64 ticks;

    if (!deadline) {
        if (use_deadline)
            wrmsr(MSR_TSC_DEADLINE, 0);
        else
            apic_write(APIC_TIMER_INIT, 0);
        return true;
    }
    if (wait <= 0)
        return false;
    /* A wait that the counter cannot hold is cut: the handler finds nothing due and programs the rest. */
    ticks = scale_32(min((u64)wait, (u64)NSEC_PER_SEC * 3600), ticks_per_ns_32) + 1;
    if (use_deadline)
        wrmsr(MSR_TSC_DEADLINE, rdtsc() + ticks);
    else
        apic_write(APIC_TIMER_INIT, (u32)min(ticks, (u64)0xffffffff));
    return true;
}

/* The count and the time it was read at, as close together as a few tries make it. */
static u32 read_count(s_time_t *at)
{
    s_time_t best = NSEC_PER_SEC;
    u32 count = 0;

    for (unsigned int i = 0; i < 5; i++) {
        s_time_t before = now();
        u32 c = apic_read(APIC_TIMER_COUNT);
        s_time_t after = now();

        if (after - before < best) {
            best = after - before;
            count = c;
            *at = before + best / 2;
        }
    }
    return count;
}

static u64 measure_khz(void)
{
    unsigned long flags = local_irq_save();
    s_time_t from, to;
    u32 first, last;

    apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_1);
    apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_LOCAL_TIMER);
    apic_write(APIC_TIMER_INIT, 0xffffffff);
    first = read_count(&from);
    udelay(MEASURE_US);
    last = read_count(&to);
    apic_write(APIC_TIMER_INIT, 0);
    local_irq_restore(flags);
    return (u64)(first - last) * 1000000 / (u64)(to - from);
}

void apic_timer_init_boot(void)
{
    u64 khz = cpu_khz;

    use_deadline = opt_tdt && cpu_has(FEATURE_TSC_DEADLINE);
    if (!use_deadline)
        khz = measure_khz();
    if (!khz)
        panic("the local APIC's timer does not count");
    ticks_per_ns_32 = (khz << 32) / 1000000;
    vector_register(VECTOR_LOCAL_TIMER, timer_interrupt);
    printk("Timer: local APIC, %s, %lu.%03lu MHz\n", use_deadline ? "TSC deadline" : "one shot", khz / 1000, khz % 1000);
}

void apic_timer_init_cpu(void)
{
    apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_1);
    apic_write(APIC_LVT_TIMER, VECTOR_LOCAL_TIMER | (use_deadline ? LVT_DEADLINE : 0));
    /* The mode's write to memory-mapped registers has to come before the MSR's (Intel SDM vol. 3A, 11.5.4.1). */
    asm volatile ("mfence" ::: "memory");
}
