/* SPDX-License-Identifier: GPL-2.0-only */
/* Two domains with frames and one vCPU, for tests of frames, types and page tables (pagetable_machine.c). */
#ifndef PAGETABLE_MACHINE_H
#define PAGETABLE_MACHINE_H

#include "host.h"

#include <xen/pt_check.h>
#include <x86/mm.h>
#include "../../arch/x86/mm/pt.h"

#define NR_FRAMES  400     /* frame OTHERS up: the second domain's */
#define FIRST      280     /* from here on; the first MiB is device memory */
#define OTHERS     360

extern struct domain *d, *other;
extern struct vcpu *v;
extern unsigned int flushes;           /* of TLBs */

int pagetable_setup(void **state);
int pagetable_teardown(void **state);
#define PAGETABLE_TEST(fn) cmocka_unit_test_setup_teardown(fn, pagetable_setup, pagetable_teardown)

static inline struct frame_info *frame(unsigned int n) { return mfn_to_frame(mfn(n)); }
static inline u64 *table(unsigned int n) { return mfn_to_virt(mfn(n)); }
static inline u64 type_of(unsigned int n) { return frame(n)->type_info & FT_MASK; }
static inline u64 uses(unsigned int n) { return frame(n)->type_info & FT_COUNT_MASK; }
static inline u64 refs(unsigned int n) { return READ_ONCE(frame(n)->count_info) & FRAME_COUNT_MASK; }

#define RO (PTE_P | PTE_US)
#define RW (PTE_P | PTE_US | PTE_RW)
static inline u64 entry(unsigned int n, u64 flags) { return (u64)n << PAGE_SHIFT | flags; }

/* Frames @from to @to - 1 become @x's, without a type. */
void give(struct domain *x, unsigned int from, unsigned int to);
/* Entry @index of table @t, as mmu_update writes it. */
int update(unsigned int t, unsigned int index, u64 val);
/* Takes and drops a general reference and one to the type; those with FT_PINNED must succeed. */
int pin(unsigned int n, unsigned int level);
int unpin(unsigned int n);
void set_pinned(unsigned int n, unsigned int level);
void clear_pinned(unsigned int n);

#endif
