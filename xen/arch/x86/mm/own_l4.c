/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * L4 tables that map themselves.
 *
 * An L4 entry may name its own L4, read-only: the guest then reads its page tables as memory (a linear or recursive mapping;
 * NetBSD does). Walked through that entry s the L4 serves as an L3, L2 or L1 as well, and with it each of its other entries. Were
 * the hypervisor's slots 256 to 271 among them, guest address (s, 260, j, k) would lead into the direct map. U = 0 keeps ring 3 out,
 * but neither the hypervisor's own copies, which run with supervisor rights, nor speculation (Meltdown), nor the TLB, where such
 * translations would be global.
 *
 * So an L4 that maps itself has nothing in slots 256 to 271: it is bare. No vCPU can run on a bare L4. A vCPU that is given
 * one runs on an L4 of its own instead, one for kernel and one for user mode: the guest's slots copied from the
 * bare table, and the hypervisor's slots added. The self entry is copied as it is and names the guest's bare table, so that no
 * guest address leads to a hypervisor slot, whoever uses the address: the hardware cannot walk there. XPTI's copies (cpu/xpti.c) and
 * mirrors (mirror.h) are made from or beside the same tables, and what is said here holds for them, too.
 *
 *  - A table is bare exactly while it is validated as an L4 and has, or had since it was validated, an entry that names itself.
 *  - l4_is_bare(f) does not change while its caller holds a type reference of f: a table that is validated already becomes
 *    bare only when nothing but a pin and the current vCPU uses it. A table in use by another vCPU is refused (-EBUSY).
 *  - Each change of a bare table's entry goes to the vCPUs' own L4s at once, before the old entry's references are dropped.
 *    Accessed bits of level 4 are set in the vCPU's own L4 only; the guest does not see them (nor with XPTI).
 *  - Loading a bare table copies 512 entries, and takes two pages of Xen heap a vCPU at most. Other tables pay nothing.
 *  - arch.pt_lock guards the contents of the own L4s, and the guest_table slots of a domain with maps_itself set.
 *
 * Tables of level 2 and 3 that map themselves need nothing of this: no entry of theirs is the hypervisor's. An L4 that
 * another table names is refused: an L4 entry names an L3 (pt_entry.c).
 */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/page_alloc.h>
#include <x86/cpu_info.h>
#include <x86/mm.h>
#include <x86/spec.h>
#include "pt.h"

static struct frame_info *table_of(const struct vcpu *v, bool user)
{
    return user ? v->arch.guest_table_user : v->arch.guest_table;
}

bool l4_names_itself(const struct frame_info *f)
{
    const u64 *t = frame_to_virt(f);
    mfn_t self = frame_to_mfn(f);

    for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
        if (!L4_SLOT_IS_HYPERVISOR(i) && (t[i] & PTE_P) && mfn_eq(pte_mfn(pte(t[i])), self))
            return true;
    return false;
}

void l4_make_bare(struct frame_info *f)
{
    u64 *t = frame_to_virt(f);

    for (unsigned int i = HYPERVISOR_L4_FIRST; i <= HYPERVISOR_L4_LAST; i++)
        WRITE_ONCE(t[i], 0);
}

int own_l4_reserve(struct vcpu *v, bool user)
{
    if (!v->arch.own_l4[user])
        v->arch.own_l4[user] = alloc_xen_page();
    return v->arch.own_l4[user] ? 0 : -ENOMEM;
}

void own_l4_free(struct vcpu *v)
{
    for (unsigned int i = 0; i < 2; i++) {
        free_xen_page(v->arch.own_l4[i]);
        v->arch.own_l4[i] = NULL;
    }
}

void l4_init_own_slots(pte_t *l4, struct domain *d, bool user)
{
    l4_init_hypervisor_slots(l4, d);
    if (user && test_bit(VMASST_TYPE_m2p_strict, &d->vm_assist))
        WRITE_ONCE(l4[PT_INDEX(RO_M2P_VIRT, 4)].v, 0);
}

/* The page may be what this CPU runs on: the hypervisor's slots keep their values throughout. */
void own_l4_fill(struct vcpu *v, const struct frame_info *f, bool user)
{
    const u64 *from = frame_to_virt(f);
    pte_t *to = v->arch.own_l4[user];

    ASSERT(to);
    for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
        if (!L4_SLOT_IS_HYPERVISOR(i))
            WRITE_ONCE(to[i].v, READ_ONCE(from[i]));
    l4_init_own_slots(to, v->domain, user);
}

u64 own_l4_cr3(const struct vcpu *v, bool user)
{
    ASSERT(v->arch.own_l4[user]);
    return virt_to_maddr(v->arch.own_l4[user]).v;
}

void own_l4_entry_written(struct domain *d, const struct frame_info *f, unsigned int index)
{
    u64 e = READ_ONCE(((const u64 *)frame_to_virt(f))[index]);
    struct vcpu *v;

    if (!l4_is_bare(f))
        return;
    for_each_vcpu(d, v)
        for (unsigned int user = 0; user < 2; user++)
            if (table_of(v, user) == f)
                WRITE_ONCE(v->arch.own_l4[user][index].v, e);
}

/* How many type references of validated L4 @f are neither its pin nor the current vCPU's. */
static u64 other_uses(const struct domain *d, const struct frame_info *f)
{
    u64 x = __atomic_load_n(&f->type_info, __ATOMIC_SEQ_CST);
    u64 mine = current->domain == d ? (table_of(current, false) == f) + (table_of(current, true) == f) : 0;

    return (x & FT_COUNT_MASK) - !!(x & FT_PINNED) - mine;
}

/* The current vCPU leaves @f for an own L4, in the modes in which it runs on @f. */
static int leave_table(struct vcpu *v, const struct frame_info *f)
{
    bool mirrored = v->domain->arch.mirror;      /* runs on neither */

    for (unsigned int user = 0; user < 2; user++)
        if (table_of(v, user) == f && own_l4_reserve(v, user))
            return -ENOMEM;
    for (unsigned int user = 0; user < 2; user++) {
        if (table_of(v, user) != f)
            continue;
        own_l4_fill(v, f, user);
        if (!mirrored)
            *(user ? &v->arch.cr3_user : &v->arch.cr3_kernel) = own_l4_cr3(v, user);
    }
    v->arch.cr3 = v->arch.in_kernel ? v->arch.cr3_kernel : v->arch.cr3_user;
    write_guest_cr3(v);
    return 0;
}

int l4_move_out(struct domain *d, struct frame_info *f)
{
    int rc;

    if (l4_is_bare(f))
        return 0;
    /* set_guest_table() takes its reference, then reads the flag: it sees the flag, or is seen here. */
    __atomic_store_n(&d->arch.maps_itself, true, __ATOMIC_SEQ_CST);
    if (other_uses(d, f))
        return -EBUSY;
    if (current->domain == d) {
        rc = leave_table(current, f);
        if (rc)
            return rc;
    }
    l4_make_bare(f);
    xpti_l4_changed(d);
    return 0;
}
