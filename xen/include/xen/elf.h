/* SPDX-License-Identifier: GPL-2.0-only */
/* ELF64 kernels: what is to be loaded and what the notes say (lib/elf.c). ELF specification 1.2, System V ABI AMD64. Owner: PV. */
#ifndef XEN_ELF_H
#define XEN_ELF_H

#include <xen/types.h>

#define ELF_MAX_SEGMENTS 16

struct elf_segment { u64 vaddr, paddr, mem_size, file_size; const void *data; };

#define ELF_UNSET (~0UL)

struct elf_kernel {
    const void *image;
    size_t size;
    unsigned int nr_segments;
    struct elf_segment segment[ELF_MAX_SEGMENTS];
    u64 entry;
    bool has_xen_notes;
    char guest_os[16], guest_version[16], xen_version[16], loader[16], features[128];
    u64 virt_base, paddr_offset, hypercall_page, init_p2m;      /* ELF_UNSET when there is no such note */
    bool mod_start_pfn;
    u64 supported_features;                                     /* bits XENFEAT_*; ELF_UNSET no such note */
};

/* -ENOEXEC: no 64-bit x86 ELF executable; -EINVAL: broken. @k refers to @image. */
int elf_parse(const void *image, size_t size, struct elf_kernel *k);

#endif
