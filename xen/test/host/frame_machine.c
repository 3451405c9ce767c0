/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine of one domain (frame_machine.h). */
#include "frame_machine.h"

#include <string.h>
#include <xen/buddy.h>
#include <xen/event_impl.h>
#include <xen/pt_check.h>
#include <xen/rangeset.h>
#include <xen/smp.h>
#include <x86/pt_lock.h>
#include <x86/mm.h>
#include "../../arch/x86/mm/pt.h"

struct domain *machine_domain;
struct vcpu *machine_vcpu;
struct domain *dom_io, *dom_xen;
pte_t idle_l4[PTES_PER_PAGE];
u64 machine_m2p[NR_FRAMES + 1];
struct frame_info *machine_held;

/* ---- what the code calls ---- */

u32 tlb_flush_clock = 1;
u64 xpti_generation;
void tlb_filter(cpumask_t *mask, u32 stamp) { }
void tlb_flush_mask(const cpumask_t *mask, unsigned int flags, unsigned long va) { }
void m2p_set(mfn_t m, u64 pfn) { machine_m2p[m.v] = pfn; }
u64 m2p_get(mfn_t m) { return machine_m2p[m.v]; }
bool check_descriptor(struct domain *dom, u64 *desc) { return *desc != 7; }
unsigned int check_descriptor_page(struct domain *dom, u64 *t)
{
    unsigned int i = 0;

    while (i < PTES_PER_PAGE && check_descriptor(dom, &t[i]))
        i++;
    return i;
}
void l4_init_hypervisor_slots(pte_t *l4, struct domain *dom)
{
    memcpy(l4 + HYPERVISOR_L4_FIRST, idle_l4 + HYPERVISOR_L4_FIRST, 16 * sizeof(*l4));
    l4[PERDOMAIN_L4_SLOT] = pte_make(virt_to_mfn(dom->arch.perdomain_l3), PAGE_HV_TABLE);
}
void write_guest_cr3(struct vcpu *vcpu) { }
bool rangeset_contains(struct rangeset *r, u64 first, u64 last) { return false; }
int domain_get_target(u16 id, struct domain **out) { return -ESRCH; }
struct frame_info *pt_walk_l1(struct frame_info *l4, u64 va, unsigned int *index) { return NULL; }
void pt_defer(struct vcpu *vcpu, struct frame_info *f) { vcpu->arch.old_table = f; }
int pt_finish_deferred_slow(struct vcpu *vcpu)
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
/* Where a test does not link common/page_alloc.c. */
void __attribute__((weak)) free_domain_frame(struct frame_info *f)
{
    frame_list_del(&machine_domain->page_list, f);
    machine_domain->tot_pages--;
    m2p_set(frame_to_mfn(f), ~0UL);
    buddy_free(f, 0, true);
}
struct domain *domain_get_next(u16 id)
{
    if (id > machine_domain->id)
        return NULL;
    machine_domain->refs++;
    return machine_domain;
}
void evtchn_frames_held(struct domain *dom, frame_holder_fn *fn, struct frame_check *c) { }
void grant_frames_held(struct domain *dom, frame_holder_fn *fn, struct frame_check *c) { }
const char *grant_check_counts(struct domain *granter) { return NULL; }

/* ---- the machine ---- */

static struct domain *make_domain(unsigned int at, u16 id)
{
    struct domain *x = mfn_to_virt(mfn(at));

    memset(x, 0, sizeof(*x));
    x->id = id;
    pt_lock_init(x);
    x->refs = 1;
    return x;
}

static void clean(struct frame_info *f) { memset(frame_to_virt(f), 0, PAGE_SIZE); }

static void fill_allocator(void)
{
    static bool filled;

    if (filled)     /* the allocator outlives a test: empty it */
        while (buddy_alloc(0, 64))
            ;
    filled = true;
    host_memory(NR_FRAMES);
    for (unsigned int m = LAST; m <= NR_FRAMES; m++) {
        memset(frame(m), 0, sizeof(struct frame_info));
        buddy_free(frame(m), 0, true);
    }
    while (buddy_scrub(clean))
        ;
}

void machine_setup(void)
{
    memset(machine_m2p, 0xff, sizeof(machine_m2p));
    fill_allocator();
    for (unsigned int i = HYPERVISOR_L4_FIRST; i <= HYPERVISOR_L4_LAST; i++)
        idle_l4[i] = pte(entry(i, PAGE_HV_TABLE));
    machine_domain = make_domain(10, 1);
    dom_io = make_domain(12, DOMID_IO);
    dom_xen = make_domain(13, DOMID_XEN);
    machine_domain->arch.perdomain_l3 = mfn_to_virt(mfn(14));
    for (unsigned int n = FIRST; n < LAST; n++) {
        frame_set_owner(frame(n), machine_domain);
        frame(n)->count_info = FRAME_ALLOCATED | 1;
        frame_list_add_tail(&machine_domain->page_list, frame(n));
        machine_domain->tot_pages++;
        machine_m2p[n] = n - FIRST;
    }
    machine_vcpu = xzalloc(sizeof(*machine_vcpu));
    machine_vcpu->domain = machine_domain;
    machine_domain->max_vcpus = 1;
    machine_domain->vcpu = &machine_vcpu;
    host_cpu_info[0].current_vcpu = machine_vcpu;
    host_cpu_info[0].softirq_pending = 0;
    machine_held = NULL;
}

void machine_teardown(void)
{
    xfree(machine_vcpu->arch.perdomain_gdt_l1);
    xfree(machine_vcpu);
}

u64 machine_violations(void)
{
    struct frame_check c;

    machine_vcpu->info_frame = machine_held;
    assert_int_equal(frame_check_begin(&c, 0), 0);
    while (frame_check_step(&c, 500))
        ;
    frame_check_end(&c);
    assert_int_equal(c.frames, NR_FRAMES);
    return c.violations;
}

/* ---- what a guest does ---- */

static int update(unsigned int t, unsigned int index, u64 val)
{
    struct mmu_update req = { ((u64)t << PAGE_SHIFT) + index * 8, val };
    unsigned int done;
    int rc = pt_finish_deferred(machine_vcpu);

    return rc ? rc : mmu_update_batch(machine_domain, machine_domain, &req, 1, &done);
}

void machine_pin(unsigned int n, unsigned int level)
{
    struct frame_info *f = frame(n);

    if (!frame_get(f, machine_domain))
        return;
    if (frame_get_type(f, FT_LEVEL(level), true)) {
        frame_put(f);
    } else if (__atomic_fetch_or(&f->type_info, FT_PINNED, __ATOMIC_ACQ_REL) & FT_PINNED) {
        (void)frame_put_type(f, false);
        frame_put(f);
    }
}

void machine_unpin(unsigned int n)
{
    struct frame_info *f = frame(n);

    if (pt_finish_deferred(machine_vcpu) || !(f->type_info & FT_PINNED))
        return;
    f->type_info &= ~FT_PINNED;
    pt_defer(machine_vcpu, f);
    (void)pt_finish_deferred(machine_vcpu);
}

/* A frame's usual level: random tables would seldom be valid above level 1. */
static unsigned int usual_level(unsigned int n) { return 1 + n % 4; }

/* An entry for a table at @n: none, its own linear mapping, one for a table of the level below, or anything. */
static u64 some_entry(unsigned int n, unsigned int (*rnd)(unsigned int n))
{
    unsigned int to = FIRST + rnd(POOL);

    switch (rnd(6)) {
    case 0:
    case 1:
        return 0;
    case 2:
        return entry(n, RO);
    case 3:
        return entry(to - usual_level(to) + usual_level(n) - 1, rnd(2) ? RW : RO);
    default:
        return entry(to, (rnd(2) ? RW : RO) | (rnd(20) ? 0 : PTE_PS));
    }
}

void machine_request(unsigned int (*rnd)(unsigned int n))
{
    unsigned int n = FIRST + rnd(POOL), index = rnd(3) ? rnd(4) : 254 + rnd(20);
    u64 type = frame(n)->type_info & FT_MASK, e;

    host_cpu_info[0].softirq_pending = !rnd(4);     /* work is preempted */
    switch (rnd(7)) {
    case 0:
    case 1:
        machine_pin(n, rnd(4) ? usual_level(n) : 1 + rnd(4));
        break;
    case 2:
        machine_unpin(n);
        break;
    case 3:
        n = FIRST + rnd(POOL);
        if (!rnd(8) && !machine_held && !frame_get_and_type(frame(n), machine_domain, FT_WRITABLE))
            machine_held = frame(n);
        break;
    default:
        e = some_entry(n, rnd);
        if (!(frame(n)->type_info & (FT_COUNT_MASK | FT_PARTIAL)))
            table(n)[index] = e;
        else if (type && type <= FT_L4)
            (void)update(n, index, e);
    }
}
