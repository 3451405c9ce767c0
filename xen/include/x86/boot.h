/* SPDX-License-Identifier: GPL-2.0-only */
/* What the boot loader told us, decoded once from Multiboot 1 or 2 (arch/x86/boot/). */
#ifndef X86_BOOT_H
#define X86_BOOT_H

#include <xen/types.h>
#include <x86/layout.h>

#define BOOT_MAX_MODULES 8
#define BOOT_MAX_E820 1024   /* as many as Linux takes from UEFI on machines of many nodes; what else there were is said at boot */

enum { E820_RAM = 1, E820_RESERVED, E820_ACPI, E820_NVS, E820_UNUSABLE };
struct e820_entry { u64 addr, size; u32 type; } __packed;

struct boot_mod { u64 start, size; const char *cmdline; };

struct boot_info {
    const char *loader_name;
    char cmdline[1024];
    struct boot_mod mods[BOOT_MAX_MODULES];
    unsigned int nr_mods;
    unsigned int lost_e820;                 /* entries that there was no room for */
    struct e820_entry e820[BOOT_MAX_E820];  /* sorted, not overlapping; as the firmware gave it */
    unsigned int nr_e820;
    u64 rsdp;                /* machine address, 0 = search (BIOS); copied from MB2 tags when given */
    u8 rsdp_copy[36];
    bool is_efi;             /* loaded under UEFI: no VGA text, no BIOS areas */
    u64 xen_start, xen_end;  /* machine range of our image, 2 MiB aligned start */
};
extern struct boot_info boot_info;
/* The machine address of something in our image. */
static inline u64 image_maddr(const void *p) { return boot_info.xen_start + ((u64)p - XEN_VIRT); }

/* Low memory reserved at boot: trampoline for other CPUs (one page below 1 MiB). */
#define TRAMPOLINE_PADDR 0x8000

/* Does dom0 see [start, end) as RAM? e820 helper. */
bool e820_is_ram(u64 start, u64 end);

#endif
