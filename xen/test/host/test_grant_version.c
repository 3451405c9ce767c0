/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables in steps. A change of version: what may come into use between two steps, and what is left of a change given up.
 * The end: how many pages and handles are looked at between two looks at pending work.
 */
#include "host.h"

#include <string.h>
#include <xen/domain.h>
#include <xen/errno.h>
#include <xen/grant.h>
#include <x86/mm.h>

#define NR_FRAMES 4096
#define PAGE_OF_D 40      /* the frame that it grants */
#define FRAMES    3       /* of the table */
enum { RESERVED = 5, REF = 20, USER = 7 };

static struct domain *d;
static struct grant_table *gt;
static unsigned int next_frame, last_frame, freed;

/* Pages that a guest sees have a frame_info. */
void *alloc_xen_pages(unsigned int order, unsigned int flags)
{
    assert_true(!order && next_frame < last_frame);
    return mfn_to_virt(mfn(next_frame++));
}
void free_xen_pages(void *p, unsigned int order) { freed++; }
int share_xen_page_with_guest(void *p, struct domain *x, bool writable)
{
    virt_to_frame(p)->count_info = FRAME_ALLOCATED | 1;
    return 0;
}
void unshare_xen_page(void *p) { }
struct frame_info *frame_get_mfn(mfn_t m, struct domain *x)
{
    mfn_to_frame(m)->count_info++;
    return mfn_to_frame(m);
}
void frame_release(struct frame_info *f) { fail_msg("the granter's own reference was dropped"); }

/* Nothing is mapped here. */
int frame_get_type(struct frame_info *f, u64 type, bool preemptible) { fail_msg("a mapping"); return 0; }
int frame_put_type(struct frame_info *f, bool preemptible) { fail_msg("a mapping"); return 0; }
int grant_map_pte(u64 addr, struct domain *granter, mfn_t m, u32 flags) { fail_msg("a mapping"); return 0; }
int grant_unmap_pte(u64 addr, mfn_t m, u32 flags, u64 new_addr, bool *writable) { fail_msg("a mapping"); return 0; }
struct domain *domain_get_by_id(u16 id) { return NULL; }
void log_dirty_mark_slow(struct domain *x, const struct frame_info *f) { }

static void permit(grant_ref_t ref)
{
    if (gt->version == 1) {
        *grant_v1(gt, ref) = (struct grant_entry_v1){ GTF_permit_access, USER, PAGE_OF_D };
        return;
    }
    grant_v2(gt, ref)->full_page.frame = PAGE_OF_D;
    grant_v2(gt, ref)->hdr = (grant_entry_header_t){ GTF_permit_access, USER };
}

static int use(grant_ref_t ref)
{
    int status = grant_pin_locked(d, ref, USER, true, false);

    if (status == GNTST_okay)
        grant_unpin_locked(d, ref, true, false);
    return status;
}

static int setup(void **state)
{
    host_memory(NR_FRAMES);
    next_frame = 1;
    last_frame = PAGE_OF_D;
    d = host_domain(1, 0);
    mfn_to_frame(mfn(PAGE_OF_D))->count_info = FRAME_ALLOCATED | 1;
    assert_int_equal(grant_table_create(d, FRAMES, 1, 2), 0);
    gt = d->grant;
    assert_int_equal(grant_grow_locked(d, FRAMES), 0);
    host_cpu_info[0].softirq_pending = 1;
    return 0;
}

static int teardown(void **state)
{
    host_cpu_info[0].softirq_pending = 0;
    grant_table_destroy(d);
    host_domain_free(d);
    return 0;
}

/* An entry that came into use between two steps would lose its marks with the table. */
static void test_in_use_between_steps(void **state)
{
    unsigned int steps = 0;
    int rc;

    permit(RESERVED);
    permit(REF);
    assert_int_equal(use(REF), GNTST_okay);
    for (; (rc = grant_set_version(d, 2)) == -ERESTART; steps++) {
        assert_int_equal(gt->version, 1);
        assert_int_equal(use(REF), GNTST_eagain);
        assert_int_equal(use(RESERVED), GNTST_okay);
    }
    assert_int_equal(rc, 0);
    assert_true(steps >= FRAMES - 1);
    assert_int_equal(gt->version, 2);
    assert_int_equal(use(RESERVED), GNTST_okay);
    permit(REF);
    assert_int_equal(use(REF), GNTST_okay);
    while ((rc = grant_set_version(d, 1)) == -ERESTART)
        assert_int_equal(use(REF), GNTST_eagain);
    assert_int_equal(rc, 0);
    assert_int_equal(use(REF), GNTST_general_error);    /* the change cleared it */
    assert_int_equal(use(RESERVED), GNTST_okay);
}

/* Entries can be used again, and a later change begins from the start. */
static void test_given_up(void **state)
{
    permit(GRANT_V1_PER_PAGE);
    assert_int_equal(grant_set_version(d, 2), -ERESTART);
    assert_int_equal(grant_set_version(d, 1), 0);
    assert_int_equal(use(GRANT_V1_PER_PAGE), GNTST_okay);
    assert_int_equal(gt->nr_cleared, 0);
}

/* In use from before: the change is refused, and changes nothing. */
static void test_in_use_before(void **state)
{
    permit(REF);
    assert_int_equal(grant_pin_locked(d, REF, USER, true, false), GNTST_okay);
    assert_int_equal(grant_set_version(d, 2), -EBUSY);
    assert_int_equal(grant_pin_locked(d, REF, USER, true, false), GNTST_okay);
    grant_unpin_locked(d, REF, true, false);
    grant_unpin_locked(d, REF, true, false);
    permit(RESERVED);
    assert_int_equal(grant_pin_locked(d, RESERVED, USER, true, false), GNTST_okay);
    while (grant_set_version(d, 2) == -ERESTART)
        ;
    assert_int_equal(gt->version, 2);
    assert_int_equal(*grant_status(gt, RESERVED), GTF_reading);
    grant_unpin_locked(d, RESERVED, true, false);
    assert_int_equal(*grant_status(gt, RESERVED), 0);
}

/* ---- printing ---- */

#define IN_USE 40

static unsigned int lines;

void printk(const char *fmt, ...)
{
    for (; *fmt; fmt++)
        lines += *fmt == '\n';
}

/* Entries in use beside each other, and one at the table's end: all are printed, a few at a time. */
static void test_dump_in_pieces(void **state)
{
    grant_ref_t refs[IN_USE + 1];
    unsigned int all = 0;
    u64 item = 0;

    for (unsigned int i = 0; i < IN_USE; i++)
        refs[i] = REF + i;
    refs[IN_USE] = grant_nr_entries(gt) - 1;
    for (unsigned int i = 0; i <= IN_USE; i++) {
        permit(refs[i]);
        assert_int_equal(grant_pin_locked(d, refs[i], USER, true, false), GNTST_okay);
    }
    do {
        lines = 0;
        item = grant_dump(d, item);
        assert_true(lines <= GRANT_DUMP_UNIT + 1);
        all += lines;
    } while (item);
    assert_int_equal(all, IN_USE + 2);
    for (unsigned int i = 0; i <= IN_USE; i++)
        grant_unpin_locked(d, refs[i], true, false);
}

/* ---- the end ---- */

#define MANY_FRAMES  700
#define STEP         64
#define HANDLE_PAGES 4

static unsigned int first;

static void setup_many(void)
{
    grant_table_destroy(d);
    next_frame = first = PAGE_OF_D + 1;
    last_frame = NR_FRAMES;
    assert_int_equal(grant_table_create(d, MANY_FRAMES, HANDLE_PAGES, 2), 0);
    gt = d->grant;
    assert_int_equal(grant_grow_locked(d, MANY_FRAMES), 0);
}

/* With work pending each call frees as many pages as are freed between two looks at it. */
static void test_pages_are_freed_in_steps(void **state)
{
    unsigned int made, before;
    bool whole;

    setup_many();
    made = next_frame - first;
    freed = 0;
    do {
        before = freed;
        whole = grant_table_free_pages(d);
        assert_true(freed - before <= STEP);
    } while (!whole);
    assert_int_equal(freed, made);
    assert_true(grant_table_free_pages(d));
    assert_int_equal(freed, made);
}

/* Handles that are free count as well: a domain that has none in use may have had all of them. */
static void test_handles_are_looked_at_in_steps(void **state)
{
    u32 before;

    setup_many();
    for (unsigned int i = 0; i < HANDLE_PAGES; i++)
        gt->mappings[i] = alloc_xen_page();
    gt->nr_map_pages = HANDLE_PAGES;
    do {
        before = gt->relinquish_at;
    } while (grant_table_relinquish(d) == -ERESTART && gt->relinquish_at - before <= STEP);
    assert_int_equal(gt->relinquish_at, HANDLE_PAGES * GRANT_MAPPINGS_PER_PAGE);
    assert_true(gt->relinquish_at - before <= STEP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_in_use_between_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_given_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_use_before, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dump_in_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pages_are_freed_in_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_handles_are_looked_at_in_steps, setup, teardown),
    };

    return cmocka_run_group_tests_name("grant_version", tests, NULL, NULL);
}
