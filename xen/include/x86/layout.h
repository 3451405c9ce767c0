/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole address-space map. One L4 slot is 512 GiB. The ABI gives the hypervisor
 * slots 256..271 (public/arch-x86/xen-x86_64.h); everything else is the guest's.
 *
 *  slot  start                size   what                                        who maps it
 *  256   0xffff800000000000   512G   machine-to-phys table, guests read it (RO)  mm/m2p.c
 *  257   0xffff808000000000   512G   per-domain: each vCPU's GDT and LDT         mm/perdomain.c (L3 page of each domain)
 *  258   0xffff810000000000   512G   frame table, struct frame_info per frame    boot/memory.c
 *  259   0xffff818000000000     1G   hypervisor image (boot/head.S, xen.lds.S)   boot/
 *        0xffff818040000000     1G   per-CPU syscall stubs, one page a CPU       cpu/
 *        0xffff818080000000    62G   ioremap                                     boot/memory.c
 *        0xffff819000000000     1G   fixmap                                      boot/memory.c
 *        0xffff81c000000000   256G   machine-to-phys table, hypervisor's RW view mm/m2p.c
 *  260   0xffff820000000000     6T   direct map of all RAM                       boot/memory.c
 */
#ifndef X86_LAYOUT_H
#define X86_LAYOUT_H

#define L4_SLOT_SHIFT        39
#define HYPERVISOR_L4_FIRST  256
#define HYPERVISOR_L4_LAST   271

#define RO_M2P_VIRT          0xffff800000000000
#define PERDOMAIN_VIRT       0xffff808000000000
#define PERDOMAIN_L4_SLOT    257
#define FRAMETABLE_VIRT      0xffff810000000000
#define XEN_VIRT             0xffff818000000000
#define STUBS_VIRT           0xffff818040000000
#define IOREMAP_VIRT         0xffff818080000000
#define IOREMAP_END          0xffff819000000000
#define FIXMAP_VIRT          0xffff819000000000
#define RW_M2P_VIRT          0xffff81c000000000
#define DIRECTMAP_VIRT       0xffff820000000000
#define DIRECTMAP_END        0xffff880000000000

/* A guest may hand us any address outside of this range (and canonical). */
#define HYPERVISOR_START     0xffff800000000000
#define HYPERVISOR_END       0xffff880000000000

/* Per-domain area: each vCPU has 32 pages of GDT (16 used) then 16 of LDT. */
#define PERDOMAIN_VCPU_SHIFT (12 + 6)
#define PERDOMAIN_GDT(v)     (PERDOMAIN_VIRT + ((unsigned long)(v) << PERDOMAIN_VCPU_SHIFT))
#define PERDOMAIN_LDT(v)     (PERDOMAIN_GDT(v) + (32UL << 12))

/* The per-CPU stack: 8 pages, aligned to its size. Pages 0..3 are IST stacks, 4..7 the primary. */
#define STACK_ORDER          3
#define STACK_SIZE           (4096UL << STACK_ORDER)
#define IST_NMI_PAGE         0
#define IST_MC_PAGE          1
#define IST_DF_PAGE          2
#define IST_DB_PAGE          3

/* Where the image is linked to be loaded when nobody relocates it. */
#define XEN_LOAD_PADDR       0x200000

#endif
