/* SPDX-License-Identifier: GPL-2.0-only */
/* The firmware's list of CPUs, as far as it can be long: old and x2APIC entries, ids of 32 bits, more than there is room for. */
#include "host.h"
#include <x86/acpi.h>
#include <x86/apic.h>
#include <x86/ioapic.h>
#include <x86/smpboot.h>

#define BOOT_ID 7u
#define ENABLED 1u

struct acpi_info acpi_info;
u32 cpu_apicid[NR_CPUS], cpu_acpi_id[NR_CPUS];

static u8 table[44 + 16 * (NR_CPUS + 100)];
static bool x2apic;

const struct acpi_header *acpi_find_table(const char *signature) { return (void *)table; }
void ioapic_add(u8 id, u64 address, u32 gsi_base) { }
void ioapic_set_override(u8 isa, u32 gsi, bool level, bool active_low) { }
void apic_set_address(u64 address) { }
bool apic_is_x2(void) { return x2apic; }

void apic_init_boot(void)
{
    for (unsigned int i = 0; i < NR_CPUS; i++)
        cpu_apicid[i] = BAD_APICID;
    cpu_apicid[0] = BOOT_ID;
}

static struct acpi_header *header(void) { return (void *)table; }

static void start_table(bool has_x2apic)
{
    memset(table, 0, sizeof(table));
    header()->length = 44;
    x2apic = has_x2apic;
    nr_cpu_ids = 1;
    memset(&cpu_present_map, 0, sizeof(cpu_present_map));
    cpu_present_map.bits[0] = 1;
}

static void add(const void *entry, u8 length)
{
    memcpy(table + header()->length, entry, length);
    header()->length += length;
}

static void add_lapic(u8 id, u8 flags)
{
    u8 e[8] = { 0, 8, (u8)(id + 1), id, flags };

    add(e, sizeof(e));
}

static void add_x2apic(u32 id, u32 flags)
{
    u32 e[4] = { 9 | 16 << 8, id, flags, id + 1 };

    add(e, sizeof(e));
}

static void ids_of_32_bits(void **state)
{
    start_table(true);
    add_lapic(0, ENABLED);
    add_lapic(BOOT_ID, ENABLED);                 /* the one we run on: CPU 0 */
    add_lapic(3, 0);
    add_x2apic(BOOT_ID, ENABLED);                /* listed twice */
    add_x2apic(0x100, ENABLED);
    add_x2apic(0x12345678, ENABLED);
    add_x2apic(BAD_APICID, ENABLED);
    acpi_parse_madt();
    assert_int_equal(nr_cpu_ids, 4);
    assert_int_equal(cpumask_weight(&cpu_present_map), 4);
    assert_int_equal(cpu_apicid[1], 0);
    assert_int_equal(cpu_apicid[2], 0x100);
    assert_int_equal(cpu_apicid[3], 0x12345678);
    assert_int_equal(cpu_acpi_id[3], 0x12345679);
    assert_int_equal(cpu_acpi_id[0], BOOT_ID + 1);
}

/* An interrupt for id 0x101 would go to id 1 by 8 bits. */
static void long_ids_need_x2apic(void **state)
{
    start_table(false);
    add_lapic(1, ENABLED);
    add_x2apic(0xff, ENABLED);
    add_x2apic(0x101, ENABLED);
    add_x2apic(0xfe, ENABLED);
    acpi_parse_madt();
    assert_int_equal(nr_cpu_ids, 3);
    assert_int_equal(cpu_apicid[1], 1);
    assert_int_equal(cpu_apicid[2], 0xfe);
}

static void more_than_there_is_room_for(void **state)
{
    start_table(true);
    for (u32 i = 0; i < NR_CPUS + 50; i++)
        add_x2apic(0x1000 + i, ENABLED);
    acpi_parse_madt();
    assert_int_equal(nr_cpu_ids, NR_CPUS);
    assert_int_equal(cpumask_weight(&cpu_present_map), NR_CPUS);
    assert_int_equal(cpu_apicid[NR_CPUS - 1], 0x1000 + NR_CPUS - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_of_32_bits), cmocka_unit_test(long_ids_need_x2apic), cmocka_unit_test(more_than_there_is_room_for),
    };

    return cmocka_run_group_tests_name("madt", tests, NULL, NULL);
}
