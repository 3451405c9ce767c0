/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table entries as data: levels 1..4 are an argument, never four copies
 * of a function. Bits: AMD64 vol. 2, 5.3 and 5.4.
 */
#ifndef X86_PAGE_H
#define X86_PAGE_H

#include <xen/types.h>
#include <x86/layout.h>

typedef struct { u64 v; } pte_t;     /* an entry of any level */

#define PTE_P       (1UL << 0)
#define PTE_RW      (1UL << 1)
#define PTE_US      (1UL << 2)
#define PTE_PWT     (1UL << 3)
#define PTE_PCD     (1UL << 4)
#define PTE_A       (1UL << 5)
#define PTE_D       (1UL << 6)
#define PTE_PS      (1UL << 7)   /* L2, L3; PAT in L1 */
#define PTE_PAT     (1UL << 7)
#define PTE_G       (1UL << 8)
#define PTE_AVAIL   (7UL << 9)
#define PTE_PAT_L   (1UL << 12)  /* PAT of a large mapping */
#define PTE_AVAIL_HI (0x7ffUL << 52)
#define PTE_NX      (1UL << 63)
#define PTE_ADDR    0x000ffffffffff000UL

#define PTES_PER_PAGE 512
#define LEVEL_SHIFT(level) (12 + 9 * ((level) - 1))
#define PT_INDEX(va, level) (((va) >> LEVEL_SHIFT(level)) & 511)

static inline pte_t pte(u64 v) { return (pte_t){ v }; }
static inline u64 pte_x(pte_t p) { return p.v; }
static inline mfn_t pte_mfn(pte_t p) { return mfn((p.v & PTE_ADDR) >> PAGE_SHIFT); }
static inline u64 pte_flags(pte_t p) { return p.v & ~PTE_ADDR; }
static inline pte_t pte_make(mfn_t m, u64 flags) { return pte((mfn_x(m) << PAGE_SHIFT) | flags); }
static inline bool pte_present(pte_t p) { return p.v & PTE_P; }

/* Hypervisor mappings: global, supervisor, accessed and dirty already. */
#define PAGE_HV_RW  (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_G | PTE_NX)
#define PAGE_HV_RO  (PTE_P | PTE_A | PTE_G | PTE_NX)
#define PAGE_HV_RX  (PTE_P | PTE_A | PTE_G)
#define PAGE_HV_UC  (PAGE_HV_RW | PTE_PCD | PTE_PWT)
#define PAGE_HV_TABLE (PTE_P | PTE_RW | PTE_A | PTE_D)

/* All RAM is in the direct map. */
static inline void *maddr_to_virt(maddr_t a) { return (void *)(DIRECTMAP_VIRT + a.v); }
static inline void *mfn_to_virt(mfn_t m) { return (void *)(DIRECTMAP_VIRT + (m.v << PAGE_SHIFT)); }
/* Only for direct-map addresses (what the allocators return). */
static inline maddr_t virt_to_maddr(const void *p) { return maddr((u64)p - DIRECTMAP_VIRT); }
static inline mfn_t virt_to_mfn(const void *p) { return maddr_to_mfn(virt_to_maddr(p)); }

static inline bool is_canonical(u64 va) { return (u64)((s64)(va << 16) >> 16) == va; }

/* The hypervisor's own L4; slots 256..271 are copied into every guest L4. */
extern pte_t idle_l4[PTES_PER_PAGE];

/*
 * Map @n pages at hypervisor address @va, splitting or using 2 MiB pages as
 * alignment permits. Boot time and ioremap; takes its own lock. -ENOMEM.
 * Every L3 below slots 256..271 exists from boot on, so guests' L4s need no update.
 */
int map_pages(unsigned long va, mfn_t m, unsigned long n, u64 flags);
void unmap_pages(unsigned long va, unsigned long n);
/* Uncached mapping of device memory; never fails at boot (panics), NULL later when out of space. */
void *ioremap(maddr_t a, size_t bytes);
/* ioremap() cached: ACPI tables and other firmware memory outside of RAM. */
void *ioremap_cached(maddr_t a, size_t bytes);
void iounmap(void *p);

#endif
