/* SPDX-License-Identifier: GPL-2.0-only */
/* The MADT: CPUs, IO-APICs, how ISA interrupts are wired (ACPI 6.4, 5.2.12). */
#include <xen/cpumask.h>
#include <xen/lib.h>
#include <x86/acpi.h>
#include <x86/apic.h>
#include <x86/ioapic.h>

enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LAPIC_ADDRESS = 5, MADT_X2APIC = 9 };
#define CPU_ENABLED  1u
#define MADT_ENTRIES 44     /* behind the table's own fields */
#define XAPIC_MAX_ID 0xfeu

static unsigned int nr_cpus;

/* CPU 0 is the one we run on, wherever the table has it. */
static void add_cpu(u32 apicid, u32 acpi_id, u32 flags)
{
    if (!(flags & CPU_ENABLED) || apicid == BAD_APICID)
        return;
    /* The firmware switches x2APIC on where it has such ids (ACPI 6.4, 5.2.12.12); without it they cannot be named. */
    if (apicid > XAPIC_MAX_ID && !apic_is_x2()) {
        printk(XENLOG_WARN "ACPI: CPU with APIC id %u needs x2APIC: not used\n", apicid);
        return;
    }
    if (apicid == cpu_apicid[0]) {
        cpu_acpi_id[0] = acpi_id;
        return;
    }
    for (unsigned int i = 1; i < nr_cpus; i++)
        if (cpu_apicid[i] == apicid)
            return;
    if (nr_cpus == NR_CPUS) {
        printk(XENLOG_WARN "ACPI: more than %u CPUs: the rest is not used\n", NR_CPUS);
        return;
    }
    cpu_apicid[nr_cpus] = apicid;
    cpu_acpi_id[nr_cpus] = acpi_id;
    cpumask_set(nr_cpus++, &cpu_present_map);
}

static void on_lapic(const u8 *e)
{
    u32 flags;

    memcpy(&flags, e + 4, 4);
    if (e[3] != 0xff)
        add_cpu(e[3], e[2], flags);
}

static void on_x2apic(const u8 *e)
{
    u32 id, flags, uid;

    memcpy(&id, e + 4, 4);
    memcpy(&flags, e + 8, 4);
    memcpy(&uid, e + 12, 4);
    add_cpu(id, uid, flags);
}

static void on_ioapic(const u8 *e)
{
    u32 address, gsi_base;

    memcpy(&address, e + 4, 4);
    memcpy(&gsi_base, e + 8, 4);
    ioapic_add(e[2], address, gsi_base);
}

/* Polarity and trigger of 5.2.12.5; 0 means as the bus does: ISA is edge, active high. */
static void on_override(const u8 *e)
{
    u16 flags;
    u32 gsi;

    memcpy(&gsi, e + 4, 4);
    memcpy(&flags, e + 8, 2);
    ioapic_set_override(e[3], gsi, (flags >> 2 & 3) == 3, (flags & 3) == 3);
}

static void on_lapic_address(const u8 *e)
{
    memcpy(&acpi_info.lapic_address, e + 4, 8);
}

static const struct { u8 type, length; void (*fn)(const u8 *entry); } entries[] = {
    { MADT_LAPIC, 8, on_lapic }, { MADT_IOAPIC, 12, on_ioapic }, { MADT_OVERRIDE, 10, on_override },
    { MADT_LAPIC_ADDRESS, 12, on_lapic_address }, { MADT_X2APIC, 16, on_x2apic },
};

static void for_each_entry(const struct acpi_header *madt, u8 only)
{
    const u8 *p = (const u8 *)madt + MADT_ENTRIES, *end = (const u8 *)madt + madt->length;

    for (; p + 2 <= end && p[1] >= 2 && p + p[1] <= end; p += p[1])
        for (unsigned int i = 0; i < ARRAY_SIZE(entries); i++)
            if (p[0] == entries[i].type && p[1] >= entries[i].length && (only == 0xff) != (p[0] == MADT_LAPIC_ADDRESS))
                entries[i].fn(p);
}

void acpi_parse_madt(void)
{
    const struct acpi_header *madt = acpi_find_table("APIC");
    u32 address;

    if (!madt || madt->length < MADT_ENTRIES)
        return;
    nr_cpus = 1;
    memcpy(&address, (const char *)madt + 36, 4);
    acpi_info.lapic_address = address;
    /* The address first: whoever numbers CPUs has to know which one it is on. */
    for_each_entry(madt, MADT_LAPIC_ADDRESS);
    apic_set_address(acpi_info.lapic_address);
    apic_init_boot();
    for_each_entry(madt, 0xff);
    nr_cpu_ids = nr_cpus;
    printk("ACPI: %u CPUs\n", nr_cpus);
}
