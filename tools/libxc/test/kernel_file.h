/* SPDX-License-Identifier: GPL-2.0-only */
/* For the tests: makes kernel files, whole and broken, in a scratch folder. */
#ifndef TEST_KERNEL_FILE_H
#define TEST_KERNEL_FILE_H

#include <stddef.h>
#include <stdint.h>

/* What the ELF file is to be; zero is a proper small PV kernel. */
struct kernel_recipe {
    const char *features;         /* FEATURES note; NULL: none */
    const char *xen_version;      /* NULL: "xen-3.0" */
    const char *loader;           /* NULL: "generic" */
    const char *guest_section;    /* text of __xen_guest, in place of notes */
    uint64_t paddr;               /* of the text; 0: its offset */
    uint64_t virt_base;           /* 0: 0xffffffff80000000 */
    uint64_t init_p2m;            /* 0: none */
    uint64_t hypercall_page;      /* offset from virt_base; 0: none */
    uint64_t entry;               /* offset from virt_base; 0: start of text */
    uint64_t bss;                 /* bytes behind the file's */
    uint16_t machine;             /* 0: x86-64 */
    uint16_t type;                /* 0: ET_EXEC */
    int no_notes, only_phys32, mod_start_pfn, notes_as_section;
};

#define KERNEL_TEXT_OFFSET 0x100000UL /* of the text behind virt_base */
#define KERNEL_TEXT_LEN 300000UL

/* The scratch folder, made on first use and removed at exit. */
const char *scratch(void);
const char *scratch_file(const char *name);

/* malloc()ed ELF file. */
uint8_t *kernel_elf(const struct kernel_recipe *r, size_t *len);
/* Writes bytes to a scratch file and returns its path (static per name). */
const char *write_file(const char *name, const void *data, size_t len);
/* Packs a scratch file by a command ("xz -9", "lz4 -l") into malloc()ed memory. */
uint8_t *pack(const char *command, const void *data, size_t len, size_t *out_len);
/* A bzImage around a payload; Linux' appended size included. */
uint8_t *bzimage(const uint8_t *payload, size_t len, uint32_t unpacked,
                 size_t *out_len);

#endif /* TEST_KERNEL_FILE_H */
