/* SPDX-License-Identifier: GPL-2.0-only */
/* Page faults that memory management resolves: a guest kernel's writes to its page tables, LDT pages. */
#include <xen/errno.h>
#include <xen/guest_access.h>
#include <xen/lib.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>
#include <x86/pt_lock.h>
#include <x86/pv.h>
#include <x86/pv_fast.h>
#include "pt.h"
#include "pt_l1.h"
#include "ptwr.h"

#define MAX_INSN 15
#define FETCHED  16          /* two words: the usual copy */

/* Near a page's end: up to there, beyond it only when it is mapped. */
static noinline unsigned int fetch_insn_bytewise(u64 rip, u8 *bytes)
{
    unsigned int n = min((unsigned int)(PAGE_SIZE - (rip & ~PAGE_MASK)), (unsigned int)MAX_INSN);

    if (copy_from_guest(bytes, gva(rip), n))
        return 0;
    if (n < MAX_INSN && !copy_from_guest(bytes + n, gva(rip + n), MAX_INSN - n))
        n = MAX_INSN;
    return n;
}

/* Bytes at the guest's RIP: how many there are. */
static inline unsigned int fetch_insn(u64 rip, u8 bytes[FETCHED])
{
    if (unlikely((rip & ~PAGE_MASK) > PAGE_SIZE - FETCHED))
        return fetch_insn_bytewise(rip, bytes);
    return copy_from_guest(bytes, gva(rip), FETCHED) ? 0 : MAX_INSN;
}

/*
 * The entry of an L1 table that guest address @va holds: its frame is mapped read-only there. pt_lock held. NULL: @va is
 * something else. Tables of higher levels change by hypercall only, as the ABI has it.
 */
static u64 *find_target(struct vcpu *v, u64 va)
{
    unsigned int i;
    struct frame_info *l1 = pt_walk_l1(v->arch.guest_table, va, &i);
    pte_t e;

    if (!l1)
        return NULL;
    e = pte(READ_ONCE(((u64 *)frame_to_virt(l1))[i]));
    if (!pte_present(e) || (e.v & PTE_RW) || !pt_mfn_is_ram(pte_mfn(e)) ||
        !pt_is_l1_of(mfn_to_frame(pte_mfn(e)), v->domain))
        return NULL;
    return (u64 *)mfn_to_virt(pte_mfn(e)) + (va & ~PAGE_MASK) / sizeof(u64);
}

/* Carries the write out on entry @p; 0, or what l1_change() says. */
static int write_entry(struct vcpu *v, u64 *p, const struct ptwr_insn *insn, struct cpu_user_regs *regs, u64 va)
{
    struct domain *d = v->domain;
    unsigned int shift = (va & 7) * 8;
    u64 mask = (insn->size == 8 ? ~0UL : (1UL << (8 * insn->size)) - 1) << shift;
    struct ptwr_result r;
    int rc;

    do {
        u64 old = READ_ONCE(*p);

        ptwr_compute(insn, regs, (old & mask) >> shift, &r);
        rc = r.write ? l1_change(d, d, p, pte((old & ~mask) | (r.value << shift & mask)), PT_WRITE_IF_SAME, pte(old)) : 0;
    } while (rc == -EAGAIN);
    if (rc)
        return rc;
    ptwr_commit(insn, regs, &r);
    return 0;
}

static noinline bool emulate_pt_write(struct cpu_user_regs *regs, u64 va)
{
    struct vcpu *v = current;
    struct ptwr_insn insn;
    u8 bytes[FETCHED];
    bool known;
    int rc = -EINVAL;
    u64 *p;

    /* Nearly all such faults are writes to tables, so the instruction is read before that is known: the walk is done once. */
    known = ptwr_decode(bytes, fetch_insn(regs->rip, bytes), &insn) && (va & 7) + insn.size <= 8;
    if (pt_lock_preemptible(v->domain))
        return true;                             /* the instruction is executed again, and faults again */
    p = find_target(v, va);
    if (p && likely(known))
        rc = write_entry(v, p, &insn, regs, va);
    pt_unlock(v->domain);
    if (p && unlikely(!known))
        gprintk("write to a page table at %lx by an instruction that is not emulated (rip %lx)\n", va, regs->rip);
    return !rc;
}

static bool in_ldt_window(const struct vcpu *v, u64 cr2)
{
    return cr2 - PERDOMAIN_LDT(v->id) < 16 * PAGE_SIZE;
}

bool mm_handle_guest_fault(struct cpu_user_regs *regs, u64 cr2, u32 error_code)
{
    struct vcpu *v = current;

    if (unlikely(!guest_range_ok(cr2, 1))) {
        if (!in_ldt_window(v, cr2))
            return false;
        if (mm_handle_ldt_fault(cr2))
            return true;
        if (!(regs->cs & 3))
            return false;    /* the hypervisor's own load of a selector: its fix-up knows what to do */
        pv_deliver_page_fault(regs, v->arch.pv.ldt_base + (cr2 - PERDOMAIN_LDT(v->id)), error_code);
        return true;
    }
    if (unlikely(v->domain->arch.mirror) && mirror_handle_fault(v, read_cr3(), cr2, error_code))
        return true;
    if ((error_code & (PFEC_PRESENT | PFEC_WRITE | PFEC_FETCH)) != (PFEC_PRESENT | PFEC_WRITE) || !v->arch.in_kernel)
        return false;
    return emulate_pt_write(regs, cr2);
}
