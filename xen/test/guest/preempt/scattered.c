/* SPDX-License-Identifier: GPL-2.0-only */
/* An exchange of one extent for single frames where no free frame has a free neighbour, and all free memory is dirty. */
#define __XEN_TOOLS__
#include "preempt.h"
#include "target.h"

#define ORDER   9u
#define SINGLES (1u << ORDER)
#define EXTENTS 3u         /* of which every second frame is free */
#define FEW     300u
#define PFN     0x10000u

static domid_t dom, hog;
static xen_pfn_t extent, singles[SINGLES];
static struct xen_memory_exchange x;
static bool exchanged;

static long op(unsigned cmd, domid_t of, xen_pfn_t *frames, unsigned long n, unsigned order)
{
    struct xen_memory_reservation r = { .nr_extents = n, .extent_order = order, .domid = of };

    if (frames)
        set_xen_guest_handle(r.extent_start, frames);
    return hc_memory_op(cmd, &r);
}

static void take_extent(void)
{
    extent = PFN;
    NEED(op(XENMEM_populate_physmap, dom, &extent, 1, ORDER), 1);
}

/* All free frames but @n are the hog's. */
static void use_up(unsigned long n)
{
    for (unsigned order = ORDER + 1; order-- > 0;)
        (void)op(XENMEM_increase_reservation, hog, NULL, (host_free_pages() - n) >> order, order);
}

static void scatter(void)
{
    static xen_pfn_t odd[EXTENTS * SINGLES / 2];
    struct xen_domctl described = target_description();

    dom = target_create(&described, 1ul << 24);
    hog = target_create(&described, 1ul << 24);
    for (unsigned i = 0; i < EXTENTS; i++) {
        take_extent();
        for (unsigned k = 0; k < SINGLES / 2; k++)
            odd[i * SINGLES / 2 + k] = extent + 2 * k + 1;
    }
    take_extent();
    use_up(0);
    EXPECT(host_free_pages(), 0);
    NEED(op(XENMEM_decrease_reservation, dom, odd, ARRAY_SIZE(odd), 0), ARRAY_SIZE(odd));
}

/* What was exchanged is an extent again, and the single frames are free. */
static void undo(void)
{
    if (!exchanged)
        return;
    take_extent();
    for (unsigned i = 0; i < SINGLES; i++)
        CHECK(mfn_to_pfn(singles[i]) == PFN + i, "frame %u is at PFN %lx", i, mfn_to_pfn(singles[i]));
    NEED(op(XENMEM_decrease_reservation, dom, singles, SINGLES, 0), SINGLES);
    exchanged = false;
}

static void prepare(void)
{
    undo();
    x = (struct xen_memory_exchange){
        .in = { .nr_extents = 1, .extent_order = ORDER, .domid = dom }, .out = { .nr_extents = SINGLES, .domid = dom },
    };
    set_xen_guest_handle(x.in.extent_start, &extent);
    set_xen_guest_handle(x.out.extent_start, singles);
    for (unsigned i = 0; i < SINGLES; i++)
        singles[i] = PFN + i;
}

static long exchange(void)
{
    long result = hc_memory_op(XENMEM_exchange, &x);

    exchanged = !result;
    return result;
}

static const struct piece done[] = { { "exchange of order 9 for scattered single pages", prepare, exchange, 0 } };
static const struct piece refused[] = {
    { "exchange of order 9 for scattered single pages, the last one in use", prepare, exchange, -XEN_EBUSY },
};
static const struct piece without[] = {
    { "exchange of order 9 for single pages of which there are too few", prepare, exchange, -XEN_ENOMEM },
};

static volatile bool fired;

static void take_all(unsigned port)
{
    if (port == timer_port() && !fired)
        use_up(0);
    fired = fired || port == timer_port();
}

/* All memory is gone some time after its begin: it says that it failed only where nothing was exchanged. */
static void lose_memory(uint64_t after)
{
    void (*hook)(unsigned) = event_hook;
    long result;

    scatter();
    prepare();
    event_hook = take_all;
    fired = false;
    NEED(hc_set_timer_op(time_now() + after), 0);
    result = exchange();
    while (!fired)
        hc_sched_op(SCHEDOP_yield, NULL);
    event_hook = hook;
    CHECK((result == 0 && x.nr_exchanged == 1) || (result == -XEN_ENOMEM && x.nr_exchanged == 0),
          "an exchange without memory says %ld, %lu extents exchanged", result, (unsigned long)x.nr_exchanged);
}

static void end(void)
{
    target_destroy(dom);
    target_destroy(hog);
    target_wait_gone(dom);
    target_wait_gone(hog);
    exchanged = false;
}

void measure_scattered(void)
{
    uint64_t free_before = host_settled_pages(), begun, whole;

    scatter();
    measure_pieces(done, 1);
    prepare();
    target_map(dom, extent + SINGLES - 1, PTE_DATA);
    measure_pieces(refused, 1);
    target_map(dom, 0, 0);
    EXPECT(host_free_pages(), EXTENTS * SINGLES / 2);
    begun = time_now();
    NEED(exchange(), 0);
    whole = time_now() - begun;
    undo();
    use_up(FEW);
    measure_pieces(without, 1);
    EXPECT(host_free_pages(), FEW);
    for (unsigned i = 1; i < 32; i += 2) {
        end();
        lose_memory(whole * i / 32);
    }
    end();
    EXPECT(host_settled_pages(), free_before);
}
