/* SPDX-License-Identifier: GPL-2.0-only */
/* Granted frames in a PV guest's page tables: entries that the grant table's code makes and removes. */
#include <xen/domain.h>
#include <xen/lib.h>
#include <public/grant_table.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>
#include <x86/pt_lock.h>
#include "mirror.h"
#include "pt.h"

/* The L1 entry that @addr names, with a reference to its table for the caller; pt_lock held. */
static bool find_entry(struct vcpu *v, u64 addr, bool contains_pte, struct pt_change *c)
{
    if (contains_pte) {
        mfn_t m = mfn(addr >> PAGE_SHIFT);

        if ((addr & 7) || !pt_mfn_is_ram(m))
            return false;
        c->table = mfn_to_frame(m);
        c->index = (addr & ~PAGE_MASK) / sizeof(u64);
    } else {
        c->table = pt_walk_l1(v->arch.guest_table, addr, &c->index);
    }
    if (!c->table || !frame_get(c->table, v->domain))
        return false;
    if (pt_is_l1_of(c->table, v->domain))
        return true;
    frame_put(c->table);
    return false;
}

static pte_t grant_entry(mfn_t m, u32 gnt_flags)
{
    u64 flags = PTE_P | PTE_US | PTE_A | PTE_D | PTE_NX;

    if (!(gnt_flags & GNTMAP_readonly))
        flags |= PTE_RW;
    /* The guest's own bits: 16 up become the available bits 9 up. */
    flags |= ((u64)(gnt_flags >> _GNTMAP_guest_avail0) << 9) & PTE_AVAIL;
    return pte_make(m, flags);
}

int grant_map_pte(u64 addr, struct domain *granter, mfn_t m, u32 gnt_flags)
{
    struct vcpu *v = current;
    const struct pt_parties w = pt_parties_of(v->domain, granter, false);
    struct pt_change c = { .level = 1, .how = PT_WRITE, .new = grant_entry(m, gnt_flags) };
    int status = GNTST_bad_virt_addr;

    pt_lock(v->domain);
    if (find_entry(v, addr, gnt_flags & GNTMAP_contains_pte, &c)) {
        status = pt_change_entry(&w, &c) ? GNTST_general_error : GNTST_okay;
        frame_put(c.table);
    }
    pt_unlock(v->domain);
    return status;
}

/* Writes @new over the entry that must map @m; the references of @new change hands, those of the old are dropped. */
static int replace_locked(struct pt_change *c, mfn_t m, pte_t new, bool *writable)
{
    u64 *p = (u64 *)frame_to_virt(c->table) + c->index;
    pte_t old = pte(READ_ONCE(*p));

    if (!pte_present(old) || !mfn_eq(pte_mfn(old), m))
        return GNTST_general_error;
    old = pte(__atomic_exchange_n(p, new.v, __ATOMIC_ACQ_REL));
    *writable = old.v & PTE_RW;
    mirror_entry_written(frame_owner(c->table), p);
    (void)pt_entry_put(c->table, 1, old, false);
    return GNTST_okay;
}

/* Moves the entry of address @new_addr over the one of @c, which must map @m. */
static int move_locked(struct vcpu *v, struct pt_change *c, mfn_t m, u64 new_addr, bool *writable)
{
    struct pt_change from = { .level = 1 };
    int status = GNTST_bad_virt_addr;
    u64 *p;

    if (!find_entry(v, new_addr, false, &from))
        return status;
    if (from.table != c->table || from.index != c->index) {
        p = (u64 *)frame_to_virt(from.table) + from.index;
        status = replace_locked(c, m, pte(READ_ONCE(*p)), writable);
        if (status == GNTST_okay) {
            WRITE_ONCE(*p, 0);
            mirror_entry_written(v->domain, p);
        }
    }
    frame_put(from.table);
    return status;
}

int grant_unmap_pte(u64 addr, mfn_t m, u32 gnt_flags, u64 new_addr, bool *writable)
{
    struct vcpu *v = current;
    struct pt_change c = { .level = 1 };
    int status = GNTST_bad_virt_addr;

    pt_lock(v->domain);
    if (find_entry(v, addr, gnt_flags & GNTMAP_contains_pte, &c)) {
        status = new_addr ? move_locked(v, &c, m, new_addr, writable) : replace_locked(&c, m, pte(0), writable);
        frame_put(c.table);
    }
    pt_unlock(v->domain);
    return status;
}
