/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an IOMMU translates bus addresses by (common/iommu_pt.c). A paravirtualized domain's devices use machine addresses,
 * so a frame is either mapped at its own address, to be read and written, or not at all.
 * Layout: Intel VT-d specification 4.1, 9.8 (second-stage entries). The caller has a lock.
 */
#ifndef XEN_IOMMU_PT_H
#define XEN_IOMMU_PT_H

#include <xen/types.h>

#define IOMMU_PTE_READ  (1UL << 0)
#define IOMMU_PTE_WRITE (1UL << 1)
#define IOMMU_PTE_LARGE (1UL << 7)
#define IOMMU_PTE_SNOOP (1UL << 11)    /* accesses snoop caches, whatever the device asks for */
#define IOMMU_PTE_ADDR  0x000ffffffffff000UL

struct iommu_pt {
    u64 *root;                         /* NULL: maps nothing, and nothing can be mapped */
    u8 levels;                         /* 3: 39 bits of address, 4: 48 */
    u8 leaf_levels;                    /* a leaf is at level 1, or up to this one: 2 (2 MiB), 3 (1 GiB) */
    u64 leaf_bits;                     /* that each leaf has, besides its address and rights */
    u64 nr_tables;
};

/* 0 or -ENOMEM. */
int iommu_pt_init(struct iommu_pt *pt, unsigned int levels, unsigned int leaf_levels);
/* Frames @first to @last, in the largest leaves that fit. 0, -EINVAL (out of reach), -ENOMEM: some may be mapped. */
int iommu_pt_map(struct iommu_pt *pt, u64 first, u64 last);
/* Whether frame @m was mapped; not within a large leaf. */
bool iommu_pt_unmap(struct iommu_pt *pt, u64 m);
bool iommu_pt_maps(const struct iommu_pt *pt, u64 m);
/*
 * Gives tables back, up to 1 GiB's at a time. True: call again. Nobody else has @pt any more, the hardware neither.
 */
bool iommu_pt_free_step(struct iommu_pt *pt);

/* arch/x86/iommu: what the CPU wrote to [@p, @p + @n) is where IOMMUs read it. */
void iommu_hw_sync(const void *p, size_t n);

#endif
