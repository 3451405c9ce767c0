/* SPDX-License-Identifier: GPL-2.0-only */
#include "pagetable_machine.h"

#include <string.h>
#include <xen/page_alloc.h>
#include <xen/rangeset.h>
#include <xen/smp.h>
#include <x86/pt_lock.h>

#define WEAK __attribute__((weak))      /* a test may link mm/pagetable.c */

struct domain *d, *other;
struct vcpu *v;
unsigned int flushes;
struct domain *dom_io, *dom_xen;
pte_t idle_l4[PTES_PER_PAGE];

/* ---- what the code calls ---- */

u32 tlb_flush_clock = 1;
u64 xpti_generation;
void tlb_filter(cpumask_t *mask, u32 stamp) { }
void tlb_flush_mask(const cpumask_t *mask, unsigned int flags, unsigned long va) { flushes++; }
void m2p_set(mfn_t m, u64 pfn) { }
bool check_descriptor(struct domain *dom, u64 *desc) { return true; }
unsigned int check_descriptor_page(struct domain *dom, u64 *t) { return PTES_PER_PAGE; }
void WEAK l4_init_hypervisor_slots(pte_t *l4, struct domain *dom) 
{
    l4[256] = l4[PT_INDEX(XEN_VIRT, 4)] = pte(0x1007);
}
void WEAK write_guest_cr3(struct vcpu *vcpu) { }
bool rangeset_contains(struct rangeset *r, u64 first, u64 last) { return r && first >= 0x500000; }
int domain_get_target(u16 id, struct domain **out) { return -ESRCH; }
struct frame_info *WEAK pt_walk_l1(struct frame_info *l4, u64 va, unsigned int *index) { return NULL; }
void WEAK pt_defer(struct vcpu *vcpu, struct frame_info *f)
{
    assert_null(vcpu->arch.old_table);
    vcpu->arch.old_table = f;
}
int WEAK pt_finish_deferred_slow(struct vcpu *vcpu)
{
    struct frame_info *f = vcpu->arch.old_table;

    if (!f)
        return 0;
    if (frame_put_type(f, true))
        return -ERESTART;
    vcpu->arch.old_table = NULL;
    frame_put(f);
    return 0;
}
void free_domain_frame(struct frame_info *f) { f->count_info = FRAME_FREE; }

/* ---- the machine of a test ---- */

static struct domain *make_domain(unsigned int at, u16 id)
{
    struct domain *x = mfn_to_virt(mfn(at));

    memset(x, 0, sizeof(*x));
    x->id = id;
    pt_lock_init(x);
    set_bit(0, x->dirty_cpus.bits);
    return x;
}

void give(struct domain *x, unsigned int from, unsigned int to)
{
    for (unsigned int n = from; n < to; n++) {
        frame_set_owner(frame(n), x);
        frame(n)->count_info = FRAME_ALLOCATED | 1;
        frame(n)->type_info = 0;
    }
}

int pagetable_setup(void **state)
{
    host_memory(NR_FRAMES);
    d = make_domain(10, 1);
    other = make_domain(11, 2);
    dom_io = make_domain(12, DOMID_IO);
    dom_xen = make_domain(13, DOMID_XEN);
    give(d, FIRST, OTHERS);
    give(other, OTHERS, NR_FRAMES);
    v = xzalloc(sizeof(*v));
    v->domain = d;
    host_cpu_info[0].current_vcpu = v;
    host_cpu_info[0].softirq_pending = 0;
    return 0;
}

int pagetable_teardown(void **state)
{
    xfree(v);
    return 0;
}

int update(unsigned int t, unsigned int index, u64 val)
{
    struct mmu_update req = { ((u64)t << PAGE_SHIFT) + index * 8, val };
    unsigned int done;

    return mmu_update_batch(d, d, &req, 1, &done);
}

int pin(unsigned int n, unsigned int level)
{
    struct frame_info *f = frame(n);
    int rc;

    if (!frame_get(f, d))
        return -EPERM;
    rc = frame_get_type(f, FT_LEVEL(level), true);
    if (rc)
        frame_put(f);
    return rc;
}

int unpin(unsigned int n)
{
    int rc = frame_put_type(frame(n), true);

    if (!rc)
        frame_put(frame(n));
    return rc;
}

void set_pinned(unsigned int n, unsigned int level)
{
    assert_int_equal(pin(n, level), 0);
    frame(n)->type_info |= FT_PINNED;
}

void clear_pinned(unsigned int n)
{
    frame(n)->type_info &= ~FT_PINNED;
    assert_int_equal(unpin(n), 0);
}
