/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC: mode, set-up, end of interrupt, sending to other CPUs. */
#include <xen/irq.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/percpu.h>
#include <x86/apic.h>
#include <x86/cpufeature.h>
#include <x86/irqflags.h>
#include <x86/page.h>
#include "apic_regs.h"

bool apic_x2 __read_mostly;
volatile char *apic_mmio __read_mostly;
static u64 mmio_address;

u32 cpu_apicid[NR_CPUS] = { [0 ... NR_CPUS - 1] = BAD_APICID };
u32 cpu_acpi_id[NR_CPUS];

static enum { X2_AUTO, X2_OFF, X2_ON } opt_x2apic;

static int parse_x2apic(const char *s)
{
    if (!*s || !strcmp(s, "1") || !strcmp(s, "on") || !strcmp(s, "yes") || !strcmp(s, "true"))
        opt_x2apic = X2_ON;
    else if (!strcmp(s, "0") || !strcmp(s, "off") || !strcmp(s, "no") || !strcmp(s, "false"))
        opt_x2apic = X2_OFF;
    else
        return -1;
    return 0;
}
PARAM_FN("x2apic", x2apic, parse_x2apic, "on|off: APIC registers as MSRs; without it when the firmware or a hypervisor below us has it");

/*
 * Vectors of exceptions are held back by the priority class (AMD64 vol. 2, 16.6.4): whatever message a device sends, an entry
 * by one of them is an exception. The option is for the test of the entry stubs, which do not rely on it.
 */
#define TPR_EXCEPTIONS 0x10
static bool opt_low_vectors;
PARAM("low-vectors", low_vectors, PARAM_BOOL, &opt_low_vectors, "let interrupts on vectors below 32 in, to test the entry stubs");

void apic_set_address(u64 address) { mmio_address = address; }
bool apic_is_x2(void) { return apic_x2; }
void apic_eoi(void) { apic_write(APIC_EOI, 0); }
bool apic_in_service(unsigned int vector)
{
    return (apic_x2 || apic_mmio) && (apic_read(APIC_ISR + vector / 32 * 16) >> vector % 32 & 1);
}
u32 apic_id(void) { return apic_x2 ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24; }

/*
 * Without interrupt remapping IO-APICs and MSIs reach 8-bit ids only, and some chipsets forbid
 * x2APIC then: taken when the firmware left it on or the machine is virtual.
 */
static bool choose_x2(u64 base)
{
    if (!cpu_has(FEATURE_X2APIC))
        return false;
    if (base & MSR_APIC_BASE_X2APIC)
        return true;
    return opt_x2apic == X2_ON || (opt_x2apic == X2_AUTO && cpu_has(FEATURE_HYPERVISOR));
}

static void set_mode(void)
{
    u64 base = rdmsr(MSR_APIC_BASE);

    if (!(base & MSR_APIC_BASE_ENABLE))
        wrmsr(MSR_APIC_BASE, base |= MSR_APIC_BASE_ENABLE);
    if (apic_x2 && !(base & MSR_APIC_BASE_X2APIC))
        wrmsr(MSR_APIC_BASE, base | MSR_APIC_BASE_X2APIC);
}

/* A level interrupt that the firmware left in service would block all below it. */
static void clear_in_service(void)
{
    for (unsigned int i = 0; i < 8; i++)
        for (unsigned int left = 32; left && apic_read(APIC_ISR + i * 16); left--)
            apic_eoi();
}

/* A device that sends illegal messages causes as many as it likes: the first are reported. */
static void apic_error(struct cpu_user_regs *regs)
{
    static unsigned int told;

    apic_write(APIC_ESR, 0);
    if (told < 20) {
        told++;
        printk(XENLOG_WARN "CPU %u: local APIC error %#x\n", smp_processor_id(), apic_read(APIC_ESR));
    }
}

void apic_init_boot(void)
{
    u64 base = rdmsr(MSR_APIC_BASE);

    apic_x2 = choose_x2(base);
    if (!apic_x2) {
        if (!mmio_address)
            mmio_address = base & 0x000ffffffffff000;
        apic_mmio = ioremap(maddr(mmio_address), PAGE_SIZE);
    }
    set_mode();
    cpu_apicid[0] = apic_id();
    vector_register(VECTOR_ERROR, apic_error);
    printk("Local APIC: %s, boot CPU has id %u\n", apic_x2 ? "x2APIC" : "xAPIC", cpu_apicid[0]);
}

void apic_init_cpu(void)
{
    unsigned int last_lvt;

    set_mode();
    last_lvt = apic_read(APIC_LVR) >> 16 & 0xff;
    if (!apic_x2) {
        apic_write(APIC_DFR, 0xffffffff);
        apic_write(APIC_LDR, 0);
    }
    apic_write(APIC_TPR, opt_low_vectors ? 0 : TPR_EXCEPTIONS);
    apic_write(APIC_SPIV, SPIV_ENABLE | VECTOR_SPURIOUS);
    apic_write(APIC_LVT_TIMER, LVT_MASKED);
    apic_write(APIC_LVT0, LVT_MASKED);
    apic_write(APIC_LVT1, smp_processor_id() == 0 ? LVT_NMI : LVT_MASKED);
    if (last_lvt >= 4)
        apic_write(APIC_LVT_PC, LVT_MASKED);
    if (last_lvt >= 5)
        apic_write(APIC_LVT_THERMAL, LVT_MASKED);
    apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
    apic_write(APIC_ESR, 0);
    clear_in_service();
}

void apic_shutdown_cpu(void)
{
    if (!apic_x2 && !apic_mmio)
        return;
    apic_write(APIC_LVT_TIMER, LVT_MASKED);
    apic_write(APIC_LVT0, LVT_MASKED);
    apic_write(APIC_LVT1, LVT_MASKED);
}

void apic_send(u32 apicid, u32 command)
{
    unsigned long flags;

    if (apic_x2) {
        /* Unlike an MMIO write, this WRMSR does not order earlier stores (Intel SDM vol. 3A, 11.12.3). */
        asm volatile ("mfence; lfence" ::: "memory");
        wrmsr(MSR_X2APIC_FIRST + APIC_ICR / 16, (u64)apicid << 32 | command);
        return;
    }
    flags = local_irq_save();
    while (apic_read(APIC_ICR) & ICR_PENDING)
        cpu_relax();
    apic_write(APIC_ICR2, apicid << 24);
    apic_write(APIC_ICR, command);
    local_irq_restore(flags);
}
