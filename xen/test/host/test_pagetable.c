/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames, types and page tables: the rules by hand, then random requests against a model that recounts all references
 * from the tables' contents after each step.
 */
#include "host.h"

#include <pthread.h>
#include <string.h>
#include <time.h>
#include <xen/page_alloc.h>
#include <xen/pt_check.h>
#include <xen/rangeset.h>
#include <xen/smp.h>
#include <x86/mm.h>
#include <x86/spec.h>
#include "../../arch/x86/mm/pt.h"

#define NR_FRAMES  400     /* frame 300 up: the second domain's */
#define FIRST      280     /* from here on; the first MiB is device memory */

static struct domain *d, *other;
static struct vcpu *v;
static unsigned int flushes;
struct domain *dom_io, *dom_xen;
pte_t idle_l4[PTES_PER_PAGE];

/* ---- what the code calls ---- */

u32 tlb_flush_clock = 1;
u64 xpti_generation;
void tlb_filter(cpumask_t *mask, u32 stamp) { }
void tlb_flush_mask(const cpumask_t *mask, unsigned int flags, unsigned long va) { flushes++; }
void m2p_set(mfn_t m, u64 pfn) { }
bool check_descriptor(struct domain *dom, u64 *desc) { return true; }
void l4_init_hypervisor_slots(pte_t *l4, struct domain *dom) 
{
    l4[256] = l4[PT_INDEX(XEN_VIRT, 4)] = pte(0x1007);
}
void write_guest_cr3(struct vcpu *vcpu) { }
bool rangeset_contains(struct rangeset *r, u64 first, u64 last) { return r && first >= 0x500000; }
int domain_get_target(u16 id, struct domain **out) { return -ESRCH; }
struct frame_info *pt_walk_l1(struct frame_info *l4, u64 va, unsigned int *index) { return NULL; }
void pt_defer(struct vcpu *vcpu, struct frame_info *f)
{
    assert_null(vcpu->arch.old_table);
    vcpu->arch.old_table = f;
}
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
void free_domain_frame(struct frame_info *f) { f->count_info = FRAME_FREE; }

/* ---- the machine of a test ---- */

static struct frame_info *frame(unsigned int n) { return mfn_to_frame(mfn(n)); }
static u64 *table(unsigned int n) { return mfn_to_virt(mfn(n)); }

static struct domain *make_domain(unsigned int at, u16 id)
{
    struct domain *x = mfn_to_virt(mfn(at));

    memset(x, 0, sizeof(*x));
    x->id = id;
    set_bit(0, x->dirty_cpus.bits);
    return x;
}

static void give(struct domain *x, unsigned int from, unsigned int to)
{
    for (unsigned int n = from; n < to; n++) {
        frame_set_owner(frame(n), x);
        frame(n)->count_info = FRAME_ALLOCATED | 1;
        frame(n)->type_info = 0;
    }
}

static int setup(void **state)
{
    host_memory(NR_FRAMES);
    d = make_domain(10, 1);
    other = make_domain(11, 2);
    dom_io = make_domain(12, DOMID_IO);
    dom_xen = make_domain(13, DOMID_XEN);
    give(d, FIRST, 360);
    give(other, 360, NR_FRAMES);
    v = xzalloc(sizeof(*v));
    v->domain = d;
    host_cpu_info[0].current_vcpu = v;
    host_cpu_info[0].softirq_pending = 0;
    return 0;
}

static int teardown(void **state)
{
    xfree(v);
    return 0;
}

static u64 entry(unsigned int n, u64 flags) { return (u64)n << PAGE_SHIFT | flags; }
#define RO (PTE_P | PTE_US)
#define RW (PTE_P | PTE_US | PTE_RW)

static int update(unsigned int t, unsigned int index, u64 val)
{
    struct mmu_update req = { ((u64)t << PAGE_SHIFT) + index * 8, val };
    unsigned int done;

    return mmu_update_batch(d, d, &req, 1, &done);
}

static int pin(unsigned int n, unsigned int level)
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

static int unpin(unsigned int n)
{
    int rc = frame_put_type(frame(n), true);

    if (!rc)
        frame_put(frame(n));
    return rc;
}

static u64 type_of(unsigned int n) { return frame(n)->type_info & FT_MASK; }
static u64 uses(unsigned int n) { return frame(n)->type_info & FT_COUNT_MASK; }
static u64 refs(unsigned int n) { return READ_ONCE(frame(n)->count_info) & FRAME_COUNT_MASK; }

/* ---- rules ---- */

/* CPUs take their copies of an L4 again after each change of one, of flags alone, too, and after no other. */
static void test_l4_changes_are_told(void **state)
{
    u64 before;

    table(301)[1] = entry(302, RW);
    assert_int_equal(pin(300, 4), 0);
    before = xpti_generation;
    assert_int_equal(update(300, 0, entry(301, RW)), 0);
    assert_int_equal(xpti_generation, ++before);
    assert_int_equal(update(300, 0, entry(301, RW | PTE_NX)), 0);
    assert_int_equal(xpti_generation, ++before);
    assert_int_equal(update(301, 1, 0), 0);
    assert_int_equal(xpti_generation, before);
    assert_int_equal(update(300, 0, 0), 0);
    assert_int_equal(xpti_generation, ++before);
    assert_int_equal(d->arch.l4_generation, before);
    assert_int_equal(other->arch.l4_generation, 0);                     /* no business of another domain's */
    assert_int_equal(unpin(300), 0);
}

/* Where the CPU has L1TF no table holds an entry that is not present and names memory; an address beyond it may stand there. */
static void test_l1tf(void **state)
{
    const u64 inverted = ~entry(301, 0) & PTE_ADDR;

    d->arch.l1tf_mask = PTE_ADDR;
    spec.l1tf_address = PTE_ADDR;
    spec.l1tf_end = (u64)NR_FRAMES << PAGE_SHIFT;
    table(300)[5] = entry(301, PTE_RW);
    assert_int_equal(pin(300, 1), -EINVAL);
    table(300)[5] = inverted | PTE_RW;
    assert_int_equal(pin(300, 1), 0);
    assert_int_equal(update(300, 6, entry(301, PTE_US)), -EINVAL);
    assert_int_equal(update(300, 6, inverted), 0);
    assert_int_equal(update(300, 6, PTE_US), 0);
    assert_int_equal(update(300, 6, 0), 0);
    table(303)[0] = entry(300, 0);
    assert_int_equal(pin(303, 2), -EINVAL);
    table(303)[0] = 0;
    assert_int_equal(pin(303, 2), 0);
    assert_int_equal(update(303, 1, entry(300, 0)), -EINVAL);
    d->arch.l1tf_mask = 0;
    assert_int_equal(update(300, 6, entry(301, PTE_US)), 0);
    assert_int_equal(unpin(303), 0);
    assert_int_equal(unpin(300), 0);
}

static void test_flags(void **state)
{
    assert_true(pt_flags_ok(1, pte(RW | PTE_NX | PTE_G | PTE_AVAIL), false));
    assert_false(pt_flags_ok(1, pte(RW | PTE_PCD), false));
    assert_true(pt_flags_ok(1, pte(RW | PTE_PCD | PTE_PWT | PTE_PAT), true));
    for (unsigned int level = 2; level <= 4; level++) {
        assert_true(pt_flags_ok(level, pte(RW), false));
        assert_false(pt_flags_ok(level, pte(RW | PTE_PS), true));
        assert_false(pt_flags_ok(level, pte(RW | PTE_PCD), true));
    }
    assert_true(pt_adjust(1, pte(PTE_P | PTE_G)).v == (PTE_P | PTE_US));
    assert_false(pt_self_map_ok(4, pte(RW)));
    assert_true(pt_self_map_ok(4, pte(RO)));
}

/* ---- L4s that map themselves ---- */

static bool has_hypervisor_slots(unsigned int n)
{
    for (unsigned int i = HYPERVISOR_L4_FIRST; i <= HYPERVISOR_L4_LAST; i++)
        if (table(n)[i])
            return true;
    return false;
}

/* The rule: no validated L4 has an entry that names itself and a slot of the hypervisor's. */
static bool self_map_rule_holds(unsigned int n)
{
    bool names_itself = false;

    for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
        names_itself |= !L4_SLOT_IS_HYPERVISOR(i) && (table(n)[i] & PTE_P) && (table(n)[i] >> PAGE_SHIFT & 0xffff) == n;
    return !names_itself || !has_hypervisor_slots(n);
}

static void test_self_map_at_pin(void **state)
{
    table(300)[7] = entry(300, RO);
    memset(&table(300)[HYPERVISOR_L4_FIRST], 0xff, 16 * sizeof(u64));      /* a guest's own values: not kept */
    assert_int_equal(pin(300, 4), 0);
    assert_true(self_map_rule_holds(300) && !has_hypervisor_slots(300));
    /* It stays so until it is validated again, whatever becomes of the entry. */
    assert_int_equal(update(300, 7, 0), 0);
    assert_false(has_hypervisor_slots(300));
    assert_int_equal(update(300, 8, entry(300, RO)), 0);
    assert_int_equal(update(300, 7, entry(300, RO)), 0);
    assert_true(self_map_rule_holds(300));
    assert_int_equal(update(300, 7, entry(300, RW)), -EINVAL);
    assert_int_equal(update(300, 7, 0), 0);
    assert_int_equal(update(300, 8, 0), 0);
    assert_int_equal(unpin(300), 0);
    assert_int_equal(pin(300, 4), 0);
    assert_true(has_hypervisor_slots(300));
    assert_int_equal(unpin(300), 0);
}

static void set_pinned(unsigned int n, unsigned int level)
{
    assert_int_equal(pin(n, level), 0);
    frame(n)->type_info |= FT_PINNED;
}

static void clear_pinned(unsigned int n)
{
    frame(n)->type_info &= ~FT_PINNED;
    assert_int_equal(unpin(n), 0);
}

static void test_self_map_in_use(void **state)
{
    pte_t *own;

    table(301)[0] = 0;
    set_pinned(300, 4);
    assert_true(has_hypervisor_slots(300));
    /* Used by another vCPU: a reference that is neither the pin nor the current vCPU's. */
    assert_int_equal(pin(300, 4), 0);
    assert_int_equal(update(300, 7, entry(300, RO)), -EBUSY);
    assert_true(table(300)[7] == 0 && has_hypervisor_slots(300));
    /* By the current one: it goes to an L4 of its own, which has all entries and is kept up to date. */
    v->arch.guest_table = frame(300);
    v->arch.in_kernel = true;
    v->arch.cr3 = v->arch.cr3_kernel = 300UL << PAGE_SHIFT;
    d->vcpu = &v;
    d->max_vcpus = 1;
    assert_int_equal(update(300, 7, entry(300, RO)), 0);
    own = v->arch.own_l4[0];
    assert_non_null(own);
    assert_true(v->arch.cr3 == virt_to_maddr(own).v && v->arch.cr3_kernel == v->arch.cr3 && !v->arch.own_l4[1]);
    assert_true(!has_hypervisor_slots(300) && own[256].v && own[7].v == table(300)[7]);
    assert_int_equal(update(300, 9, entry(301, RW)), 0);
    assert_true(own[9].v == table(300)[9] && own[9].v);
    assert_int_equal(update(300, 7, 0), 0);
    assert_int_equal(update(300, 9, 0), 0);
    assert_true(!own[7].v && !own[9].v && own[256].v && !has_hypervisor_slots(300));
    own_l4_free(v);
    v->arch.guest_table = NULL;
    d->max_vcpus = 0;
    assert_int_equal(unpin(300), 0);
    clear_pinned(300);
}

/* Frames that were mapped past the caches: written back before the first such mapping, and before they become tables or are freed. */
static void test_caches(void **state)
{
    unsigned int before;

    d->has_devices = true;
    assert_int_equal(pin(300, 1), 0);
    before = host_cache_flushes;
    assert_int_equal(update(300, 0, entry(301, RW)), 0);
    assert_int_equal(host_cache_flushes, before);
    /* The same frame with the same rights, and other attributes. */
    assert_int_equal(update(300, 0, entry(301, RW | PTE_PCD)), 0);
    assert_int_equal(host_cache_flushes, before + 1);
    assert_int_equal(update(300, 1, entry(301, RW | PTE_PWT)), 0);
    assert_int_equal(update(300, 2, entry(302, RO | PTE_PAT)), 0);
    assert_int_equal(host_cache_flushes, before + 2);
    assert_int_equal(update(300, 0, 0), 0);
    assert_int_equal(update(300, 1, entry(301, RO)), 0);
    assert_int_equal(host_cache_flushes, before + 2);
    assert_int_equal(pin(301, 1), 0);
    assert_int_equal(host_cache_flushes, before + 3);
    assert_int_equal(unpin(301), 0);
    assert_int_equal(pin(301, 1), 0);
    assert_int_equal(unpin(301), 0);
    assert_int_equal(host_cache_flushes, before + 3);
    /* Given back: its next owner's caches are none of this one's. */
    assert_int_equal(update(300, 2, 0), 0);
    assert_true(frame_put_alloc_ref(frame(302)));
    assert_int_equal(host_cache_flushes, before + 4);
    /* Device memory is mapped as the guest says; without devices nothing is. */
    d->has_devices = false;
    assert_int_equal(update(300, 3, entry(303, RW | PTE_PCD)), -EINVAL);
    assert_int_equal(update(300, 1, entry(301, RO | PTE_PCD)), -EINVAL);
    assert_int_equal(host_cache_flushes, before + 4);
    assert_int_equal(update(300, 1, 0), 0);
    assert_int_equal(unpin(300), 0);
    give(d, 302, 303);
}

static void test_l1(void **state)
{
    table(300)[5] = entry(301, RW);
    table(300)[511] = entry(302, PTE_P);
    assert_int_equal(pin(300, 1), 0);
    assert_true(type_of(301) == FT_WRITABLE && uses(301) == 1 && refs(301) == 2);
    assert_true(uses(302) == 0 && refs(302) == 2);
    assert_true(table(300)[511] & PTE_US);
    /* A table is never mapped writable, a writable page never becomes a table. */
    assert_int_equal(update(300, 6, entry(300, RW)), -EBUSY);
    assert_int_equal(pin(301, 1), -EINVAL);
    assert_int_equal(update(300, 6, entry(300, RO)), 0);
    assert_int_equal(update(300, 7, entry(370, RO)), -EBUSY);           /* somebody else's */
    assert_int_equal(update(300, 7, entry(20, RW)), -EPERM);            /* a device, not ours */
    assert_int_equal(update(300, 5, entry(301, RO)), 0);
    assert_true(uses(301) == 0 && refs(301) == 2);
    flushes = 0;
    assert_int_equal(pin(301, 1), 0);
    assert_int_equal(flushes, 1);                                       /* it was writable before */
    assert_int_equal(unpin(301), 0);
    assert_int_equal(unpin(300), 0);
    for (unsigned int n = 300; n < 303; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
}

static void test_levels(void **state)
{
    table(300)[0] = entry(301, RW);
    table(300)[256] = entry(355, RW);       /* the hypervisor's slot: replaced, not counted */
    table(301)[1] = entry(302, RW);
    table(302)[2] = entry(303, RW);
    table(303)[3] = entry(304, RW);
    set_pinned(300, 4);
    for (unsigned int n = 300; n < 304; n++)
        assert_true(type_of(n) == FT_LEVEL(304 - n) && uses(n) == 1);
    assert_true(table(300)[256] == 0x1007 && refs(355) == 1);
    assert_int_equal(update(300, 256, 0), -EINVAL);
    assert_int_equal(update(300, 511, entry(300, RW)), -EINVAL);        /* linear, writable */
    assert_int_equal(update(300, 511, entry(300, RO)), 0);
    assert_int_equal(update(300, 510, entry(302, RO)), -EINVAL);        /* an L2 as L3 */
    assert_int_equal(update(301, 1, 0), 0);
    assert_true(uses(302) == 0 && uses(303) == 0 && uses(304) == 0);
    clear_pinned(300);
    for (unsigned int n = 300; n < 305; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
}

static void test_refused_leaves_no_trace(void **state)
{
    table(300)[1] = entry(301, RW);
    table(300)[2] = entry(302, RW);
    table(302)[9] = entry(303, RW | PTE_PS);    /* as PAT of level 1: a cache attribute that needs devices */
    assert_int_equal(pin(300, 2), -EINVAL);
    for (unsigned int n = 300; n < 304; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
    table(302)[9] = 0;
    assert_int_equal(pin(300, 2), 0);
    assert_int_equal(unpin(300), 0);
}

/* With work pending everywhere each call does one piece; the sum is the same as in one go. */
static void test_preempted(void **state)
{
    unsigned int calls = 0;
    int rc;

    for (unsigned int i = 0; i < 8; i++) {
        table(300)[i] = entry(301 + i, RW);
        table(301 + i)[i] = entry(320 + i, RW);
        table(320 + i)[7] = entry(340, RW);
    }
    host_cpu_info[0].softirq_pending = 1;
    do {
        calls++;
        rc = pin(300, 3);
    } while (rc == -ERESTART);
    assert_int_equal(rc, 0);
    assert_true(calls >= 8);
    assert_true(uses(340) == 8 && refs(340) == 9 && refs(300) == 2 && refs(301) == 2);
    for (calls = 0; unpin(300) == -ERESTART; calls++)
        ;
    assert_true(calls >= 7);
    assert_true(uses(340) == 0 && refs(340) == 1 && refs(300) == 1);
    /* Given up half way: the frame is wanted as something else. */
    assert_int_equal(pin(300, 3), -ERESTART);
    assert_true(frame(300)->type_info & FT_PARTIAL);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(pin(300, 4), 0);
    assert_int_equal(unpin(300), 0);
    for (unsigned int n = 300; n < 341; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
    assert_int_equal(frame_get_and_type(frame(300), d, FT_WRITABLE), 0);
    frame_put_and_type(frame(300));
}

/* A preemptible call takes eight tables up and down while another vCPU wants the lock: it gives way between tables. */
static void gives_way(void)
{
    unsigned int calls = 1;

    for (; pin(300, 2) == -ERESTART; calls++)
        assert_false(spin_is_locked(&d->arch.pt_lock));
    assert_int_equal(calls, 8);
    for (calls = 1; unpin(300) == -ERESTART; calls++)
        ;
    assert_int_equal(calls, 8);
}

/* The lock of a domain's tables: who waits for it, and for how long. */
static void test_lock_is_shared(void **state)
{
    struct mmu_update req = { (300ul << PAGE_SHIFT) + 8, 0 };
    unsigned int done = 1;

    for (unsigned int i = 0; i < 8; i++)
        table(300)[i] = entry(301 + i, RW);
    d->arch.pt_waiters = 1;
    gives_way();
    d->arch.pt_waiters = 0;
    assert_int_equal(pin(300, 2), 0);
    /* Held by another vCPU: a call waits until its CPU has something else to do, and has then done nothing. */
    spin_lock(&d->arch.pt_lock);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(mmu_update_batch(d, d, &req, 1, &done), -ERESTART);
    assert_int_equal(done, 0);
    assert_int_equal(pin(320, 1), -ERESTART);
    assert_int_equal(unpin(300), -ERESTART);
    assert_true(uses(300) == 1 && uses(320) == 0 && d->arch.pt_waiters == 0);
    host_cpu_info[0].softirq_pending = 0;
    spin_unlock(&d->arch.pt_lock);
    assert_int_equal(mmu_update_batch(d, d, &req, 1, &done), 0);
    assert_int_equal(done, 1);
    assert_int_equal(unpin(300), 0);
}

/* The end of each mapping is marked, also where another use, which is no mapping, lasts longer. */
static void test_stamps(void **state)
{
    assert_int_equal(pin(300, 1), 0);
    assert_int_equal(update(300, 0, entry(301, RW)), 0);
    assert_int_equal(frame_get_and_type(frame(301), d, FT_WRITABLE), 0);
    tlb_flush_clock = 5;
    assert_int_equal(update(300, 0, 0), 0);
    assert_int_equal(frame(301)->tlb_stamp, 5);
    tlb_flush_clock = 1;
    frame_put_and_type(frame(301));
    assert_int_equal(unpin(300), 0);
}

/* One vCPU is taking a table down, another one wants it again and is refused: the table stays usable, and free to go. */
static void test_half_down_and_refused(void **state)
{
    table(300)[0] = entry(301, RW);
    table(300)[1] = entry(302, RW);
    assert_int_equal(pin(300, 2), 0);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(unpin(300), -ERESTART);
    host_cpu_info[0].softirq_pending = 0;
    table(302)[7] = entry(303, RW | PTE_PS);
    for (unsigned int i = 0; i < 2; i++) {
        assert_int_equal(pin(300, 2), -EINVAL);
        assert_int_equal(uses(300), 1);
    }
    assert_int_equal(pin(300, 1), -EINVAL);
    assert_int_equal(unpin(300), 0);
    for (unsigned int n = 300; n < 304; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
    assert_false(frame(300)->type_info & FT_PARTIAL);
}

/* A table that only a half checked one holds is changed to map that one: nobody takes the latter down meanwhile. */
static void test_entry_names_its_holder(void **state)
{
    table(301)[4] = entry(302, RW);
    table(300)[0] = entry(301, RW);
    table(300)[1] = entry(303, RW);
    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(pin(300, 2), -ERESTART);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(uses(301), 1);
    assert_int_equal(update(301, 4, entry(300, RW)), -EBUSY);
    assert_true(uses(301) == 1 && uses(302) == 1 && refs(302) == 2);
    assert_int_equal(pin(300, 1), 0);
    assert_int_equal(unpin(300), 0);
    for (unsigned int n = 300; n < 304; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
}

static void test_last_reference_frees(void **state)
{
    table(300)[0] = entry(301, RW);
    assert_int_equal(pin(300, 1), 0);
    assert_true(frame_put_alloc_ref(frame(301)));
    assert_false(frame_put_alloc_ref(frame(301)));
    assert_true(refs(301) == 1);
    assert_int_equal(update(300, 0, 0), 0);
    assert_true(frame(301)->count_info == FRAME_FREE);
    assert_false(frame_get(frame(301), d));
    assert_int_equal(update(300, 0, entry(301, RW)), -EBUSY);
    assert_int_equal(unpin(300), 0);
}

/* ---- random requests ---- */

static u32 seed = 1;
static unsigned int rnd(unsigned int n) { seed = seed * 1103515245 + 12345; return (seed >> 8) % n; }

struct count { unsigned int refs, writable, table; };

/* Counts what the entries of all checked tables refer to. */
static void recount(struct count *c, const unsigned int *pins)
{
    memset(c, 0, NR_FRAMES * sizeof(*c));
    for (unsigned int n = FIRST; n < 360; n++) {
        unsigned int level = (unsigned int)(type_of(n) >> FT_SHIFT);

        c[n].refs += 1 + pins[n];
        c[n].table += pins[n];
        if (!uses(n) || level < 1 || level > 4)
            continue;
        assert_true(frame(n)->type_info & FT_VALIDATED);
        for (unsigned int i = 0; i < PTES_PER_PAGE; i++) {
            u64 e = table(n)[i];
            unsigned int to = (unsigned int)(e >> PAGE_SHIFT & 0xffff);

            if (!(e & PTE_P) || (level == 4 && i >= 256 && i <= 271) || to == n)
                continue;
            c[to].refs++;
            if (level == 1)
                c[to].writable += !!(e & PTE_RW);
            else
                c[to].table++;
        }
    }
}

/* Level 1 self-maps do count a reference. */
static void check_model(const unsigned int *pins)
{
    static struct count c[NR_FRAMES];

    recount(c, pins);
    for (unsigned int n = FIRST; n < 360; n++) {
        if (type_of(n) == FT_L1 && uses(n))
            for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
                c[n].refs += (table(n)[i] & PTE_P) && (table(n)[i] >> PAGE_SHIFT & 0xffff) == n;
        assert_int_equal(refs(n), c[n].refs);
        assert_true(!c[n].writable || !c[n].table);
        assert_int_equal(uses(n), c[n].writable + c[n].table);
        assert_true(type_of(n) != FT_L4 || !ft_is_valid(frame(n)->type_info, FT_L4) || self_map_rule_holds(n));
    }
}

#define POOL 24    /* few frames, so that they meet */

static void one_request(unsigned int *pins)
{
    unsigned int n = 300 + rnd(POOL), to = 300 + rnd(POOL), index = rnd(3) ? rnd(8) : 254 + rnd(20);
    u64 e = rnd(5) ? entry(to, (rnd(2) ? RW : RO) | (rnd(20) ? 0 : PTE_PS)) : 0;

    switch (rnd(6)) {
    case 0:
        if (pin(n, 1 + rnd(4)) == 0)
            pins[n]++;
        break;
    case 1:
        if (pins[n]) {
            assert_int_equal(unpin(n), 0);
            pins[n]--;
        }
        break;
    default:
        /* Frames that are no tables are written by the guest itself. */
        if (!uses(n))
            table(n)[index] = e;
        else if (type_of(n) <= FT_L4)
            (void)update(n, index, e);
    }
}

static void test_random(void **state)
{
    unsigned int pins[NR_FRAMES] = { 0 };

    for (unsigned int i = 0; i < 60000; i++) {
        one_request(pins);
        if (i % 16 == 0)
            check_model(pins);
    }
    for (unsigned int n = FIRST; n < 360; n++)
        for (; pins[n]; pins[n]--)
            assert_int_equal(unpin(n), 0);
    for (unsigned int n = FIRST; n < 360; n++)
        assert_true(uses(n) == 0 && refs(n) == 1);
}

/* ---- TLB stamps ---- */

static bool stamping;

static void *stamp(void *unused)
{
    while (READ_ONCE(stamping))
        frame_stamp_tlb_now(frame(300));
    return NULL;
}

/* Two domains end mappings of one frame at once while CPUs flush: the stamp is that of the later end. */
static void test_stamp_never_goes_back(void **state)
{
    pthread_t thread[2];
    u32 before = 1, now;

    frame(300)->tlb_stamp = before;
    stamping = true;
    for (unsigned int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, stamp, NULL), 0);
    for (unsigned int changes = 0; changes < 100000; changes += now != before, before = now) {
        __atomic_add_fetch(&tlb_flush_clock, 1, __ATOMIC_SEQ_CST);
        now = READ_ONCE(frame(300)->tlb_stamp);
        assert_true((s32)(now - before) >= 0);
    }
    WRITE_ONCE(stamping, false);
    for (unsigned int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    tlb_flush_clock = 1;
}

/* ---- a frame that changes hands while it is asked for ---- */

static bool passing;

/* Nobody else has a reference: it leaves its owner, as frames do when they are freed or stolen. */
static void leave(struct frame_info *f)
{
    u64 alone;

    do
        alone = FRAME_ALLOCATED | 1;
    while (!frame_cas(&f->count_info, &alone, 0));
}

static void arrive(struct frame_info *f, struct domain *at, u64 type)
{
    f->type_info = type;
    frame_set_owner(f, at);
    __atomic_store_n(&f->count_info, FRAME_ALLOCATED | 1, __ATOMIC_RELEASE);
}

/* Frame 370 is by turns a table of the other domain's and a page of ours, with something in it that looks like an entry. */
static void *pass_on(void *unused)
{
    struct frame_info *f = frame(370);

    while (READ_ONCE(passing)) {
        WRITE_ONCE(f->type_info, 0);
        leave(f);
        WRITE_ONCE(table(370)[0], entry(300, RO));
        arrive(f, d, 0);
        leave(f);
        arrive(f, other, FT_L1 | FT_VALIDATED | 1);
    }
    return NULL;
}

/* What is read of it at two times is not taken for a table of ours: the reference that its "entry" never took is not dropped. */
static void test_changes_hands(void **state)
{
    time_t begun = time(NULL);
    pthread_t thread;

    arrive(frame(370), other, FT_L1 | FT_VALIDATED | 1);
    passing = true;
    assert_int_equal(pthread_create(&thread, NULL, pass_on, NULL), 0);
    for (unsigned int i = 0; i < 2000000 && time(NULL) - begun < 4; i++) {
        (void)update(370, 0, 0);
        assert_int_equal(refs(300), 1);
    }
    WRITE_ONCE(passing, false);
    pthread_join(thread, NULL);
}

static unsigned int asked;

static void *ask_for_others(void *unused)
{
    for (unsigned int i = 0; i < 1000000; i++, WRITE_ONCE(asked, i))
        (void)frame_get(frame(300), other);
    return NULL;
}

/* Who asks for another domain's frame is refused without a trace: its owner, who has the only reference, may give it away. */
static void test_neighbour_asks(void **state)
{
    pthread_t thread;

    asked = 0;
    assert_int_equal(pthread_create(&thread, NULL, ask_for_others, NULL), 0);
    while (READ_ONCE(asked) < 1000000)
        assert_int_equal(refs(300), 1);
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags),
        cmocka_unit_test_setup_teardown(test_self_map_at_pin, setup, teardown),
        cmocka_unit_test_setup_teardown(test_self_map_in_use, setup, teardown),
        cmocka_unit_test_setup_teardown(test_caches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_l1, setup, teardown),
        cmocka_unit_test_setup_teardown(test_l4_changes_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_l1tf, setup, teardown),
        cmocka_unit_test_setup_teardown(test_levels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_leaves_no_trace, setup, teardown),
        cmocka_unit_test_setup_teardown(test_preempted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lock_is_shared, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stamps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stamp_never_goes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_down_and_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entry_names_its_holder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_last_reference_frees, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes_hands, setup, teardown),
        cmocka_unit_test_setup_teardown(test_neighbour_asks, setup, teardown),
    };

    return cmocka_run_group_tests_name("pagetable", tests, NULL, NULL);
}
