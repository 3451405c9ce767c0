/* SPDX-License-Identifier: GPL-2.0-only */
/* PV memory: what entry, domain control and grants call (arch/x86/mm/). Owner: MM. */
#ifndef X86_MM_H
#define X86_MM_H

#include <xen/frame.h>
#include <xen/guest_access.h>

struct vcpu;
struct domain;
struct cpu_user_regs;

/* Boot: machine-to-phys table for all RAM, mapped RO at slot 256 (guest-visible) and RW. */
void m2p_init(void);
/* Its frames become dom_xen's, read-only; once dom_xen exists. */
void m2p_share(void);
void m2p_set(mfn_t m, u64 pfn);
u64 m2p_get(mfn_t m);
/* The table in pieces of 2 MiB: how many, and the first frame of each (invalid: a piece that describes no RAM). */
unsigned long m2p_nr_chunks(void);
mfn_t m2p_chunk_mfn(unsigned long chunk);

/* Fills slots 256..271 of a guest L4 page that is becoming FT_L4 for @d. */
void l4_init_hypervisor_slots(pte_t *l4, struct domain *d);

/* Loads @v's active page table on this CPU (CR3), with the flush it needs. */
void write_guest_cr3(struct vcpu *v);
/* Kernel table := L4 @m, with type references taken and the old dropped. 0, -EINVAL, -ERESTART. */
int set_guest_table(struct vcpu *v, mfn_t m, bool user);
/* References to the tables of a new context, [0] the kernel's, [1] the user's (NULL where @user is 0). As above. */
int get_guest_tables(struct vcpu *v, mfn_t kernel, mfn_t user, struct frame_info *tables[2]);
void put_guest_tables(struct vcpu *v, struct frame_info *tables[2]);
/* Makes them those of @v, which does not run, in the mode that arch.in_kernel says. */
void install_guest_tables(struct vcpu *v, struct frame_info *tables[2]);
int drop_guest_tables(struct vcpu *v);        /* -ERESTART; at vCPU reset and destruction */

/*
 * Whose frames a call of the current domain is about: DOMID_SELF, DOMID_IO, for privileged callers DOMID_XEN and others.
 * 0, -ESRCH, -EPERM; release with mm_put_target.
 */
int mm_get_target(u16 id, struct domain **d);
void mm_put_target(struct domain *d);
/*
 * Applies @req[0..n) in order to tables of @owner, whose new entries name frames of @target. *@done: how many were
 * carried out. 0, -ERESTART (go on with the next call of the same vCPU), -EINVAL, -EPERM, -EBUSY.
 */
struct mmu_update;
int mmu_update_batch(struct domain *owner, struct domain *target, const struct mmu_update *req, unsigned int n,
                     unsigned int *done);
/* The same for one request of @v's, current, about its domain's own tables and frames. 1: done, and a table is left in arch.old_table. */
int mmu_update_one(struct vcpu *v, u64 ptr, u64 val);
/*
 * Entry @val for a frame of @d's was refused with @rc; no lock held. If it is to map an L1 table writable that is partially validated and in
 * no use, that table is taken down, which the change of an entry leaves alone, and the request is to be made again: -ERESTART.
 */
int mmu_refused(struct domain *d, u64 val, int rc);
/* Finishes what an earlier call of the current vCPU left; -ERESTART. Every call on page tables begins with it. */
int mmu_finish_earlier(void);
/* The entry that maps @va in the current kernel tables := @val. */
int mmu_update_va(u64 va, u64 val, struct domain *target);
/* Drops translations of @d: @flags FLUSH_* of smp.h. @vcpus: bitmap, or NULL for all CPUs that may have some. */
void mm_flush_domain(struct domain *d, const unsigned long *vcpus, unsigned int flags, u64 va);
/* Frame @to of @d is zeroed, or becomes a copy of @from. 0, -EINVAL. */
int mm_clear_page(struct domain *d, mfn_t to);
int mm_copy_page(struct domain *d, mfn_t to, mfn_t from);
/* One checked descriptor written to a frame of the current domain. 0, -EINVAL. */
int mm_update_descriptor(maddr_t where, u64 desc);

/* A page fault of the guest: true when it was resolved here (writable page-table emulation, LDT page in, spurious). */
bool mm_handle_guest_fault(struct cpu_user_regs *regs, u64 cr2, u32 error_code);

/* The same where writes are logged: any fault at guest address @va under table @cr3, also the hypervisor's own. True: try again. */
bool mirror_handle_fault(struct vcpu *v, u64 cr3, u64 va, u32 error_code);
/*
 * Logging of writes to @d's pages, tracked by pfn; the domain is not the current one. Begin: 0, -EINVAL, -ENOMEM. The others
 * -ERESTART: call again, the domain stays paused meanwhile. Round: no page can be written any more without being marked, and those
 * that others write to at any time are marked; release lets the domain go on.
 */
int mm_log_begin(struct domain *d);
int mm_log_end(struct domain *d);
int mm_log_round(struct domain *d);
void mm_log_release(struct domain *d);

/* MMUEXT_PIN_Ln_TABLE, _UNPIN_TABLE for frames of @d. 0, -EINVAL, -EPERM, -EBUSY, -ERESTART. @type FT_L1..FT_L4. */
int pin_table(struct domain *d, mfn_t m, u64 type);
int unpin_table(struct domain *d, mfn_t m);
/* MMUEXT_SET_LDT of the current vCPU. 0 or -EINVAL. */
int set_guest_ldt(u64 base, unsigned int entries);
/* A fault at @cr2 inside the LDT window, from the guest or from the hypervisor loading a selector: true when mapped now. */
bool mm_handle_ldt_fault(u64 cr2);
/* Entry of the GDT window where the guest has no page: null descriptors. */
pte_t perdomain_empty_gdt_entry(void);

/* Destruction: drops pins, then types, then frames of d->page_list, in bounded steps. -ERESTART. */
int mm_domain_relinquish(struct domain *d);
int mm_domain_init(struct domain *d);         /* perdomain L3 */
void mm_domain_destroy(struct domain *d);
int mm_vcpu_init(struct vcpu *v);             /* this vCPU's GDT/LDT window */
void mm_vcpu_destroy(struct vcpu *v);

/* GDT and LDT: takes FT_DESC references. 0 or -EINVAL. */
int set_guest_gdt(struct vcpu *v, const u64 *frames, unsigned int entries);
void destroy_guest_gdt(struct vcpu *v);
/* True when @desc is safe for a guest (or was made so: DPL raised to 3); AMD64 vol. 2, 4.7/4.8. */
bool check_descriptor(struct domain *d, u64 *desc);
/* The same for a whole page: the first that is refused, or its number of entries. */
unsigned int check_descriptor_page(struct domain *d, u64 *t);
void invalidate_ldt(struct vcpu *v);

/* Software walk of the current guest's tables: PTE of @va at level 1 (0 when not mapped); for emulation. */
pte_t guest_walk(struct vcpu *v, u64 va, mfn_t *table);
/* The same in the kernel's tables, whatever mode @v is in. */
pte_t guest_walk_kernel(struct vcpu *v, u64 va);

/*
 * Grants in the current domain's tables. @addr: a virtual address or, with GNTMAP_contains_pte in @gnt_flags, the machine
 * address of an L1 entry. The entry holds the references to frame @m of @granter like any other. GNTST_*.
 */
int grant_map_pte(u64 addr, struct domain *granter, mfn_t m, u32 gnt_flags);
/*
 * Clears that entry, or with @new_addr moves the entry of that address to it; *@writable: what it was. The caller flushes
 * TLBs before the grant ends.
 */
int grant_unmap_pte(u64 addr, mfn_t m, u32 gnt_flags, u64 new_addr, bool *writable);

/* grant tables' own life, called by domain.c (MM writes common/grant_*.c). */
int grant_table_create(struct domain *d, unsigned int max_frames, unsigned int max_maptrack, unsigned int max_version);
int grant_table_relinquish(struct domain *d);  /* unmaps what @d mapped; -ERESTART */
/* Frees the pages of a domain without references until this CPU has pending work; true: none is left. */
bool grant_table_free_pages(struct domain *d);
void grant_table_destroy(struct domain *d);    /* the rest */

#endif
