/* SPDX-License-Identifier: GPL-2.0-only */
/* What a dying domain's memory goes back by: runs of frames that only it refers to, and no other frame. */
#include "host.h"

#include <string.h>
#include <xen/buddy.h>
#include <xen/errno.h>
#include <xen/smp.h>
#include <x86/mm.h>

#define NR 1024
#define DOMAIN_AT 2         /* struct domain: it has to be in frames */
#define FIRST 64            /* of the domain's memory */
#define COUNT 256
#define CLOCK 1000

u32 tlb_flush_clock = CLOCK;
static struct domain *d;
static unsigned int nr_flushes, nr_m2p;
static u32 flushed_since;

void frame_flush_tlb_since(struct domain *of, u32 stamp)
{
    assert_ptr_equal(of, d);
    nr_flushes++;
    flushed_since = stamp;
}
void frame_flush_tlb_of(struct frame_info *f, struct domain *of, bool foreign) { }
void frame_release(struct frame_info *f) { fail(); }
void m2p_set(mfn_t m, u64 pfn) { nr_m2p += pfn == ~0UL; }
void domain_put(struct domain *of) { of->refs--; }
bool domain_get(struct domain *of) { return ++of->refs; }

static struct frame_info *frame(unsigned int m) { return mfn_to_frame(mfn(m)); }

/* All of the memory is the domain's: COUNT frames in a row. */
static int setup(void **state)
{
    while (buddy_alloc(0, 64))
        ;
    host_memory(NR);
    d = mfn_to_virt(mfn(DOMAIN_AT));
    memset(d, 0, sizeof(*d));
    d->refs = 1;
    d->max_pages = NR;
    assert_int_equal(assign_frames(d, frame(FIRST), COUNT, 0), 0);
    for (unsigned int m = FIRST; m < FIRST + COUNT; m++)
        frame(m)->tlb_stamp = CLOCK - 100;
    d->dying = DOMAIN_DYING;
    nr_flushes = nr_m2p = 0;
    return 0;
}

/* The list's beginning, its length and the domain's account say the same. */
static void assert_left(unsigned int first, unsigned long n)
{
    struct frame_info *f = frame_list_first(&d->page_list);
    unsigned long seen = 0;

    assert_ptr_equal(f, first ? frame(first) : NULL);
    for (; f; f = frame_list_next(f))
        seen++;
    assert_int_equal(seen, n);
    assert_int_equal(d->page_list.count, n);
    assert_int_equal(d->tot_pages, n);
    assert_int_equal(d->refs, n ? 2 : 1);
    assert_int_equal(buddy_free_total(), COUNT - n);
    assert_int_equal(nr_m2p, COUNT - n);
}

static void frees_all(void **state)
{
    frame(FIRST + 7)->tlb_stamp = CLOCK - 3;
    assert_int_equal(free_domain_run(d, NR), COUNT);
    assert_left(0, 0);
    assert_int_equal(nr_flushes, 1);
    assert_int_equal(flushed_since, CLOCK - 3);
    for (unsigned int m = FIRST; m < FIRST + COUNT; m++)
        assert_true(!frame(m)->owner_mfn && (frame(m)->count_info & ~FRAME_FREE) == FRAME_NEED_SCRUB);
    assert_non_null(buddy_alloc(6, 64));     /* joined as far as their numbers allow */
}

static void keeps_to_its_bound(void **state)
{
    assert_int_equal(free_domain_run(d, 10), 10);
    assert_left(FIRST + 10, COUNT - 10);
}

/* What others use is neither freed nor passed over: the caller has to look at it. */
static void stops_at(void (*use)(struct frame_info *))
{
    use(frame(FIRST + 5));
    assert_int_equal(free_domain_run(d, NR), 5);
    assert_left(FIRST + 5, COUNT - 5);
    assert_int_equal(free_domain_run(d, NR), 0);
    assert_left(FIRST + 5, COUNT - 5);
    assert_int_equal(nr_flushes, 1);
}

static void refer(struct frame_info *f) { f->count_info++; }
static void type(struct frame_info *f) { f->type_info = FT_L1 | FT_VALIDATED | 1; }
static void pin(struct frame_info *f) { f->type_info = FT_L1 | FT_PINNED; }
static void half_done(struct frame_info *f) { f->type_info = FT_L2 | FT_PARTIAL; }
static void let_others_map(struct frame_info *f) { f->count_info |= FRAME_FOREIGN; }
static void give_back(struct frame_info *f) { f->count_info &= ~FRAME_ALLOCATED; }

static void stops_at_use(void **state)
{
    static void (*const uses[])(struct frame_info *) = { refer, type, pin, half_done, let_others_map, give_back };

    for (unsigned int i = 0; i < ARRAY_SIZE(uses); i++) {
        setup(NULL);
        stops_at(uses[i]);
    }
}

static void stops_at_a_gap(void **state)
{
    struct frame_info *f = frame(FIRST + 5);

    frame_list_del(&d->page_list, f);
    frame_list_add_tail(&d->page_list, f);
    assert_int_equal(free_domain_run(d, NR), 5);
    assert_int_equal(free_domain_run(d, NR), COUNT - 6);
    assert_left(FIRST + 5, 1);
    assert_int_equal(free_domain_run(d, NR), 1);
    assert_left(0, 0);
}

static void rotates(void **state)
{
    struct frame_list *l = &d->page_list;

    frame_list_rotate(l, frame(FIRST));
    assert_int_equal(l->head, FIRST);
    frame_list_rotate(l, frame(FIRST + 3));
    assert_int_equal(l->head, FIRST + 3);
    assert_int_equal(l->tail, FIRST + 2);
    assert_int_equal(frame(FIRST + COUNT - 1)->next, FIRST);
    assert_int_equal(frame(FIRST)->prev, FIRST + COUNT - 1);
    assert_int_equal(frame(FIRST + 2)->next, 0);
    assert_int_equal(frame(FIRST + 3)->prev, 0);
    frame_list_rotate(l, frame(FIRST + 2));  /* the last one */
    assert_int_equal(l->head, FIRST + 2);
    assert_int_equal(l->tail, FIRST + 1);
    assert_int_equal(frame(FIRST + 2)->next, FIRST + 3);
    assert_left(FIRST + 2, COUNT);
}

/* Where work is pending a few frames of a dirty block are cleaned at a time, and the block is free in between. */
static void cleans_in_pieces(void **state)
{
    unsigned long dirty = 0, calls = 1;
    struct frame_info *f;
    int rc;

    assert_int_equal(free_domain_run(d, NR), COUNT);
    host_cpu_info[0].softirq_pending = 1;
    while ((rc = alloc_frames_preemptible(6, 0, &f)) == -ERESTART) {
        assert_int_equal(buddy_free_total(), COUNT);
        assert_true(calls++ < COUNT);
    }
    assert_int_equal(rc, 0);
    free_xen_pages(frame_to_virt(f), 6);
    while ((rc = alloc_frames_preemptible(7, 0, &f)) == -ERESTART)
        assert_true(calls++ < COUNT);
    host_cpu_info[0].softirq_pending = 0;
    assert_int_equal(rc, 0);
    assert_in_range(calls, 2, 3);
    for (unsigned int i = 0; i < 1u << 7; i++) {
        dirty += f[i].count_info != 0;
        assert_int_equal(*(u64 *)frame_to_virt(&f[i]), 0);
    }
    assert_int_equal(dirty, 0);
    assert_int_equal(buddy_free_total(), COUNT - 128);
    buddy_free(f, 7, true);
}

/* Charged for before they are had. */
static void charges_ahead(void **state)
{
    struct frame_info *f;

    assert_int_equal(free_domain_run(d, NR), COUNT);
    assert_int_equal(charge_pages(d, 64), -EINVAL);       /* dying */
    d->dying = DOMAIN_ALIVE;
    assert_int_equal(charge_pages(d, NR + 1), -E2BIG);
    assert_int_equal(charge_pages(d, 128), 0);
    f = buddy_hold(7, 64);
    assert_non_null(f);
    assert_int_equal(alloc_held_frames(f, 6), 0);
    assert_int_equal(assign_frames(d, f, 64, ALLOC_CHARGED), 0);
    assert_int_equal(d->tot_pages, 128);
    assert_int_equal(d->pages_to_come, 64);
    assert_int_equal(d->page_list.count, 64);
    assert_int_equal(buddy_free_held(f + 64), 6);
    uncharge_pages(d, 64);
    assert_int_equal(d->tot_pages, 64);
    assert_int_equal(d->pages_to_come, 0);
    d->dying = DOMAIN_DYING;
    assert_int_equal(free_domain_run(d, NR), 64);
    assert_int_equal(d->refs, 1);
    assert_int_equal(buddy_free_total(), COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frees_all, setup),
        cmocka_unit_test_setup(keeps_to_its_bound, setup),
        cmocka_unit_test_setup(stops_at_use, setup),
        cmocka_unit_test_setup(stops_at_a_gap, setup),
        cmocka_unit_test_setup(rotates, setup),
        cmocka_unit_test_setup(cleans_in_pieces, setup),
        cmocka_unit_test_setup(charges_ahead, setup),
    };

    return cmocka_run_group_tests_name("page_alloc", tests, NULL, NULL);
}
