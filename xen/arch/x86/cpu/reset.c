/* SPDX-License-Identifier: GPL-2.0-only */
/* Restarting and halting the machine. */
#include <xen/console.h>
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/params.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <x86/acpi.h>
#include <x86/apic.h>
#include <x86/arch_domain.h>
#include <x86/asm.h>
#include <x86/ioapic.h>
#include <x86/irqflags.h>
#include <x86/platform.h>

static void reset_acpi(void) { acpi_reset(); }

/* The keyboard controller's output line 0 is the reset line. */
static void reset_keyboard(void)
{
    for (unsigned int i = 0; i < 10; i++) {
        for (unsigned int spin = 0; spin < 10000 && inb(0x64) & 2; spin++)
            ;
        outb(0xfe, 0x64);
        udelay(1000);
    }
}

/* Intel chipsets' reset control: full reset, then the edge. */
static void reset_cf9(void)
{
    u8 v = inb(0xcf9) & (u8)~6;

    outb(v | 2, 0xcf9);
    udelay(50);
    outb(v | 6, 0xcf9);
    udelay(50000);
}

/* No exception can be delivered: shutdown cycle. */
static void reset_triple_fault(void)
{
    struct { u16 limit; u64 base; } __packed none = { 0, 0 };

    asm volatile ("lidt %0; int3" :: "m" (none));
}

static const struct { const char *name; void (*fn)(void); } ways[] = {
    { "acpi", reset_acpi }, { "kbd", reset_keyboard }, { "pci", reset_cf9 }, { "triple", reset_triple_fault },
};
static unsigned int first_way;

static int parse_reboot(const char *s)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++)
        if (!strcmp(s, ways[i].name)) {
            first_way = i;
            return 0;
        }
    return -EINVAL;
}
PARAM_FN("reboot", reboot, parse_reboot, "acpi|kbd|pci|triple: the way to try first");

void machine_quiesce(void)
{
    console_go_sync();
    local_irq_disable();
    smp_stop_others();
    ioapic_shutdown();
    apic_shutdown_cpu();
}

void machine_restart(void)
{
    machine_quiesce();
    for (unsigned int i = 0; ; i++)
        ways[(first_way + i) % ARRAY_SIZE(ways)].fn();
}

void machine_halt(void)
{
    machine_quiesce();
    for (;;)
        asm volatile ("cli; hlt");
}

int machine_power_off(u16 val_a, u16 val_b, bool extended)
{
    if (!(extended ? acpi_info.sleep_control : acpi_info.pm1a_control).address)
        return -EOPNOTSUPP;
    printk("dom0 switches the machine off\n");
    machine_quiesce();
    acpi_power_off(val_a, val_b, extended);
    printk(XENLOG_ERR "the machine is still on: halted, switch it off by hand\n");
    for (;;)
        asm volatile ("cli; hlt");
}
