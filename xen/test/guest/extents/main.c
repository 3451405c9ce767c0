/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extents of order 18, which only the initial domain may ask for, and of order 9, of dirty memory: between two pieces of a
 * call the caller is interrupted. What it sees then is what was before the call, but for the other domain's account; and
 * whatever it does then, each extent is whole, aligned and empty, and no memory is lost. Run with --icount: 1 ns is one instruction.
 */
#define __XEN_TOOLS__
#include "target.h"
#include "test.h"

#define LIMIT     100000ul
#define BIG       18u
#define SMALL     9u
#define PFN       0x4000000ul
#define MOMENTS   3
#define EXCHANGES 12
#define MAX_LIST  128
#define EXCHANGED (32ul << SMALL)

static domid_t dom;
static xen_pfn_t list[MAX_LIST], had[EXCHANGED], got[EXCHANGED];
static struct xen_memory_reservation r;
static volatile uint64_t fired_at;
static void (*in_between)(void);

static void on_event(unsigned which)
{
    if (which != timer_port() || fired_at)
        return;
    fired_at = time_now();
    if (in_between)
        in_between();
}

static void fill_list(unsigned order, unsigned long n)
{
    r = (struct xen_memory_reservation){ .nr_extents = n, .extent_order = order, .domid = dom };
    set_xen_guest_handle(r.extent_start, list);
    for (unsigned long i = 0; i < n && i < MAX_LIST; i++)
        list[i] = PFN + (i << order);
}

static long op(unsigned cmd)
{
    return hc_memory_op(cmd, &r);
}

static struct xen_memory_exchange x;

static long exchange(unsigned cmd)
{
    return hc_memory_op(cmd, &x);
}

/* Performs @call for @cmd; returns how much later than @after ns from its begin a timer's event came, 0 for after 0. */
static uint64_t interrupt(long (*call)(unsigned cmd), unsigned cmd, uint64_t after, long want)
{
    uint64_t due = time_now() + after;
    long result;

    fired_at = 0;
    if (after)
        NEED(hc_set_timer_op(due), 0);
    result = call(cmd);
    CHECK(result == want, "memory_op %u of order %u: %ld, not %ld", cmd, r.extent_order, result, want);
    while (after && !fired_at)
        hc_sched_op(SCHEDOP_yield, NULL);
    return after ? fired_at - due : 0;
}

/* The same for the reservation. */
static uint64_t interrupted(unsigned cmd, uint64_t after, long want)
{
    return interrupt(op, cmd, after, want);
}

static long reservation(void)
{
    struct xen_memory_domain of = { .domid = dom };

    return hc_memory_op(XENMEM_current_reservation, &of);
}

static bool is_empty(unsigned long mfn)
{
    volatile uint64_t *p = target_map(dom, mfn, PTE_RO);
    uint64_t any = 0;

    for (unsigned i = 0; i < 512; i++)
        any |= p[i];
    target_map(dom, mfn, 0);
    return !any;
}

/* Writes a frame here and there, so that what is given back is not what a new extent may have. */
static void soil(unsigned order, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        for (unsigned long k = 0; k < 1ul << order; k += (1ul << order) / 4 + 1) {
            target_map(dom, list[i] + k, PTE_DATA)[k % 512] = ~0ul;
            target_map(dom, list[i] + k, 0);
        }
}

static void check_extents(unsigned order, unsigned long n, bool named)
{
    for (unsigned long i = 0; i < n; i++) {
        CHECK(!(list[i] & ((1ul << order) - 1)), "an extent of order %u begins with frame %lx", order, list[i]);
        for (unsigned long k = 0; k < 1ul << order; k += (1ul << order) / 4 + 1) {
            unsigned long want = named ? PFN + (i << order) + k : ~0ul;

            CHECK(mfn_to_pfn(list[i] + k) == want, "m2p of frame %lu is %lx, not %lx", k, mfn_to_pfn(list[i] + k), want);
            CHECK(is_empty(list[i] + k), "frame %lu of a new extent is not empty", k);
        }
    }
}

static uint64_t timed(unsigned cmd, long want)
{
    uint64_t begun = time_now();

    interrupted(cmd, 0, want);
    return time_now() - begun;
}

struct worst { uint64_t whole, late; };

static void note(struct worst *w, uint64_t late)
{
    w->late = late > w->late ? late : w->late;
}

static void tell(const char *name, unsigned order, unsigned long n, const struct worst *w)
{
    printf("  %s %lu extents of order %u: %lu instructions, %lu in a piece at most\n", name, n, order, w->whole, w->late);
    CHECK(w->late < LIMIT, "%s of order %u keeps the CPU for %lu instructions", name, order, w->late);
}

/* The memory that is had is what was given back just before: dirty. */
static void measure(unsigned cmd, const char *name, unsigned order, unsigned long n)
{
    struct worst give = { 0 }, take = { 0 };
    long before = reservation();

    fill_list(order, n);
    give.whole = timed(cmd, (long)n);
    for (unsigned i = 0; i < MOMENTS; i++) {
        check_extents(order, n, cmd == XENMEM_populate_physmap);
        EXPECT(reservation(), before + (long)(n << order));
        soil(order, n);
        if (i)
            note(&take, interrupted(XENMEM_decrease_reservation, take.whole * (2 * i + 1) / (2 * MOMENTS), (long)n));
        else
            take.whole = timed(XENMEM_decrease_reservation, (long)n);
        EXPECT(reservation(), before);
        fill_list(order, n);
        note(&give, interrupted(cmd, give.whole * (2 * i + 1) / (2 * MOMENTS), (long)n));
    }
    interrupted(XENMEM_decrease_reservation, 0, (long)n);
    tell(name, order, n, &give);
    tell("decrease_reservation", order, n, &take);
}

/* What @had names, in extents of @in, for extents of @out, to @got. */
static void prepare_exchange(unsigned in, unsigned out)
{
    x = (struct xen_memory_exchange){
        .in = { .nr_extents = EXCHANGED >> in, .extent_order = in, .domid = dom },
        .out = { .nr_extents = EXCHANGED >> out, .extent_order = out, .domid = dom },
    };
    set_xen_guest_handle(x.in.extent_start, had);
    set_xen_guest_handle(x.out.extent_start, got);
    for (unsigned long i = 0; i < EXCHANGED >> in; i++)
        had[i] = in ? list[i] : list[i >> SMALL] + i % (1u << SMALL);
    for (unsigned long i = 0; i < EXCHANGED >> out; i++)
        got[i] = PFN + (i << out);
}

/* The same memory, named as extents of @in, is exchanged for extents of @out. */
static void measure_exchange(unsigned in, unsigned out)
{
    struct worst w = { 0 };
    char name[40];

    for (unsigned i = 0; i <= EXCHANGES; i++) {
        uint64_t begun;

        fill_list(SMALL, EXCHANGED >> SMALL);
        NEED(op(XENMEM_populate_physmap), (long)(EXCHANGED >> SMALL));
        soil(SMALL, EXCHANGED >> SMALL);
        prepare_exchange(in, out);
        begun = time_now();
        note(&w, interrupt(exchange, XENMEM_exchange, i ? w.whole * (2 * i - 1) / (2 * EXCHANGES) : 0, 0));
        if (!i)
            w.whole = time_now() - begun;
        EXPECT(x.nr_exchanged, EXCHANGED >> in);
        fill_list(out, EXCHANGED >> out);
        memcpy(list, got, sizeof(list));
        check_extents(out, out ? EXCHANGED >> out : MAX_LIST, true);
        set_xen_guest_handle(r.extent_start, got);
        NEED(op(XENMEM_decrease_reservation), (long)(EXCHANGED >> out));
    }
    snprintf(name, sizeof(name), "exchange of %lu of order %u for", EXCHANGED >> in, in);
    tell(name, out, EXCHANGED >> out, &w);
}

static long seen_reservation;
static xen_pfn_t seen_frame, other_frame;

static void look(void)
{
    seen_reservation = reservation();
    seen_frame = list[0];
}

/* What an interrupted caller sees: its list as it was; and the other domain has none of the extent, or all. */
static void check_view(uint64_t whole)
{
    long before = reservation();

    in_between = look;
    fill_list(BIG, 1);
    interrupted(XENMEM_populate_physmap, whole / 2, 1);
    CHECK(seen_frame == PFN, "an interrupted caller sees frame %lx", seen_frame);
    CHECK(seen_reservation == before || seen_reservation == before + (1l << BIG), "an interrupted caller sees %ld pages", seen_reservation);
    interrupted(XENMEM_decrease_reservation, 0, 1);
}

/* The same call within the call: both get an extent. */
static void call_again(void)
{
    struct xen_memory_reservation again = r;

    other_frame = PFN;
    set_xen_guest_handle(again.extent_start, &other_frame);
    NEED(hc_memory_op(XENMEM_populate_physmap, &again), 1);
}

static void check_nested(uint64_t whole)
{
    long before = reservation();

    in_between = call_again;
    fill_list(BIG, 1);
    interrupted(XENMEM_populate_physmap, whole / 2, 1);
    check_extents(BIG, 1, true);
    CHECK(list[0] != other_frame && other_frame != PFN, "two calls got the extents at %lx and %lx", list[0], other_frame);
    EXPECT(reservation(), before + (2l << BIG));
    in_between = NULL;
    interrupted(XENMEM_decrease_reservation, 0, 1);
    list[0] = other_frame;
    interrupted(XENMEM_decrease_reservation, 0, 1);
}

static void destroy(void)
{
    target_destroy(dom);
}

/* The domain's end within the call: no extent, and all of its memory is free again. */
static void check_dying(uint64_t whole, uint64_t free_before)
{
    uint64_t after;

    in_between = destroy;
    fill_list(BIG, 1);
    interrupted(XENMEM_populate_physmap, whole / 2, 0);
    CHECK(list[0] == PFN, "a domain that is destroyed got an extent");
    target_wait_gone(dom);
    after = host_free_pages();
    CHECK(after == free_before, "%lu pages are free, %lu before", after, free_before);
}

void test_main(void)
{
    struct xen_domctl described = target_description();
    struct evtchn_unmask unmask = { .port = timer_port() };
    uint64_t free_before = host_free_pages(), whole;

    NEED(hc_event_channel_op(EVTCHNOP_unmask, &unmask), 0);
    pt_build(SCRATCH_VA);
    event_hook = on_event;
    event_unmask_all();
    dom = target_create(&described, 3ul << BIG);
    measure(XENMEM_populate_physmap, "populate_physmap", SMALL, MAX_LIST);
    measure_exchange(0, 0);
    measure_exchange(0, SMALL);
    measure_exchange(SMALL, 0);
    measure_exchange(SMALL, SMALL);
    measure(XENMEM_increase_reservation, "increase_reservation", BIG, 1);
    measure(XENMEM_populate_physmap, "populate_physmap", BIG, 1);
    fill_list(BIG, 1);
    whole = timed(XENMEM_populate_physmap, 1);
    interrupted(XENMEM_decrease_reservation, 0, 1);
    check_view(whole);
    check_nested(whole);
    check_dying(whole, free_before);
    event_mask_all();
}
