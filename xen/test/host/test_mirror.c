/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mirror tables and the log of writes: a CPU that walks the mirror, sets its accessed and dirty bits and faults, beside the
 * guest's own tables, which say what must come out, and a list of what was written.
 */
#include "mirror_stubs.h"

#include <string.h>
#include <xen/log_dirty.h>
#include <xen/smp.h>
#include <x86/pt_lock.h>
#include <x86/mm.h>
#include "../../arch/x86/mm/mirror.h"
#include "../../arch/x86/mm/pt.h"

#define LEAST      15       /* tables that a mirror of one vCPU has */
#define ARRAYS     8        /* pages of a small log and its mirror beside bits and tables */

static struct domain *other;
static struct vcpu *v;

/* ---- the machine of a test ---- */

static struct frame_info *frame(unsigned int n) { return mfn_to_frame(mfn(n)); }
static u64 *table(unsigned int n) { return mfn_to_virt(mfn(n)); }
static u64 entry(unsigned int n, u64 flags) { return (u64)n << PAGE_SHIFT | flags | PTE_P | PTE_US; }

static void give(struct domain *x, unsigned int from, unsigned int to)
{
    for (unsigned int n = from; n < to; n++) {
        frame_set_owner(frame(n), x);
        frame(n)->count_info = FRAME_ALLOCATED | 1;
        frame(n)->type_info = 0;
        m2p[n] = n - from;
        x->tot_pages++;
    }
}

static struct domain *make_domain(unsigned int at, u16 id)
{
    struct domain *x = memset(mfn_to_virt(mfn(at)), 0, sizeof(*x));

    x->id = id;
    pt_lock_init(x);
    set_bit(0, x->dirty_cpus.bits);
    return x;
}

/* Three L4s (281, 282, 289) over one tree: L3 283, L2 284, L1s 285 to 288. Pages from 290 up. */
static void make_tables(void)
{
    static const unsigned int l4s[] = { 281, 282, 289 };

    for (unsigned int i = 0; i < ARRAY_SIZE(l4s); i++) {
        table(l4s[i])[0] = entry(283, PTE_RW);
        table(l4s[i])[300] = entry(l4s[i], 0);                  /* linear */
    }
    table(283)[0] = entry(284, PTE_RW);
    table(283)[1] = entry(284, 0);                              /* read-only by a level above */
    for (unsigned int i = 0; i < 4; i++) {
        table(284)[i] = entry(285 + i, PTE_RW);
        for (unsigned int k = 0; k < 8; k++)
            table(285 + i)[k] = entry(290 + i * 8 + k, PTE_RW);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(l4s); i++)
        assert_int_equal(frame_get_and_type(frame(l4s[i]), d, FT_L4), 0);
}

static int setup(void **state)
{
    host_memory(NR_FRAMES);
    memset(heap_used, 0, sizeof(heap_used));
    heap_in_use = 0;
    heap_limit = 200;
    d = make_domain(10, 1);
    other = make_domain(11, 2);
    dom_io = make_domain(12, DOMID_IO);
    give(d, FIRST, OTHERS);
    give(d, MORE, NR_FRAMES);
    for (unsigned int n = MORE; n < NR_FRAMES; n++)
        m2p[n] = 1000 + n;
    give(other, OTHERS, HEAP);
    v = xzalloc(sizeof(*v));
    v->domain = d;
    v->arch.in_kernel = true;
    d->max_vcpus = 1;
    d->vcpu = xcalloc(1, sizeof(v));
    d->vcpu[0] = v;
    host_cpu_info[0].current_vcpu = v;
    host_cpu_info[0].softirq_pending = 0;
    make_tables();
    v->arch.guest_table = frame(281);
    pt_set_cr3(v);
    return 0;
}

static int teardown(void **state)
{
    assert_int_equal(heap_in_use, 0);
    xfree(d->vcpu);
    xfree(v);
    return 0;
}

static int update(unsigned int t, unsigned int index, u64 val, struct domain *target)
{
    struct mmu_update req = { ((u64)t << PAGE_SHIFT) + index * 8, val };
    unsigned int done;

    return mmu_update_batch(d, target, &req, 1, &done);
}

static void begin(void)
{
    assert_int_equal(log_dirty_enable(d, 100), 0);
    assert_int_equal(mirror_begin(d), 0);
}

static void end(void)
{
    assert_int_equal(mirror_end(d), 0);
    assert_int_equal(log_dirty_disable(d), 0);
}

/* ---- a CPU ---- */

enum { DONE, FAULT_ABSENT = 0x10, FAULT_RIGHTS };

/* Walks from @cr3; @set: sets bits like a CPU. The frame goes to *@out. */
static int walk(u64 cr3, u64 va, bool write, bool set, unsigned int *out)
{
    u64 *t = maddr_to_virt(maddr(cr3));
    bool rw = true;

    for (unsigned int level = 4; ; level--) {
        u64 *e = &t[PT_INDEX(va, level)];

        if (!(*e & PTE_P))
            return FAULT_ABSENT;
        rw &= !!(*e & PTE_RW);
        if (level == 1 && write && !rw)
            return FAULT_RIGHTS;
        if (set)
            *e |= PTE_A | (level == 1 && write ? PTE_D : 0);
        *out = (unsigned int)pte_mfn(pte(*e)).v;
        if (level == 1)
            return DONE;
        t = mfn_to_virt(pte_mfn(pte(*e)));
    }
}

static int cpu_access(u64 va, bool write, unsigned int *out)
{
    for (unsigned int tries = 0; tries < 8; tries++) {
        int rc = walk(v->arch.cr3, va, write, true, out);

        if (rc == DONE || !mirror_handle_fault(v, v->arch.cr3, va, (rc == FAULT_RIGHTS) | (write ? 2 : 0)))
            return rc;
    }
    fail_msg("faults for ever at %lx", (unsigned long)va);
    return 0;
}

static bool is_dirty(unsigned int n) { return log_dirty_test(d, frame(n)); }

static void new_round(void)
{
    static u64 buf[512];

    assert_int_equal(mirror_protect(d), 0);
    assert_int_equal(log_dirty_take(d, 0, buf, true), 100);
}

static u64 va_of(unsigned int l3, unsigned int l2, unsigned int l1) { return (u64)l3 << 30 | l2 << 21 | l1 << 12; }

/* ---- tests ---- */

static void test_log(void **state)
{
    static u64 buf[512];

    assert_int_equal(log_dirty_enable(d, 1UL << 40), -EINVAL);
    assert_int_equal(log_dirty_enable(d, 40000), 0);
    assert_int_equal(log_dirty_enable(d, 40000), -EINVAL);
    log_dirty_mark_pfn(d, 5);
    log_dirty_mark_pfn(d, 5);
    log_dirty_mark_pfn(d, 32768 + 64);
    log_dirty_mark_pfn(d, 40000);                /* beyond the end: nobody asks for it */
    log_dirty_mark_pfn(d, ~0UL);
    assert_int_equal(d->log_dirty.dirtied, 2);
    assert_int_equal(log_dirty_take(d, 0, buf, false), 32768);
    assert_true(buf[0] == 1 << 5);
    assert_int_equal(log_dirty_take(d, 32768, buf, true), 40000 - 32768);
    assert_true(buf[0] == 0 && buf[1] == 1);
    assert_int_equal(log_dirty_take(d, 32768, buf, true), 40000 - 32768);
    assert_true(buf[1] == 0);
    assert_int_equal(log_dirty_take(d, 65536, buf, true), 0);
    assert_int_equal(log_dirty_take(d, 0, buf, false), 32768);
    assert_true(buf[0] == 1 << 5);
    assert_int_equal(log_dirty_disable(d), 0);
    assert_int_equal(log_dirty_take(d, 0, buf, false), 0);
}

static void test_write_is_seen_once_a_round(void **state)
{
    unsigned int m;

    begin();
    assert_int_equal(cpu_access(va_of(0, 0, 0), false, &m), DONE);
    assert_int_equal(m, 290);
    assert_false(is_dirty(290));
    assert_true(table(285)[0] & PTE_A);
    assert_false(table(285)[0] & PTE_D);         /* the guest sees what it would see on its own tables */
    assert_int_equal(cpu_access(va_of(0, 0, 0), true, &m), DONE);
    assert_true(is_dirty(290) && is_dirty(285));
    assert_true(table(285)[0] & PTE_D);
    for (unsigned int i = 0; i < 2; i++) {
        u32 faults;

        new_round();
        assert_false(is_dirty(290));
        assert_int_equal(cpu_access(va_of(0, 0, 0), false, &m), DONE);
        assert_false(is_dirty(290));
        assert_int_equal(cpu_access(va_of(0, 0, 0), true, &m), DONE);
        assert_true(is_dirty(290));
        faults = d->log_dirty.faults;
        assert_int_equal(cpu_access(va_of(0, 0, 0), true, &m), DONE);
        assert_int_equal(d->log_dirty.faults, faults);
    }
    end();
    assert_int_equal(v->arch.cr3, (u64)281 << PAGE_SHIFT);
}

static void test_rights_are_the_guests(void **state)
{
    unsigned int m;

    begin();
    assert_int_equal(cpu_access(va_of(0, 0, 9), false, &m), FAULT_ABSENT);
    assert_int_equal(cpu_access(va_of(0, 9, 0), true, &m), FAULT_ABSENT);
    assert_int_equal(cpu_access(va_of(1, 0, 0), true, &m), FAULT_RIGHTS);
    assert_false(is_dirty(290));
    assert_int_equal(cpu_access(va_of(0, 0, 0), true, &m), DONE);
    assert_int_equal(update(285, 0, entry(290, 0), d), 0);       /* the guest takes the right away … */
    assert_true(is_dirty(285));
    assert_int_equal(cpu_access(va_of(0, 0, 0), true, &m), FAULT_RIGHTS);
    assert_int_equal(update(285, 0, entry(291, PTE_RW), d), 0);  /* … maps another page … */
    assert_int_equal(cpu_access(va_of(0, 0, 0), true, &m), DONE);
    assert_int_equal(m, 291);
    assert_int_equal(update(284, 0, 0, d), 0);                   /* … drops the table, which may become another thing */
    assert_int_equal(cpu_access(va_of(0, 0, 0), false, &m), FAULT_ABSENT);
    assert_int_equal(frame_get_and_type(frame(285), d, FT_WRITABLE), 0);
    frame_put_and_type(frame(285));
    end();
}

/* Its own tables through the linear mapping: as it wrote them. */
static void test_linear(void **state)
{
    u64 linear = (u64)300 << 39 | 0xffff000000000000;
    unsigned int m;

    begin();
    assert_int_equal(cpu_access(va_of(0, 0, 0), true, &m), DONE);
    assert_int_equal(cpu_access(linear | va_of(0, 0, 0) >> 9, false, &m), DONE);
    assert_int_equal(m, 285);
    assert_int_equal(cpu_access(linear | va_of(0, 0, 0) >> 9, true, &m), FAULT_RIGHTS);
    new_round();
    assert_int_equal(cpu_access(va_of(0, 0, 0), true, &m), DONE);
    assert_true(is_dirty(290));
    end();
}

/* Frames of others are not in this log, and are not slower for it. */
static void test_foreign(void **state)
{
    unsigned int m;

    begin();
    assert_int_equal(update(285, 20, entry(352, PTE_RW), other), 0);
    assert_int_equal(cpu_access(va_of(0, 0, 20), true, &m), DONE);
    assert_int_equal(m, 352);
    assert_false(is_dirty(FIRST + 352 - OTHERS));
    /* The other one's log hears of it when the mapping ends. */
    assert_int_equal(log_dirty_enable(other, 100), 0);
    assert_int_equal(update(285, 20, 0, d), 0);
    assert_true(log_dirty_test(other, frame(352)));
    assert_int_equal(log_dirty_disable(other), 0);
    end();
}

/* Pages lent by the hypervisor, and pages whose number is beyond the log, can be written all the same. */
static void test_no_number(void **state)
{
    unsigned int m;

    begin();
    m2p[290] = ~0UL;
    assert_int_equal(cpu_access(va_of(0, 0, 0), true, &m), DONE);
    assert_int_equal(cpu_access(va_of(0, 0, 0), false, &m), DONE);
    frame(291)->count_info |= FRAME_XENHEAP;
    assert_int_equal(cpu_access(va_of(0, 0, 1), true, &m), DONE);
    assert_false(is_dirty(291));
    end();
}

static void test_no_memory(void **state)
{
    for (heap_limit = 0; heap_limit < ARRAYS + LEAST + 1; heap_limit++) {
        int rc = log_dirty_enable(d, 100);

        if (!rc)
            rc = mirror_begin(d);
        assert_int_equal(rc, -ENOMEM);
        end();
        assert_int_equal(heap_in_use, 0);
        assert_null(d->arch.mirror);
    }
    heap_limit = ARRAYS + LEAST + 1;             /* one for the bits, the least for tables */
    begin();
    end();
}

/* With pending work each step is made a little at a time, in whatever order the steps are left and taken up again. */
static void test_preempted(void **state)
{
    unsigned int parts = 0;

    host_cpu_info[0].softirq_pending = 1;
    assert_int_equal(log_dirty_enable(d, 40000), -ERESTART);
    assert_false(d->log_dirty.on);
    assert_int_equal(log_dirty_enable(d, 40000), 0);
    while (mirror_begin(d) == -ERESTART)
        parts++;
    assert_true(parts > 4);                      /* tables, then vCPUs */
    assert_int_equal(mirror_begin(d), -EINVAL);
    assert_int_equal(mirror_end(d), 0);
    assert_int_equal(mirror_begin(d), -ERESTART);
    assert_int_equal(mirror_end(d), 0);          /* given up half way */
    assert_int_equal(log_dirty_disable(d), 0);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(heap_in_use, 0);
}

/* A guest of @frames, which are not looked at, and work that is always pending: the most pages that a call of @step takes or gives. */
static unsigned int most_pages_a_call(u64 frames, int (*step)(void), int want)
{
    unsigned int most = 0;
    u64 was = d->tot_pages;
    int rc;

    d->tot_pages = frames;
    host_cpu_info[0].softirq_pending = 1;
    do {
        heap_calls = 0;
        rc = step();
        most = max(most, heap_calls);
    } while (rc == -ERESTART);
    assert_int_equal(rc, want);
    host_cpu_info[0].softirq_pending = 0;
    d->tot_pages = was;
    return most;
}

static int enable_large(void) { return log_dirty_enable(d, 8 * d->tot_pages); }
static int begin_mirror(void) { return mirror_begin(d); }
static int end_mirror(void) { return mirror_end(d); }
static int disable(void) { return log_dirty_disable(d); }

/* The log and the mirror of a large guest come and go in pieces of a few pages, also where memory does not suffice. */
static void test_large(void **state)
{
    heap_limit = MORE - HEAP;
    host_largest_alloc = 0;
    for (unsigned int n = 0; n < 2; n++) {
        u64 frames = n ? 1UL << 35 : 1UL << 20;  /* 4 GiB */

        assert_in_range(most_pages_a_call(frames, enable_large, n ? -ENOMEM : 0), 1, 3);
        assert_in_range(most_pages_a_call(frames, disable, 0), 1, 80);
        assert_in_range(most_pages_a_call(frames, begin_mirror, n ? -ENOMEM : 0), 1, 4);
        assert_in_range(most_pages_a_call(frames, end_mirror, 0), 1, 80);
        assert_int_equal(heap_in_use, 0);
    }
    assert_in_range(host_largest_alloc, 1, PAGE_SIZE);
}

/* Another vCPU that waits for the lock gets it after one level-1 table. */
static void test_protect_gives_way(void **state)
{
    unsigned int parts = 0, m;

    begin();
    assert_int_equal(cpu_access(va_of(0, 0, 0), true, &m), DONE);
    assert_int_equal(cpu_access(va_of(0, 1, 0), true, &m), DONE);
    d->arch.pt_lock.word |= PT_LOCK_WAITED;
    while (mirror_protect(d) == -ERESTART) {
        assert_false(pt_is_locked(d));
        parts++;
    }
    assert_int_equal(parts, 2);
    d->arch.pt_lock.word &= ~PT_LOCK_WAITED;
    end();
}

static u32 seed = 1;
static unsigned int rnd(unsigned int n) { seed = seed * 1103515245 + 12345; return (seed >> 8) % n; }

static void check_round(bool *written)
{
    for (unsigned int n = FIRST; n < OTHERS; n++)
        if (written[n])
            assert_true(is_dirty(n));
    new_round();
    memset(written, 0, NR_FRAMES);
}

/* L1 tables MORE and up, each with pages 290 to 293 in its first entries. */
static void make_more_tables(void)
{
    for (unsigned int i = 0; i < NR_MORE; i++) {
        for (unsigned int k = 0; k < 4; k++)
            table(MORE + i)[k] = entry(290 + k, PTE_RW);
        assert_int_equal(update(284, MORE_SLOT + i, entry(MORE + i, PTE_RW), d), 0);
    }
}

/* What looks like table entries: a walk that strays into a page of data comes to a frame that no table names. */
static void fill_pages(void)
{
    for (unsigned int n = 290; n < OTHERS; n++)
        for (unsigned int i = 0; i < PTES_PER_PAGE; i++)
            table(n)[i] = entry(OTHERS - 1, PTE_RW);
}

/* More vCPUs than are looked at in a step. The second one has an L4 of its own. */
static void make_vcpus(unsigned int n)
{
    xfree(d->vcpu);
    d->vcpu = xcalloc(n, sizeof(v));
    d->max_vcpus = n;
    d->vcpu[0] = v;
    for (unsigned int i = 1; i < n; i++) {
        d->vcpu[i] = xzalloc(sizeof(*v));
        *d->vcpu[i] = *v;
        d->vcpu[i]->id = i;
        d->vcpu[i]->arch.guest_table = frame(i == 1 ? 289 : 281 + i % 2);
        pt_set_cr3(d->vcpu[i]);
    }
}

static void free_vcpus(void)
{
    v = d->vcpu[0];
    for (unsigned int i = 1; i < d->max_vcpus; i++)
        xfree(d->vcpu[i]);
    d->max_vcpus = 1;
}

/* Pages that went back to the pool in this moment, which no one before had. */
static unsigned int released_at(u32 moment)
{
    unsigned int n = 0;

    for (unsigned int f = HEAP; f < MORE; f++)
        n += frame(f)->tlb_stamp == moment;
    return n;
}

/* A guest with more tables than the pool has: no fault releases more than a few, and each access ends as the guest's tables say. */
static void test_room_is_made_in_steps(void **state)
{
    unsigned int m, releases = 0;

    make_more_tables();
    heap_limit = ARRAYS + 100;
    begin();
    for (unsigned int i = 0; i < 10 * NR_MORE; i++) {
        unsigned int n;

        tlb_flush_clock = 100 + i;
        assert_int_equal(cpu_access(va_of(0, MORE_SLOT + i % NR_MORE, i % 4), true, &m), DONE);
        assert_int_equal(m, 290 + i % 4);
        n = released_at(100 + i);
        assert_true(n <= 40);
        releases += n;
    }
    assert_true(releases > 5 * NR_MORE);
    tlb_flush_clock = 1;
    end();
}

/* What a CPU reaches by its mirror as it is, the guest's tables permit. */
static void check_reached(const struct vcpu *of, u64 va)
{
    u64 guest = mfn_to_maddr(frame_to_mfn(of->arch.guest_table)).v;

    for (unsigned int write = 0; write < 2; write++) {
        unsigned int m = 0, want = 0;

        if (walk(of->arch.cr3, va, write, false, &m) == DONE)
            assert_true(walk(guest, va, write, false, &want) == DONE && m == want);
    }
}

/*
 * Room is made in steps, while two vCPUs with L4s of their own come to the same tables below: what the first one's L4 was given
 * between two steps is not released under it, as an entry shows that the guest takes away.
 */
static void test_tables_reached_meanwhile_stay(void **state)
{
    unsigned int m;

    make_more_tables();
    fill_pages();
    make_vcpus(20);
    heap_limit = ARRAYS + 75;
    begin();
    for (unsigned int i = 0; i < 60 * NR_MORE; i++) {
        v = d->vcpu[0];
        if (i % 7 == 0)
            assert_int_equal(cpu_access(va_of(0, 0, 0), false, &m), DONE);
        v = d->vcpu[1];
        assert_int_equal(cpu_access(va_of(0, MORE_SLOT + i % NR_MORE, i % 4), true, &m), DONE);
        assert_int_equal(update(285, 0, 0, d), 0);
        check_reached(d->vcpu[0], va_of(0, 0, 0));
        assert_int_equal(update(285, 0, entry(290, PTE_RW), d), 0);
    }
    end();
    free_vcpus();
}

static void check_mirrors(void)
{
    for (unsigned int i = 0; i < d->max_vcpus && i < 2; i++)
        for (unsigned int l1 = 0; l1 < 10; l1++)
            for (unsigned int l2 = 0; l2 < MORE_SLOT + NR_MORE; l2 += l2 == 4 ? MORE_SLOT - 4 : 1)
                check_reached(d->vcpu[i], va_of(l1 & 1, l2, l1));
}

/*
 * Accesses, changes and rounds in any order, with little memory: what is allowed is what the guest's tables say, no write is lost. One
 * vCPU, and more than one step is about.
 */
static void test_random(void **state)
{
    static bool written[NR_FRAMES];
    unsigned int vcpus = *state ? 20 : 1;

    make_more_tables();
    fill_pages();
    make_vcpus(vcpus);
    heap_limit = ARRAYS + (*state ? 75 : LEAST + 1);
    begin();
    for (unsigned int i = 0; i < 200000; i++) {
        u64 va = va_of(rnd(2), rnd(2) ? rnd(5) : MORE_SLOT + rnd(NR_MORE), rnd(10)), guest;
        bool write = rnd(2);
        unsigned int m = 0, want = 0, t = 285 + rnd(4), n = 290 + rnd(36);
        int rc;

        if (i % 64 == 0)
            check_mirrors();
        if (!rnd(20))
            v = d->vcpu[rnd(vcpus < 3 ? vcpus : 3)];     /* for some rounds: what others reach stays as it was */
        guest = mfn_to_maddr(frame_to_mfn(v->arch.guest_table)).v;
        switch (rnd(12)) {
        case 0:
            (void)update(t, rnd(10), rnd(4) ? entry(n, rnd(2) ? PTE_RW : 0) : 0, d);
            break;
        case 1:
            (void)update(284, rnd(5), rnd(4) ? entry(t, PTE_RW) : 0, d);
            break;
        case 2:
            v->arch.guest_table = frame(v->id == 1 ? 289 : 281 + rnd(2));
            pt_set_cr3(v);
            break;
        case 3:
            if (!rnd(20))
                check_round(written);
            break;
        case 4:
            (void)update(t, 11, entry(OTHERS + rnd(4), PTE_RW), other);
            break;
        default:
            rc = walk(guest, va, write, false, &want);
            assert_int_equal(cpu_access(va, write, &m), rc);
            assert_true(rc != DONE || m == want);
            if (rc == DONE && write)
                written[m] = true;
        }
    }
    check_round(written);
    end();
    free_vcpus();
}

static int setup_many(void **state)
{
    int rc = setup(state);

    *state = &d;
    return rc;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_log, setup, teardown),
        cmocka_unit_test_setup_teardown(test_write_is_seen_once_a_round, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rights_are_the_guests, setup, teardown),
        cmocka_unit_test_setup_teardown(test_linear, setup, teardown),
        cmocka_unit_test_setup_teardown(test_foreign, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_number, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_preempted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_large, setup, teardown),
        cmocka_unit_test_setup_teardown(test_protect_gives_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room_is_made_in_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tables_reached_meanwhile_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random, setup_many, teardown),
    };

    return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
