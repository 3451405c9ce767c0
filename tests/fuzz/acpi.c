/* SPDX-License-Identifier: GPL-2.0-only */
/* The firmware's ACPI tables, somewhere in memory that the input fills: what lies behind a table's end is not looked at. */
#include "input.h"
#include <stdlib.h>
#include <string.h>
#include <xen/cpumask.h>
#include <xen/lib.h>
#include <x86/acpi.h>
#include <x86/apic.h>
#include <x86/boot.h>
#include <x86/ioapic.h>
#include <x86/page.h>

#define BASE     0x100000
#define MAX_MAPS 400

struct boot_info boot_info;
u32 cpu_apicid[NR_CPUS], cpu_acpi_id[NR_CPUS];
static unsigned int ioapics;

static const uint8_t *memory;
static size_t memory_size;
static void *map[MAX_MAPS];
static unsigned int nr_maps;

/* A copy of exactly that many bytes, for ASan's sake; zeros where the input ends. */
void *ioremap_cached(maddr_t at, size_t n)
{
    uint8_t *p;

    if (nr_maps == MAX_MAPS || n > 2u << 20)
        return NULL;
    p = calloc(1, n ? n : 1);
    for (size_t i = 0; i < n && at.v + i >= BASE && at.v + i - BASE < memory_size; i++)
        p[i] = memory[at.v + i - BASE];
    return map[nr_maps++] = p;
}

void ioapic_add(u8 id, u64 address, u32 gsi_base) { ioapics++; }
void ioapic_set_override(u8 isa, u32 gsi, bool level, bool active_low) { }
void apic_set_address(u64 address) { }
bool apic_is_x2(void) { return true; }
void apic_init_boot(void) { cpu_apicid[0] = 0; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memory = data;
    memory_size = size;
    memset(&acpi_info, 0, sizeof(acpi_info));
    boot_info.rsdp = BASE;
    acpi_boot_init();
    FUZZ_CHECK(nr_cpu_ids <= NR_CPUS && acpi_info.nr_mcfg <= ACPI_MAX_MCFG);
    FUZZ_CHECK(acpi_info.pm_timer_port < 0x10000);
    while (nr_maps)
        free(map[--nr_maps]);
    return 0;
}
