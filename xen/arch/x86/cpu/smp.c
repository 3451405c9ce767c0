/* SPDX-License-Identifier: GPL-2.0-only */
/* IPIs and cross calls. */
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <xen/time.h>
#include <x86/apic.h>
#include <x86/cpu_info.h>
#include <x86/kexec.h>
#include <x86/smpboot.h>

/*
 * One call at a time. Callers spin for the lock with interrupts on, so that they serve the call of whoever
 * has it; nobody may hold a lock that is ever taken with interrupts off.
 */
static spinlock_t call_lock = SPIN_LOCK_UNLOCKED;
static struct {
    void (*fn)(void *);
    void *arg;
    bool wait;
    cpumask_t pending;        /* yet to take (or, with wait, to finish) the call; atomic */
} call;

void smp_send_event_check(unsigned int cpu)
{
    apic_send(cpu_apicid[cpu], ICR_FIXED | VECTOR_EVENT_CHECK);
}

/* The softirq was raised before; the way out of the interrupt looks for it. */
static void event_check(struct cpu_user_regs *regs) { }

static void call_interrupt(struct cpu_user_regs *regs)
{
    unsigned int cpu = smp_processor_id();
    void (*fn)(void *);
    void *arg;
    bool wait;

    /* A late one: the call was over before. */
    if (!cpumask_test(cpu, &call.pending))
        return;
    fn = call.fn;
    arg = call.arg;
    wait = call.wait;
    if (!wait)
        cpumask_clear(cpu, &call.pending);
    fn(arg);
    if (wait)
        cpumask_clear(cpu, &call.pending);
}

static void run_here(void (*fn)(void *), void *arg)
{
    unsigned long flags = local_irq_save();

    fn(arg);
    local_irq_restore(flags);
}

void smp_call(const cpumask_t *mask, void (*fn)(void *), void *arg, bool wait)
{
    unsigned int self = smp_processor_id(), cpu;
    cpumask_t targets;

    cpumask_and(&targets, mask, &cpu_online_map);
    if (cpumask_test(self, &targets)) {
        run_here(fn, arg);
        cpumask_clear(self, &targets);
    }
    if (cpumask_empty(&targets))
        return;
    ASSERT(local_irq_is_enabled());
    spin_lock(&call_lock);
    call.fn = fn;
    call.arg = arg;
    call.wait = wait;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    cpumask_or(&call.pending, &call.pending, &targets);
    for_each_cpu(cpu, &targets)
        apic_send(cpu_apicid[cpu], ICR_FIXED | VECTOR_CALL);
    while (!cpumask_empty((const cpumask_t *)&call.pending)) {
        barrier();
        cpu_relax();
    }
    spin_unlock(&call_lock);
}

/* smp_stop_others() was called: VECTOR_STOP is not a device's message. */
static bool stopping;

static void stop_here(struct cpu_user_regs *regs)
{
    if (!READ_ONCE(stopping))
        return;
    local_irq_disable();
    kexec_note_cpu(regs);
    cpumask_clear(smp_processor_id(), &cpu_online_map);
    apic_shutdown_cpu();
    for (;;)
        asm volatile ("cli; hlt");
}

/* Those that do not take interrupts are left behind after 100 ms: their stores no longer matter to a panic. */
void smp_stop_others(void)
{
    unsigned int self = smp_processor_id(), cpu;
    cpumask_t others = cpu_online_map;

    cpumask_clear(self, &others);
    if (cpumask_empty(&others))
        return;
    __atomic_store_n(&stopping, true, __ATOMIC_SEQ_CST);
    for_each_cpu(cpu, &others)
        apic_send(cpu_apicid[cpu], ICR_FIXED | VECTOR_STOP);
    for (unsigned int ms = 0; ms < 100 && cpumask_weight(&cpu_online_map) > 1; ms++)
        udelay(1000);
}

void smp_init(void)
{
    vector_register(VECTOR_EVENT_CHECK, event_check);
    vector_register(VECTOR_CALL, call_interrupt);
    vector_register(VECTOR_STOP, stop_here);
    tlb_init();
}
