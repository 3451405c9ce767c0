/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the parts of the image lie. The image is one flat block; permissions are set by page (boot/memory.c). */
#include <x86/layout.h>

OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(image_start)

PHDRS
{
    text PT_LOAD;
    note PT_NOTE;
}

SECTIONS
{
    . = XEN_VIRT;
    image_start = .;
    text_start = .;
    .text : AT(XEN_LOAD_PADDR) {
        *(.head)
        . = ALIGN(4096);
        entry_text_start = .;
        *(.text.entry)
        . = ALIGN(4096);
        entry_text_end = .;
        *(.text .text.*)
        *(.init.text)
    } :text = 0x90909090
    . = ALIGN(4096);
    text_end = .;

    rodata_start = .;
    .rodata : {
        . = ALIGN(8);
        guard_sites_start = .;
        KEEP(*(.rodata.guard_sites))
        guard_sites_end = .;
        *(.rodata .rodata.*)
        . = ALIGN(8);
        params_start = .;
        KEEP(*(.params))
        params_end = .;
        ex_table_start = .;
        KEEP(*(.ex_table))
        ex_table_end = .;
        *(.symbols)
        *(.eh_frame)
        *(.data.rel.ro .data.rel.ro.*)
    } :text
    .note.gnu.build-id : {
        build_id_start = .;
        *(.note.gnu.build-id)
        build_id_end = .;
    } :text :note
    . = ALIGN(4096);
    rodata_end = .;

    data_start = .;
    .data : {
        *(.data.read_mostly)
        *(.data .data.[a-oq-z]* .data.p[a-df-z]*)
        *(.init.data)
        *(.got .got.*)
        . = ALIGN(64);
        percpu_template_start = .;
        *(.data.percpu)
        . = ALIGN(64);
        percpu_template_end = .;
        BYTE(0)                 /* so that the padding is in the file: the loader reads up to image_load_end */
        . = ALIGN(4096);
    } :text
    image_load_end = .;

    .bss (NOLOAD) : {
        bss_start = .;
        *(.bss.stack)
        *(.bss.page_aligned)
        *(.bss .bss.*)
        *(COMMON)
        . = ALIGN(4096);
        bss_end = .;
    } :text
    image_end = .;

    /DISCARD/ : { *(.comment) *(.note.GNU-stack) *(.note.gnu.property) *(.dynamic .dynsym .dynstr .hash .gnu.hash) }
    .debug_abbrev 0 : { *(.debug_abbrev) }
    .debug_info 0 : { *(.debug_info) }
    .debug_line 0 : { *(.debug_line) }
    .debug_line_str 0 : { *(.debug_line_str) }
    .debug_str 0 : { *(.debug_str) }
    .debug_rnglists 0 : { *(.debug_rnglists) }
    .debug_loclists 0 : { *(.debug_loclists) }
    .debug_aranges 0 : { *(.debug_aranges) }
    .debug_frame 0 : { *(.debug_frame) }
}
