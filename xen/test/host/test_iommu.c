/* SPDX-License-Identifier: GPL-2.0-only */
/* What devices reach: tables in tables, a domain's frames as their types change, devices that come and go. No hardware. */
#include "frame_machine.h"

#include <string.h>
#include <xen/buddy.h>
#include <xen/iommu.h>
#include <xen/memory.h>

#define DEVICE 0x30u
#define OTHER  0x38u
#define ELSEWHERE 0x28u     /* on a unit of its own */
#define BEHIND 0x21u        /* a bridge that speaks for it as ALIAS */
#define ALIAS  0x22u

/* What the hardware was told. */
static const struct iommu_pt *tables_of[64];
static unsigned int stopped, forgotten;
static u64 last_forgotten;
static int check_result, hw_result;
static bool unit_failed;

void iommu_hw_sync(const void *p, size_t n) { }
int iommu_hw_check_device(u32 sbdf) { return check_result; }
void iommu_hw_stop_device(u32 sbdf) { stopped++; }
int iommu_hw_set_tables(u32 sbdf, const struct iommu_pt *pt, u16 id)
{
    assert_true(!pt || id);
    tables_of[sbdf] = pt;
    unit_failed |= hw_result != 0;
    return hw_result;
}
int iommu_hw_unmapped(u16 id, u64 m)
{
    forgotten++;
    last_forgotten = m;
    unit_failed |= hw_result != 0;
    return hw_result;
}
int iommu_hw_mapped(u16 id, u64 m) { return 0; }
int iommu_hw_unit_of(u32 sbdf) { return sbdf == ELSEWHERE; }
bool iommu_hw_unit_failed(unsigned int unit) { return unit == 0 && unit_failed; }
unsigned int iommu_hw_request_ids(u32 sbdf, u32 ids[IOMMU_MAX_REQUEST_IDS])
{
    ids[0] = sbdf;
    ids[1] = ALIAS;
    return sbdf == BEHIND ? 2 : 1;
}

/* Crashes wait, as they do for a softirq. */
static struct tasklet *queued;
static unsigned int crashed;

void tasklet_init(struct tasklet *t, void (*fn)(void *), void *arg) { *t = (struct tasklet){ .fn = fn, .arg = arg }; }
void tasklet_schedule(struct tasklet *t)
{
    assert_null(queued);
    queued = t;
}
void log_dirty_mark_pfn(struct domain *d, u64 pfn) { fail_msg("writes are not logged here"); }
void domain_crash(struct domain *d, const char *fmt, ...) { crashed++; }

/* ---- tables ---- */

static void free_all(struct iommu_pt *pt)
{
    while (iommu_pt_free_step(pt))
        ;
    assert_int_equal(pt->nr_tables, 0);
}

static void test_tables(void **state)
{
    struct iommu_pt pt;

    assert_int_equal(iommu_pt_init(&pt, 3, 1), 0);
    assert_int_equal(iommu_pt_map(&pt, 0x1ff, 0x200), 0);
    assert_true(iommu_pt_maps(&pt, 0x1ff) && iommu_pt_maps(&pt, 0x200) && !iommu_pt_maps(&pt, 0x1fe) && !iommu_pt_maps(&pt, 0x201));
    assert_int_equal(pt.nr_tables, 4);
    assert_true(iommu_pt_unmap(&pt, 0x200) && !iommu_pt_unmap(&pt, 0x200) && !iommu_pt_maps(&pt, 0x200));
    assert_int_equal(iommu_pt_map(&pt, 1UL << 27, 1UL << 27), -EINVAL);
    assert_false(iommu_pt_maps(&pt, 1UL << 27));
    assert_int_equal(iommu_pt_map(&pt, (1UL << 27) - 1, (1UL << 27) - 1), 0);
    assert_true(iommu_pt_maps(&pt, (1UL << 27) - 1));
    free_all(&pt);
    assert_int_equal(iommu_pt_map(&pt, 1, 1), -EINVAL);
}

/* Each frame of a range, whatever its ends, and nothing beside it. */
static void test_leaves(void **state)
{
    static const struct { u64 first, last; unsigned int tables; } ranges[] = {
        { 0, (1UL << 18) - 1, 1 },                 /* a leaf of 1 GiB */
        { 1, (1UL << 18) - 1, 3 },
        { 512, 1023, 2 },
        { 511, 1024, 4 },
        { (1UL << 18) - 513, (1UL << 18) + 512, 5 },
    };

    for (unsigned int levels = 3; levels <= 4; levels++)
        for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++) {
            struct iommu_pt pt;
            u64 first = ranges[i].first, last = ranges[i].last;

            assert_int_equal(iommu_pt_init(&pt, levels, 3), 0);
            assert_int_equal(iommu_pt_map(&pt, first, last), 0);
            assert_int_equal(pt.nr_tables, ranges[i].tables + levels - 3);
            for (u64 m = first; m <= last; m += m == first ? 1 : max(1UL, (last - m) / 2))
                assert_true(iommu_pt_maps(&pt, m));
            assert_false(first && iommu_pt_maps(&pt, first - 1));
            assert_false(iommu_pt_maps(&pt, last + 1));
            /* Over what is there. */
            assert_int_equal(iommu_pt_map(&pt, 0, (1UL << 19) - 1), 0);
            assert_true(iommu_pt_maps(&pt, 0) && iommu_pt_maps(&pt, (1UL << 19) - 1) && iommu_pt_maps(&pt, (1UL << 18) + 600));
            free_all(&pt);
        }
}

static void test_no_memory(void **state)
{
    static void *all[NR_FRAMES];
    unsigned int n = 0;
    struct iommu_pt pt;

    while ((all[n] = alloc_xen_page()) != NULL)
        n++;
    for (unsigned int spare = 1; spare < 4; spare++) {
        for (unsigned int i = 0; i < spare; i++)
            free_xen_page(all[--n]);
        assert_int_equal(iommu_pt_init(&pt, 4, 1), 0);
        assert_int_equal(iommu_pt_map(&pt, 77, 77), -ENOMEM);
        assert_false(iommu_pt_maps(&pt, 77));
        free_all(&pt);
        for (unsigned int i = 0; i < spare; i++)
            assert_non_null(all[n++] = alloc_xen_page());
    }
    assert_int_equal(iommu_pt_init(&pt, 4, 1), -ENOMEM);
    while (n)
        free_xen_page(all[--n]);
}

/* ---- a domain's frames ---- */

static bool reached(unsigned int n) { return iommu_pt_maps(&machine_domain->iommu->pt, n); }

static void write_to(unsigned int n)
{
    assert_int_equal(frame_get_and_type(frame(n), machine_domain, FT_WRITABLE), 0);
    frame_put_and_type(frame(n));
}

static int setup(void **state)
{
    static const struct iommu_limits limits = { .levels = 3, .leaf_levels = 1, .nr_ids = 16 };
    struct iommu_pt dom0_tables;

    machine_setup();
    dom0 = host_domain(0, 0);
    assert_int_equal(iommu_pt_init(&dom0_tables, 3, 3), 0);
    iommu_begin(&limits, &dom0_tables);
    return 0;
}

static int teardown(void **state)
{
    host_domain_free(dom0);
    machine_teardown();
    return 0;
}

static int assign(u32 sbdf)
{
    int rc;

    do
        rc = iommu_assign(machine_domain, sbdf);
    while (rc == -ERESTART);
    return rc;
}

static void test_domain(void **state)
{
    write_to(300);
    write_to(301);
    machine_pin(301, 1);
    check_result = -EPERM;
    assert_int_equal(assign(DEVICE), -EPERM);
    check_result = 0;
    assert_null(machine_domain->iommu);
    assert_int_equal(assign(DEVICE), 0);
    assert_int_equal(stopped, 1);
    assert_ptr_equal(tables_of[DEVICE], &machine_domain->iommu->pt);
    assert_int_equal(iommu_user_of(DEVICE), machine_domain->id);
    /* What was writable before, and only that. */
    assert_true(reached(300) && !reached(301) && !reached(302) && !reached(FIRST - 1));
    write_to(302);
    assert_true(reached(302));
    /* A table, and back. The units of this machine cannot make a device's accesses coherent. */
    forgotten = host_cache_flushes = 0;
    machine_pin(302, 1);
    assert_int_equal(host_cache_flushes, 1);
    assert_true(!reached(302) && forgotten == 1 && last_forgotten == 302);
    machine_unpin(302);
    assert_false(reached(302));
    write_to(302);
    assert_true(reached(302));
    /* Given away. */
    assert_int_equal(steal_frame(machine_domain, frame(302)), 0);
    assert_true(!reached(302) && last_forgotten == 302);
    assert_int_equal(assign_frame(machine_domain, frame(302), ALLOC_IN_PLACE), 0);
    assert_false(reached(302));
    write_to(302);
    assert_true(reached(302));
    assert_true(frame_put_alloc_ref(frame(302)));
    assert_true(!reached(302) && forgotten == 3);
}

static void test_devices(void **state)
{
    assert_int_equal(assign(DEVICE), -EBUSY);
    assert_int_equal(iommu_test_assign(NULL, DEVICE), -EBUSY);
    assert_int_equal(iommu_test_assign(NULL, OTHER), 0);
    assert_int_equal(iommu_assign(dom0, OTHER), -EINVAL);
    assert_int_equal(iommu_deassign(machine_domain, OTHER), -ENODEV);
    /* Through quarantine, and back to it. */
    assert_int_equal(iommu_assign(dom_io, OTHER), 0);
    assert_null(tables_of[OTHER]);
    assert_int_equal(iommu_test_assign(NULL, OTHER), 0);
    assert_int_equal(iommu_user_of(OTHER), DOMID_IO);
    assert_int_equal(assign(OTHER), 0);
    assert_int_equal(iommu_deassign(dom_io, OTHER), -ENODEV);
    stopped = 0;
    assert_int_equal(iommu_deassign(machine_domain, OTHER), 0);
    assert_true(stopped == 1 && !tables_of[OTHER] && iommu_user_of(OTHER) == DOMID_IO);
    assert_int_equal(iommu_deassign(dom_io, OTHER), 0);
    assert_non_null(tables_of[OTHER]);
    assert_int_equal(iommu_user_of(OTHER), 0);
    assert_int_equal(assign(OTHER), 0);
    assert_true(iommu_has_devices(machine_domain));
}

/* Devices that dom0 reports, and what they are known by; nothing that was assigned changes hands by that. */
static void test_known(void **state)
{
    const struct iommu_pt *assigned = tables_of[DEVICE];

    assert_null(tables_of[BEHIND]);
    assert_int_equal(iommu_add_device(BEHIND), 0);
    assert_true(tables_of[BEHIND] && tables_of[ALIAS] == tables_of[BEHIND] && tables_of[BEHIND] != assigned);
    iommu_remove_device(BEHIND);
    assert_true(!tables_of[BEHIND] && tables_of[ALIAS]);
    assert_int_equal(iommu_add_device(DEVICE), 0);
    assert_ptr_equal(tables_of[DEVICE], assigned);
    iommu_remove_device(DEVICE);
    assert_ptr_equal(tables_of[DEVICE], assigned);
    assert_int_equal(iommu_assign(dom_io, BEHIND), 0);
    assert_int_equal(iommu_add_device(BEHIND), 0);
    assert_null(tables_of[BEHIND]);
    assert_int_equal(iommu_deassign(dom_io, BEHIND), 0);
    /* Of other segments we know nothing. */
    assert_int_equal(iommu_add_device(1 << 16 | 5), 0);
}

/* ---- in steps ---- */

#define EXCHANGED_ORDER 8
#define EXCHANGED       (1u << EXCHANGED_ORDER)
#define STEP            64

static struct frame_info *give_block(void)
{
    struct frame_info *f = buddy_alloc(EXCHANGED_ORDER, 64);

    assert_non_null(f);
    for (unsigned int i = 0; i < EXCHANGED; i++)
        f[i].count_info = 0;
    machine_domain->max_pages = NR_FRAMES;
    assert_int_equal(assign_frames(machine_domain, f, EXCHANGED, 0), 0);
    for (unsigned int i = 0; i < EXCHANGED; i++)
        write_to((unsigned int)mfn_x(frame_to_mfn(&f[i])));
    return f;
}

/* The frames that an exchange takes are unmapped a few at a time, each before it is free; the exchange ends when all are. */
static void test_exchange_in_steps(void **state)
{
    static u64 in[EXCHANGED], pfns[EXCHANGED], out[EXCHANGED];
    const struct exchange x = { in, pfns, out, EXCHANGED_ORDER, 0, 0 };
    struct frame_info *f = give_block();
    unsigned int first = (unsigned int)mfn_x(frame_to_mfn(f)), done = 0;
    int rc;

    for (unsigned int i = 0; i < EXCHANGED; i++) {
        in[i] = first + i;
        pfns[i] = 200 + i;
        assert_true(reached(first + i));
    }
    forgotten = host_cache_flushes = 0;
    f[1].count_info |= FRAME_NONCOHERENT;
    assert_int_equal(memory_exchange(machine_domain, &x), 0);
    assert_int_equal(forgotten, 0);
    assert_int_equal(machine_violations(), 0);
    host_cpu_info[0].softirq_pending = 1;
    do {
        unsigned long free = free_pages_total();

        rc = exchange_end(machine_domain);
        assert_true(forgotten - done <= STEP && free_pages_total() - free == forgotten - done);
        done = forgotten;
    } while (rc == -ERESTART);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(done, EXCHANGED);
    assert_int_equal(host_cache_flushes, EXCHANGED + 1);
    for (unsigned int i = 0; i < EXCHANGED; i++)
        assert_true(!reached(first + i) && frame_put_alloc_ref(frame((unsigned int)out[i])));
    assert_int_equal(machine_violations(), 0);
}

/* What a domain has when it gets its first device is mapped a few frames at a time. */
static void test_assign_in_steps(void **state)
{
    struct frame_info *f = give_block();
    unsigned int first = (unsigned int)mfn_x(frame_to_mfn(f)), mapped = 0, calls = 0;

    host_cpu_info[0].softirq_pending = 1;
    while (iommu_assign(machine_domain, ELSEWHERE) == -ERESTART) {
        unsigned int n = 0;

        for (unsigned int i = 0; i < EXCHANGED; i++)
            n += reached(first + i);
        assert_true(n - mapped <= STEP);
        mapped = n;
        calls++;
    }
    host_cpu_info[0].softirq_pending = 0;
    assert_true(calls >= EXCHANGED / STEP);
    assert_int_equal(iommu_deassign(machine_domain, ELSEWHERE), 0);
    while (iommu_domain_release(machine_domain) == -ERESTART)
        ;
    iommu_domain_free(machine_domain);
    for (unsigned int i = 0; i < EXCHANGED; i++)
        assert_true(frame_put_alloc_ref(&f[i]));
    stopped = 0;
}

/* A unit that does not answer: its devices are switched off before the frame is used otherwise, and the domain is crashed once. */
static void test_unit_failed(void **state)
{
    assert_int_equal(assign(ELSEWHERE), 0);
    write_to(304);
    stopped = 0;
    hw_result = -EIO;
    machine_pin(304, 1);
    assert_int_equal(stopped, 2);        /* DEVICE and OTHER */
    assert_non_null(queued);
    machine_unpin(304);
    write_to(304);
    machine_pin(304, 1);
    machine_unpin(304);
    assert_int_equal(stopped, 2);
    queued->fn(queued->arg);
    queued = NULL;
    assert_int_equal(crashed, 1);
    hw_result = 0;
    /* Nobody gets them any more, nor does dom0; what is on another unit goes on. */
    assert_int_equal(iommu_deassign(machine_domain, OTHER), -EIO);
    assert_true(!tables_of[OTHER] && iommu_user_of(OTHER) == DOMID_IO);
    assert_int_equal(assign(OTHER), -EIO);
    assert_int_equal(iommu_test_assign(NULL, OTHER), -EIO);
    assert_int_equal(iommu_deassign(machine_domain, ELSEWHERE), 0);
    assert_int_equal(iommu_user_of(ELSEWHERE), 0);
    assert_int_equal(assign(ELSEWHERE), 0);
}

/* It fails while a device is moved: neither who had it nor who was to get it has it. */
static void test_move_failed(void **state)
{
    unsigned int had = machine_domain->iommu->nr_devices;

    hw_result = -EIO;
    assert_int_equal(assign(0x10), -EIO);
    hw_result = 0;
    assert_true(!tables_of[0x10] && iommu_user_of(0x10) == DOMID_IO);
    assert_int_equal(machine_domain->iommu->nr_devices, had);
    assert_int_equal(assign(0x10), -EIO);
}

static void test_death(void **state)
{
    machine_domain->dying = DOMAIN_DYING;
    assert_int_equal(iommu_test_assign(machine_domain, 0x20), 0);
    assert_int_equal(assign(0x20), -EINVAL);
    while (iommu_domain_release(machine_domain) == -ERESTART)
        ;
    assert_false(iommu_has_devices(machine_domain));
    assert_true(tables_of[ELSEWHERE] && !iommu_user_of(ELSEWHERE));
    assert_true(!tables_of[DEVICE] && iommu_user_of(DEVICE) == DOMID_IO);
    /* Whoever still has frames of it changes their types without harm. */
    write_to(303);
    machine_pin(303, 1);
    machine_unpin(303);
    assert_false(reached(303));
    assert_int_equal(iommu_domain_release(machine_domain), 0);
    iommu_domain_free(machine_domain);
    assert_null(machine_domain->iommu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables), cmocka_unit_test(test_leaves), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_assign_in_steps), cmocka_unit_test(test_domain), cmocka_unit_test(test_devices), cmocka_unit_test(test_known),
        cmocka_unit_test(test_exchange_in_steps), cmocka_unit_test(test_unit_failed),
        cmocka_unit_test(test_move_failed), cmocka_unit_test(test_death),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
