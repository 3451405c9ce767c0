/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables in use: which L4 a vCPU runs on, pins, and tables that are taken down over several calls. */
#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/softirq.h>
#include <x86/asm.h>
#include <x86/cpu_info.h>
#include <x86/irqflags.h>
#include <x86/mm.h>
#include <x86/pt_lock.h>
#include <x86/smpboot.h>
#include <x86/spec.h>
#include "mirror.h"
#include "pt.h"

void l4_init_hypervisor_slots(pte_t *l4, struct domain *d)
{
    for (unsigned int i = HYPERVISOR_L4_FIRST; i <= HYPERVISOR_L4_LAST; i++)
        WRITE_ONCE(l4[i].v, i == PERDOMAIN_L4_SLOT ? pte_make(virt_to_mfn(d->arch.perdomain_l3), PAGE_HV_TABLE).v :
                                                     idle_l4[i].v);
    xpti_l4_changed(d);
}

/* ---- tables half way down ---- */

void pt_defer(struct vcpu *v, struct frame_info *f)
{
    ASSERT(!v->arch.old_table);
    v->arch.old_table = f;
}

int pt_finish_deferred_slow(struct vcpu *v)
{
    struct frame_info *f = v->arch.old_table;

    if (frame_put_type(f, true))
        return -ERESTART;
    v->arch.old_table = v->arch.old_user_table;
    v->arch.old_user_table = NULL;
    frame_put(f);
    /* The first part of a call is done without a look at pending work: what comes next would be a second one. */
    return preempt_check() ? -ERESTART : pt_finish_deferred(v);
}

/* Drops both references of @f now, or on behalf of @v later: with pending work a table is not begun to be taken down. */
static void put_table(struct vcpu *v, struct frame_info *f)
{
    ASSERT(!v->arch.old_table);
    if (likely(!preempt_check() && !frame_put_type(f, true)))
        frame_put(f);
    else
        pt_defer(v, f);
}

/* ---- the tables that a vCPU runs on ---- */

/* Counts as a flush for the TLB clock: guests' mappings are never global. */
void write_guest_cr3(struct vcpu *v)
{
    unsigned long flags = local_irq_save();
    u32 t = tlb_flush_begin();

    write_cr3(v->arch.cr3);
    tlb_flush_end(t);
    local_irq_restore(flags);
}

/* pt_lock held, but for a domain without copies of L4s. */
static u64 table_cr3(struct vcpu *v, struct frame_info *f, bool user)
{
    struct domain *d = v->domain;

    if (!f)
        return 0;
    if (unlikely(d->arch.mirror))
        return mirror_cr3(d, f, user);
    if (unlikely(l4_is_bare(f)))
        return own_l4_cr3(v, user);
    return mfn_to_maddr(frame_to_mfn(f)).v;
}

void pt_set_cr3(struct vcpu *v)
{
    v->arch.cr3_kernel = table_cr3(v, v->arch.guest_table, false);
    v->arch.cr3_user = table_cr3(v, v->arch.guest_table_user, true);
    v->arch.cr3 = v->arch.in_kernel ? v->arch.cr3_kernel : v->arch.cr3_user;
}

/* @f is to be @v's table of that slot: its own L4 becomes a copy where one is needed, now or after the mirror. */
static void prepare_own_l4(struct vcpu *v, const struct frame_info *f, bool user)
{
    if (!f || !l4_is_bare(f))
        return;
    own_l4_fill(v, f, user);
    xpti_l4_changed(v->domain);
}

/* @v runs in that mode: it leaves the table that it had there. */
static void load_slot(struct vcpu *v, bool user)
{
    v->arch.cr3 = user ? v->arch.cr3_user : v->arch.cr3_kernel;
    if (v == current)
        write_guest_cr3(v);
}

static noinline void set_slot_copied(struct vcpu *v, struct frame_info *f, bool user)
{
    pt_lock(v->domain);
    prepare_own_l4(v, f, user);
    *(user ? &v->arch.guest_table_user : &v->arch.guest_table) = f;
    *(user ? &v->arch.cr3_user : &v->arch.cr3_kernel) = table_cr3(v, f, user);
    /* Before others can make room among the mirrors: an L4 in no vCPU's slot is released then, and would be on this CPU still. */
    if (f && user != v->arch.in_kernel)
        load_slot(v, user);
    pt_unlock(v->domain);
}

/* @f, NULL for none, is @v's table now. */
static void set_slot(struct vcpu *v, struct frame_info *f, bool user)
{
    /* A mirror begins and ends only while @v is paused; a domain's first bare table is none that @v has a reference to. */
    if (unlikely(v->domain->arch.l4_copied)) {
        set_slot_copied(v, f, user);
        return;
    }
    *(user ? &v->arch.guest_table_user : &v->arch.guest_table) = f;
    *(user ? &v->arch.cr3_user : &v->arch.cr3_kernel) = f ? mfn_to_maddr(frame_to_mfn(f)).v : 0;
    if (f && user != v->arch.in_kernel)
        load_slot(v, user);
}

void guest_mode_no_table(struct vcpu *v)
{
    domain_crash(v->domain, "vCPU %u enters user mode without a user page table", v->id);
}

/* Reference to frame @m as checked L4, which @v can then be given for kernel or user mode. */
static int get_l4(struct vcpu *v, mfn_t m, bool user, struct frame_info **out)
{
    struct domain *d = v->domain;
    struct frame_info *f;
    int rc;

    /* Memory first: a table that was checked is not refused then, and taken down again. */
    if (unlikely(READ_ONCE(d->arch.maps_itself)) && own_l4_reserve(v, user))
        return -ENOMEM;
    f = frame_get_mfn(m, d);
    if (!f)
        return -EINVAL;
    rc = frame_get_type(f, FT_L4, true);
    if (rc) {
        if (rc != -ERESTART)
            printk(XENLOG_GUEST "d%u: frame %lx refused as L4: %d\n", d->id, m.v, rc);
        frame_put(f);
        return rc;
    }
    *out = f;
    /* After the reference was taken: l4_move_out(). */
    return unlikely(READ_ONCE(d->arch.maps_itself)) ? own_l4_reserve(v, user) : 0;
}

/*
 * With VMASST_TYPE_m2p_strict user mode has no machine-to-phys table. The table's mapping in a guest's L4 is not global
 * (m2p.c), so that loading the user's L4 takes it away from the TLB as well.
 */
static void show_m2p(struct domain *d, struct frame_info *f, bool user)
{
    pte_t *e = (pte_t *)frame_to_virt(f) + PT_INDEX(RO_M2P_VIRT, 4);
    pte_t want = user && test_bit(VMASST_TYPE_m2p_strict, &d->vm_assist) ? pte(0) : idle_l4[PT_INDEX(RO_M2P_VIRT, 4)];

    if (pte_present(*e) == pte_present(want))
        return;
    /* Not while another vCPU makes the table bare: its slots are cleared one by one, and must stay so. */
    pt_lock(d);
    if (!l4_is_bare(f)) {
        *e = want;
        xpti_l4_changed(d);
    }
    pt_unlock(d);
}

int set_guest_table(struct vcpu *v, mfn_t m, bool user)
{
    struct frame_info *new = NULL, *old = user ? v->arch.guest_table_user : v->arch.guest_table;
    int rc = pt_finish_deferred(v);

    if (rc)
        return rc;
    if (!m.v && user && !v->arch.in_kernel)
        return -EINVAL;                          /* the one that is in use: user mode by iret in a multicall, or a new vCPU */
    if (m.v || !user) {
        rc = get_l4(v, m, user, &new);
        if (rc) {
            if (new)
                put_table(v, new);
            return v->arch.old_table ? -ERESTART : rc;
        }
    }
    if (new)
        show_m2p(v->domain, new, user);
    set_slot(v, new, user);
    if (old)
        put_table(v, old);
    return 0;
}

/* Drops two tables, either may be NULL. Nothing was deferred before. */
static void put_pair(struct vcpu *v, struct frame_info *a, struct frame_info *b)
{
    if (!a && !b)
        return;
    pt_defer(v, a ? a : b);
    v->arch.old_user_table = a ? b : NULL;
    (void)pt_finish_deferred(v);
}

void put_guest_tables(struct vcpu *v, struct frame_info *tables[2])
{
    put_pair(v, tables[0], tables[1]);
}

/*
 * Refused tables that were checked, all or in part, are taken down like those that a call replaces: what is left when work is
 * pending waits in @v, and its next change of tables or its domain's end goes on. -ERESTART here would have them checked again.
 */
int get_guest_tables(struct vcpu *v, mfn_t kernel, mfn_t user, struct frame_info *tables[2])
{
    int rc = pt_finish_deferred(v);

    tables[0] = tables[1] = NULL;
    if (!rc)
        rc = get_l4(v, kernel, false, &tables[0]);
    if (!rc && user.v)
        rc = get_l4(v, user, true, &tables[1]);
    if (rc)
        put_guest_tables(v, tables);
    return rc;
}

void install_guest_tables(struct vcpu *v, struct frame_info *tables[2])
{
    struct frame_info *old = v->arch.guest_table, *old_user = v->arch.guest_table_user;

    for (unsigned int i = 0; i < 2; i++)
        if (tables[i])
            show_m2p(v->domain, tables[i], i);
    pt_lock(v->domain);
    for (unsigned int i = 0; i < 2; i++)
        prepare_own_l4(v, tables[i], i);
    v->arch.guest_table = tables[0];
    v->arch.guest_table_user = tables[1];
    pt_set_cr3(v);
    pt_unlock(v->domain);
    put_pair(v, old, old_user);
}

int drop_guest_tables(struct vcpu *v)
{
    struct frame_info **slots[] = { &v->arch.guest_table_user, &v->arch.guest_table };

    v->arch.cr3 = 0;
    if (pt_finish_deferred(v))
        return -ERESTART;
    for (unsigned int i = 0; i < ARRAY_SIZE(slots); i++) {
        struct frame_info *f = *slots[i];

        set_slot(v, NULL, i == 0);
        if (f)
            put_table(v, f);
        if (v->arch.old_table)
            return -ERESTART;
    }
    return 0;
}

/* ---- pins ---- */

int pin_table(struct domain *d, mfn_t m, u64 type)
{
    struct frame_info *f = frame_get_mfn(m, d);
    int rc;

    if (!f)
        return -EINVAL;
    rc = frame_get_type(f, type, true);
    if (!rc && (__atomic_fetch_or(&f->type_info, FT_PINNED, __ATOMIC_ACQ_REL) & FT_PINNED)) {
        put_table(current, f);              /* the first pin kept it in use, which may have ended meanwhile */
        return current->arch.old_table ? -ERESTART : -EINVAL;
    }
    if (rc) {
        frame_put(f);
        return rc;
    }
    log_dirty_mark(d, f);
    /* A dying domain's pins are gone through once, perhaps before this one was there. */
    if (d->dying != DOMAIN_ALIVE) {
        (void)unpin_table(d, m);
        return -EINVAL;
    }
    return 0;
}

int unpin_table(struct domain *d, mfn_t m)
{
    struct frame_info *f = frame_get_mfn(m, d);

    if (!f)
        return -EINVAL;
    if (!(__atomic_fetch_and(&f->type_info, ~FT_PINNED, __ATOMIC_ACQ_REL) & FT_PINNED)) {
        frame_put(f);
        return -EINVAL;
    }
    log_dirty_mark(d, f);
    frame_put(f);
    put_table(current, f);
    return 0;
}

/* ---- walks ---- */

struct frame_info *pt_walk_l1(struct frame_info *l4, u64 va, unsigned int *index)
{
    mfn_t m = frame_to_mfn(l4);

    if (!is_canonical(va) || L4_SLOT_IS_HYPERVISOR(PT_INDEX(va, 4)))
        return NULL;
    for (unsigned int level = 4; level > 1; level--) {
        pte_t e = pte(READ_ONCE(((u64 *)mfn_to_virt(m))[PT_INDEX(va, level)]));

        if (!pte_present(e))
            return NULL;
        m = pte_mfn(e);
    }
    /* A linear mapping has the L4 as the next table, too. It is bare then: no slot of the hypervisor's was on the way. */
    *index = PT_INDEX(va, 1);
    return mfn_to_frame(m);
}

/* Where a linear mapping is involved the "L1" is a table of a higher level; its entry is what the CPU uses, too. */
static pte_t walk_from(struct vcpu *v, struct frame_info *l4, u64 va, mfn_t *table)
{
    struct domain *d = v->domain;
    struct frame_info *l1;
    unsigned int i;
    pte_t e = pte(0);

    if (!l4)
        return e;
    pt_lock(d);
    l1 = pt_walk_l1(l4, va, &i);
    if (l1) {
        e = pte(READ_ONCE(((u64 *)frame_to_virt(l1))[i]));
        if (table)
            *table = frame_to_mfn(l1);
    }
    pt_unlock(d);
    return e;
}

pte_t guest_walk(struct vcpu *v, u64 va, mfn_t *table)
{
    return walk_from(v, v->arch.in_kernel ? v->arch.guest_table : v->arch.guest_table_user, va, table);
}

pte_t guest_walk_kernel(struct vcpu *v, u64 va)
{
    return walk_from(v, v->arch.guest_table, va, NULL);
}
