/* SPDX-License-Identifier: GPL-2.0-only */
/* What the firmware's ACPI tables say (drivers/acpi*.c): read once at boot, constant afterwards. ACPI 6.4, chapter 5. */
#ifndef X86_ACPI_H
#define X86_ACPI_H

#include <xen/types.h>

struct acpi_header {
    char signature[4];
    u32 length;
    u8 revision, checksum;
    char oem_id[6], oem_table_id[8];
    u32 oem_revision, creator_id, creator_revision;
} __packed;

/* Generic address structure, 5.2.3.2 */
struct acpi_gas {
    u8 space, bit_width, bit_offset, access_size;
    u64 address;
} __packed;
enum { ACPI_SPACE_MEMORY, ACPI_SPACE_IO, ACPI_SPACE_PCI };

#define ACPI_MAX_MCFG 64     /* PCI segments: one a socket, of 64 CPUs */
struct acpi_mcfg { u64 address; u16 segment; u8 first_bus, last_bus; };

struct acpi_info {
    u64 rsdp;                          /* machine address, 0: no ACPI */
    u64 lapic_address;                 /* MADT, 0: none */
    u64 hpet_address;                  /* 0: none */
    u32 pm_timer_port;
    u8 rtc_century;                    /* CMOS index, 0: none */
    bool reduced_hardware;
    u16 sci_irq;
    struct acpi_gas pm1a_control, pm1b_control, sleep_control;    /* address 0: none */
    struct acpi_gas reset_register;    /* address 0: none */
    u8 reset_value;
    struct acpi_mcfg mcfg[ACPI_MAX_MCFG];
    unsigned int nr_mcfg;
};
extern struct acpi_info acpi_info;

/* Boot CPU: finds and checks the tables; reports CPUs, IO-APICs and overrides to their owners (acpi_madt.c). */
void acpi_boot_init(void);
/* First table with @signature, mapped for good, checksum right; NULL: none. */
const struct acpi_header *acpi_find_table(const char *signature);
/* dom0 does not find the tables with @signature any more: what they describe is the hypervisor's. */
void acpi_hide_table(const char *signature);
/* Reads the MADT: cpu_apicid[], ioapic_add(), gsi_set_override(). */
void acpi_parse_madt(void);

/* Writes the sleep type to PM1 control: XENPF_enter_acpi_sleep with S5. -EINVAL, -EOPNOTSUPP, -EIO (still running). */
int acpi_power_off(u16 val_a, u16 val_b, bool extended);
/* By the FADT's reset register; returns when that does not work. */
void acpi_reset(void);

#endif
