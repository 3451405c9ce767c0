/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of dom0's construction. Private to arch/x86/pv/dom0_*.c; boot CPU, before any guest runs. */
#ifndef PV_DOM0_H
#define PV_DOM0_H

#include <xen/domain.h>
#include <xen/elf.h>
#include <x86/pv.h>

/* Virtual addresses, and pfns from virt_base on, of all that dom0 starts with. */
struct dom0_layout {
    u64 v_start, v_end;                   /* mapped: pfn 0 … */
    u64 kernel_end, initrd, p2m, start_info, page_tables, stack;
    u64 nr_page_tables;
    u64 p2m_pfn, nr_p2m_pfns;             /* INIT_P2M: its frames and their page tables, not in the range above */
    u64 initrd_pfn, initrd_pages;         /* both forms */
    bool p2m_apart, initrd_apart;         /* outside of the mapped range */
    u64 end_pfn;                          /* first one that is free memory */
};

struct dom0_image {
    struct elf_kernel elf;
    void *unpacked;                       /* NULL: used where the loader put it */
    size_t unpacked_size;
    const char *cmdline;
    const void *initrd;
    size_t initrd_size;
    struct dom0_layout l;
    u64 nr_pages;
    u64 *p2m;                             /* hypervisor's copy of pfn → mfn, nr_pages entries */
};

/* dom0_image.c: the kernel file, down to an ELF image with notes. Panics with one line. */
void dom0_load_image(struct dom0_image *im, const struct boot_module *kernel);
/* dom0_layout.c */
void dom0_plan_layout(struct dom0_image *im);
/* dom0_memory.c */
unsigned long dom0_choose_pages(u64 *max_pages);
/* Ends the boot: dom0 needs @need_mib and gets @pages; the remedy follows from what limits it. */
void dom0_refuse_memory(unsigned long need_mib, unsigned long pages) noreturn;
void dom0_allocate(struct domain *d, struct dom0_image *im);
static inline void *dom0_page(const struct dom0_image *im, u64 pfn) { return mfn_to_virt(mfn(im->p2m[pfn])); }
/* @n bytes to the mapped virtual address @va. */
void dom0_copy(const struct dom0_image *im, u64 va, const void *from, size_t n);
/* dom0_pagetable.c: builds the tables and makes them the vCPU's. */
void dom0_build_page_tables(struct vcpu *v, const struct dom0_image *im);
/* dom0_hardware.c: ports, memory ranges and interrupts that dom0 may use. */
void dom0_grant_hardware(struct domain *d);

#endif
