/* SPDX-License-Identifier: GPL-2.0-only */
/* A test kernel's pages, frames and page tables. */
#ifndef TEST_MEMORY_H
#define TEST_MEMORY_H

#include "hypercall.h"
#include "lib.h"

#define PAGE_SIZE 4096ul
#define VIRT_BASE 0xffffffff80000000ul

#define PTE_P   0x001ul
#define PTE_RW  0x002ul
#define PTE_US  0x004ul
#define PTE_PWT 0x008ul
#define PTE_PCD 0x010ul
#define PTE_A   0x020ul
#define PTE_D   0x040ul
#define PTE_PSE 0x080ul
#define PTE_G   0x100ul
#define PTE_NX  (1ul << 63)
#define PTE_FRAME 0x000ffffffffff000ul
#define PTE_TABLE (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PTE_DATA  (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PTE_RO    (PTE_P | PTE_US | PTE_A)

extern struct start_info *start_info;
extern struct shared_info *shared; /* mapped at start */
extern char boot_stack[], boot_stack_end[], image_end[];
/* The stack that the hypervisor switches to from user mode. */
#define TRAP_STACK_SIZE 32768
extern char trap_stack[TRAP_STACK_SIZE];

/* Is this the initial domain, or one that tools made? */
bool privileged(void);
/* The kernel's own domain id. */
domid_t own_domid(void);

/* Finds start_info, maps shared_info. */
void memory_init(struct start_info *si);

/* A zeroed, writable, mapped page of the kernel's own; from a pool of 384 that nothing returns to. */
void *page_alloc(void);

unsigned long pfn_to_mfn(unsigned long pfn);
unsigned long mfn_to_pfn(unsigned long mfn);
unsigned long virt_to_mfn(const void *va); /* of the initial mapping */
void *mfn_to_virt(unsigned long mfn);

/* A pfn that the initial mapping does not use; each call another. */
unsigned long pfn_spare(void);

unsigned long pt_base_mfn(void);
/* The entry for an address at a level, 4 to 1; null where a table above is missing. */
uint64_t *pt_entry(unsigned long va, int level);
/* Its machine address, from the table that is live; 0 where missing. */
uint64_t pt_entry_maddr(unsigned long va, int level);

/* One mmu_update of the entry at a machine address; the hypercall's result. */
long pt_write(uint64_t maddr, uint64_t value);
/* One mmuext_op. */
long mmuext(unsigned cmd, unsigned long arg1, unsigned long arg2);
long pin_table(int level, unsigned long mfn);
long unpin_table(unsigned long mfn);

/* Changes the mapping of a page of the kernel's own to read-only and back; the hypercall's result. */
long page_set_ro(void *page);
long page_set_rw(void *page);

/* Makes the tables down to level 1 for an address exist, stops with an error where it cannot. */
void pt_build(unsigned long va);
/* Maps a frame at an address (tables are built); the hypercall's result. */
long map_frame(unsigned long va, unsigned long mfn, uint64_t flags);

/* An address for scratch mappings that nothing uses: 512 GiB apart from all else. */
#define SCRATCH_VA 0x0000100000000000ul

#endif
