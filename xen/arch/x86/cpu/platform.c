/* SPDX-License-Identifier: GPL-2.0-only */
/* The order in which the machine around the boot CPU comes up. */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/softirq.h>
#include <xen/time.h>
#include <xen/timer.h>
#include <x86/acpi.h>
#include <x86/apic.h>
#include <x86/boot.h>
#include <x86/cpufeature.h>
#include <x86/ioapic.h>
#include <x86/irq_desc.h>
#include <x86/irqflags.h>
#include <x86/page.h>
#include <x86/platform.h>
#include <x86/smpboot.h>
#include <x86/spec.h>

#define BDA_KBD_FLAGS 0x417
static u8 kbd_shift_flags;

u8 platform_kbd_shift_flags(void) { return kbd_shift_flags; }

static void read_bios_data(void)
{
    const u8 *p = boot_info.is_efi ? NULL : ioremap_cached(maddr(BDA_KBD_FLAGS), 1);

    if (p)
        kbd_shift_flags = *p;
}

void platform_init(void)
{
    read_bios_data();
    cpu_identify();
    spec_init();
    cpu_init_control();
    guard_init_cpu(0);
    /* While the local APIC still passes their request line on: one that is up now would stay up. */
    pic_init();
    timer_subsys_init();
    softirq_register(SOFTIRQ_TASKLET, tasklet_softirq);
    irq_init();
    acpi_boot_init();
    if (cpu_apicid[0] == BAD_APICID)
        apic_init_boot();                 /* no MADT */
    apic_init_cpu();
    smp_init();
    ioapic_init();
    time_init();
    apic_timer_init_boot();
    apic_timer_init_cpu();
    dump_cpus_init();
    keyhandler_register('a', timer_dump, "timers of all CPUs");
    local_irq_enable();
}
