/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table entries with their references: the inside of arch/x86/mm. One
 * piece of code for all levels; the caller holds the pt_lock of the table's owner throughout.
 */
#ifndef X86_MM_PT_H
#define X86_MM_PT_H

#include <xen/domain.h>
#include <xen/frame.h>
#include <xen/pt_check.h>

/* The parties of a change. Same domain three times in the usual case. */
struct pt_parties {
    struct domain *owner;    /* of the table; its pt_lock is held */
    struct domain *target;   /* of the frames that entries name; dom_io: device memory */
    bool preemptible;        /* checking or dropping a table of level 2 and up may return -ERESTART */
};

enum pt_write { PT_WRITE, PT_WRITE_KEEP_AD, PT_WRITE_IF_SAME };

struct pt_change {
    struct frame_info *table;
    unsigned int level, index;
    pte_t new;
    enum pt_write how;
    pte_t expect;                 /* PT_WRITE_IF_SAME */
    /* Out: a table that the old entry held and that is still being taken down; pt_defer() it. NULL otherwise. */
    struct frame_info *leftover;
};

/* Owner may choose cache attributes: it has been given devices. */
static inline bool pt_cache_attrs_ok(const struct domain *d)
{
    return READ_ONCE(d->has_devices);
}
static inline struct pt_parties pt_parties_of(struct domain *owner, struct domain *target, bool preemptible)
{
    return (struct pt_parties){ owner, target, preemptible };
}

/* Takes the references of @e (present) as entry of a table of @level, @self; adjusts its flags. 0, -EINVAL, -EPERM, -EBUSY, -ERESTART. */
int pt_entry_get(const struct pt_parties *w, struct frame_info *self, unsigned int level, pte_t *e);
/* Drops them; 0 or -ERESTART (preemptible): the table below is half way down, the entry still counts. */
int pt_entry_put(struct frame_info *self, unsigned int level, pte_t e, bool preemptible);
/* Changes one entry of a validated table. 0, pt_entry_get()'s errors, -EAGAIN (PT_WRITE_IF_SAME: it changed meanwhile). */
int pt_change_entry(const struct pt_parties *w, struct pt_change *c);
/* The same for entry @p of a validated L1 table, known as such: leaves nothing over. */
int pt_change_l1(const struct pt_parties *w, u64 *p, pte_t new, enum pt_write how, pte_t expect);

/*
 * @f is a validated L1 table of @d's. Stable under @d's pt_lock. The caller knows that @f stays who owns it: by a reference of
 * his own, or by an entry of a table of @d's. Else it could be another domain's table when its type is read and a page
 * of @d's, with whatever in it, when its owner is.
 */
static inline bool pt_is_l1_of(const struct frame_info *f, const struct domain *d)
{
    u64 x = READ_ONCE(f->type_info);

    return likely(ft_is_valid(x, FT_L1) && (u32)x) && likely(frame_is_of(f, d));
}

/* Keeps @f, a reference to a type and a general one, for pt_finish_deferred(). Nothing may be there yet. */
void pt_defer(struct vcpu *v, struct frame_info *f);
/* Goes on with what an earlier call of @v left. Each hypercall on page tables begins with it. 0 or -ERESTART. */
int pt_finish_deferred_slow(struct vcpu *v);
static inline int pt_finish_deferred(struct vcpu *v)
{
    return likely(!v->arch.old_table) ? 0 : pt_finish_deferred_slow(v);
}

/*
 * Walks from @l4, a table in use, to the L1 table of guest address @va; its index goes to *@index.
 * pt_lock held. NULL: not mapped that far, or the hypervisor's.
 */
struct frame_info *pt_walk_l1(struct frame_info *l4, u64 va, unsigned int *index);

/* ---- own_l4.c: L4 tables that map themselves. All but reserve and free with pt_lock held. ---- */

/* Validated L4 @f has no slots of the hypervisor's: vCPUs run on L4s of their own. Constant while a type reference is held. */
static inline bool l4_is_bare(const struct frame_info *f)
{
    return !pte_present(((const pte_t *)frame_to_virt(f))[PT_INDEX(XEN_VIRT, 4)]);
}
bool l4_names_itself(const struct frame_info *f);
void l4_make_bare(struct frame_info *f);
/* The hypervisor's slots of a copy @l4 of a bare table: user mode is without the machine-to-phys table by VMASST_TYPE_m2p_strict. */
void l4_init_own_slots(pte_t *l4, struct domain *d, bool user);
/* Validated L4 @f of @d is about to map itself: makes it bare. 0, -EBUSY (another vCPU uses it), -ENOMEM. */
int l4_move_out(struct domain *d, struct frame_info *f);
/* The L4 of @v's own for bare tables in kernel or user mode: a page for it (0, -ENOMEM), its contents, and its CR3. */
int own_l4_reserve(struct vcpu *v, bool user);
void own_l4_free(struct vcpu *v);
void own_l4_fill(struct vcpu *v, const struct frame_info *f, bool user);
u64 own_l4_cr3(const struct vcpu *v, bool user);
/* Entry @index of L4 @f of @d's was written: hands it on to the vCPUs that run on a copy. */
void own_l4_entry_written(struct domain *d, const struct frame_info *f, unsigned int index);

/* CR3 values of @v := those of its tables, of its own L4s or of mirrors; pt_lock held. */
void pt_set_cr3(struct vcpu *v);

/* Boot: registers the console key of dump.c. */
void mm_dump_init(void);

/* Memory that the frame table accounts for. The first MiB counts as a device: firmware's tables and buffers lie there. */
static inline bool pt_mfn_is_ram(mfn_t m)
{
    return m.v >= 0x100 && mfn_is_ram(m);
}

#endif
