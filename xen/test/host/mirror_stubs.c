/* SPDX-License-Identifier: GPL-2.0-only */
/* See mirror_stubs.h. */
#include "mirror_stubs.h"

#include <string.h>
#include <xen/smp.h>
#include <x86/pt_lock.h>
#include <x86/mm.h>
#include "../../arch/x86/mm/mirror.h"
#include "../../arch/x86/mm/pt.h"

struct domain *d, *dom_io, *dom_xen;
pte_t idle_l4[PTES_PER_PAGE];

u64 m2p[NR_FRAMES];
bool heap_used[NR_FRAMES];
unsigned int heap_limit, heap_in_use, heap_calls;

void *alloc_xen_pages(unsigned int order, unsigned int flags)
{
    heap_calls++;
    for (unsigned int n = HEAP; !order && n < MORE && heap_in_use < heap_limit; n++)
        if (!heap_used[n]) {
            heap_used[n] = true;
            heap_in_use++;
            return memset(mfn_to_virt(mfn(n)), 0, PAGE_SIZE);
        }
    return NULL;
}
void free_xen_pages(void *p, unsigned int order)
{
    if (!p)
        return;
    heap_calls++;
    assert_true(heap_used[virt_to_mfn(p).v]);
    heap_used[virt_to_mfn(p).v] = false;
    heap_in_use--;
}
u32 tlb_flush_clock = 1;
u64 xpti_generation;
void tlb_filter(cpumask_t *mask, u32 stamp) { }
void tlb_flush_mask(const cpumask_t *mask, unsigned int flags, unsigned long va) { }
void m2p_set(mfn_t m, u64 pfn) { m2p[m.v] = pfn; }
u64 m2p_get(mfn_t m) { return m2p[m.v]; }
bool check_descriptor(struct domain *dom, u64 *desc) { return true; }
unsigned int check_descriptor_page(struct domain *dom, u64 *t) { return PTES_PER_PAGE; }
void l4_init_hypervisor_slots(pte_t *l4, struct domain *dom) 
{
    l4[256] = l4[PT_INDEX(XEN_VIRT, 4)] = pte(0x1001);
}
void write_guest_cr3(struct vcpu *vcpu) { }
bool rangeset_contains(struct rangeset *r, u64 first, u64 last) { return false; }
int domain_get_target(u16 id, struct domain **out) { return -ESRCH; }
struct frame_info *pt_walk_l1(struct frame_info *l4, u64 va, unsigned int *index) { return NULL; }
void pt_defer(struct vcpu *vcpu, struct frame_info *f) { assert_null(f); }
int pt_finish_deferred_slow(struct vcpu *vcpu) { return 0; }
void free_domain_frame(struct frame_info *f) { fail(); }
void pt_set_cr3(struct vcpu *vcpu)
{
    struct frame_info *f = vcpu->arch.guest_table;

    vcpu->arch.cr3_kernel = vcpu->arch.cr3 = d->arch.mirror ? mirror_cr3(d, f, false) : mfn_to_maddr(frame_to_mfn(f)).v;
}
