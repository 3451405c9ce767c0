/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiboot 0.6.96 section 3.3 and Multiboot2 2.0 section 3.6: what the loader hands over. */
#ifndef X86_MULTIBOOT_H
#define X86_MULTIBOOT_H

#include <xen/types.h>

#define MB1_LOADER_MAGIC 0x2BADB002u
#define MB2_LOADER_MAGIC 0x36d76289u

#define MB1_INFO_MEM      (1u << 0)
#define MB1_INFO_CMDLINE  (1u << 2)
#define MB1_INFO_MODS     (1u << 3)
#define MB1_INFO_MMAP     (1u << 6)
#define MB1_INFO_LOADER   (1u << 9)

struct mb1_info {
    u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
    u32 syms[4];
    u32 mmap_length, mmap_addr, drives_length, drives_addr, config_table, boot_loader_name;
} __packed;
struct mb1_mod { u32 start, end, cmdline, reserved; } __packed;
struct mb1_mmap { u32 size; u64 addr, len; u32 type; } __packed;

enum { MB2_TAG_END, MB2_TAG_CMDLINE, MB2_TAG_LOADER, MB2_TAG_MODULE, MB2_TAG_BASIC_MEM, MB2_TAG_BOOTDEV,
       MB2_TAG_MMAP, MB2_TAG_VBE, MB2_TAG_FRAMEBUFFER, MB2_TAG_ELF, MB2_TAG_APM, MB2_TAG_EFI32, MB2_TAG_EFI64,
       MB2_TAG_SMBIOS, MB2_TAG_RSDP_OLD, MB2_TAG_RSDP_NEW, MB2_TAG_NETWORK, MB2_TAG_EFI_MMAP };
struct mb2_tag { u32 type, size; } __packed;
struct mb2_module { struct mb2_tag t; u32 start, end; char cmdline[]; } __packed;
struct mb2_mmap { struct mb2_tag t; u32 entry_size, entry_version; } __packed;
struct mb2_mmap_entry { u64 addr, len; u32 type, zero; } __packed;

/* Fills boot_info from the loader's block @info; panics with one line on what it cannot read. */
void multiboot_parse(u32 magic, u32 info);

#endif
